// The published ways in which tools of this kind have lost work, each played against this one. docs/loss.md lists them.
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { recover, savedThings } from '../../src/engine/recover.ts'
import { mergeTree } from '../../src/git/merge/merge.ts'
import { snapshotWorktree } from '../../src/git/snapshot.ts'
import { placeBranch } from '../../src/integration/proof/place.ts'
import { resolveConflict } from '../../src/integration/resolve/resolve.ts'
import { advanceTarget } from '../../src/integration/target.ts'
import { moveToTrash, trashEntries } from '../../src/store/trash.ts'
import { prepareWorkspace } from '../../src/workspace/prepare.ts'
import { commitOn } from '../support/branches.ts'
import { preparedSession, type PreparedSession } from '../support/prepared.ts'
import { gitIn, writeFiles } from '../support/repository.ts'

const LINES = Array.from({ length: 60 }, (_, index) => `export const line${index} = ${index}\n`).join('')
let it: PreparedSession

beforeEach(async () => {
  it = await preparedSession({ 'src/a/one.ts': LINES, '.gitignore': '.env*\n*.sqlite\n' })
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await it[Symbol.asyncDispose]()
})

const git = (...args: string[]): Promise<string> => it.repository.git(...args)
const inside = (...args: string[]): Promise<string> => gitIn(it.path, ...args)

