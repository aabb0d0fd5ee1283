import { readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openRepository } from '../../src/git/repository.ts'
import { targetSentence } from '../../src/integration/sentences.ts'
import { advanceTarget, finishTarget } from '../../src/integration/target.ts'
import { commitOn, type Files } from '../support/branches.ts'
import { gitIn, temporaryRepository, writeFiles } from '../support/repository.ts'

const BASE = { 'a.txt': 'one\n', 'dir/b.txt': 'b\n', 'old.txt': 'old\n', '.gitignore': '.env\nbuild/\n' }
const CHANGE: Files = { 'a.txt': 'two\n', 'new/c.txt': 'c\n', 'old.txt': null }

/** main at `from`, checked out in the main worktree; `to` is one commit ahead. */
async function scene(change: Files = CHANGE) {
  const repository = await temporaryRepository({ files: BASE })
  const from = await repository.git('rev-parse', 'main')
  const to = await commitOn(repository, 'union', [change])
  const move = { repo: await openRepository(repository.path), target: 'main', from, to }
  const tip = () => repository.git('rev-parse', 'main')
  const read = (path: string) => readFile(join(repository.path, path), 'utf8')
  const clean = (cwd = repository.path) => gitIn(cwd, 'status', '--porcelain', '--untracked-files=all')
  const { path } = repository
  return {
    repository,
    path,
    move,
    from,
    to,
    tip,
    read,
    clean,
    [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose](),
  }
}

