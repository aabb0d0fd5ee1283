import { expect, test } from 'vitest'
import { pathsByHand } from '../../../src/integration/resolve/by-hand.ts'
import { commitOn } from '../../support/branches.ts'
import { temporaryRepository, writeFiles, type TemporaryRepository } from '../../support/repository.ts'

/** Merges `other` into the branch that is checked out; what conflicts becomes `text`. */
async function mergeByHand(repository: TemporaryRepository, other: string, text: string): Promise<void> {
  await expect(repository.git('merge', '--quiet', other)).rejects.toThrow()
  await writeFiles(repository.path, { 'a.txt': text })
  await repository.git('commit', '--quiet', '--all', '--message=merged')
}

test('paths that were in conflict on a branch itself, and not those of what is below it or of clean merges', async () => {
  await using repository = await temporaryRepository({ files: { 'a.txt': 'one\n' } })
  const base = await repository.git('rev-parse', 'main')
  await commitOn(repository, 'work', [{ 'a.txt': 'work\n' }])
  await commitOn(repository, 'target', [{ 'a.txt': 'target\n', 'b.txt': 'b\n' }])
  await repository.git('switch', '--quiet', 'work')
  await mergeByHand(repository, 'target', 'both\n')
  const below = await repository.git('rev-parse', 'work')
  await commitOn(repository, 'side', [{ 'c.txt': 'c\n' }], 'target')
  await repository.git('merge', '--quiet', '--no-edit', 'side')
  const tip = await repository.git('rev-parse', 'work')
  const asked = (...without: readonly string[]) => pathsByHand(repository.path, { tip, without })
  expect(await asked(base)).toEqual(['a.txt'])
  expect(await asked(await repository.git('rev-parse', 'target'))).toEqual(['a.txt'])
  expect(await asked(below)).toEqual([])
})
