import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LiveTree } from '../../src/git/live-tree.ts'
import { restorePaths } from '../../src/git/merge/rewrite.ts'
import { openScratchObjects } from '../../src/git/objects/scratch.ts'
import { openRepository } from '../../src/git/repository.ts'
import { snapshotWorktree } from '../../src/git/snapshot.ts'
import { status } from '../../src/git/status.ts'
import { gitCalls } from '../support/git-calls.ts'
import { temporaryRepository, writeFiles, type TemporaryRepository } from '../support/repository.ts'

const FILES = { skipped: '1\n', assumed: '1\n', gone: '1\n', same: '1\n', plain: '1\n' }

/** Two changed files and a deleted one that git itself does not show; a fourth is marked and unchanged. */
async function hiding(): Promise<TemporaryRepository> {
  const main = await temporaryRepository({ files: FILES })
  await main.git('update-index', '--skip-worktree', 'skipped', 'same')
  await main.git('update-index', '--assume-unchanged', 'assumed', 'gone')
  await writeFiles(main.path, { skipped: 'mine\n', assumed: 'mine\n' })
  await rm(join(main.path, 'gone'))
  return main
}

/** With `in/` checked out, and `out/` left out. */
async function sparse(): Promise<TemporaryRepository> {
  const main = await temporaryRepository({ files: { 'in/a': '1\n', 'out/b': '1\n', 'out/c': '1\n' } })
  await main.git('sparse-checkout', 'set', 'in')
  await expect(stat(join(main.path, 'out'))).rejects.toMatchObject({ code: 'ENOENT' })
  return main
}

async function withLiveTree(
  main: TemporaryRepository,
  work: (tree: LiveTree) => Promise<void>,
): Promise<void> {
  const repo = await openRepository(main.path)
  await using scratch = await openScratchObjects(repo)
  const like = await main.git('rev-parse', 'HEAD')
  await work(new LiveTree({ cwd: main.path, scratch, name: 'one', like }))
}

test('the status shows what the index hides, and the index keeps its marks', async () => {
  await using main = await hiding()
  expect(await main.git('status', '--porcelain')).toBe('')
  const index = join(main.path, '.git/index')
  const before = [await readFile(index), (await stat(index)).ino]
  const { entries } = await status(main.path)
  expect(entries).toEqual([
    { path: 'assumed', kind: 'modified', hidden: 'assume-unchanged' },
    { path: 'gone', kind: 'deleted', hidden: 'assume-unchanged' },
    { path: 'skipped', kind: 'modified', hidden: 'skip-worktree' },
  ])
  expect([await readFile(index), (await stat(index)).ino]).toEqual(before)
})

test('a snapshot holds what the index hides', async () => {
  await using main = await hiding()
  const commit = await snapshotWorktree(main.path, 'saved')
  expect(await main.git('diff', '--name-status', 'HEAD', commit)).toBe('M\tassumed\nD\tgone\nM\tskipped')
  expect(await main.git('show', `${commit}:skipped`)).toBe('mine')
  expect(await main.git('ls-files', '-v', 'skipped', 'assumed')).toBe('h assumed\nS skipped')
})

test('the tree of a live worktree holds what the index hides, saved by name or found', async () => {
  await using main = await hiding()
  await withLiveTree(main, async (tree) => {
    const first = await tree.tree()
    await writeFiles(main.path, { skipped: 'again\n' })
    const second = await tree.tree(['skipped'])
    expect([first, second]).not.toContain(await main.git('rev-parse', 'HEAD^{tree}'))
    expect(second).not.toBe(first)
    expect(await tree.tree()).toBe(second)
  })
})

test('what a sparse checkout leaves out is no deletion, in the status, a snapshot and a live tree', async () => {
  await using main = await sparse()
  await writeFiles(main.path, { 'in/a': '2\n' })
  expect((await status(main.path)).entries.map(({ path }) => path)).toEqual(['in/a'])
  const commit = await snapshotWorktree(main.path, 'saved')
  expect(await main.git('diff', '--name-status', 'HEAD', commit)).toBe('M\tin/a')
  await withLiveTree(main, async (tree) => {
    const seen = await tree.tree()
    expect(seen).toBe(await main.git('rev-parse', `${commit}^{tree}`))
    // Named, as when a tool has tried to write it.
    expect(await tree.tree(['out/b', 'in/a'])).toBe(seen)
  })
})

test('a snapshot that has to begin from HEAD leaves out what a sparse checkout does', async () => {
  await using main = await sparse()
  await writeFiles(main.path, { 'in/a': '2\n' })
  // An entry whose object is nowhere: the copy of the index makes no tree.
  const nowhere = '1'.repeat(40)
  await main.git('update-index', '--add', '--cacheinfo', `100644,${nowhere},in/lost`)
  await main.git('update-index', '--skip-worktree', 'in/lost')
  const commit = await snapshotWorktree(main.path, 'saved')
  expect(await main.git('diff', '--name-status', 'HEAD', commit)).toBe('M\tin/a')
})

test('a file that is written where a sparse checkout has none is work', async () => {
  await using main = await sparse()
  await withLiveTree(main, async (tree) => {
    const before = await tree.tree()
    await mkdir(join(main.path, 'out'))
    await writeFile(join(main.path, 'out/b'), 'mine\n')
    expect((await status(main.path)).entries).toMatchObject([{ path: 'out/b', kind: 'modified' }])
    const commit = await snapshotWorktree(main.path, 'saved')
    expect(await main.git('diff', '--name-status', 'HEAD', commit)).toBe('M\tout/b')
    const after = await tree.tree(['out/b'])
    expect(after).not.toBe(before)
    expect(after).toBe(await main.git('rev-parse', `${commit}^{tree}`))
  })
})

test('hidden paths are put back like others, and other marks stay', async () => {
  await using main = await hiding()
  await restorePaths(main.path, ['skipped', 'assumed'])
  expect(await readFile(join(main.path, 'skipped'), 'utf8')).toBe('1\n')
  expect(await readFile(join(main.path, 'assumed'), 'utf8')).toBe('1\n')
  expect(await main.git('ls-files', '-v', 'same')).toBe('S same')
})

test('a tree is not written again where nothing has changed', async () => {
  await using main = await temporaryRepository({ files: { a: 'a', b: 'b' } })
  await using calls = await gitCalls()
  await withLiveTree(main, async (tree) => {
    const first = await tree.tree()
    expect(await calls.take()).toContain('write-tree')
    expect(await tree.tree()).toBe(first)
    expect(await tree.tree([])).toBe(first)
    expect(await calls.take()).toEqual(['ls-files'])
    await writeFiles(main.path, { a: 'changed' })
    const second = await tree.tree()
    expect(second).not.toBe(first)
    await writeFiles(main.path, { a: 'a' })
    expect(await tree.tree(['a'])).toBe(first)
  })
})
