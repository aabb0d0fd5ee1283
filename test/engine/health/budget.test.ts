import { expect, test } from 'vitest'
import type { TraceEvent } from '../../../src/contract/trace.ts'
import { AttemptHealth } from '../../../src/engine/health/attempt-health.ts'
import { AttemptBudget } from '../../../src/engine/health/budget.ts'
import { healthPolicy } from '../../../src/engine/health/policy.ts'
import { TurnWatch } from '../../../src/engine/health/watch.ts'
import type { EffectContext, Fact } from '../../../src/engine/port.ts'
import { FIRST_RUNG, ladderAfter } from '../../../src/health/ladder.ts'

const HOUR = 60 * 60 * 1000
const auto = { nudge: 'auto', reset: 'auto', abandon: 'auto' } as const

/** A turn with actions at these times, in an attempt whose budget is an hour. */
async function turnAt(times: readonly number[]): Promise<{ facts: Fact[]; advice: unknown; cut: boolean }> {
  const policy = healthPolicy({ health: auto })
  const facts: Fact[] = []
  const effect: EffectContext = {
    signal: new AbortController().signal,
    record: (fact) => facts.push(fact) > 0,
    watchSignals: () => undefined,
  }
  const health = new AttemptHealth({
    agent: 'scripted',
    root: '/w',
    limits: policy.limits,
    ledger: [],
    decisions: [],
  })
  let now = 0
  using watch = new TurnWatch(effect, {
    attempt: 1,
    turn: 1,
    policy,
    health,
    ladder: FIRST_RUNG,
    tolerances: () => ({}),
    answers: () => [],
    nudges: [],
    lostNudge: null,
    before: 0,
    phase: () => Promise.resolve(null),
    learned: () => true,
    budget: new AttemptBudget({ ms: HOUR, from: 12 }, 0),
    now: () => now,
    tell: (text) => {
      throw new Error(text)
    },
  })
  watch.sending()
  for (const [a, at] of times.entries()) {
    now = at
    const read: TraceEvent[] = [
      { t: 'call', a, id: `c${a}`, tool: 'Read', kind: 'read', path: `src/${a}.ts` },
      { t: 'result', a, id: `c${a}`, ok: true, text: 'x' },
    ]
    for (const event of read) watch.note(event)
  }
  const cut = watch.signal.aborted
  return { facts, cut, advice: await watch.end() }
}

const told = (facts: readonly Fact[]): unknown[] =>
  facts.flatMap(({ type, data }) => (type === 'health.over-budget' ? [data] : []))
const rungs = (facts: readonly Fact[]): string[] =>
  facts.flatMap(({ type, data }) => (type === 'health.ladder' ? [JSON.stringify(data)] : []))

test('an attempt over its learned budget is marked once, and nothing more: time alone ends nothing', async () => {
  const { facts, cut, advice } = await turnAt([HOUR / 2, 2 * HOUR, 9 * HOUR, 50 * HOUR])
  expect(told(facts)).toEqual([{ attempt: 1, turn: 1, spentMs: 2 * HOUR, budgetMs: HOUR, from: 12 }])
  expect(rungs(facts)).toEqual([expect.stringContaining('"rung":"watch"')])
  expect([cut, advice]).toEqual([false, null])
})

test('within its budget nothing is said', async () => {
  const { facts } = await turnAt([1, HOUR])
  expect([told(facts), rungs(facts)]).toEqual([[], []])
})

test('however often an attempt is over its budget, the ladder stays at watch', () => {
  let ladder = FIRST_RUNG
  for (let a = 0; a < 1_000; a += 10) {
    const step = ladderAfter(ladder, { kind: 'over budget', a })
    expect(step.advice).toBeNull()
    ladder = step.ladder
  }
  expect(ladder).toMatchObject({ rung: 'watch', alarms: [], pending: null })
})
