import { expect, test } from 'vitest'
import type { AgentEvent } from '../../../src/contract/agent.ts'
import { sessionSpec } from '../../../src/engine/session/spec.ts'
import { SpendWatch } from '../../../src/engine/spend/watch.ts'
import { piece, stage, type Stage } from '../../support/services.ts'

const MINUTE = 60_000
const STREAM = 'work-1/session/a'

/** Time that only goes on by `pass`, which calls what is due on the way. */
function fakeTime() {
  let at = 0
  let due: { readonly at: number; readonly call: () => void }[] = []
  const after = (ms: number, call: () => void): Disposable => {
    const timer = { at: at + ms, call }
    due.push(timer)
    return { [Symbol.dispose]: () => void (due = due.filter((one) => one !== timer)) }
  }
  const pass = (ms: number): void => {
    const until = at + ms
    for (;;) {
      const next = due.filter((one) => one.at <= until).toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      due = due.filter((one) => one !== next)
      at = next.at
      next.call()
    }
    at = until
  }
  return { now: () => at, after, pass, open: () => due.length }
}

const tool = (status: 'running' | 'completed'): AgentEvent => ({
  kind: 'tool',
  id: 't',
  title: 't',
  tool: 'execute',
  status,
  paths: [],
})

async function watched(it: Stage, budget: object) {
  await it.run({ pieces: [piece('a'), piece('b')], budget })
  const time = fakeTime()
  const session = sessionSpec(it.services, { run: 'work-1', piece: 'a' })
  const { now, after } = time
  const turn = { session, attempt: 1, turn: 1, conversation: 'c', now, after }
  return { time, watch: new SpendWatch(it.services, it.effect(STREAM), turn) }
}

test.each([
  ['of the session', { minutes: 3 }],
  ['of the run', { run: { minutes: 3 } }],
])('an agent that says nothing more is ended when the minutes %s are over', async (_of, budget) => {
  await using it = await stage()
  const { time, watch } = await watched(it, budget)
  time.pass(3 * MINUTE - 1)
  expect(watch.signal.aborted).toBe(false)
  time.pass(1)
  expect(watch.signal.aborted).toBe(true)
  expect(watch.spent?.raise).toBe('+2min')
  expect(time.open()).toBe(0)
})

test('an open tool is waited for, and its end is the end of the turn', async () => {
  await using it = await stage()
  const { time, watch } = await watched(it, { minutes: 3 })
  watch.note(tool('running'))
  time.pass(5 * MINUTE)
  expect(watch.signal.aborted).toBe(false)
  watch.note(tool('completed'))
  expect(watch.signal.aborted).toBe(true)
})

test('minutes that other sessions of the run use up count as soon as they are written down', async () => {
  await using it = await stage()
  const { time, watch } = await watched(it, { run: { minutes: 60 } })
  time.pass(MINUTE)
  it.fact('work-1/session/b', 'spend.counted', {
    attempt: 1,
    turn: 1,
    tokens: null,
    cost: null,
    currency: null,
    ms: 59 * MINUTE,
    derived: 0,
    conversation: 'd',
    costTold: null,
  })
  time.pass(MINUTE)
  expect(watch.signal.aborted).toBe(true)
})

test('what was waited for the operator does not count', async () => {
  await using it = await stage()
  const { time, watch } = await watched(it, { minutes: 3 })
  const answers = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const waits = answers.map(({ promise }) => watch.waiting(promise))
  expect(time.open()).toBe(0)
  time.pass(50 * MINUTE)
  for (const { resolve } of answers) resolve()
  await Promise.all(waits)
  time.pass(3 * MINUTE - 1)
  expect(watch.signal.aborted).toBe(false)
  time.pass(1)
  expect(watch.signal.aborted).toBe(true)
})

test('the clock is looked at only where minutes are limited, and only until the turn is over', async () => {
  await using it = await stage()
  const { time, watch } = await watched(it, { minutes: 3 })
  expect(time.open()).toBe(1)
  watch.end({ kind: 'stopped', reason: 'end_turn' })
  expect(time.open()).toBe(0)
  await using other = await stage()
  const { time: unlimited } = await watched(other, { tokens: 5 })
  expect(unlimited.open()).toBe(0)
})
