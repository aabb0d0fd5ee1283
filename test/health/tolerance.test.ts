import { expect, test } from 'vitest'
import { MOST_TOLERATED, tolerancesAt, type ToleranceEvent } from '../../src/health/tolerance.ts'

const DAY = 24 * 60 * 60 * 1000
const said = (at: number, rules: Readonly<Record<string, number>>): ToleranceEvent => ({
  kind: 'not stuck',
  at,
  rules,
})
const counts = (events: readonly ToleranceEvent[], now: number): Record<string, number> =>
  Object.fromEntries(tolerancesAt(events, now).map(({ rule, count }) => [rule, count]))

test('more than what was called not stuck is needed, and each time more', () => {
  expect(counts([said(0, { repeat: 3 })], 0)).toEqual({ repeat: 4 })
  expect(counts([said(0, { repeat: 3 }), said(1, { repeat: 3, errorRecurs: 6 })], 1)).toEqual({
    errorRecurs: 7,
    repeat: 5,
  })
})

test('never more than the ceiling', () => {
  expect(counts([said(0, { repeat: 400 })], 0)).toEqual({ repeat: MOST_TOLERATED })
})

test('it fades, and is gone after thirty days; a new word begins from what is left', () => {
  const events = [said(0, { repeat: 11 })]
  expect(counts(events, 15 * DAY)).toEqual({ repeat: 6 })
  expect(counts(events, 30 * DAY)).toEqual({})
  expect(counts([...events, said(29 * DAY, { repeat: 3 })], 29 * DAY)).toEqual({ repeat: 4 })
})

test('it can be forgotten, for one rule or for all', () => {
  const events = [said(0, { repeat: 3, errorRecurs: 3 })]
  expect(counts([...events, { kind: 'forgotten', at: 1, rule: 'repeat' }], 1)).toEqual({ errorRecurs: 4 })
  expect(counts([...events, { kind: 'forgotten', at: 1, rule: null }], 1)).toEqual({})
  expect(counts([...events, { kind: 'forgotten', at: 1, rule: null }, said(2, { repeat: 3 })], 2)).toEqual({
    repeat: 4,
  })
})
