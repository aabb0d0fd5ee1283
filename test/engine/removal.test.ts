// Clean-up of a session, for every state that its worktree can be in: what a dry run says, that it touches nothing, and
// what the real one does.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CleanItem } from '../../src/contract/api.ts'
import { savedThings } from '../../src/engine/recover.ts'
import { mountAt } from '../support/mount.ts'
import { gitIn, writeFiles } from '../support/repository.ts'
import { preparedSession, type PreparedSession } from '../support/prepared.ts'

const BRANCH = 'quintet/work-1/a/work'
let it: PreparedSession
let path: string

beforeEach(async () => {
  it = await preparedSession({ 'src/a/one.txt': 'one\n' })
  path = it.path
})
afterEach(() => it[Symbol.asyncDispose]())

/** What a dry run says of the session, after a look that it has changed nothing. */
async function prospect(): Promise<CleanItem | undefined> {
  const state = (): Promise<string[]> =>
    Promise.all([
      it.repository.git('for-each-ref'),
      it.repository.git('worktree', 'list', '--porcelain'),
      gitIn(path, 'status', '--porcelain').catch(() => 'gone'),
    ])
  const then = await state()
  const [item] = await it.clean(true)
  expect(await state()).toEqual(then)
  return item
}

async function real(): Promise<CleanItem | undefined> {
  return (await it.clean())[0]
}

/** Where the worktree keeps the repository of a submodule. */
async function moduleAt(name: string): Promise<string> {
  return join(await gitIn(path, 'rev-parse', '--absolute-git-dir'), 'modules', name)
}

/** A submodule that is the same as its remote, not checked out. */
async function clonedModule(remote: string, module: string): Promise<string> {
  await mkdir(join(module, '..'), { recursive: true })
  const seen = join(remote, '..', 'seen')
  await gitIn(remote, 'clone', '-q', '--no-checkout', '--separate-git-dir', module, remote, seen)
  await rm(seen, { recursive: true })
  await rm(join(module, 'index'), { force: true })
  return module
}

function commitIn(cwd: string): Promise<string> {
  return gitIn(cwd, 'commit-tree', 'HEAD^{tree}', '-p', 'HEAD', '-m', 'own')
}

const KEPT = `its branch ${BRANCH} has not landed and is kept`

describe('a branch', () => {
  test('that has landed goes, with the proof', async () => {
    const tip = await it.commit()
    await it.repository.git('merge', '-q', '--no-ff', '--no-edit', BRANCH)
    it.recordLanded(tip)
    const proof = [
      `The branch ${BRANCH} is in main: all its commits are there.`,
      'Everything in its worktree is committed.',
    ]
    expect(await prospect()).toEqual({ what: 'session work-1/a', outcome: 'removable', proof })
    expect(await real()).toEqual({ what: 'session work-1/a', outcome: 'removed', proof })
    expect(await it.repository.git('branch', '--list', BRANCH)).toBe('')
  })

  test('that landed in another commit goes, and its own commits are kept', async () => {
    const tip = await it.commit()
    await it.repository.git('merge', '-q', '--squash', BRANCH)
    await it.repository.git('commit', '-qm', 'squashed')
    it.recordLanded(tip)
    const item = await prospect()
    expect(item).toMatchObject({ outcome: 'removable' })
    expect(item?.proof?.[0]).toMatch(/each of its commits is there as an equal patch|exactly its changes/)
    const backup = `refs/quintet/backup/work-1/a/branch-${tip.slice(0, 12)}`
    expect(await real()).toMatchObject({ outcome: 'removed', backup })
    expect(await it.repository.git('rev-parse', backup)).toBe(tip)
  })

  test('that has not landed stays, whatever was recorded, and so does one that went on since', async () => {
    const tip = await it.commit()
    it.recordLanded(tip)
    expect(await prospect()).toMatchObject({
      reason: KEPT,
      proof: [
        `The branch ${BRANCH} has 1 commit that main has not: it stays.`,
        'Everything in its worktree is committed.',
      ],
    })
    await it.repository.git('merge', '-q', '--no-ff', '--no-edit', BRANCH)
    const later = await it.commit({ 'src/a/three.txt': 'three\n' })
    expect(await prospect()).toMatchObject({ outcome: 'removable', reason: KEPT })
    expect(await real()).toMatchObject({ outcome: 'removed', reason: KEPT })
    expect(await it.repository.git('rev-parse', BRANCH)).toBe(later)
  })

  test('that nothing was committed to goes', async () => {
    expect(await prospect()).toMatchObject({
      outcome: 'removable',
      proof: [`Nothing was committed to the branch ${BRANCH}.`, 'Everything in its worktree is committed.'],
    })
    expect(await real()).toMatchObject({ outcome: 'removed' })
    expect(await it.repository.git('branch', '--list', BRANCH)).toBe('')
  })

  test('of which commits are on no remote says how many, and is judged by the target all the same', async () => {
    const [first, tip] = [await it.commit(), await it.commit({ 'src/a/three.txt': 'three\n' })]
    expect((await prospect())?.proof).not.toContainEqual(expect.stringContaining('remote'))
    await it.repository.git('remote', 'add', 'origin', '/nowhere.git')
    const on = (count: string): string =>
      `${count} on no remote, and ${count.startsWith('1') ? 'stays' : 'stay'} in this repository.`
    expect((await prospect())?.proof).toContain(on('2 commits of its branch are'))
    await it.repository.git('update-ref', 'refs/remotes/origin/work', first)
    expect((await prospect())?.proof).toContain(on('1 commit of its branch is'))
    await it.repository.git('merge', '-q', '--no-ff', '--no-edit', BRANCH)
    it.recordLanded(tip)
    expect(await prospect()).toMatchObject({
      outcome: 'removable',
      proof: [expect.stringContaining('is in main'), on('1 commit of its branch is'), expect.any(String)],
    })
    await it.repository.git('update-ref', 'refs/remotes/origin/work', tip)
    expect((await prospect())?.proof).not.toContainEqual(expect.stringContaining('remote'))
    expect(await real()).toMatchObject({ outcome: 'removed' })
  })

  test('whose landing the target has lost since stays, with what had proved it', async () => {
    const tip = await it.commit()
    await it.repository.git('merge', '-q', '--no-ff', '--no-edit', BRANCH)
    it.recordLanded(tip, 'ancestor')
    expect((await prospect())?.proof?.[1]).toBe('Everything in its worktree is committed.')
    await it.repository.git('reset', '-q', '--hard', 'HEAD~1')
    expect(await prospect()).toMatchObject({
      reason: KEPT,
      proof: [
        `The branch ${BRANCH} has 1 commit that main has not: it stays.`,
        'What proved it when it landed on main: all its commits are there.',
        'Everything in its worktree is committed.',
      ],
    })
    expect(await real()).toMatchObject({ outcome: 'removed', reason: KEPT })
    expect(await it.repository.git('rev-parse', BRANCH)).toBe(tip)
  })
})

