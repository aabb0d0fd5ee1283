// A worktree whose own configuration and attributes name a program for everything that git can run: none of them runs
// when we look at it, save it, merge it, or check it out elsewhere.
import { chmod, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { changes, lineCounts } from '../../src/git/diff.ts'
import { ignoredFiles, readBlob, trackedFiles } from '../../src/git/files.ts'
import { commitTree, mergeTree } from '../../src/git/merge/merge.ts'
import { head, openRepository, type Repository } from '../../src/git/repository.ts'
import { patchBetween, restorePaths } from '../../src/git/merge/rewrite.ts'
import { snapshotWorktree } from '../../src/git/snapshot.ts'
import { status } from '../../src/git/status.ts'
import { listWorktrees } from '../../src/git/worktree.ts'
import { prepareIntegrationWorktree } from '../../src/integration/worktree.ts'
import { proveLanded } from '../../src/integration/proof/landed.ts'
import { gitIn, temporaryRepository, writeFiles, type TemporaryRepository } from '../support/repository.ts'

let main: TemporaryRepository
let repo: Repository
let path: string
let ran: string
let base: string
let tip: string

const HOOKS = [
  'post-checkout',
  'post-index-change',
  'pre-commit',
  'reference-transaction',
  'post-merge',
  'pre-auto-gc',
]

beforeEach(async () => {
  main = await temporaryRepository({ files: { 'a.txt': 'one\n', 'b.txt': 'one\n', '.gitignore': '*.log\n' } })
  repo = await openRepository(main.path)
  path = join(repo.root, '../session')
  ran = join(repo.root, '../ran')
  base = await main.git('rev-parse', 'HEAD')
  await main.git('worktree', 'add', '--quiet', '-b', 'session', path)
  await writeFiles(path, { '.gitattributes': '* filter=evil diff=evil merge=evil\n', 'a.txt': 'two\n' })
  await gitIn(path, 'add', '--all')
  await gitIn(path, 'commit', '--quiet', '-m', 'two')
  tip = await gitIn(path, 'rev-parse', 'HEAD')
  await main.git('config', 'extensions.worktreeConfig', 'true')
  await setTrap()
  // Git has to read every file to know whether it is changed.
  await writeFiles(path, { 'a.txt': 'three\n', 'b.txt': 'one\n', 'new.txt': 'new\n', 'x.log': '' })
})
afterEach(() => main[Symbol.asyncDispose]())

/** Notes under its name that a program was run. */
async function setTrap(): Promise<void> {
  const trap = join(repo.root, '../trap')
  await writeFile(
    trap,
    `#!/bin/sh\nmkdir -p '${ran}' && : > '${ran}/'"\${0##*/}-$1"\ncase $1 in clean | smudge) cat ;; esac\n`,
  )
  await chmod(trap, 0o755)
  const hooks = join(repo.root, '../hooks')
  await writeFiles(hooks, Object.fromEntries(HOOKS.map((name) => [name, `#!/bin/sh\n'${trap}' ${name}\n`])))
  for (const name of HOOKS) await chmod(join(hooks, name), 0o755)
  const settings: Record<string, string> = {
    'core.hooksPath': hooks,
    'core.fsmonitor': `${trap} fsmonitor`,
    'core.pager': `${trap} pager`,
    'core.editor': `${trap} editor`,
    'core.sshCommand': `${trap} ssh`,
    'filter.evil.clean': `${trap} clean`,
    'filter.evil.smudge': `${trap} smudge`,
    'filter.evil.required': 'true',
    'diff.external': `${trap} external`,
    'diff.evil.textconv': `${trap} textconv`,
    'diff.evil.command': `${trap} command`,
    'merge.evil.driver': `${trap} driver`,
    'gpg.program': `${trap} gpg`,
    'commit.gpgSign': 'true',
    'log.showSignature': 'true',
    'credential.helper': `!${trap} credential`,
  }
  for (const [key, value] of Object.entries(settings)) await gitIn(path, 'config', '--worktree', key, value)
}

const whatRan = async (): Promise<string[]> => {
  const names = await readdir(ran).catch(() => [])
  await rm(ran, { recursive: true, force: true })
  return names
}

test('the trap works', async () => {
  await gitIn(path, 'add', '--all')
  await gitIn(path, 'diff', '--cached')
  expect(await whatRan()).toEqual(expect.arrayContaining(['trap-clean', 'trap-command', 'trap-fsmonitor']))
})

describe('nothing runs', () => {
  test('while its state is read', async () => {
    const { entries } = await status(path, { locks: true })
    expect(entries.map((entry) => entry.path)).toEqual(['a.txt', 'new.txt'])
    await status(path)
    expect((await head(path)).commit).toBe(tip)
    expect(await trackedFiles(path)).toContain('a.txt')
    expect(await ignoredFiles(path)).toEqual(['x.log'])
    await listWorktrees(repo)
    expect(await whatRan()).toEqual([])
  })

  test('while commits are compared', async () => {
    expect((await changes(path, base, tip)).map((change) => change.path)).toEqual(['.gitattributes', 'a.txt'])
    await lineCounts(path, base, tip)
    expect(Buffer.from(await patchBetween(path, base, tip)).toString()).toContain('+two')
    await readBlob(path, tip, 'a.txt')
    await proveLanded({ repo, base, branchTip: tip, targetTip: base })
    expect(await whatRan()).toEqual([])
  })

  test('while it is saved', async () => {
    const saved = await snapshotWorktree(path, 'saved')
    expect(await gitIn(repo.root, 'show', `${saved}:a.txt`)).toBe('three')
    expect(await gitIn(repo.root, 'show', `${saved}:new.txt`)).toBe('new')
    await restorePaths(path, ['a.txt'])
    expect(await whatRan()).toEqual([])
  })

  test('while it is merged, committed and checked out elsewhere', async () => {
    await writeFiles(repo.root, { 'b.txt': 'other\n' })
    await main.git('commit', '--quiet', '--all', '-m', 'other')
    const ours = await main.git('rev-parse', 'HEAD')
    for (const cwd of [path, repo.root]) {
      const merged = await mergeTree(cwd, ours, tip)
      if (merged.kind !== 'clean') throw new Error('It should merge.')
      const commit = await commitTree(cwd, { tree: merged.tree, parents: [ours, tip], message: 'x' })
      const to = join(repo.root, '../repo.quintet/r-1/_integration')
      await prepareIntegrationWorktree({ repo, path: to, run: 'r-1' }, commit)
      expect(await gitIn(to, 'show', 'HEAD:b.txt')).toBe('other')
    }
    expect(await whatRan()).toEqual([])
  })
})

test("the user's own filters are still used, also where the worktree has one of the same name", async () => {
  await main.git('config', 'filter.evil.clean', 'sed s/tow/two/')
  // Of the same length: otherwise git takes it for changed without asking the filter.
  await writeFiles(path, { 'a.txt': 'tow\n' })
  expect((await status(path)).entries.map((entry) => entry.path)).toEqual(['new.txt'])
  expect(await whatRan()).toEqual([])
})