describe('removal', () => {
  test('of a dirty worktree, by force and without a word', async () => {
    await writeFiles(it.path, { 'src/a/one.ts': 'rewritten\n', 'src/a/new.ts': 'never committed\n' })
    const [item] = await it.clean()
    expect(item).toMatchObject({ outcome: 'removed', backup: 'refs/quintet/backup/work-1/a/1' })
    expect(await recover(it.services.repo, 'work-1/a/1')).toMatchObject({ branch: 'recovered/work-1/a/1' })
    expect(await git('show', 'recovered/work-1/a/1:src/a/new.ts')).toBe('never committed')
    expect(await git('show', 'recovered/work-1/a/1:src/a/one.ts')).toBe('rewritten')
  })

  test('of ignored files: a changed .env, a database', async () => {
    await writeFiles(it.path, { '.env.local': 'KEY=1\n', 'data.sqlite': 'rows' })
    await it.clean()
    const kept = (await savedThings(it.services.repo)).find(({ kind }) => kind === 'files')
    const back = join(it.repository.path, '..', 'back')
    await recover(it.services.repo, kept?.name ?? '', back)
    expect(await readFile(join(back, 'files', 'data.sqlite'), 'utf8')).toBe('rows')
    expect(await readFile(join(back, 'files', '.env.local'), 'utf8')).toBe('KEY=1\n')
  })

  test('of a file that git was told not to look at, and that counts as unchanged', async () => {
    const files = { 'src/a/one.ts': 'mine, skipped\n', 'src/a/two.ts': 'mine, assumed\n' }
    const tip = await it.commit({ 'src/a/two.ts': LINES })
    await git('merge', '-q', '--no-ff', '--no-edit', it.branch)
    it.recordLanded(tip)
    await inside('update-index', '--skip-worktree', 'src/a/one.ts')
    await inside('update-index', '--assume-unchanged', 'src/a/two.ts')
    await writeFiles(it.path, files)
    expect(await inside('status', '--porcelain')).toBe('')
    const [shown] = await it.clean(true)
    expect(shown?.proof).toContainEqual(expect.stringContaining('src/a/one.ts, src/a/two.ts'))
    const [item] = await it.clean()
    expect(await git('show', `${item?.backup}:src/a/one.ts`)).toBe('mine, skipped')
    expect(await git('show', `${item?.backup}:src/a/two.ts`)).toBe('mine, assumed')
  })

  test('of the only copy of a key, in an ignored folder below which something is called target', async () => {
    await writeFile(join(it.repository.path, '.git', 'info', 'exclude'), 'env/\n')
    await writeFiles(it.path, { 'env/target/prod.json': 'only copy' })
    const [shown] = await it.clean(true)
    expect(shown?.proof).toContainEqual(expect.stringContaining('env/target/prod.json'))
    await it.clean()
    const kept = (await savedThings(it.services.repo)).find(({ kind }) => kind === 'files')
    expect(kept?.text).toBe('env/target/prod.json')
    expect(await readFile(join(kept?.place ?? '', 'files/env/target/prod.json'), 'utf8')).toBe('only copy')
  })

  test('by rm -rf: a folder is renamed away first, and can be had back until the trash is emptied', async () => {
    await writeFiles(it.path, { 'big/a.txt': 'a\n' })
    await moveToTrash(it.services.repo, join(it.path, 'big'))
    const [entry = ''] = await trashEntries(it.services.repo)
    await recover(it.services.repo, `trash/${entry}`, join(it.path, 'again'))
    expect(await readFile(join(it.path, 'again', 'a.txt'), 'utf8')).toBe('a\n')
  })

  test('of everything at once: foreign worktrees, branches, remote branches and tags', async () => {
    const foreign = join(it.repository.path, '..', 'mine')
    await git('worktree', 'add', '-q', '-b', 'mine', foreign)
    await git('branch', 'quintet-notes')
    await git('tag', 'v1')
    await git('update-ref', 'refs/remotes/origin/quintet/work-1/a/work', 'main')
    await writeFiles(foreign, { 'draft.txt': 'draft\n' })
    const others = [
      'refs/heads/main',
      'refs/heads/mine',
      'refs/heads/quintet-notes',
      'refs/tags',
      'refs/remotes',
    ]
    const before = await git('for-each-ref', ...others)
    await it.clean()
    expect(await git('for-each-ref', ...others)).toBe(before)
    expect(await readFile(join(foreign, 'draft.txt'), 'utf8')).toBe('draft\n')
  })

  test('under somebody who stands in the folder', async () => {
    const { spawn } = await import('node:child_process')
    const child = spawn('sleep', ['60'], { cwd: it.path })
    await new Promise((resolve) => child.once('spawn', resolve))
    expect((await it.clean())[0]).toMatchObject({ outcome: 'busy' })
    expect((await stat(it.path)).isDirectory()).toBe(true)
    child.kill()
    await new Promise((resolve) => child.once('exit', resolve))
  })

  test('of the state of an unfinished rebase', async () => {
    await it.commit({ 'src/a/one.ts': LINES.replace('= 1\n', '= 100\n') })
    await commitOn(it.repository, 'other', [{ 'src/a/one.ts': LINES.replace('= 1\n', '= 200\n') }])
    await expect(inside('rebase', '-q', 'other')).rejects.toThrow()
    expect((await it.clean())[0]).toMatchObject({ reason: expect.stringContaining('rebase was under way') })
    const files = (await savedThings(it.services.repo)).find(({ kind }) => kind === 'files')
    expect((await stat(join(files?.place ?? '', 'git', 'rebase-merge'))).isDirectory()).toBe(true)
  })

  test('of commits of submodules', async () => {
    const admin = await inside('rev-parse', '--absolute-git-dir')
    const module = join(admin, 'modules', 'lib')
    await git('init', '-q', '--bare', module)
    const tree = await gitIn(module, 'hash-object', '-t', 'tree', '-w', '/dev/null')
    const own = await gitIn(module, 'commit-tree', tree, '-m', 'nowhere else')
    await gitIn(module, 'update-ref', 'refs/heads/own', own)
    expect((await it.clean())[0]).toMatchObject({
      outcome: 'kept',
      reason: expect.stringContaining(': lib.'),
    })
    expect(await gitIn(module, 'cat-file', '-t', own)).toBe('commit')
  })

  test('of commits that were never pushed, because a remote was taken for a copy', async () => {
    const tip = await it.commit()
    await git('remote', 'add', 'origin', '/nowhere.git')
    await git('update-ref', 'refs/remotes/origin/main', 'main')
    const [shown] = await it.clean(true)
    expect(shown?.proof).toContain('1 commit of its branch is on no remote, and stays in this repository.')
    await it.clean()
    expect(await git('rev-parse', it.branch)).toBe(tip)
  })

  test('of commits that only a worktree led to, after its folder was deleted by hand', async () => {
    await inside('checkout', '-q', '--detach')
    const lost = await it.commit()
    await rm(it.path, { recursive: true })
    const [item] = await it.clean()
    expect(await git('rev-parse', item?.backup ?? '')).toBe(lost)
  })

  test('of stashes, which are positions in a list that all worktrees share', async () => {
    await writeFiles(it.path, { 'src/a/one.ts': 'stashed\n' })
    await inside('stash', '-q')
    await writeFiles(it.repository.path, { 'src/a/one.ts': 'of a person\n' })
    await git('stash', '-q')
    await it.clean()
    expect((await git('stash', 'list')).split('\n')).toHaveLength(2)
  })
})

