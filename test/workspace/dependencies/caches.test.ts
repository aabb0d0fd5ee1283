import { readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openRepository } from '../../../src/git/repository.ts'
import { clearCaches, hasOtherIgnored } from '../../../src/workspace/dependencies/caches.ts'
import { temporaryRepository, writeFiles } from '../../support/repository.ts'

test('caches leave the dependency folders, and only those', async () => {
  await using repository = await temporaryRepository({
    files: { '.gitignore': 'node_modules\n.cache\n', 'a/x.txt': '' },
  })
  await writeFiles(repository.path, {
    'node_modules/x/index.js': '',
    'node_modules/.cache/tool/result': 'stale',
    'a/node_modules/.vite/result': 'stale',
    'a/node_modules/y/index.js': '',
    'elsewhere/.cache/result': 'of somebody else',
  })
  await symlink('../elsewhere', join(repository.path, 'a', 'link'))
  await writeFiles(repository.path, { 'b/x.txt': '' })
  await symlink('../elsewhere', join(repository.path, 'b', 'node_modules'))
  await clearCaches(await openRepository(repository.path), repository.path)
  expect(await readdir(join(repository.path, 'node_modules'))).toEqual(['x'])
  expect(await readdir(join(repository.path, 'a/node_modules'))).toEqual(['y'])
  expect(await readdir(join(repository.path, 'elsewhere'))).toEqual(['.cache'])
})

test('ignored files beside the dependencies are seen', async () => {
  await using repository = await temporaryRepository({ files: { '.gitignore': 'node_modules\ndist\n' } })
  await writeFiles(repository.path, { 'node_modules/x/dist/index.js': '' })
  expect(await hasOtherIgnored(repository.path)).toBe(false)
  await writeFiles(repository.path, { 'dist/index.js': '' })
  expect(await hasOtherIgnored(repository.path)).toBe(true)
})