describe('advanceTarget, checked out', () => {
  it('moves ref, index and files of the main worktree', async () => {
    await using it = await scene()
    expect(await advanceTarget(it.move)).toEqual({ kind: 'advanced', worktreeUpdated: it.path, behind: null })
    expect(await it.tip()).toBe(it.to)
    expect(await it.repository.git('symbolic-ref', 'HEAD')).toBe('refs/heads/main')
    expect(await it.read('a.txt')).toBe('two\n')
    expect(await it.read('new/c.txt')).toBe('c\n')
    await expect(it.read('old.txt')).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await it.clean()).toBe('')
    expect(await it.repository.git('reflog', '-1', '--format=%gs', 'main')).toBe('quintet: land')
  })

  it('does it once: a second call changes nothing', async () => {
    await using it = await scene()
    await advanceTarget(it.move)
    await writeFiles(it.path, { 'a.txt': 'edited since\n' })
    expect(await advanceTarget(it.move)).toEqual({ kind: 'advanced', worktreeUpdated: it.path, behind: null })
    expect(await it.read('a.txt')).toBe('edited since\n')
    await it.repository.git('add', 'a.txt')
    expect(await advanceTarget(it.move)).toMatchObject({ worktreeUpdated: it.path, behind: null })
    expect(await advanceTarget({ ...it.move, from: it.to })).toMatchObject({ kind: 'advanced', behind: null })
    expect(await it.read('a.txt')).toBe('edited since\n')
  })

  it('moves a linked worktree that has the target', async () => {
    await using it = await scene()
    await it.repository.git('switch', '--quiet', '--detach')
    const linked = join(it.path, '..', 'linked')
    await it.repository.git('worktree', 'add', '--quiet', linked, 'main')
    expect(await advanceTarget(it.move)).toEqual({ kind: 'advanced', worktreeUpdated: linked, behind: null })
    expect(await readFile(join(linked, 'a.txt'), 'utf8')).toBe('two\n')
    expect(await it.clean(linked)).toBe('')
    expect(await it.read('a.txt')).toBe('one\n')
  })

  it('lets untracked files be that are not in the way', async () => {
    await using it = await scene()
    await writeFiles(it.path, { 'notes.txt': 'mine', '.env': 'SECRET', 'new/own.txt': 'mine' })
    expect(await advanceTarget(it.move)).toMatchObject({ kind: 'advanced', worktreeUpdated: it.path })
    expect(await it.read('notes.txt')).toBe('mine')
    expect(await it.read('.env')).toBe('SECRET')
    expect(await it.clean()).toBe('?? new/own.txt\n?? notes.txt')
  })

  it('is not put off by a file that was merely touched', async () => {
    await using it = await scene()
    await utimes(join(it.path, 'a.txt'), new Date(), new Date(1_000_000_000_000))
    expect(await advanceTarget(it.move)).toMatchObject({ kind: 'advanced', worktreeUpdated: it.path })
  })

  it.each<[string, (path: string) => Promise<unknown>, string[]]>([
    ['an edit in the way', (path) => writeFile(join(path, 'a.txt'), 'mine'), ['a.txt']],
    ['an edit elsewhere', (path) => writeFile(join(path, 'dir/b.txt'), 'mine'), ['dir/b.txt']],
    ['a deletion', (path) => rm(join(path, 'dir/b.txt')), ['dir/b.txt']],
    [
      'a staged file',
      async (path) => {
        await writeFiles(path, { 'staged.txt': 'mine' })
        await gitIn(path, 'add', 'staged.txt')
      },
      ['staged.txt'],
    ],
  ])('refuses %s and changes nothing', async (_name, make, files) => {
    await using it = await scene()
    await make(it.path)
    const before = await it.clean()
    expect(await advanceTarget(it.move)).toEqual({ kind: 'worktree-dirty', path: it.path, files })
    expect(await it.tip()).toBe(it.from)
    expect(await it.clean()).toBe(before)
  })

  it.each<[string, Files, Record<string, string>, string[]]>([
    ['an untracked file', { 'new/c.txt': 'c' }, { 'new/c.txt': 'mine' }, ['new/c.txt']],
    ['an ignored file', { '.env': 'theirs' }, { '.env': 'mine' }, ['.env']],
    ['an ignored folder', { 'build/out': 'theirs' }, { 'build/out': 'mine' }, ['build/out']],
    ['a file where a folder is to be', { 'new/c.txt': 'c' }, { new: 'mine' }, ['new']],
    ['a folder where a file is to be', { new: 'c' }, { 'new/x/y.txt': 'mine' }, ['new/x/y.txt']],
    [
      'an untracked file in a folder that becomes a file',
      { 'dir/b.txt': null, dir: 'now a file' },
      { 'dir/own.txt': 'mine' },
      ['dir/own.txt'],
    ],
  ])('refuses to overwrite %s', async (_name, change, own, files) => {
    await using it = await scene(change)
    await writeFiles(it.path, own)
    expect(await advanceTarget(it.move)).toEqual({ kind: 'worktree-dirty', path: it.path, files })
    expect(await it.tip()).toBe(it.from)
    for (const [path, content] of Object.entries(own)) expect(await it.read(path)).toBe(content)
  })

  it.each(['--skip-worktree', '--assume-unchanged'])(
    'refuses a landed file hidden by %s, by name',
    async (mark) => {
      await using it = await scene()
      await it.repository.git('update-index', mark, 'a.txt')
      await writeFiles(it.path, { 'a.txt': 'mine\n' })
      const outcome = await advanceTarget(it.move)
      const files = ['a.txt']
      expect(outcome).toEqual({ kind: 'worktree-dirty', path: it.path, files, hidden: files })
      expect(targetSentence('main', outcome)).toBe(
        `main is checked out in ${it.path}, where a.txt would be overwritten. Git status does not show a.txt: marked skip-worktree or assume-unchanged.`,
      )
      expect(await it.tip()).toBe(it.from)
      expect(await it.read('a.txt')).toBe('mine\n')
    },
  )

  it.each(['--skip-worktree', '--assume-unchanged'])('leaves alone what %s hides elsewhere', async (mark) => {
    await using it = await scene()
    await it.repository.git('update-index', mark, 'dir/b.txt')
    await writeFiles(it.path, { 'dir/b.txt': 'mine\n' })
    expect(await advanceTarget(it.move)).toEqual({ kind: 'advanced', worktreeUpdated: it.path, behind: null })
    expect([await it.read('dir/b.txt'), await it.read('a.txt')]).toEqual(['mine\n', 'two\n'])
  })

  it('lands beside what a sparse checkout leaves out', async () => {
    await using it = await scene()
    await it.repository.git('sparse-checkout', 'set', 'dir')
    await it.repository.git('sparse-checkout', 'set', '--no-cone', 'dir/b.txt')
    expect(await advanceTarget(it.move)).toEqual({ kind: 'advanced', worktreeUpdated: it.path, behind: null })
    expect(await it.clean()).toBe('')
    expect(await it.tip()).toBe(it.to)
  })

  it('refuses to write through an untracked link', async () => {
    await using it = await scene()
    await symlink('/tmp', join(it.path, 'new'))
    expect(await advanceTarget(it.move)).toEqual({ kind: 'worktree-dirty', path: it.path, files: ['new'] })
  })

  it('turns folders into files and back where all of it is tracked', async () => {
    await using it = await scene({
      'dir/b.txt': null,
      dir: 'now a file\n',
      'old.txt': null,
      'old.txt/deep': 'x\n',
    })
    expect(await advanceTarget(it.move)).toMatchObject({ kind: 'advanced', worktreeUpdated: it.path })
    expect(await it.read('dir')).toBe('now a file\n')
    expect(await it.read('old.txt/deep')).toBe('x\n')
    expect(await it.clean()).toBe('')
  })

  it('does not disturb a merge, a rebase or a locked index', async () => {
    await using it = await scene()
    await commitOn(it.repository, 'other', [{ 'dir/b.txt': 'other\n' }])
    await it.repository.git('merge', '--quiet', '--no-commit', '--no-ff', 'other')
    expect(await advanceTarget(it.move)).toEqual({
      kind: 'worktree-busy',
      path: it.path,
      why: 'a merge is under way',
    })
    await it.repository.git('merge', '--abort')
    await it.repository.git('rebase', '--quiet', '--root', '--exec', 'false').catch(() => undefined)
    expect(await it.repository.git('rev-parse', '--abbrev-ref', 'HEAD')).toBe('HEAD')
    expect(await advanceTarget(it.move)).toEqual({
      kind: 'worktree-busy',
      path: it.path,
      why: 'the branch is being rebased there',
    })
    await it.repository.git('rebase', '--abort')
    await writeFile(join(it.path, '.git/index.lock'), '')
    expect(await advanceTarget(it.move)).toMatchObject({
      kind: 'worktree-busy',
      why: expect.stringContaining('index.lock'),
    })
    expect(await it.tip()).toBe(it.from)
    await rm(join(it.path, '.git/index.lock'))
    expect((await advanceTarget(it.move)).kind).toBe('advanced')
  })

  it('goes back when the files cannot be written', async () => {
    await using it = await scene({ 'a.txt': 'two\n', 'new/c.txt': 'c\n', 'z.bin': 'z\n', 'old.txt': null })
    await it.repository.git('config', 'filter.broken.smudge', 'false')
    await it.repository.git('config', 'filter.broken.required', 'true')
    await writeFile(join(it.path, '.git/info/attributes'), 'z.bin filter=broken\n')
    expect(await advanceTarget(it.move)).toEqual({
      kind: 'worktree-busy',
      path: it.path,
      why: 'its files could not be updated',
    })
    expect(await it.tip()).toBe(it.from)
    expect(await it.clean()).toBe('')
    expect(await it.read('a.txt')).toBe('one\n')
  })

  it('refuses a target that two worktrees have', async () => {
    await using it = await scene()
    const second = join(it.path, '..', 'second')
    await it.repository.git('worktree', 'add', '--quiet', '--force', second, 'main')
    expect(await advanceTarget(it.move)).toEqual({
      kind: 'worktree-busy',
      path: it.path,
      why: `the branch is also checked out in ${second}`,
    })
  })
})

