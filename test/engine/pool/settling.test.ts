// How long a base stands still before it is followed.
import { expect, test } from 'vitest'
import { followedFrom, paidOff, settling, type Settling } from '../../../src/engine/pool/settling.ts'

const HOUR = 60 * 60_000
/** After these moves, each as long after the last one as is said. */
function after(...gaps: readonly number[]): Settling {
  let now = 1_000_000
  let known = settling(undefined, 'a', now)
  for (const [index, gap] of gaps.entries()) {
    now += gap
    known = settling(known, `b${index}`, now)
  }
  return known
}
const rest = (known: Settling): number => followedFrom(known) - known.since

test('where it stands from the first it is followed at once', () => {
  expect(followedFrom(after())).toBe(0)
  expect(settling(after(), 'a', 5_000_000)).toEqual(after())
})

test('one that goes on moving is followed once it stands still', () => {
  const moving = after(1_000, 1_000, 1_000)
  expect(moving.since).toBe(1_003_000)
  expect(rest(moving)).toBe(rest(after(1_000)))
  expect(rest(moving)).toBeGreaterThan(1_000)
})

test('each move that was followed and that nobody had use for makes the rest longer, within bounds', () => {
  const rests = [1, 2, 3, 4].map((count) => rest(after(...Array.from({ length: count }, () => HOUR))))
  expect(rests.slice(1).every((ms, index) => ms === 2 * (rests[index] ?? 0))).toBe(true)
  expect(rest(after(...Array.from({ length: 40 }, () => HOUR)))).toBe(HOUR / 2)
  expect(rest(paidOff(after(HOUR, HOUR, HOUR)))).toBe(rests[0])
  expect(rest(after(HOUR, HOUR, 3 * HOUR))).toBe(rests[0])
})
