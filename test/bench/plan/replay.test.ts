import { expect, test } from 'vitest'
import { byChance, byCommunity, byTopLevel } from '../../../bench/plan/baselines.ts'
import { replay } from '../../../bench/plan/replay.ts'
import { groundOf } from '../../../src/plan/suggest/ground.ts'
import { project } from '../../plan/suggest/facts.ts'

const byLetter = (path: string): number | null => ['a', 'b'].indexOf(path.charAt(0))

test("a commit is the piece's that owns most of it, and inside when that owns all", () => {
  const commits = [
    ['a/1', 'a/2'],
    ['a/1', 'b/1', 'b/2'],
    ['lock', 'a/1'],
    ['lock'],
    Array.from({ length: 101 }, (_, n) => `a/${n}`),
  ]
  const found = replay({ commits, pieces: 2, ownerOf: byLetter, left: (path) => path === 'lock' })
  expect(found).toMatchObject({ commits: 3, inside: 2, given: [2, 1] })
})

test('two pieces meet in a window in which both have changed one file', () => {
  const own = Array.from({ length: 19 }, () => ['a/1'])
  const crossing = ['b/1', 'b/2', 'a/1']
  const once = replay({ commits: [...own, crossing], pieces: 2, ownerOf: byLetter, left: () => false })
  expect([once.windows, once.met]).toEqual([1, [0, 1, 0, 0]])
  const apart = replay({
    commits: [...own, ['a/1'], ...own, ['b/1']],
    pieces: 2,
    ownerOf: byLetter,
    left: () => false,
  })
  expect([apart.windows, apart.met]).toEqual([2, [0, 0, 0, 0]])
})

test('each baseline owns every path, also of later files, and holds the cap', () => {
  const facts = project()
  const ground = groundOf({ facts, files: facts.files.map((_, index) => index), shared: new Set() })
  const input = { ground, pieces: 3, cap: 2 / 3 }
  for (const ownerOf of [byTopLevel(input), byChance(input, 1), byCommunity(input)]) {
    const work = [0, 0, 0]
    for (const [file, path] of ground.paths.entries()) {
      const piece = ownerOf(path) ?? -1
      expect([0, 1, 2]).toContain(piece)
      work[piece] = (work[piece] ?? 0) + (ground.weights[file] ?? 0)
    }
    expect(Math.max(...work)).toBeLessThanOrEqual(2 / 3)
    expect([0, 1, 2]).toContain(ownerOf('src/parser/later.ts'))
    expect([0, 1, 2]).toContain(ownerOf('elsewhere/later.ts'))
  }
})
