import { expect, test } from 'vitest'
import type { Engine } from '../../../src/engine/port.ts'
import { retrySession } from '../../../src/engine/spend/raise.ts'
import { piece, stage } from '../../support/services.ts'

const REQUEST = { reason: 'Go on.', budget: { minutes: 10 } }
const NAME = { run: 'work-1', piece: 'a' }
const PIECES = ['a', 'b', 'c']

/** Three sessions that wait for the minutes of their run. */
async function waiting() {
  const it = await stage()
  await it.run({ pieces: PIECES.map((id) => piece(id)), budget: { run: { minutes: 3 } } })
  for (const id of PIECES) {
    const stream = `work-1/session/${id}`
    it.services.store.claims.create({ id: stream, workflow: 'session', input: {} })
    it.fact(stream, 'spend.counted', {
      attempt: 1,
      turn: 1,
      tokens: null,
      cost: null,
      currency: null,
      ms: 60_000,
      derived: 0,
      conversation: id,
      costTold: null,
    })
    it.fact(stream, 'session.waiting', { reason: 'spent', spend: '+2min' })
  }
  const raises = () => [...it.services.store.events({ types: ['spend.raised'] })]
  const told = (id: string) => it.services.store.outbox.untaken(`work-1/session/${id}`, 0).length
  return { it, raises, told }
}

test('a raise that is not told to all sessions of the run is not written down', async () => {
  const { it, raises, told } = await waiting()
  await using _it = it
  const { services } = it
  const engine = services.engine()
  let sent = 0
  const dying: Engine = {
    start: (start) => engine.start(start),
    signal: (id, signal) => {
      if ((sent += 1) === 2) throw new Error('It was killed.')
      engine.signal(id, signal)
    },
    cancel: (id, reason) => engine.cancel(id, reason),
    result: (id, signal) => engine.result(id, signal),
    idle: () => engine.idle(),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  }
  await expect(retrySession({ ...services, engine: () => dying }, NAME, REQUEST)).rejects.toThrow('killed')
  expect(raises()).toHaveLength(0)
  expect(PIECES.map(told)).toEqual([0, 0, 0])
  await retrySession(services, NAME, REQUEST)
  expect(raises()).toHaveLength(1)
  expect(PIECES.map(told)).toEqual([1, 1, 1])
})

test('a session that was abandoned while it waited is told nothing, and keeps nobody from going on', async () => {
  const { it, raises, told } = await waiting()
  await using _it = it
  const stream = 'work-1/session/b'
  it.fact(stream, 'session.abandoned', { reason: 'no more' })
  it.services.store.claims.cancel(stream, 'no more')
  await retrySession(it.services, NAME, REQUEST)
  expect(raises()).toHaveLength(1)
  expect([told('b'), told('c')]).toEqual([0, 1])
  expect([...it.services.store.events({ types: ['session.noted'] })]).toEqual([])
})

test('raises of the same millisecond all count', async () => {
  const { it, raises } = await waiting()
  await using _it = it
  const { now } = Date
  Date.now = () => 1
  try {
    await retrySession(it.services, NAME, REQUEST)
    await retrySession(it.services, NAME, REQUEST)
  } finally {
    Date.now = now
  }
  expect(raises()).toHaveLength(2)
})
