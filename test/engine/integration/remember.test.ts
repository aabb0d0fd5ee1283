import { expect, test } from 'vitest'
import { rememberResolutions } from '../../../src/engine/integration/remember.ts'
import { openRepository } from '../../../src/git/repository.ts'
import { resolveConflict } from '../../../src/integration/resolve/resolve.ts'
import { commitOn } from '../../support/branches.ts'
import { temporaryRepository } from '../../support/repository.ts'

/** The branch `b` has met the target in one file and has merged it, as a session or the operator does in its worktree. */
async function resolved() {
  const repository = await temporaryRepository({ files: { 'hub.txt': 'one\n' } })
  const base = await repository.git('rev-parse', 'main')
  const theirs = await commitOn(repository, 'b', [{ 'hub.txt': 'by b\n' }])
  const ours = await commitOn(repository, 'main', [{ 'hub.txt': 'by a\n' }])
  const both = await commitOn(repository, 'both', [{ 'hub.txt': 'by a and b\n' }])
  const parents = ['-p', theirs, '-p', ours]
  const merge = await repository.git('commit-tree', `${both}^{tree}`, ...parents, '-m', 'Merge main')
  const tip = await commitOn(repository, 'more', [{ 'b.txt': '1\n' }], merge)
  const repo = await openRepository(repository.path)
  const again = () => resolveConflict({ repo, ours, theirs, mode: 'safe' })
  return { repo, base, tip, again, [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose]() }
}

test('what was resolved on a branch is settled the same way the next time', async () => {
  await using it = await resolved()
  expect(await it.again()).toMatchObject({ kind: 'open', files: ['hub.txt'] })
  expect(await rememberResolutions(it.repo, [{ piece: 'b', base: it.base, tip: it.tip }])).toEqual([])
  expect(await it.again()).toMatchObject({ kind: 'resolved', by: ['hub.txt by rerere'] })
})

test('a branch that cannot be read is named, and keeps the others from nothing', async () => {
  await using it = await resolved()
  const gone = { piece: 'a', base: it.base, tip: '1'.repeat(40) }
  const missed = await rememberResolutions(it.repo, [gone, { piece: 'b', base: it.base, tip: it.tip }])
  expect(missed).toEqual([expect.stringMatching(/^How a has resolved its conflicts is not remembered: /)])
  expect(await it.again()).toMatchObject({ kind: 'resolved' })
})
