import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { treeEntries } from '../../../src/git/hunks.ts'
import { BaseFolders } from '../../../src/integration/radar/base-folders.ts'
import { gitCalls } from '../../support/git-calls.ts'
import { temporaryRepository } from '../../support/repository.ts'

const FILES = {
  'top.txt': 'top\n',
  'src/a.ts': 'a\n',
  'src/deep/b.ts': 'b\n',
  'src/[x]/c.ts': 'c\n',
}
const ASKED = [
  'top.txt',
  'none.txt',
  'src',
  'src/a.ts',
  'src/a.ts.tmp.1',
  'src/deep',
  'src/deep/b.ts',
  'src/[x]/c.ts',
  'src/a.ts/below',
  'none/at/all.txt',
]

test('answers are those of git, file by file', async () => {
  await using repository = await temporaryRepository({ files: FILES })
  const folders = new BaseFolders(repository.path, 'HEAD')
  const expected = new Map<string, object>()
  for (const path of ASKED.filter((one) => one !== 'src/a.ts/below'))
    for (const [found, entry] of await treeEntries(repository.path, 'HEAD', [path]))
      expected.set(found, entry)
  const found = await folders.entries(ASKED)
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected))
  expect(found.get('src/deep')?.mode).toBe('040000')
})

test('git is asked once for a folder, whatever names come up in it', async () => {
  await using repository = await temporaryRepository({ files: FILES })
  const folders = new BaseFolders(repository.path, 'HEAD')
  await folders.entries(['src/a.ts', 'none/x'])
  await rename(join(repository.path, '.git'), join(repository.path, 'away'))
  const found = await folders.entries(['src/a.ts', 'src/a.ts.tmp.2', 'none/y'])
  expect([...found.keys()]).toEqual(['src/a.ts'])
  await expect(folders.entries(['src/deep/b.ts'])).rejects.toThrow('git')
})

test('many folders of one depth take one call', async () => {
  const names = Array.from({ length: 30 }, (_name, index) => `src/f${index}/a.ts`)
  await using repository = await temporaryRepository({
    files: Object.fromEntries(names.map((name) => [name, 'a\n'])),
  })
  const folders = new BaseFolders(repository.path, 'HEAD')
  await using calls = await gitCalls()
  const found = await folders.entries(names)
  expect([...found.keys()]).toEqual(names)
  expect(await calls.take()).toEqual(['ls-tree'])
})
