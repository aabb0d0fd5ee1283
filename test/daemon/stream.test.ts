// The event stream and the client's answers, over a real server on loopback.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { StreamMessage } from '../../src/contract/api.ts'
import { createClient, type DaemonClient } from '../../src/daemon/client.ts'
import { Feed } from '../../src/daemon/http/feed.ts'
import { listen, STREAMED, type Route } from '../../src/daemon/http/server.ts'
import { openStore } from '../../src/store/store.ts'
import { temporaryFolder } from '../support/repository.ts'

const TOKEN = 'secret'

async function serving(routes: readonly Route[]): Promise<AsyncDisposable & { client: DaemonClient }> {
  const { server, port } = await listen(routes, TOKEN)
  return {
    client: createClient({ port, token: TOKEN }),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

test('those who watch get all facts, then the word that the daemon ends; also those who come late', async () => {
  await using folder = await temporaryFolder()
  using store = openStore(join(folder.path, 'state.db'))
  const feed = new Feed(store)
  const fact = (n: number): void => {
    store.append({ stream: 'r-1/run', key: String(n), type: 'decision.made', data: { n, text: 'x' } })
  }
  await using daemon = await serving([
    {
      method: 'GET',
      path: '/v1/runs/:run/events',
      handle: (request) => feed.serve('r-1', Number(request.query.get('after')), request),
    },
  ])
  const messages = async (after: number, onFact: () => void = () => undefined): Promise<StreamMessage[]> => {
    const seen: StreamMessage[] = []
    for await (const message of daemon.client.events('r-1', after, new AbortController().signal)) {
      seen.push(message)
      onFact()
    }
    return seen
  }
  fact(1)
  const ended: Promise<void>[] = []
  const seen = await messages(0, () => {
    if (ended.length > 0) return
    for (let n = 2; n <= 500; n++) fact(n)
    ended.push(feed.end())
  })
  await Promise.all(ended)
  expect(seen).toHaveLength(501)
  expect(seen.at(-2)).toMatchObject({ kind: 'fact', data: { n: 500 } })
  expect(seen.at(-1)).toEqual({ kind: 'ending' })
  expect(await messages(499)).toMatchObject([{ data: { n: 500 } }, { kind: 'ending' }])
})

test('an answer that breaks off in the middle says that the daemon went away', async () => {
  await using daemon = await serving([
    {
      method: 'GET',
      path: '/v1/health',
      handle: ({ response }) => {
        response.writeHead(200, { 'content-length': 100 })
        response.write('{"schema":1,', () => response.destroy())
        return Promise.resolve(STREAMED)
      },
    },
  ])
  await expect(daemon.client.info()).rejects.toMatchObject({ code: 'E_DAEMON_GONE' })
})
