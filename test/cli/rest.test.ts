// When a run stands still, by the claims on its workflows: what `run --no-wait` waits for.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parkedWorkflows } from '../../src/cli/moving.ts'
import { comesToRest, isAtRest } from '../../src/cli/rest.ts'
import { openRepository, stateFolder } from '../../src/git/repository.ts'
import { openStore } from '../../src/store/store.ts'
import { temporaryRepository } from '../support/repository.ts'
import { run, session } from '../tui/views.ts'

const RUN = 'work-1/run'
const SESSION = 'work-1/session/a'
const TENANT = { owner: 'o', host: 'h', leaseMs: 60_000 }

/** A run with one session, both ready, and another run. */
async function scene() {
  const repository = await temporaryRepository()
  const repo = await openRepository(repository.path)
  await mkdir(stateFolder(repo), { recursive: true })
  const store = openStore(join(stateFolder(repo), 'quintet.db'))
  for (const id of [RUN, SESSION, 'other-1/run']) store.claims.create({ id, workflow: 'w', input: null })
  const waits = (id: string, wake: number | null = null): void => {
    const seen = store.claims.open().find((claim) => claim.id === id)
    if (seen === undefined) throw new Error(`There is no ${id}.`)
    const epoch = store.claims.take(seen, TENANT)?.epoch ?? 0
    store.claims.wait({ workflow: id, owner: 'o', epoch }, { wake, signals: ['news'], results: [] })
  }
  const rests = (parked: readonly string[] = [], after = 0): boolean =>
    isAtRest(store, { run: 'work-1', after, parked })
  return {
    repo,
    store,
    waits,
    rests,
    [Symbol.asyncDispose]: async () => {
      store[Symbol.dispose]()
      await repository[Symbol.asyncDispose]()
    },
  }
}

test('a run rests when none of its workflows is driven, is about to be, or will wake by itself', async () => {
  await using it = await scene()
  expect(it.rests()).toBe(false)
  it.waits(RUN)
  expect(it.rests()).toBe(false)
  it.waits(SESSION)
  expect(it.rests()).toBe(true)
  it.store.send({ target: RUN, name: 'news', data: null })
  expect(it.rests()).toBe(false)
  it.store.outbox.take(1, 'step')
  it.waits(RUN, Date.now() + 3_600_000)
  expect(it.rests()).toBe(false)
})

test('a fact that was not seen yet, or a word of the operator, is waited for', async () => {
  await using it = await scene()
  it.waits(RUN)
  expect(it.rests([SESSION])).toBe(true)
  const data = { reason: 'r' }
  it.store.append({ stream: SESSION, key: 'w', type: 'session.waiting', data })
  expect(it.rests([SESSION])).toBe(false)
  expect(it.rests([SESSION], it.store.lastSeq())).toBe(true)
  it.store.send({ target: SESSION, name: 'operator', data: { kind: 'retry', ...data } })
  expect(it.rests([SESSION], it.store.lastSeq())).toBe(false)
})

test('what another process writes is noticed, and an end of the waiting too', async () => {
  await using it = await scene()
  it.waits(SESSION)
  const query = { run: 'work-1', after: 0, parked: [] }
  const rest = comesToRest(it.repo, query, new AbortController().signal)
  it.waits(RUN)
  await rest
  it.store.claims.wake(RUN)
  const over = new AbortController()
  const never = comesToRest(it.repo, query, over.signal)
  over.abort(new Error('over'))
  await expect(never).rejects.toThrow('over')
})

test('a session that asks is in the middle of its turn, and goes on only with an answer', () => {
  const question = { kind: 'question' as const, id: '1', text: 'Which?', options: [], since: 0 }
  const sessions = [session(1, 'a', { state: 'waiting', question }), session(2, 'b', { state: 'waiting' })]
  expect(parkedWorkflows(run({ sessions }))).toEqual([`${run().run}/session/a`])
})
