import { expect, test } from 'vitest'
import { ChangeCounts, countOnceReadable } from '../../../../src/engine/session/turn/change-counts.ts'
import { gitCalls } from '../../../support/git-calls.ts'
import { temporaryRepository, writeFiles } from '../../../support/repository.ts'

const COMPARING = ['diff-tree', 'diff-tree', 'rev-list']

test('what was committed is compared once as long as the branch stands', async () => {
  await using main = await temporaryRepository({ files: { 'src/a': 'a\n', other: 'x\n' } })
  const base = await main.git('rev-parse', 'HEAD')
  const counts = new ChangeCounts({
    path: main.path,
    base,
    ref: 'refs/heads/main',
    judge: (paths) => ({
      inScope: paths.filter((path) => path.startsWith('src/')),
      outOfScope: paths.filter((path) => !path.startsWith('src/')),
    }),
  })
  expect(await counts.take()).toEqual({ commits: 0, added: 0, deleted: 0, inScope: 0, outOfScope: 0 })
  await using calls = await gitCalls()
  const comparing = async (): Promise<readonly string[]> =>
    (await calls.take()).filter((verb) => COMPARING.includes(verb))
  await writeFiles(main.path, { 'src/a': 'b\n', 'src/new': 'n\n' })
  expect(await counts.take()).toEqual({ commits: 0, added: 0, deleted: 0, inScope: 2, outOfScope: 0 })
  expect(await comparing()).toEqual([])
  await main.git('commit', '--quiet', '-am', 'second')
  expect(await counts.take()).toEqual({ commits: 1, added: 1, deleted: 1, inScope: 2, outOfScope: 0 })
  expect(await comparing()).toEqual(COMPARING)
  // The branch is what counts, wherever HEAD is meanwhile.
  await main.git('switch', '--quiet', '--detach', base)
  await writeFiles(main.path, { other: 'y\n' })
  expect(await counts.take()).toEqual({ commits: 1, added: 1, deleted: 1, inScope: 2, outOfScope: 1 })
  expect(await comparing()).toEqual([])
})

test('objects are brought only where git cannot read what was committed', async () => {
  await using main = await temporaryRepository()
  const base = await main.git('rev-parse', 'HEAD')
  const judge = (
    paths: readonly string[],
  ): { inScope: readonly string[]; outOfScope: readonly string[] } => ({
    inScope: paths,
    outOfScope: [],
  })
  const counts = new ChangeCounts({ path: main.path, base, ref: 'refs/heads/late', judge })
  let brought = 0
  const bring = async (): Promise<void> => {
    brought += 1
    if (brought === 2) await main.git('branch', 'late')
  }
  expect(await countOnceReadable(counts, bring)).toMatchObject({ commits: 0 })
  expect(brought).toBe(2)
  await countOnceReadable(counts, bring)
  expect(brought).toBe(2)
  const never = new ChangeCounts({ path: main.path, base, ref: 'refs/heads/never', judge })
  await expect(countOnceReadable(never, bring)).rejects.toMatchObject({ code: 'E_GIT' })
  expect(brought).toBe(5)
})