describe('taking for landed', () => {
  test('a branch that went on after its merge', async () => {
    const tip = await it.commit()
    await git('merge', '-q', '--no-ff', '--no-edit', it.branch)
    it.recordLanded(tip)
    const later = await it.commit({ 'src/a/three.ts': 'later\n' })
    await it.clean()
    expect(await git('rev-parse', it.branch)).toBe(later)
  })

  test('a branch of which only a part was taken over', async () => {
    const first = await it.commit()
    const tip = await it.commit({ 'src/a/three.ts': 'second\n' })
    await git('cherry-pick', first)
    it.recordLanded(tip)
    await it.clean()
    expect(await git('rev-parse', it.branch)).toBe(tip)
  })

  test('a branch whose patch is equal but for white space', async () => {
    await it.commit({ 'src/a/two.py': 'if a:\n    b()\n    c()\n' })
    const tip = await inside('rev-parse', 'HEAD')
    await writeFiles(it.repository.path, { 'src/a/two.py': 'if a:\n    b()\nc()\n' })
    await git('add', '--all')
    await git('commit', '-qm', 'work')
    it.recordLanded(tip)
    await it.clean()
    expect(await git('rev-parse', it.branch)).toBe(tip)
  })

  test('a message that says so', async () => {
    const tip = await it.commit()
    await git('commit', '-q', '--allow-empty', '-m', `Merge a\n\nQuintet-Piece: a\nQuintet-Tip: ${tip}`)
    it.recordLanded(tip)
    await it.clean()
    expect(await git('rev-parse', it.branch)).toBe(tip)
  })

  test('squashed work, whose own commits went with the branch', async () => {
    const tip = await it.commit()
    await git('merge', '-q', '--squash', it.branch)
    await git('commit', '-qm', 'squashed')
    it.recordLanded(tip)
    const [item] = await it.clean()
    expect(await git('branch', '--list', it.branch)).toBe('')
    expect(await git('rev-parse', item?.backup ?? '')).toBe(tip)
  })
})

describe('preparation', () => {
  test('over a branch that is there already', async () => {
    await commitOn(it.repository, 'quintet/work-1/b/work', [{ 'mine.txt': 'mine\n' }])
    const mine = await git('rev-parse', 'quintet/work-1/b/work')
    const spec = {
      ...it.workspace,
      piece: 'b',
      branch: 'quintet/work-1/b/work',
      marker: `${it.workspace.marker}-b`,
      path: join(it.path, '..', 'b'),
    }
    const prepared = prepareWorkspace(spec, new AbortController().signal)
    await expect(prepared).rejects.toMatchObject({ code: 'E_BRANCH_TAKEN' })
    expect(await git('rev-parse', 'quintet/work-1/b/work')).toBe(mine)
  })

  test('over a folder that is there already', async () => {
    const path = join(it.path, '..', 'b')
    await writeFiles(path, { 'mine.txt': 'mine\n' })
    const spec = { ...it.workspace, piece: 'b', branch: 'quintet/work-1/b/work', path }
    const prepared = prepareWorkspace(spec, new AbortController().signal)
    await expect(prepared).rejects.toMatchObject({ code: 'E_PATH_TAKEN' })
    expect(await readFile(join(path, 'mine.txt'), 'utf8')).toBe('mine\n')
  })
})

describe('watching', () => {
  test("a look at a worktree that rewrites the agent's index, or fails beside its lock", async () => {
    await writeFiles(it.path, { 'src/a/one.ts': 'half done\n', 'src/a/new.ts': 'new\n' })
    const admin = await inside('rev-parse', '--absolute-git-dir')
    const index = await readFile(join(admin, 'index'))
    await writeFile(join(admin, 'index.lock'), '')
    const commit = await snapshotWorktree(it.path, 'look\n')
    expect((await readFile(join(admin, 'index'))).equals(index)).toBe(true)
    expect(await git('show', `${commit}:src/a/new.ts`)).toBe('new')
    await rm(join(admin, 'index.lock'))
  })
})

