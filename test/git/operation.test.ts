import { expect, test } from 'vitest'
import { operationInProgress } from '../../src/git/operation.ts'
import { gitFolder } from '../../src/git/repository.ts'
import { temporaryRepository, writeFiles } from '../support/repository.ts'

test('an operation under way is named, in a linked worktree too', async () => {
  await using main = await temporaryRepository({ files: { a: 'base\n' } })
  await writeFiles(main.path, { a: 'ours\n' })
  await main.git('commit', '-qam', 'ours')
  const path = `${main.path}-linked`
  await main.git('worktree', 'add', '-q', '-b', 'side', path, 'HEAD~1')
  const side = (...args: string[]): Promise<string> => main.git('-C', path, ...args)
  await writeFiles(path, { a: 'theirs\n' })
  await side('commit', '-qam', 'theirs')
  const now = async (): Promise<string | null> => operationInProgress(await gitFolder(path))
  expect(await now()).toBeNull()
  for (const [begin, name, end] of [
    [['merge', 'main'], 'merge', ['merge', '--abort']],
    [['rebase', 'main'], 'rebase', ['rebase', '--abort']],
    [['rebase', '--apply', 'main'], 'rebase', ['rebase', '--abort']],
    [['cherry-pick', 'main'], 'cherry-pick', ['cherry-pick', '--abort']],
  ] as const) {
    await expect(side(...begin)).rejects.toMatchObject({ code: 1 })
    expect(await now()).toBe(name)
    await side(...end)
    expect(await now()).toBeNull()
  }
  await side('revert', '--no-commit', 'HEAD')
  expect(await now()).toBe('revert')
  await side('revert', '--abort')
  await side('bisect', 'start')
  expect(await now()).toBe('bisect')
  expect(await operationInProgress(await gitFolder(main.path))).toBeNull()
})