describe('advanceTarget, not checked out', () => {
  it('moves the ref alone', async () => {
    await using it = await scene()
    await it.repository.git('branch', 'release', it.from)
    await writeFiles(it.path, { 'a.txt': 'dirty, and none of its business' })
    expect(await advanceTarget({ ...it.move, target: 'release' })).toEqual({
      kind: 'advanced',
      worktreeUpdated: null,
      behind: null,
    })
    expect(await it.repository.git('rev-parse', 'release')).toBe(it.to)
    expect(await it.tip()).toBe(it.from)
    expect((await advanceTarget({ ...it.move, target: 'release' })).kind).toBe('advanced')
  })

  it('takes a worktree whose folder is gone for none, unless it is locked', async () => {
    await using it = await scene()
    await it.repository.git('branch', 'release', it.from)
    const linked = join(it.path, '..', 'linked')
    await it.repository.git('worktree', 'add', '--quiet', linked, 'release')
    await rm(linked, { recursive: true })
    await it.repository.git('worktree', 'lock', linked)
    expect(await advanceTarget({ ...it.move, target: 'release' })).toMatchObject({
      kind: 'worktree-busy',
      path: linked,
    })
    await it.repository.git('worktree', 'unlock', linked)
    expect(await advanceTarget({ ...it.move, target: 'release' })).toMatchObject({ kind: 'advanced' })
  })

  it('says where the target has gone', async () => {
    await using it = await scene()
    const other = await commitOn(it.repository, 'other', [{ 'o.txt': 'o' }])
    await it.repository.git('branch', 'release', other)
    expect(await advanceTarget({ ...it.move, target: 'release' })).toEqual({ kind: 'moved', now: other })
    expect(await advanceTarget({ ...it.move, target: 'gone' })).toEqual({ kind: 'moved', now: null })
    expect(await it.repository.git('rev-parse', 'release')).toBe(other)
  })

  it('lets one of two landings win', async () => {
    await using it = await scene()
    await it.repository.git('branch', 'release', it.from)
    const other = await commitOn(it.repository, 'other', [{ 'o.txt': 'o' }])
    const both = await Promise.all(
      [it.to, other].map((to) => advanceTarget({ ...it.move, target: 'release', to })),
    )
    const now = await it.repository.git('rev-parse', 'release')
    expect(both.map(({ kind }) => kind).sort()).toEqual(['advanced', 'moved'])
    expect(both.find(({ kind }) => kind === 'moved')).toEqual({ kind: 'moved', now })
  })

  it('never drops commits', async () => {
    await using it = await scene()
    const other = await commitOn(it.repository, 'other', [{ 'o.txt': 'o' }])
    await it.repository.git('branch', 'release', other)
    await expect(advanceTarget({ ...it.move, target: 'release', from: other })).rejects.toMatchObject({
      code: 'E_NOT_A_DESCENDANT',
    })
    expect(await it.repository.git('rev-parse', 'release')).toBe(other)
  })
})