describe('integration', () => {
  /** The session and the target change one line in different ways. */
  async function conflict(): Promise<{ ours: string; theirs: string }> {
    const theirs = await it.commit({ 'src/a/one.ts': LINES.replace('line5 = 5', 'line5 = 50') })
    await commitOn(it.repository, 'other', [{ 'src/a/one.ts': LINES.replace('line5 = 5', 'line5 = 500') }])
    return { ours: await git('rev-parse', 'other'), theirs }
  }

  test("a model's two letters in place of a file of sixty lines", async () => {
    const tools = join(it.repository.path, '..', 'tools')
    await mkdir(tools)
    const answer = '#!/bin/sh\nfor file; do case $file in */ours.ts) printf OK >"$file" ;; esac; done\n'
    for (const name of ['mergiraf', 'weave-driver']) {
      await writeFile(join(tools, name), answer)
      await chmod(join(tools, name), 0o755)
    }
    vi.stubEnv('PATH', [tools, process.env['PATH']].join(delimiter))
    const resolution = await resolveConflict({ repo: it.services.repo, ...(await conflict()), mode: 'all' })
    expect(resolution).toMatchObject({
      kind: 'open',
      files: ['src/a/one.ts'],
      tried: expect.arrayContaining(['src/a/one.ts: mergiraf (lines that were not in conflict are missing)']),
    })
  })

  test('one side of a conflict, kept without a word, or a file that the other side has deleted', async () => {
    const { repo } = it.services
    expect((await resolveConflict({ repo, ...(await conflict()), mode: 'all' })).kind).toBe('open')
    await commitOn(it.repository, 'deletes', [{ 'src/a/one.ts': null }])
    const [ours, theirs] = [await git('rev-parse', 'deletes'), await git('rev-parse', it.branch)]
    expect((await resolveConflict({ repo, ours, theirs, mode: 'all' })).kind).toBe('open')
  })

  test('a worktree that is rebased or merged into while its agent works', async () => {
    const { ours, theirs } = await conflict()
    await writeFiles(it.path, { 'src/a/open.ts': 'being written\n' })
    await inside('add', '--all')
    const state = (): Promise<string[]> =>
      Promise.all([
        inside('rev-parse', 'HEAD'),
        inside('status', '--porcelain'),
        git('for-each-ref', 'refs/heads'),
      ])
    const before = await state()
    const { repo } = it.services
    await resolveConflict({ repo, ours, theirs, mode: 'all' })
    const base = await git('rev-parse', 'main')
    const { tree } = await mergeTree(repo.root, base, theirs)
    for (const style of ['merge', 'squash', 'rebase'] as const) {
      const who = { name: 'a', email: 'b' }
      await placeBranch({
        repo,
        style,
        onto: base,
        branch: { piece: 'a', title: 'a', base, tip: theirs },
        tree,
        who,
      })
    }
    expect(await state()).toEqual(before)
  })

  test("the operator's uncommitted work where the target is checked out", async () => {
    const to = await it.commit({ 'src/a/one.ts': 'landed\n', 'src/a/new.ts': 'landed\n' })
    const from = await git('rev-parse', 'main')
    await writeFiles(it.repository.path, { 'src/a/one.ts': 'mine\n' })
    const move = { repo: it.services.repo, target: 'main', from, to }
    expect(await advanceTarget(move)).toMatchObject({ kind: 'worktree-dirty' })
    await git('checkout', '-q', '--', 'src/a/one.ts')
    await writeFiles(it.repository.path, { 'src/a/new.ts': 'mine, untracked\n' })
    expect(await advanceTarget(move)).toMatchObject({ kind: 'worktree-dirty', files: ['src/a/new.ts'] })
    expect(await readFile(join(it.repository.path, 'src/a/new.ts'), 'utf8')).toBe('mine, untracked\n')
  })

  test("the operator's work in a file that git was told not to look at", async () => {
    const to = await it.commit({ 'src/a/one.ts': 'landed\n' })
    const from = await git('rev-parse', 'main')
    await git('update-index', '--skip-worktree', 'src/a/one.ts')
    await writeFiles(it.repository.path, { 'src/a/one.ts': 'mine\n' })
    const move = { repo: it.services.repo, target: 'main', from, to }
    expect(await advanceTarget(move)).toMatchObject({ kind: 'worktree-dirty', files: ['src/a/one.ts'] })
    expect(await readFile(join(it.repository.path, 'src/a/one.ts'), 'utf8')).toBe('mine\n')
  })

  test('commits that somebody else has put on the target meanwhile', async () => {
    const to = await it.commit()
    const from = await git('rev-parse', 'main')
    await git('commit', '-q', '--allow-empty', '-m', 'of a person')
    const mine = await git('rev-parse', 'main')
    const move = { repo: it.services.repo, target: 'main', from, to }
    expect(await advanceTarget(move)).toEqual({ kind: 'moved', now: mine })
    await expect(advanceTarget({ ...move, from: mine })).rejects.toMatchObject({ code: 'E_NOT_A_DESCENDANT' })
    expect(await git('rev-parse', 'main')).toBe(mine)
  })
})
