import { expect, test } from 'vitest'
import { Pace, stepPause } from '../../../src/engine/radar/pace.ts'

test('a worktree is read at the earliest time that was asked for, and once', async () => {
  const read: string[] = []
  const all = Promise.withResolvers<void>()
  using pace = new Pace((label) => {
    read.push(label)
    if (label === 'last') all.resolve()
    return Promise.resolve()
  })
  // Its timers keep no process alive.
  const alive = setInterval(() => undefined, 1_000)
  pace.soon('one', 600_000)
  pace.soon('one', 1)
  pace.soon('one', 20)
  pace.soon('last', 60)
  await all.promise
  clearInterval(alive)
  expect(read).toEqual(['one', 'last'])
})

test('between two worktrees there is a rest in proportion, within bounds', () => {
  expect([1, 100, 60_000].map(stepPause)).toEqual([10_000, 50_000, 600_000])
})
