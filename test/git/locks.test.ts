import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { removeLeftLocks } from '../../src/git/locks.ts'
import { gitFolder, openRepository } from '../../src/git/repository.ts'
import { temporaryFolder, temporaryRepository } from '../support/repository.ts'

it('frees a worktree whose git was killed, and leaves the locks of others alone', async () => {
  await using repository = await temporaryRepository({ files: { 'a.txt': 'a' } })
  await using outside = await temporaryFolder()
  const worktree = join(outside.path, 'w')
  await repository.git('worktree', 'add', '-q', '--no-track', '-b', 'quintet/r/p/work', worktree)
  const repo = await openRepository(repository.path)
  const theirs = join(repo.commonDir, 'index.lock')
  const ours = [
    join(await gitFolder(worktree), 'index.lock'),
    join(await gitFolder(worktree), 'HEAD.lock'),
    join(repo.commonDir, 'refs/heads/quintet/r/p/work.lock'),
  ]
  for (const lock of [theirs, ...ours]) await writeFile(lock, '')
  await removeLeftLocks(repo, worktree, 'quintet/r/p/work')
  expect(ours.filter((lock) => existsSync(lock))).toEqual([])
  expect(existsSync(theirs)).toBe(true)
  await removeLeftLocks(repo, worktree, 'quintet/r/p/work')
})