describe('a worktree', () => {
  test('with changed and untracked files is saved first', async () => {
    await writeFiles(path, {
      'src/a/one.txt': 'changed\n',
      'src/a/new.txt': 'new\n',
      'src/a/newer.txt': 'new\n',
    })
    expect((await prospect())?.proof).toContain(
      'What is not committed (1 changed file, 2 untracked files) is saved under refs/quintet/backup/work-1/a/.',
    )
    const backup = (await real())?.backup ?? ''
    expect(await it.repository.git('show', `${backup}:src/a/new.txt`)).toBe('new')
  })

  test('with a change that the index hides says so and saves it', async () => {
    await gitIn(path, 'update-index', '--skip-worktree', 'src/a/one.txt')
    await writeFiles(path, { 'src/a/one.txt': 'mine\n' })
    expect((await prospect())?.proof).toContain(
      'What is not committed (1 changed file) is saved under refs/quintet/backup/work-1/a/. Hidden from git status, and saved all the same: src/a/one.txt.',
    )
    const backup = (await real())?.backup ?? ''
    expect(await it.repository.git('show', `${backup}:src/a/one.txt`)).toBe('mine')
  })

  test('with ignored files and another repository names what is kept and what goes', async () => {
    await writeFile(
      join(await gitIn(path, 'rev-parse', '--path-format=absolute', '--git-common-dir'), 'info/exclude'),
      'env/\n*.sqlite\ndist/\n*.log\n',
    )
    await writeFiles(path, {
      'env/target/prod.json': 'only copy',
      'data.sqlite': 'rows',
      'dist/main.js': 'built',
      'dist/prod.key': 'only copy',
      'run.log': 'ran',
    })
    await mkdir(join(path, 'lib'))
    await gitIn(join(path, 'lib'), 'init', '-q')
    const proof = [
      'All its own files that git does not ignore are committed.',
      'Other repositories in it are copied whole: lib/.',
      'Ignored files are copied to the state folder: data.sqlite, dist/prod.key, env/target/prod.json.',
      'Ignored, made again by tools, and not kept: dist/, run.log.',
    ]
    expect((await prospect())?.proof?.slice(1)).toEqual(proof)
    expect(await real()).toMatchObject({
      outcome: 'removed',
      reason: expect.stringContaining(
        'Ignored files were kept: data.sqlite, dist/prod.key, env/target/prod.json.',
      ),
      proof: expect.arrayContaining(proof),
    })
    const kept = (await savedThings(it.services.repo)).find(({ kind }) => kind === 'files')
    expect(kept?.text).toBe('data.sqlite, dist/prod.key, env/target/prod.json, lib/')
  })

  test('with stashes leaves them in the repository', async () => {
    await writeFiles(path, { 'src/a/one.txt': 'stashed\n' })
    await gitIn(path, 'stash', '-q')
    expect((await prospect())?.proof).toContain('1 stash made on its branch stay in the repository.')
    expect(await real()).toMatchObject({ outcome: 'removed' })
    expect(await it.repository.git('show', 'refs/stash:src/a/one.txt')).toBe('stashed')
  })

  test('that somebody has locked is kept', async () => {
    await it.repository.git('worktree', 'unlock', path)
    await it.repository.git('worktree', 'lock', '--reason', 'mine', path)
    const item = {
      what: 'session work-1/a',
      outcome: 'kept',
      reason: `The worktree ${path} is locked: mine.`,
    }
    expect(await prospect()).toEqual({ ...item, reason: `The worktree ${path} is locked: mine.`, proof: [] })
    expect(await real()).toEqual(item)
  })

  test('that somebody works in is busy', async () => {
    const child = spawn('sleep', ['60'], { cwd: path })
    await once(child, 'spawn')
    const item = { what: 'session work-1/a', outcome: 'busy', reason: `processes ${child.pid} work in it` }
    expect(await prospect()).toEqual({ ...item, proof: [] })
    expect(await real()).toEqual(item)
    child.kill()
    await once(child, 'exit')
    expect(await prospect()).toMatchObject({ outcome: 'removable' })
  })

  test('with a submodule that holds a commit of its own is kept, and the way out is said', async () => {
    await gitIn(it.repository.path, 'init', '-q', '--bare', await moduleAt('empty'))
    const module = await clonedModule(it.repository.path, await moduleAt('lib'))
    expect((await prospect())?.outcome).toBe('removable')
    await gitIn(module, 'update-ref', 'refs/heads/own', await commitIn(module))
    const reason = expect.stringMatching(/ has submodules with work .+: lib\. Set them aside with: cp -a /)
    const item = { what: 'session work-1/a', outcome: 'kept', reason }
    expect(await prospect()).toEqual({ ...item, proof: [] })
    expect(await real()).toEqual(item)
  })

  test('with something mounted in it is kept', async ({ skip }) => {
    await using mount = await mountAt(join(it.repository.path, '..'), join(path, 'data'))
    if (mount === null) return skip('mounting is not permitted here')
    const reason = `Something is mounted at ${mount.at}.`
    const item = { what: 'session work-1/a', outcome: 'kept', reason }
    expect(await prospect()).toEqual({ ...item, proof: [] })
    expect(await real()).toEqual(item)
  })

  test('with submodules that hold nothing of their own goes', async () => {
    await gitIn(it.repository.path, 'init', '-q', '--bare', await moduleAt('empty'))
    await clonedModule(it.repository.path, await moduleAt('lib'))
    expect(await prospect()).toMatchObject({ outcome: 'removable' })
    expect(await real()).toMatchObject({ outcome: 'removed' })
  })

  test('that was deleted by hand is struck off, and its branch stays', async () => {
    const tip = await it.commit()
    await rm(path, { recursive: true })
    expect(await prospect()).toMatchObject({
      outcome: 'removable',
      reason: KEPT,
      proof: [expect.any(String), "Its folder was deleted by hand; only git's entry for it is left."],
    })
    expect(await real()).toMatchObject({ outcome: 'removed' })
    expect(await it.repository.git('rev-parse', BRANCH)).toBe(tip)
    expect(await it.repository.git('worktree', 'list')).not.toContain('work-1/a')
  })

  test('in place of which another folder stands is kept', async () => {
    await rm(path, { recursive: true })
    await it.repository.git('worktree', 'unlock', path)
    await it.repository.git('worktree', 'prune')
    await mkdir(path, { recursive: true })
    await writeFile(join(path, 'mine.txt'), 'mine\n')
    const reason = `The folder ${path} is not a worktree that git knows.`
    expect(await prospect()).toMatchObject({ outcome: 'kept', reason })
    expect(await real()).toMatchObject({ outcome: 'kept', reason })
  })

  test('with an unfinished merge says so', async () => {
    await it.commit({ 'src/a/one.txt': 'ours\n' })
    await writeFiles(it.repository.path, { 'src/a/one.txt': 'theirs\n' })
    await it.repository.git('commit', '-qam', 'theirs')
    await expect(gitIn(path, 'merge', '-q', 'main')).rejects.toThrow()
    expect((await prospect())?.proof).toContain('A merge is under way; its state is kept beside the files.')
    expect(await real()).toMatchObject({
      outcome: 'removed',
      reason: expect.stringContaining('A merge was under way.'),
    })
  })
})

test('a session that has not ended is left alone', async () => {
  it.services.store.claims.create({ id: 'work-1/session/a', workflow: 'session', input: {} })
  const item = { what: 'session work-1/a', outcome: 'kept', reason: 'it has not ended' }
  expect(await prospect()).toEqual(item)
  expect(await real()).toEqual(item)
})
