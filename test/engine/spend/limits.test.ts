import { expect, test } from 'vitest'
import type { Fact } from '../../../src/contract/facts.ts'
import {
  bothSpent,
  limitsInForce,
  NOTHING_SPENT,
  reachedLimits,
  withSpend,
} from '../../../src/engine/spend/limits.ts'
import { spendText } from '../../../src/tui/spend.ts'
import { raiseWords, reachedText } from '../../../src/engine/spend/words.ts'

const counted = (tokens: number | null, cost: number | null = null, derived = 0, currency = 'USD'): Fact => ({
  type: 'spend.counted',
  data: {
    attempt: 1,
    turn: 1,
    tokens,
    cost,
    currency: cost === null ? null : currency,
    ms: 1_000,
    derived,
    conversation: 'c',
    costTold: cost,
  },
})
const started: Fact = { type: 'turn.started', data: { attempt: 1, turn: 1, prompt: 'first' } }
const ended = (unsent: boolean): Fact => ({
  type: 'turn.ended',
  data: { attempt: 1, turn: 1, outcome: { kind: 'interrupted', by: 'operator' }, unsent },
})
const fold = (facts: readonly Fact[]) => facts.reduce(withSpend, NOTHING_SPENT)

test('the first layer that speaks of a kind holds, 0 lifts it, and raises come on top', () => {
  const limits = limitsInForce(
    [{ tokens: 100, turns: 0 }, { tokens: 900, cost: 2, turns: 5 }, undefined],
    [{ tokens: 50 }, { tokens: 25, minutes: 3 }],
  )
  expect(limits).toEqual({ tokens: 175, cost: 2 })
})

test('growth adds up, a figure that was too high is taken back, and what was not told stays unknown', () => {
  expect(fold([started, counted(null)])).toMatchObject({ tokens: null, cost: null, turns: 1, ms: 1_000 })
  expect(fold([counted(300, null, 300), counted(-100, 0.5, -300)])).toMatchObject({
    tokens: 200,
    cost: 0.5,
    derived: 0,
  })
  expect(fold([started, ended(true), started, ended(false)]).turns).toBe(1)
})

test('sessions add up to the run', () => {
  expect(bothSpent(fold([counted(5)]), fold([counted(null, 1)]))).toMatchObject({ tokens: 5, cost: 1 })
})

test('costs of different currencies are never added up, and each is held against the limit by itself', () => {
  const dollars = fold([counted(null, 2), counted(null, 3, 0, 'EUR'), counted(null, 1)])
  expect(dollars).toMatchObject({ cost: 3, currency: 'USD', otherCosts: { EUR: 3 } })
  const euros = fold([counted(null, 4, 0, 'EUR'), counted(null, 0.5)])
  const both = bothSpent(dollars, euros)
  expect(both).toMatchObject({ cost: 3.5, currency: 'USD', otherCosts: { EUR: 7 } })
  expect(bothSpent(NOTHING_SPENT, both)).toEqual(both)
  expect(reachedLimits(both, { cost: 8 }, 'run')).toEqual([])
  expect(reachedLimits(both, { cost: 7 }, 'run')).toMatchObject([{ kind: 'cost', spent: 7 }])
  expect(spendText({ ...both, limits: { cost: 7 }, reached: [] })).toContain(
    '3.50 USD of 7.00, 7.00 EUR of 7.00',
  )
})

test('a limit is reached by what is told alone', () => {
  const limits = { tokens: 100, cost: 1, turns: 1 }
  expect(reachedLimits(fold([counted(null)]), limits, 'session')).toEqual([])
  expect(reachedLimits(fold([started, counted(100)]), limits, 'run')).toEqual([
    { of: 'run', kind: 'tokens', spent: 100, limit: 100 },
    { of: 'run', kind: 'turns', spent: 1, limit: 1 },
  ])
})

test('what is said of reached limits, and the raise that is enough for all of them', () => {
  const reached = [
    { of: 'session', kind: 'tokens', spent: 210_000, limit: 200_000 },
    { of: 'session', kind: 'cost', spent: 2, limit: 2 },
    { of: 'run', kind: 'tokens', spent: 900_000, limit: 800_000 },
  ] as const
  expect(reachedText(reached)).toBe(
    'The budget of the session is spent: 210,000 of 200,000 tokens, 2 of 2 of cost. The budget of the run is spent: 900,000 of 800,000 tokens.',
  )
  expect(raiseWords(reached)).toBe('+500k,+1.00usd')
})
