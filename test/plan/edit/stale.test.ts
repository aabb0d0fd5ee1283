// Comments with numbers that a suggestion wrote: gone where a change makes them false, and what a person wrote stays.
import { expect, test } from 'vitest'
import type { Ground } from '../../../src/plan/edit/ground.ts'
import { mergePieces } from '../../../src/plan/edit/merge.ts'
import { movePattern } from '../../../src/plan/edit/move.ts'
import { splitPiece } from '../../../src/plan/edit/split.ts'
import { parsePlan } from '../../../src/plan/load.ts'
import { foldersOf } from '../../../src/scope/patterns.ts'

const FILES = ['a/x.ts', 'a/y.ts', 'b/x.ts', 'c/x.ts']
const piece = (id: string, more = ''): string =>
  `[[pieces]]\nid = "${id}"\ntitle = "T"\nbrief = "B"\n[pieces.scope]\ninclude = ["/${id}/"${more}]\n\n`
const TEXT = `# This plan is about the whole repository, 4 files. Pieces are whole folders. In the last 9 commits that tell
# something, 5 % of what was changed together lies in different pieces. The largest piece has 40 % of the expected work.
#
# Why 3 pieces: 3 sessions would take about 45 % of the time of one. No number is faster.

goal = "G"

# 2 files, 40 % of the expected work. Meets b
# (4 %), c (1 %).
${piece('a', ', "/d/"')}# Mine: 7 files, 9 % of the expected work.
# One file, 30 % of the expected work. Meets a (4 %).
${piece('b')}# One file, 30 % of the expected work. Meets a (1 %).
${piece('c')}`

const ground = (text = TEXT): Ground => ({
  name: 'p',
  text,
  plan: parsePlan(text, 'p'),
  tree: { files: FILES, folders: foldersOf(FILES) },
  ignoreCase: false,
})
const comments = (text: string): readonly string[] => text.split('\n').filter((line) => line.startsWith('#'))
const HEAD = '# This plan is about the whole repository, 4 files. Pieces are whole folders.'

test('of two that are merged, and of what others meet of them', () => {
  const { text } = mergePieces(ground(), { into: 'a', from: 'b' })
  expect(comments(text)).toEqual([
    HEAD,
    '# Mine: 7 files, 9 % of the expected work.',
    '# One file, 30 % of the expected work.',
  ])
})

test('of one that is split, and of what is moved', () => {
  const split = splitPiece(ground(), { piece: 'a', id: 'n', patterns: ['/d/'] })
  const mine = '# Mine: 7 files, 9 % of the expected work.'
  const left = '# One file, 30 % of the expected work.'
  expect(comments(split.text)).toEqual([HEAD, mine, left, left])
  const moved = movePattern(ground(), { what: '/d/', to: 'b' })
  expect(comments(moved.text)).toEqual([HEAD, mine, left])
})

test('what is left of a long comment is broken at words', () => {
  const long = `This plan is about ${'the sessions, '.repeat(9)}and whatever else there is, 4 files.`
  const text = TEXT.replace('This plan is about the whole repository, 4 files.', long)
  const head = comments(mergePieces(ground(text), { into: 'a', from: 'b' }).text).slice(0, 2)
  expect(head.every((line) => line.length <= 110)).toBe(true)
  expect(head.join(' ').replaceAll('# ', '')).toBe(`${long} Pieces are whole folders.`)
})
