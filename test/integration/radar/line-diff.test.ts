import { expect, test } from 'vitest'
import { lineHunks, linesOf } from '../../../src/integration/radar/line-diff.ts'

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

/** Applies hunks that were not widened: base lines outside of them, new lines inside. */
function rebuilt(base: readonly string[], now: readonly string[]): readonly string[] {
  const result: string[] = []
  let at = 0
  for (const { start, end, newStart, newEnd } of lineHunks(base, now)) {
    const slid = newEnd - newStart - (end - start)
    // A widened hunk holds base lines that stand unchanged on one of its sides: only sizes can be told then.
    result.push(...base.slice(at, start), ...now.slice(newStart, newEnd))
    at = end
    expect(Number.isInteger(slid)).toBe(true)
  }
  return [...result, ...base.slice(at)]
}

test('equal texts have no hunk', () => {
  const lines = linesOf('a\nb\n')
  expect(lineHunks(lines, linesOf('a\nb\n'))).toEqual([])
})

test('a changed line, an insertion and a deletion stand at their lines of the base', () => {
  const base = linesOf(text(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']))
  const now = linesOf(text(['a', 'B', 'c', 'd', 'x', 'y', 'e', 'f', 'h']))
  const found = lineHunks(base, now).map(({ start, end, newStart, newEnd }) => [start, end, newStart, newEnd])
  expect(found).toEqual([
    [1, 2, 1, 2],
    [4, 4, 4, 6],
    [6, 7, 8, 8],
  ])
})

test('a repeated line that was added reaches over all places where it could have been added', () => {
  const base = linesOf(text(['a', 'x', 'x', 'b']))
  const [hunk] = lineHunks(base, linesOf(text(['a', 'x', 'x', 'x', 'b'])))
  expect([hunk?.start, hunk?.end]).toEqual([1, 3])
})

test('a line end that is missing makes another last line', () => {
  expect(lineHunks(linesOf('a\nb\n'), linesOf('a\nb'))).toHaveLength(1)
})

test('random edits: the hunks lead from the one text to the other', () => {
  let seed = 7
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((seed / 2_147_483_648) * below)
  }
  for (let round = 0; round < 300; round += 1) {
    // All lines differ, so that nothing can be told in two places.
    const base = Array.from({ length: random(60) }, (_line, index) => `line ${index}`)
    const now = base.flatMap((line, index) => {
      const what = random(8)
      if (what === 0) return []
      return what === 1 ? [line, `new ${round} ${index}`] : what === 2 ? [`other ${round} ${index}`] : [line]
    })
    expect(rebuilt(base, now)).toEqual(now)
  }
})

test('more edits than can be told apart are one change', () => {
  const base = Array.from({ length: 2_000 }, (_line, index) => `a${index}`)
  const now = Array.from({ length: 2_000 }, (_line, index) => `b${index}`)
  expect(lineHunks(base, now).map(({ start, end }) => [start, end])).toEqual([[0, 2_000]])
})
