// How the back-test judges: pairs for every way of dividing, and evenness that nobody gains by.
import { expect, test } from 'vitest'
import { evenOf } from '../../../bench/plan/areas.ts'
import { byTopLevel } from '../../../bench/plan/baselines.ts'
import { dividedAsEvenly, dividedEvenly } from '../../../bench/plan/even.ts'
import { pairFigures, pairVerdict } from '../../../bench/plan/pairs.ts'
import { replay } from '../../../bench/plan/replay.ts'
import { groundOf } from '../../../src/plan/suggest/ground.ts'
import { factsOf, project } from '../../plan/suggest/facts.ts'

const facts = factsOf({
  files: ['a/1', 'b/1', 'c/1'],
  together: [
    ['a/1', 'b/1', 9],
    ['b/1', 'c/1', 1],
  ],
})
const ground = groundOf({ facts, files: [0, 1, 2], shared: new Set() })
const byLetter = (path: string): number | null => ['a', 'b', 'c'].indexOf(path.charAt(0))

/** 20 commits, of which each of these pairs meets in one. */
function replayed(...meeting: readonly (readonly string[])[]) {
  const commits = [
    ...Array.from({ length: 20 - 2 * meeting.length }, () => ['a/1']),
    ...meeting.flatMap(([one = '', other = '']) => [[other], [one, `${one}2`, other]]),
  ]
  return replay({ commits, pieces: 3, ownerOf: byLetter, left: () => false })
}

test('any way of dividing is asked which of its pairs will meet', () => {
  const verdict = (...meeting: readonly (readonly string[])[]) =>
    pairVerdict(ground, byLetter, { replayed: replayed(...meeting), pieces: 3 })
  // a and b share nine tenths, b and c one, a and c nothing.
  expect(verdict(['a/1', 'b/1'])).toMatchObject({ predicted: 2, real: 1, both: 1, order: 1 })
  expect(verdict(['a/1', 'c/1'])).toMatchObject({ predicted: 2, real: 1, both: 0, order: 0 })
  expect(verdict()).toMatchObject({ predicted: 2, real: 0, both: 0, order: null })
  const whole = pairVerdict(ground, () => 0, { replayed: replayed(), pieces: 3 })
  expect(whole).toMatchObject({ predicted: 0, real: 0 })
})

test('figures are of all pairs together, and none where there was nothing', () => {
  expect(
    pairFigures([
      { predicted: 3, real: 1, both: 1, order: 1 },
      { predicted: 1, real: 3, both: 1, order: null },
    ]),
  ).toEqual({ precision: 0.5, recall: 0.5, order: 1 })
  expect(pairFigures([])).toEqual({ precision: null, recall: null, order: null })
})

test('what crosses is told of an even division, not of one that has nearly all in one piece', () => {
  const heavy = { boundary: 'feature', count: 3, largest: 0.69 } as const
  const even = { boundary: 'layer', count: 19, largest: 0.37 } as const
  const other = { boundary: 'filetype', count: 12, largest: 0.39 } as const
  expect(evenOf([heavy, even, other])).toBe(even)
  expect(evenOf([heavy, { ...even, largest: 0.5 }])).toMatchObject({ boundary: 'layer' })
  expect(() => evenOf([])).toThrow('Nothing was suggested.')
})

test('held to the evenness of another way of dividing, no piece is larger than its largest', () => {
  const all = project()
  const whole = groundOf({ facts: all, files: all.files.map((_, index) => index), shared: new Set() })
  const largest = (ownerOf: (path: string) => number | null): number => {
    const work = [0, 0, 0]
    for (const [file, path] of whole.paths.entries()) {
      const piece = ownerOf(path)
      if (piece !== null) work[piece] = (work[piece] ?? 0) + (whole.weights[file] ?? 0)
    }
    return Math.max(...work)
  }
  const cap = largest(byTopLevel({ ground: whole, pieces: 3, cap: 2 / 3 }))
  expect(largest(dividedEvenly(whole, { pieces: 3, cap }))).toBeLessThanOrEqual(cap)
  expect(largest(dividedEvenly(whole, { pieces: 3, cap: 0.1 }))).toBeLessThan(0.6)
})

test('caps are tightened until what really came is as even, and no further', () => {
  const all = project()
  const whole = groundOf({ facts: all, files: all.files.map((_, index) => index), shared: new Set() })
  const asked: number[] = []
  const judged = (...largest: readonly number[]) => {
    asked.length = 0
    return dividedAsEvenly(whole, { pieces: 3, cap: 0.6, largest: 0.4 }, () => {
      const one = largest[asked.length] ?? 0.9
      asked.push(one)
      return { largest: one, value: one }
    })
  }
  expect([judged(0.7, 0.4, 0.3), asked.length]).toEqual([0.4, 2])
  expect([judged(0.7, 0.5), asked.length > 2]).toEqual([0.5, true])
})
