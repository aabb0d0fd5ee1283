import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ignoredFiles, readBlob, trackedFiles } from '../../src/git/files.ts'
import { temporaryRepository, writeFiles } from '../support/repository.ts'

test('tracked files, now and of a commit', async () => {
  await using main = await temporaryRepository({ files: { b: '', 'a/x y': '', 'line\nend': '', ä: '' } })
  const first = await main.git('rev-parse', 'HEAD')
  await writeFiles(main.path, { new: '' })
  await main.git('add', 'new')
  const expected = ['a/x y', 'b', 'line\nend', 'ä']
  expect((await trackedFiles(main.path)).sort()).toEqual([...expected, 'new'].sort())
  expect((await trackedFiles(main.path, first)).sort()).toEqual(expected)
  expect((await trackedFiles(join(main.path, 'a'), first)).sort()).toEqual(expected)
})

test('ignored files, folders as one', async () => {
  await using main = await temporaryRepository({ files: { '.gitignore': 'node_modules\n*.log\n', keep: '' } })
  await writeFiles(main.path, {
    'node_modules/a/b': '',
    'x.log': '',
    'sub/y.log': '',
    untracked: '',
    'sub/z': '',
  })
  expect((await ignoredFiles(main.path)).sort()).toEqual(['node_modules/', 'sub/y.log', 'x.log'])
})

test('a file of a commit', async () => {
  await using main = await temporaryRepository({
    files: { 'a\nb': 'text ä\n', empty: '', 'dir/file': 'x', 'odd: name': 'y' },
  })
  await rm(join(main.path, 'a\nb'))
  expect(await readBlob(main.path, 'HEAD', 'a\nb')).toBe('text ä\n')
  expect(await readBlob(main.path, 'HEAD', 'empty')).toBe('')
  expect(await readBlob(main.path, 'HEAD', 'odd: name')).toBe('y')
  expect(await readBlob(main.path, 'HEAD', 'dir')).toBeNull()
  expect(await readBlob(main.path, 'HEAD', 'gone')).toBeNull()
  expect(await readBlob(main.path, 'nope', 'empty')).toBeNull()
})

test.skipIf(process.platform !== 'linux')('a file whose name is not text', async () => {
  await using main = await temporaryRepository()
  await writeFile(Buffer.concat([Buffer.from(`${main.path}/odd`), Buffer.from([0xff])]), 'content')
  await main.git('add', '-A')
  await main.git('commit', '-qm', 'x')
  const name = (await trackedFiles(main.path)).find((path) => path.startsWith('odd')) ?? ''
  expect(await readBlob(main.path, 'HEAD', name)).toBe('content')
})
