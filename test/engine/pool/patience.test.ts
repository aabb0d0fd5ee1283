// When a session waits for a workspace that is being made.
import { expect, test } from 'vitest'
import { patience } from '../../../src/engine/pool/patience.ts'

test('nobody waits where nothing is known', () => {
  expect(patience({ age: 10_000, fill: null, own: null })).toBe(0)
})

test('a session waits for what is there sooner than it could make it itself, and no longer than that takes', () => {
  expect(patience({ age: 30_000, fill: 45_000, own: null })).toBe(26_250)
  expect(patience({ age: 0, fill: 45_000, own: 90_000 })).toBe(56_250)
  // A fill that has only begun, at the lowest priority, is not waited for.
  expect(patience({ age: 1_000, fill: 45_000, own: null })).toBe(0)
  expect(patience({ age: 1_000, fill: 45_000, own: 45_000 })).toBe(0)
  // Nor is one that takes longer than any before it.
  expect(patience({ age: 60_000, fill: 45_000, own: 90_000 })).toBe(0)
})