describe('finishTarget, after a crash', () => {
  /** What is there when the process dies right after the ref was swapped. */
  async function swapped(change?: Files) {
    const it = await scene(change)
    await it.repository.git('update-ref', 'refs/heads/main', it.to, it.from)
    return it
  }

  it('completes a move whose files stayed behind', async () => {
    await using it = await swapped()
    expect(await it.clean()).not.toBe('')
    expect(await advanceTarget(it.move)).toEqual({ kind: 'advanced', worktreeUpdated: it.path, behind: null })
    expect(await it.clean()).toBe('')
    expect(await it.read('a.txt')).toBe('two\n')
  })

  it('completes a move that died among the files', async () => {
    await using it = await swapped()
    await writeFiles(it.path, { 'new/c.txt': 'c\n', 'a.txt': 'two\n' })
    await rm(join(it.path, 'old.txt'))
    expect(await finishTarget(it.move)).toEqual({ kind: 'advanced', worktreeUpdated: it.path, behind: null })
    expect(await it.clean()).toBe('')
  })

  it('completes a completion that died before its last step', async () => {
    await using it = await swapped()
    await writeFiles(it.path, { 'a.txt': 'two\n' })
    await it.repository.git('add', 'a.txt')
    expect(await finishTarget(it.move)).toEqual({ kind: 'advanced', worktreeUpdated: it.path, behind: null })
    expect(await it.clean()).toBe('')
  })

  it('never overwrites what was edited in between', async () => {
    await using it = await swapped()
    await writeFiles(it.path, { 'a.txt': 'mine\n' })
    const outcome = await finishTarget(it.move)
    expect(outcome).toEqual({
      kind: 'advanced',
      worktreeUpdated: null,
      behind: { path: it.path, why: 'its files have changes of their own' },
    })
    expect(await it.read('a.txt')).toBe('mine\n')
    await writeFiles(it.path, { 'a.txt': 'one\n', 'new/c.txt': 'mine\n' })
    expect(await finishTarget(it.move)).toMatchObject({ behind: { why: 'new/c.txt would be overwritten' } })
    expect(await it.read('new/c.txt')).toBe('mine\n')
    await rm(join(it.path, 'new'), { recursive: true })
    expect(await finishTarget(it.move)).toMatchObject({ worktreeUpdated: it.path, behind: null })
    expect(await it.clean()).toBe('')
  })

  it('leaves an index alone that holds something else', async () => {
    await using it = await swapped()
    await writeFiles(it.path, { 'a.txt': 'staged\n' })
    await it.repository.git('add', 'a.txt')
    expect(await finishTarget(it.move)).toMatchObject({
      behind: { why: 'its index holds changes of its own' },
    })
    expect(await it.repository.git('show', ':a.txt')).toBe('staged')
  })

  it('does nothing when the target has gone on', async () => {
    await using it = await scene()
    expect(await finishTarget(it.move)).toEqual({ kind: 'moved', now: it.from })
    expect(await it.tip()).toBe(it.from)
  })
})
