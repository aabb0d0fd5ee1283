import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gitIn } from '../../support/repository.ts'
import { guardedRepository, ran, type GuardedRepository } from './session.ts'

let guarded: GuardedRepository
beforeAll(async () => {
  guarded = await guardedRepository()
  await gitIn(guarded.repo.root, 'branch', 'other')
  await gitIn(guarded.repo.root, 'branch', 'quintet/r-1/api/work')
})
afterAll(() => guarded[Symbol.asyncDispose]())

describe('what a session may not do to references', () => {
  const commit = (): Promise<string> => gitIn(guarded.path, 'commit-tree', '-m', 'x', 'HEAD^{tree}')

  test.each<[string, (commit: string) => string[]]>([
    ['move the target', (commit) => ['update-ref', 'refs/heads/main', commit]],
    ['move another branch', (commit) => ['branch', '--force', 'other', commit]],
    ["move another session's branch", (commit) => ['update-ref', 'refs/heads/quintet/r-1/api/work', commit]],
    ['make a branch', () => ['branch', 'new']],
    ['make a branch and go there', () => ['switch', '--create', 'new']],
    ['delete a branch', () => ['branch', '-D', 'other']],
    ['tag', () => ['tag', 'v1']],
    ['annotate', () => ['notes', 'add', '-m', 'x']],
    ['replace an object', (commit) => ['update-ref', 'refs/replace/x', commit]],
    ['rename its branch', () => ['branch', '-m', 'quintet/r-1/auth/work', 'quintet/r-1/auth/renamed']],
    ['delete its branch', () => ['update-ref', '-d', 'refs/heads/quintet/r-1/auth/work']],
    ['move the HEAD of another worktree', (commit) => ['update-ref', 'main-worktree/HEAD', commit]],
    ['write the backups', (commit) => ['update-ref', 'refs/quintet/backup/r-1/api/1', commit]],
  ])('%s', async (_, args) => {
    const before = await gitIn(guarded.repo.root, 'for-each-ref')
    const { code, stderr } = await guarded.git(args(await commit()))
    expect(code).not.toBe(0)
    expect(stderr).toMatch(/^quintet: This session/m)
    expect(await gitIn(guarded.repo.root, 'for-each-ref')).toBe(before)
  })

  test('stash, which all worktrees share, and nothing of its work is lost by trying', async () => {
    await writeFile(join(guarded.path, 'src/auth/a.ts'), 'in work\n')
    const { code, stderr } = await guarded.git(['stash'])
    expect(code).not.toBe(0)
    expect(stderr).toContain('Commit on quintet/r-1/auth/work instead')
    expect(await readFile(join(guarded.path, 'src/auth/a.ts'), 'utf8')).toBe('in work\n')
    await guarded.git(['checkout', '--', '.'])
  })

  test('commit on another branch, whatever HEAD says', async () => {
    await guarded.git(['symbolic-ref', 'HEAD', 'refs/heads/other'])
    await guarded.stage({ 'src/auth/b.ts': 'b\n' })
    const { code, stderr } = await guarded.git(['commit', '--no-verify', '-m', 'on another'])
    expect([code === 0, stderr]).toEqual([false, expect.stringContaining('refs/heads/other')])
    await guarded.git(['symbolic-ref', 'HEAD', 'refs/heads/quintet/r-1/auth/work'])
    await guarded.git(['reset', '--hard'])
  })

  test('push anywhere but to its own folder', async () => {
    await gitIn(guarded.top, 'init', '--quiet', '--bare', 'remote.git')
    const remote = join(guarded.top, 'remote.git')
    const { code, stderr } = await guarded.git([
      'push',
      '--no-verify',
      '--quiet',
      remote,
      'HEAD:refs/heads/x',
    ])
    expect([code, stderr]).toEqual([0, ''])
    const refused = await guarded.git(['push', remote, 'HEAD:refs/heads/main'])
    expect([refused.code === 0, refused.stderr]).toEqual([
      false,
      expect.stringContaining('quintet: This session may not push to refs/heads/main.'),
    ])
    expect((await guarded.git(['push', '--quiet', remote, 'HEAD'])).code).toBe(0)
  })
})

describe('what a session does with its own references', () => {
  test('commit, amend, branch below its folder, reset, cherry-pick, bisect', async () => {
    await guarded.stage({ 'src/auth/c.ts': 'c\n' })
    const steps = [
      ['commit', '--quiet', '-m', 'one'],
      ['commit', '--quiet', '--amend', '-m', 'two'],
      ['branch', 'quintet/r-1/auth/try'],
      ['switch', '--quiet', 'quintet/r-1/auth/try'],
      ['switch', '--quiet', 'quintet/r-1/auth/work'],
      ['branch', '-D', 'quintet/r-1/auth/try'],
      ['reset', '--quiet', '--hard', 'HEAD~1'],
      ['cherry-pick', 'ORIG_HEAD'],
      ['bisect', 'start', 'HEAD', 'HEAD~1'],
      ['bisect', 'reset'],
      ['update-ref', 'refs/worktree/mine', 'HEAD'],
      ['fetch', '--quiet', '.', 'HEAD'],
    ]
    for (const step of steps) {
      const { code, stderr } = await guarded.git(step)
      expect([step, code, stderr.includes('quintet:')]).toEqual([step, 0, false])
    }
  })

  test('rebase, with merges kept and with a conflict in between', async () => {
    const start = await gitIn(guarded.path, 'rev-parse', 'HEAD')
    for (const text of ['1', '2', '3']) {
      await guarded.stage({ 'src/auth/r.ts': `${text}\n` })
      await guarded.git(['commit', '--quiet', '-m', text])
    }
    expect((await guarded.git(['rebase', '--force-rebase', '--rebase-merges', start])).code).toBe(0)
    const tip = await gitIn(guarded.path, 'rev-parse', 'HEAD')
    expect((await guarded.git(['rebase', '--onto', start, `${tip}~1`])).code).toBe(1)
    await guarded.stage({ 'src/auth/r.ts': 'solved\n' })
    const { code, stderr } = await guarded.git(['-c', 'core.editor=true', 'rebase', '--continue'])
    expect([code, stderr.includes('quintet:')]).toEqual([0, false])
    expect(await gitIn(guarded.path, 'symbolic-ref', 'HEAD')).toBe('refs/heads/quintet/r-1/auth/work')
  })

  test('HEAD is followed where git announces its moves', async () => {
    // As git from 2.46 on puts it; older ones do not tell.
    const hook = join(guarded.repo.commonDir, 'quintet/guards/r-1/auth.hooks/reference-transaction')
    const judged = async (to: string): Promise<number> => {
      return (await ran(hook, ['prepared'], guarded.path, `${'0'.repeat(40)} ${to} HEAD\n`)).code
    }
    expect(await judged('ref:refs/heads/main')).toBe(1)
    expect(await judged('ref:refs/heads/quintet/r-1/auth/work')).toBe(0)
    expect(await judged('1'.repeat(40))).toBe(0)
  })
})

test('other worktrees, and the main one, are not concerned', async () => {
  const other = join(guarded.top, 'by-hand')
  await gitIn(guarded.repo.root, 'worktree', 'add', '--quiet', '-b', 'by-hand', other)
  expect((await guarded.git(['tag', 'from-other'], other)).code).toBe(0)
  expect((await guarded.git(['tag', 'from-main'], guarded.repo.root)).code).toBe(0)
})
