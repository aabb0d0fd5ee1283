import { describe, expect, test } from 'vitest'
import type { Hunk } from '../../../src/git/hunk-text.ts'
import { clashOf, leftFolders, type PathChange } from '../../../src/integration/radar/change.ts'
import { ConflictMatrix } from '../../../src/integration/radar/matrix.ts'
import { collides, meetings } from '../../../src/integration/radar/sweep.ts'

const hunk = (start: number, end: number, hash = 1, added = 1): Hunk => ({
  start,
  end,
  newStart: start,
  newEnd: start + added,
  hash,
})
const content = (result: string, ...hunks: readonly Hunk[]): PathChange => ({
  class: 'content',
  result,
  hunks,
})
const other = (kind: Exclude<PathChange['class'], 'content'>, result: string): PathChange => ({
  class: kind,
  result,
  hunks: null,
})

describe('hunks', () => {
  test.each([
    ['overlap', [0, 5], [4, 6], true],
    ['touch', [0, 5], [5, 6], true],
    ['have a line between them', [0, 5], [6, 7], false],
    ['insert at one line', [3, 3], [3, 3], true],
    ['insert where the other ends', [3, 3], [1, 3], true],
    ['insert one line after the other', [4, 4], [1, 3], false],
  ] as const)('that %s', (_name, [a, b], [c, d], meets) => {
    expect(collides([hunk(a, b, 1)], [hunk(c, d, 2)])).toBe(meets)
    expect(collides([hunk(c, d, 2)], [hunk(a, b, 1)])).toBe(meets)
  })

  test('that are the same edit do not meet', () => {
    expect(collides([hunk(2, 4, 7)], [hunk(2, 4, 7)])).toBe(false)
    expect(collides([hunk(2, 4, 7)], [hunk(2, 4, 7, 2)])).toBe(true)
  })

  test('are swept against each other in one go', () => {
    const left = [hunk(0, 1), hunk(10, 20), hunk(40, 41)]
    const right = [hunk(3, 4, 2), hunk(12, 13, 2), hunk(19, 30, 2), hunk(41, 42, 2)]
    expect(meetings(left, right, 9).map(([a, b]) => [a.start, b.start])).toEqual([
      [10, 12],
      [10, 19],
      [40, 41],
    ])
    expect(meetings(left, right, 1)).toHaveLength(1)
  })
})

describe('two changes of a path', () => {
  test('come to the same', () => {
    expect(clashOf(content('x', hunk(0, 1)), content('x', hunk(0, 1)))).toBeNull()
    expect(clashOf(other('deleted', '0'), other('deleted', '0'))).toBeNull()
  })

  test('are told by their class when one is not about lines', () => {
    expect(clashOf(content('x', hunk(0, 1)), other('deleted', '0'))).toBe('deleted')
    expect(clashOf(other('added', 'a'), other('added', 'b'))).toBe('added')
    expect(clashOf(other('binary', 'a'), content('b', hunk(0, 1)))).toBe('binary')
  })

  test('whose lines are not known may conflict', () => {
    const unread: PathChange = { class: 'content', result: 'y', hunks: null }
    expect(clashOf(unread, content('x', hunk(0, 1)))).toBe('lines')
  })
})

test('a folder counts as left as long as the names below it stay the same', () => {
  expect(leftFolders('a/b/c/x', 'a/d/c/x')).toEqual(['a/b/c', 'a/b'])
  expect(leftFolders('a/b/x', 'a/c/y')).toEqual(['a/b'])
  expect(leftFolders('a/x', 'a/y')).toEqual([])
})

describe('the matrix', () => {
  const states = (matrix: ConflictMatrix): readonly string[] =>
    matrix
      .forecasts()
      .map(({ pair, state, paths }) => [pair.join('-'), state, ...paths.map(({ path }) => path)].join(' '))
      .toSorted()

  test('follows one path at a time', () => {
    const matrix = new ConflictMatrix()
    matrix.update('a', 'f', content('1', hunk(0, 2)))
    matrix.update('b', 'f', content('2', hunk(8, 9)))
    matrix.update('c', 'f', content('3', hunk(1, 2)))
    expect(states(matrix)).toEqual(['a-b same-file f', 'a-c predicted f', 'b-c same-file f'])
    matrix.update('c', 'f', null)
    expect(states(matrix)).toEqual(['a-b same-file f'])
    matrix.set('b', new Map([['g', content('9', hunk(0, 1))]]))
    expect(states(matrix)).toEqual([])
  })

  test('forgets a branch whole', () => {
    const matrix = new ConflictMatrix()
    for (const name of ['a', 'b']) matrix.update(name, 'f', content(name, hunk(0, 2)))
    matrix.remove('a')
    expect(states(matrix)).toEqual([])
    expect(matrix.branches()).toEqual(['b'])
    matrix.update('a', 'f', content('b', hunk(0, 2)))
    expect(states(matrix)).toEqual([])
  })

  test('sees a file where the other has a folder, whoever comes first', () => {
    for (const [first, second] of [
      ['x', 'x/y'],
      ['x/y', 'x'],
    ] as const) {
      const matrix = new ConflictMatrix()
      matrix.update('a', first, other('added', '1'))
      matrix.update('b', second, other('added', '2'))
      expect(states(matrix)).toEqual(['a-b predicted x'])
      matrix.update('b', second, null)
      expect(states(matrix)).toEqual([])
    }
  })

  test('sees files that are added to a folder which the other has moved', () => {
    const matrix = new ConflictMatrix()
    matrix.update('a', 'src/new', other('added', '1'))
    matrix.update('b', 'src/old', { ...other('renamed', 'lib/old'), left: ['src'] })
    expect(states(matrix)).toEqual(['a-b predicted src/new'])
  })

  test('sees that a folder which a file was moved out of is gone only now, and that it is back', () => {
    const moved = (...left: string[]) => new Map([['src/old', { ...other('renamed', 'lib/old'), left }]])
    const matrix = new ConflictMatrix()
    matrix.update('a', 'src/new', other('added', '1'))
    matrix.set('b', moved())
    expect(states(matrix)).toEqual([])
    matrix.set('b', moved('src'))
    expect(states(matrix)).toEqual(['a-b predicted src/new'])
    matrix.set('b', moved())
    expect(states(matrix)).toEqual([])
  })

  test('names other evidence when a result has changed', () => {
    const matrix = new ConflictMatrix()
    matrix.update('a', 'f', content('1', hunk(0, 2)))
    matrix.update('b', 'f', content('2', hunk(0, 2, 2)))
    const before = matrix.forecasts()[0]?.evidence
    matrix.update('b', 'g', content('5', hunk(0, 2)))
    expect(matrix.forecasts()[0]?.evidence).toBe(before)
    matrix.update('b', 'f', content('3', hunk(0, 2, 3)))
    expect(matrix.forecasts()[0]?.evidence).not.toBe(before)
  })
})
