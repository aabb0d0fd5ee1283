import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openRepository } from '../../../src/git/repository.ts'
import { sweepStrays } from '../../../src/workspace/release/strays.ts'
import { emptyTrash, trashEntries } from '../../../src/store/trash.ts'
import { temporaryRepository, writeFiles } from '../../support/repository.ts'

test('entries that git was killed over are swept: ours, and only once nobody can be at them', async () => {
  await using main = await temporaryRepository()
  const repo = await openRepository(main.path)
  await main.git('worktree', 'add', '-q', '--lock', '--reason', 'quintet:r-1/whole pid 1 start x', '../whole')
  await writeFiles(join(repo.commonDir, 'worktrees'), {
    'ours/locked': 'quintet:r-1/auth pid 1 start x',
    'slot/locked': 'quintet-pool:slot-1 pid 1 start x',
    'slot/gitdir': '',
    'theirs/locked': 'initializing',
  })
  const names = async () => (await readdir(join(repo.commonDir, 'worktrees'))).sort()
  expect(await sweepStrays(repo)).toBe(0)
  expect(await names()).toEqual(['ours', 'slot', 'theirs', 'whole'])
  expect(await sweepStrays(repo, Date.now() + 60_000)).toBe(2)
  expect(await names()).toEqual(['theirs', 'whole'])
  expect(await trashEntries(repo)).toEqual([])
  expect(await emptyTrash(repo)).toEqual([])
  expect(await readdir(join(repo.commonDir, 'quintet/trash'))).toEqual([])
})
