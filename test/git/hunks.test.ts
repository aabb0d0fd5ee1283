import { expect, test } from 'vitest'
import { absentFolders, ignoredAmong, treeChanges, treeEntries } from '../../src/git/hunks.ts'
import { mergePairs } from '../../src/git/merge/batch.ts'
import { recentChanges } from '../../src/git/recent.ts'
import { openScratchObjects } from '../../src/git/objects/scratch.ts'
import { commitOn } from '../support/branches.ts'
import { temporaryRepository } from '../support/repository.ts'

const lines = (...texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('')
const FILES = {
  'a.txt': lines('1', '2', '3', '4', '5', '6'),
  'ö "q"\tb.txt': lines('x', 'y'),
  'dir/deep/c.txt': lines('c', 'cc', 'ccc', 'cccc'),
  'gone.txt': lines('g'),
  'keep/one.txt': lines('k'),
}

test('hunks, renames, additions and deletions of several branches, in their order', async () => {
  await using repository = await temporaryRepository({ files: FILES })
  const base = await repository.git('rev-parse', 'HEAD')
  const one = await commitOn(repository, 'one', [
    {
      'a.txt': lines('1', 'two', '3', '4', '5', '6', '--- a', '@@ -1 +1 @@', 'diff --git a b'),
      'ö "q"\tb.txt': lines('x'),
      'gone.txt': null,
    },
  ])
  const two = await commitOn(repository, 'two', [
    { 'dir/deep/c.txt': null, 'other/c.txt': FILES['dir/deep/c.txt'] },
  ])
  const cwd = repository.path
  const [ofBase, ofOne, ofTwo] = await treeChanges(
    [
      { base, tip: base },
      { base, tip: one },
      { base, tip: two },
    ],
    { cwd, hunks: true },
  )
  expect(ofBase).toEqual([])
  expect(ofOne?.map(({ status, path }) => [status, path])).toEqual([
    ['modified', 'a.txt'],
    ['deleted', 'gone.txt'],
    ['modified', 'ö "q"\tb.txt'],
  ])
  expect(ofOne?.[0]?.hunks).toMatchObject([
    { start: 1, end: 2, newStart: 1, newEnd: 2 },
    { start: 6, end: 6, newStart: 6, newEnd: 9 },
  ])
  expect(ofTwo).toMatchObject([{ status: 'renamed', from: 'dir/deep/c.txt', path: 'other/c.txt', hunks: [] }])
  const folders = ['dir', 'dir/deep', 'keep'].map((folder) => ({ commit: two, folder }))
  expect((await absentFolders(folders, { cwd })).map(({ folder }) => folder)).toEqual(['dir', 'dir/deep'])
  const entries = await treeEntries(cwd, base, ['a.txt', 'nothing', 'dir'])
  expect([...entries].map(([path, { mode }]) => [path, mode])).toEqual([
    ['a.txt', '100644'],
    ['dir', '040000'],
  ])
})

test('only some paths, without their lines', async () => {
  await using repository = await temporaryRepository({ files: FILES })
  const base = await repository.git('rev-parse', 'HEAD')
  const tip = await commitOn(repository, 'one', [{ 'a.txt': 'x\n', 'gone.txt': 'y\n' }])
  const [found] = await treeChanges([{ base, tip }], {
    cwd: repository.path,
    hunks: false,
    paths: ['gone.txt', 'a.*'],
  })
  expect(found).toMatchObject([{ path: 'gone.txt', hunks: null, binary: false }])
})

test('many merges in one process, into a store of their own', async () => {
  await using repository = await temporaryRepository({ files: FILES })
  const one = await commitOn(repository, 'one', [{ 'a.txt': lines('one', '2', '3', '4', '5', '6') }])
  const two = await commitOn(repository, 'two', [{ 'a.txt': lines('two', '2', '3', '4', '5', '6') }])
  const three = await commitOn(repository, 'three', [{ 'a.txt': lines('1', '2', '3', '4', '5', 'six') }])
  const before = await repository.git('count-objects')
  await using scratch = await openScratchObjects({ commonDir: `${repository.path}/.git` })
  const merges = await mergePairs(
    [
      [one, two],
      [one, three],
      [two, one],
    ],
    { cwd: repository.path, env: scratch.env },
  )
  expect(merges.map(({ kind }) => kind)).toEqual(['conflict', 'clean', 'conflict'])
  expect(merges[0]).toMatchObject({ files: ['a.txt'] })
  expect(await repository.git('count-objects')).toBe(before)
})

test('what git ignores, and what was changed together lately', async () => {
  await using repository = await temporaryRepository({ files: { '.gitignore': 'dist\n', 'a.txt': 'a\n' } })
  expect([...(await ignoredAmong(repository.path, ['dist/x', 'src/y']))]).toEqual(['dist/x'])
  await commitOn(repository, 'one', [
    { 'a.txt': '1\n', 'b.txt': '1\n' },
    { 'c.txt': '1\n', 'd.txt': '1\n', 'e.txt': '1\n' },
  ])
  const found = await recentChanges(repository.path, 'one', { commits: 2, paths: 2 })
  expect(found).toEqual([['a.txt', 'b.txt']])
})
