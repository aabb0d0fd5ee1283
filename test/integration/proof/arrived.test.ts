import { expect, test } from 'vitest'
import { linesArrived, lostPaths } from '../../../src/integration/proof/arrived.ts'
import { commitOn, type Files } from '../../support/branches.ts'
import { temporaryRepository } from '../../support/repository.ts'

const BASE = 'one\ntwo\n}\nthree\nfour\n'

test.each<[string, string, string, boolean]>([
  [
    'beside another change',
    BASE.replace('two', 'TWO'),
    BASE.replace('two', 'TWO').replace('four', '4'),
    true,
  ],
  ['not at all', BASE.replace('two', 'TWO'), BASE.replace('four', '4'), false],
  ['in part', BASE.replace('one', '1').replace('four', '4'), BASE.replace('one', '1'), false],
  ['a line that is gone', BASE.replace('three\n', ''), BASE.replace('three\n', '').replace('one', '1'), true],
  ['a line that came back', BASE.replace('three\n', ''), BASE.replace('one', '1'), false],
  ['lines at the end', `${BASE}five\n`, `zero\n${BASE}five\n`, true],
  ['lines at the end that are not the end', `${BASE}five\n`, `${BASE}five\nsix\n`, false],
  ['all lines that are gone', '', '', true],
  ['all lines that came back', '', BASE, false],
  ['everything', 'other\n', 'other\n', true],
])('lines arrived: %s', (_name, tip, after, arrived) => {
  expect(linesArrived({ base: BASE, tip, after })).toBe(arrived)
})

test('a line that came back is not gone where its neighbours stand elsewhere as well', () => {
  const [full, shorter] = ['a\nl\nb\nx\na\nb\n', 'a\nb\nx\na\nb\n']
  expect(linesArrived({ base: full, tip: shorter, after: `zero\n${shorter}` })).toBe(true)
  expect(linesArrived({ base: full, tip: shorter, after: `zero\n${full}` })).toBe(false)
})

async function lost(tip: Files, after: Files, paths: readonly string[]) {
  await using repository = await temporaryRepository({
    files: { 'a.txt': BASE, 'b.txt': BASE, 'c.bin': 'a\0b' },
  })
  return await lostPaths(
    repository.path,
    {
      base: await repository.git('rev-parse', 'main'),
      tip: await commitOn(repository, 'tip', [tip]),
      after: await commitOn(repository, 'after', [after]),
    },
    paths,
  )
}

test('what is there beside the work of others is not lost, what is not there is', async () => {
  const mine = { 'a.txt': BASE.replace('one', '1'), 'b.txt': BASE.replace('one', '1'), 'n.txt': 'n\n' }
  const after = { 'a.txt': BASE.replace('one', '1').replace('four', '4'), 'b.txt': BASE.replace('four', '4') }
  expect(await lost(mine, after, ['a.txt', 'b.txt', 'n.txt'])).toEqual(['b.txt', 'n.txt'])
})

test('a deletion and a file that is no text are compared as a whole', async () => {
  expect(await lost({ 'a.txt': null, 'c.bin': 'x\0y' }, {}, ['a.txt', 'c.bin'])).toEqual(['a.txt', 'c.bin'])
  expect(await lost({ 'a.txt': null }, { 'a.txt': null }, ['a.txt'])).toEqual([])
  expect(await lost({ 'c.bin': 'x\0y' }, { 'c.bin': 'other\0' }, ['c.bin'])).toEqual(['c.bin'])
  expect(await lost({ 'a.txt': null }, { 'a.txt': BASE.replace('one', '1') }, ['a.txt'])).toEqual(['a.txt'])
  expect(await lost({ 'a.txt': BASE.replace('one', '1') }, { 'a.txt': null }, ['a.txt'])).toEqual(['a.txt'])
})

test('a change that has moved to another name with its file is not lost', async () => {
  const after = { 'a.txt': null, 'moved.txt': BASE.replace('one', '1') }
  expect(await lost({ 'a.txt': BASE.replace('one', '1') }, after, ['a.txt'])).toEqual([])
})
