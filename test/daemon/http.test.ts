import { expect, test } from 'vitest'
import { Feed } from '../../src/daemon/http/feed.ts'
import { apiRoutes } from '../../src/daemon/http/routes.ts'
import { listen } from '../../src/daemon/http/server.ts'
import { piece, stage } from '../support/services.ts'

async function api() {
  const it = await stage()
  const feed = new Feed(it.services.store)
  const info = { pid: process.pid, version: '0', startedAt: 0, repository: it.repository.path }
  const routes = apiRoutes({ services: it.services, feed, info, shutdown: () => undefined })
  const { server, port } = await listen(routes, 'token')
  return {
    ...it,
    get: (path: string, headers: Readonly<Record<string, string>> = {}) =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: 'Bearer token', ...headers } }),
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await it[Symbol.asyncDispose]()
    },
  }
}

/** Ids of the first `count` events of a stream. */
async function ids(response: Response, count: number): Promise<string[]> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    const found = [...text.matchAll(/^id: (\d+)$/gm)].map((match) => match[1] ?? '')
    if (found.length >= count) return found
  }
  throw new Error(`The stream ended after: ${text}`)
}

test('a malformed address is refused as one', async () => {
  await using it = await api()
  for (const path of ['/v1/runs/%', '/v1/runs/%E0%A4%A']) {
    const response = await it.get(path)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ ok: false, error: { code: 'E_URL' } })
  }
})

test('an event stream goes on after the event that is named in the address, or that was seen last', async () => {
  await using it = await api()
  await it.run({ pieces: [piece('a')] })
  for (let n = 1; n <= 4; n++) it.fact('work-1/run', 'decision.made', { n, text: 'x' })
  const path = '/v1/runs/work-1/events'
  expect(await ids(await it.get(path), 4)).toEqual(['1', '2', '3', '4'])
  expect(await ids(await it.get(`${path}?after=1`), 3)).toEqual(['2', '3', '4'])
  expect(await ids(await it.get(`${path}?after=1`, { 'last-event-id': '3' }), 1)).toEqual(['4'])
})

test('an event stream refuses what is no number of an event', async () => {
  await using it = await api()
  for (const after of ['abc', '-1', '1.5', '']) {
    const response = await it.get(`/v1/runs/work-1/events?after=${after}`)
    expect([after, response.status]).toEqual([after, 400])
  }
  expect((await it.get('/v1/runs/work-1/events', { 'last-event-id': 'abc' })).status).toBe(400)
})
