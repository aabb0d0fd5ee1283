import type { Clock } from '../../src/clock.ts'

export type TestClock = { readonly now: Clock; advanceDays(days: number): void }

/** A clock that stands still until it is told to move. */
export function createTestClock(start = '2026-01-15T09:00:00Z'): TestClock {
  let now = Date.parse(start)
  return {
    now: () => new Date(now),
    advanceDays(days) {
      now += days * 24 * 60 * 60 * 1000
    },
  }
}
