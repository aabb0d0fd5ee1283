import { expect, test } from 'vitest'
import { isHot, pollPause, sweepPause } from '../../../src/engine/radar/poll-pace.ts'

const COST = { costMs: 70, hot: 1, polled: 20 }

test('who is at work is looked at before a second is over, who is not ever more rarely', () => {
  const pauses = [0, 10_000, 60_000, 3_600_000, Number.POSITIVE_INFINITY].map((quietMs) =>
    pollPause({ ...COST, quietMs }),
  )
  expect(pauses[0]).toBeLessThan(1_000)
  expect(pauses).toEqual(pauses.toSorted((a, b) => a - b))
  expect(pauses.at(-1)).toBe(COST.costMs * COST.polled * 400)
})

test.each([1, 5, 20, 50])('all of %s sessions together take no more than their part', (count) => {
  const busy = pollPause({ costMs: 70, hot: count, polled: count, quietMs: 0 })
  expect((count * 70) / (busy + 70)).toBeLessThanOrEqual(0.2)
  const quiet = pollPause({ costMs: 70, hot: 0, polled: count, quietMs: Number.POSITIVE_INFINITY })
  expect((count * 70) / quiet).toBeLessThanOrEqual(1 / 400)
})

test('small worktrees are looked at as often as it makes sense', () => {
  expect(pollPause({ costMs: 2, hot: 1, polled: 3, quietMs: 0 })).toBe(600)
  expect(pollPause({ costMs: 2, hot: 0, polled: 3, quietMs: Number.POSITIVE_INFINITY })).toBe(30_000)
  expect([sweepPause(10), sweepPause(1_000)]).toEqual([60_000, 500_000])
  expect([isHot(0), isHot(60_000)]).toEqual([true, false])
})
