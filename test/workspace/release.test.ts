import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stateFolder } from '../../src/git/repository.ts'
import { listWorktrees } from '../../src/git/worktree.ts'
import { SESSION_MARK, survivors } from '../../src/process/marker.ts'
import { run } from '../../src/process/run.ts'
import { programFile } from '../../src/process/spawn.ts'
import { processRow } from '../../src/process/table.ts'
import { loadJournal } from '../../src/workspace/journal.ts'
import { belongings, leftovers } from '../../src/workspace/list.ts'
import { prepareWorkspace } from '../../src/workspace/prepare.ts'
import { releaseScratch, releaseWorkspace, type ReleaseOutcome } from '../../src/workspace/release.ts'
import type { WorkspaceSpec } from '../../src/workspace/spec.ts'
import { emptyTrash, moveToTrash, trashEntries, trashFolder } from '../../src/store/trash.ts'
import { gitIn, writeFiles } from '../support/repository.ts'
import { FIXTURES, ground, type Ground } from './sessions.ts'

let here: Ground
let spec: WorkspaceSpec
const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )
const keep = { mode: 'keep-work' } as const

beforeEach(async () => {
  here = await ground({
    'readme.md': 'hello\n',
    'src/a.ts': 'export {}\n',
    '.gitignore': '.env*\nnode_modules\ndist\n*.sqlite\n/local/\n',
    '.worktreeinclude': '.env.local\n',
  })
  await writeFile(join(here.repo.root, '.env.local'), 'A=1')
  spec = await here.spec('auth')
  await prepareWorkspace(spec, new AbortController().signal)
})
afterEach(() => here[Symbol.asyncDispose]())

async function commit(message = 'work'): Promise<string> {
  await writeFiles(spec.path, { [`${message}.txt`]: message })
  await gitIn(spec.path, 'add', '--all')
  await gitIn(spec.path, 'commit', '-qm', message)
  return gitIn(spec.path, 'rev-parse', 'HEAD')
}
const branches = () => here.git('branch', '--list', '--format=%(refname:short)', 'quintet/*')
const show = (ref: string, path: string) => here.git('show', `${ref}:${path}`)

function removed(outcome: ReleaseOutcome): Extract<ReleaseOutcome, { kind: 'removed' }> {
  if (outcome.kind !== 'removed') throw new Error(JSON.stringify(outcome))
  return outcome
}

async function expectGone() {
  expect(await exists(spec.path)).toBe(false)
  expect((await listWorktrees(here.repo)).length).toBe(1)
  expect(await readdir(join(here.repo.commonDir, 'worktrees')).catch(() => [])).toEqual([])
  expect(await loadJournal(spec)).toBeNull()
  expect((await belongings(here.repo)).leases).toEqual([])
}

it('lists the worktree in which a union is checked among what is left', async () => {
  const path = join(here.top, 'repo.quintet', 'r-1', '_integration')
  const add = ['worktree', 'add', '--quiet', '--detach', '--lock', '--reason', 'quintet:integration r-1']
  await here.git(...add, path, 'main')
  const { worktrees } = await belongings(here.repo)
  expect(worktrees).toContainEqual({ path, run: 'r-1', piece: null })
  expect(await leftovers(here.repo)).toContainEqual({ kind: 'worktree', name: path })
})

describe('a session that has landed', () => {
  it('leaves nothing but trash, and then nothing', async () => {
    const tip = await commit()
    expect((await leftovers(here.repo, [spec.marker])).map(({ kind, name }) => [kind, name])).toEqual([
      ['worktree', spec.path],
      ['branch', spec.branch],
      ['port', expect.stringContaining('(r-1/auth)')],
    ])
    expect(await releaseWorkspace(spec, { mode: 'landed', tip })).toEqual({ kind: 'removed', notes: [] })
    await expectGone()
    expect(await branches()).toBe('')
    expect(await exists(join(here.top, 'repo.quintet'))).toBe(false)
    expect((await leftovers(here.repo)).map(({ kind }) => kind)).toEqual(['trash'])
    expect(await emptyTrash(here.repo)).toEqual([])
    expect(await readdir(trashFolder(here.repo))).toEqual([])
    expect(await leftovers(here.repo, [spec.marker])).toEqual([])
    expect((await belongings(here.repo)).backups).toEqual([])
  })

  it('is kept when its branch has moved since', async () => {
    const tip = await commit()
    await commit('more')
    const outcome = await releaseWorkspace(spec, { mode: 'landed', tip })
    expect(outcome).toMatchObject({ kind: 'kept', reason: expect.stringContaining(tip) })
    expect(await gitIn(spec.path, 'status', '--porcelain', '--branch')).toBe(`## ${spec.branch}`)
  })

  it('can be released again and again', async () => {
    const tip = await commit()
    await writeFile(join(spec.path, 'readme.md'), 'late change')
    const first = removed(await releaseWorkspace(spec, { mode: 'landed', tip }))
    expect(await show(first.backup ?? '', 'readme.md')).toBe('late change')
    expect(await releaseWorkspace(spec, { mode: 'landed', tip })).toEqual({ kind: 'removed', notes: [] })
    expect(await branches()).toBe('')
  })

  it('leaves the worktrees of other sessions alone', async () => {
    const other = await here.spec('api')
    await prepareWorkspace(other, new AbortController().signal)
    await releaseWorkspace(spec, { mode: 'landed', tip: await commit() })
    expect(await gitIn(other.path, 'status', '--porcelain', '--branch')).toBe(`## ${other.branch}`)
    expect((await belongings(here.repo)).leases.map(({ session }) => session)).toEqual(['r-1/api'])
  })
})

describe('what is nowhere else', () => {
  it('is saved under a reference, committed or not, and the branch stays', async () => {
    const tip = await commit()
    await writeFiles(spec.path, { 'readme.md': 'changed', 'new/deep.txt': 'untracked' })
    await gitIn(spec.path, 'rm', '-q', 'src/a.ts')
    const { backup = '' } = removed(await releaseWorkspace(spec, keep))
    expect(backup).toBe('refs/quintet/backup/r-1/auth/1')
    expect([await show(backup, 'readme.md'), await show(backup, 'new/deep.txt')]).toEqual([
      'changed',
      'untracked',
    ])
    expect(await here.git('ls-tree', '-r', '--name-only', backup)).not.toContain('src/a.ts')
    expect(await here.git('rev-parse', `${backup}^`)).toBe(tip)
    expect(await branches()).toBe(spec.branch)
    await expectGone()
  })

  it('gets a reference of its own each time', async () => {
    await here.git('update-ref', 'refs/quintet/backup/r-1/auth/7', 'main')
    await writeFile(join(spec.path, 'readme.md'), 'changed')
    expect(removed(await releaseWorkspace(spec, keep)).backup).toBe('refs/quintet/backup/r-1/auth/8')
  })

  it('takes along a branch that nothing was committed to', async () => {
    expect(removed(await releaseWorkspace(spec, keep))).toEqual({ kind: 'removed', notes: [] })
    expect(await branches()).toBe('')
  })

  it('is an ignored file that was changed or made, but not one that is made again', async () => {
    await writeFiles(spec.path, {
      '.env.local': 'A=2',
      'local/db.sqlite': 'rows',
      'local/deep/.env': 'B=1',
      'node_modules/a/index.js': '',
      'dist/index.js': '',
      '.quintet/session/status.md': 'mine',
    })
    await symlink('.env.local', join(spec.path, '.env.link'))
    const tip = await commit()
    await writeFiles(join(stateFolder(here.repo), 'kept/r-1/auth'), {
      '.partial-0/files/.env.local': 'cut off',
    })
    const { files = '', backup, notes } = removed(await releaseWorkspace(spec, { mode: 'landed', tip }))
    expect(backup).toBeUndefined()
    expect(files).toBe(join(stateFolder(here.repo), 'kept/r-1/auth/1'))
    expect((await readdir(join(files, 'files'), { recursive: true })).sort()).toEqual([
      '.env.link',
      '.env.local',
      'local',
      'local/db.sqlite',
      'local/deep',
      'local/deep/.env',
    ])
    expect(await readdir(join(files, '..'))).toEqual(['1'])
    expect(await readFile(join(files, 'files/.env.local'), 'utf8')).toBe('A=2')
    expect((await stat(files)).mode & 0o077).toBe(0)
    expect(notes).toEqual([
      'Ignored files were kept: .env.link, .env.local, local/db.sqlite, local/deep/.env.',
    ])
  })

  it('is not what the setup made or the main worktree has', async () => {
    const other = await here.spec('api', { setup: ['touch', 'made.sqlite'] })
    await prepareWorkspace(other, new AbortController().signal)
    await writeFile(join(other.path, '.env.local'), 'A=1')
    expect(removed(await releaseWorkspace(other, keep)).files).toBeUndefined()
  })

  it('is a commit on a detached HEAD', async () => {
    await gitIn(spec.path, 'checkout', '-q', '--detach')
    const lost = await commit('detached')
    const { backup = '', notes } = removed(await releaseWorkspace(spec, keep))
    expect(await here.git('rev-parse', backup)).toBe(lost)
    expect(notes).toEqual(['HEAD was detached.'])
  })

  it('is a commit on a detached HEAD even when the folder is gone', async () => {
    await gitIn(spec.path, 'checkout', '-q', '--detach')
    const lost = await commit('detached')
    await rm(spec.path, { recursive: true })
    expect(await here.git('rev-parse', removed(await releaseWorkspace(spec, keep)).backup ?? '')).toBe(lost)
    await expectGone()
  })

  it('is the state of an unfinished merge', async () => {
    await gitIn(spec.path, 'switch', '-q', '-c', 'other')
    await writeFile(join(spec.path, 'readme.md'), 'theirs\n')
    await gitIn(spec.path, 'commit', '-qam', 'theirs')
    await gitIn(spec.path, 'switch', '-q', spec.branch)
    await writeFile(join(spec.path, 'readme.md'), 'ours\n')
    const tip = await commit('ours')
    await gitIn(spec.path, 'merge', 'other').catch(() => 'conflict')
    const { backup = '', files = '', notes } = removed(await releaseWorkspace(spec, keep))
    expect(await show(backup, 'readme.md')).toContain('<<<<<<<')
    expect(await here.git('rev-parse', `${backup}^`)).toBe(tip)
    expect(await readdir(join(files, 'git'))).toContain('MERGE_HEAD')
    expect(notes).toEqual(['A merge was under way.'])
  })

  it.each(['rebase', 'cherry-pick', 'bisect'])('is the state of an unfinished %s', async (operation) => {
    await gitIn(spec.path, 'switch', '-q', '-c', 'other')
    await writeFile(join(spec.path, 'readme.md'), 'theirs\n')
    await gitIn(spec.path, 'commit', '-qam', 'theirs')
    await gitIn(spec.path, 'switch', '-q', spec.branch)
    await writeFile(join(spec.path, 'readme.md'), 'ours\n')
    await commit('ours')
    const state = { rebase: 'rebase-merge', 'cherry-pick': 'CHERRY_PICK_HEAD', bisect: 'BISECT_LOG' }
    if (operation === 'bisect') await gitIn(spec.path, 'bisect', 'start', 'HEAD', 'HEAD~1')
    else await gitIn(spec.path, operation, 'other').catch(() => 'conflict')
    const { files = '', notes } = removed(await releaseWorkspace(spec, keep))
    expect(await readdir(join(files, 'git'))).toContain(
      Object.entries(state).find(([name]) => name === operation)?.[1],
    )
    expect(notes).toContain(`A ${operation} was under way.`)
    await expectGone()
  })

  it('is a repository inside the worktree', async () => {
    await mkdir(join(spec.path, 'nested'))
    await gitIn(join(spec.path, 'nested'), 'init', '-q')
    await writeFile(join(spec.path, 'nested/a.txt'), 'a')
    const { files = '', notes } = removed(await releaseWorkspace(spec, keep))
    expect(await readFile(join(files, 'files/nested/a.txt'), 'utf8')).toBe('a')
    expect(notes).toEqual(['It held other repositories: nested/.'])
  })
})

describe('processes', () => {
  async function start(code: string, options: { cwd: string; env?: Record<string, string> }) {
    const child = spawn(process.execPath, ['-e', `${code}; console.log(1)`], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
    })
    await once(child.stdout, 'data')
    return child
  }

  it('of the session are ended', async () => {
    const child = await start('setInterval(() => {}, 1000)', {
      cwd: spec.path,
      env: { [SESSION_MARK]: spec.marker },
    })
    expect((await leftovers(here.repo, [spec.marker])).at(-1)).toEqual({
      kind: 'process',
      name: String(child.pid),
    })
    const ended = once(child, 'exit')
    expect((await releaseWorkspace(spec, { mode: 'landed', tip: await commit() })).kind).toBe('removed')
    await ended
    expect(await survivors(spec.marker)).toEqual([])
  })

  it('of somebody else keep the worktree', async () => {
    const child = await start('setInterval(() => {}, 1000)', { cwd: join(spec.path, 'src') })
    expect(await releaseWorkspace(spec, keep)).toEqual({ kind: 'busy', pids: [child.pid] })
    expect(await gitIn(spec.path, 'status', '--porcelain', '--branch')).toBe(`## ${spec.branch}`)
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    expect((await releaseWorkspace(spec, keep)).kind).toBe('removed')
  })

  it('that write meanwhile lose nothing', async () => {
    const target = join(spec.path, 'late/file.txt')
    const code = `const fs = require('fs'); setInterval(() => { fs.mkdirSync(${JSON.stringify(join(spec.path, 'late'))}, {recursive: true}); fs.writeFileSync(${JSON.stringify(target)}, 'late') }, 1)`
    const child = await start(code, { cwd: here.top })
    const outcome = await releaseWorkspace(spec, keep)
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    expect(['removed', 'half']).toContain(outcome.kind)
    // What comes when all is over stands where it was written, and belongs to nobody that we know.
    const again = await releaseWorkspace(spec, keep)
    expect(['removed', 'kept']).toContain(again.kind)
    expect((await listWorktrees(here.repo)).length).toBe(1)
    const kept = await readdir(join(stateFolder(here.repo), 'kept/r-1/auth')).catch(() => [])
    const saved = [outcome, again].flatMap((one) => (one.kind === 'removed' ? [one.backup] : []))
    const found = [...kept, ...saved.filter((ref) => ref !== undefined), (await exists(target)) ? target : []]
    expect(found.flat().length).toBeGreaterThan(0)
  })
})

describe('what is in the way', () => {
  it('is a lock that somebody else has set', async () => {
    await here.git('worktree', 'unlock', spec.path)
    await here.git('worktree', 'lock', '--reason', 'mine', spec.path)
    expect(await releaseWorkspace(spec, keep)).toEqual({
      kind: 'kept',
      reason: `The worktree ${spec.path} is locked: mine.`,
    })
    expect(await exists(spec.path)).toBe(true)
  })

  it('is a folder that is no worktree', async () => {
    const other = await here.spec('api')
    await writeFiles(other.path, { 'mine.txt': 'mine' })
    expect((await releaseWorkspace(other, keep)).kind).toBe('kept')
    expect(await readFile(join(other.path, 'mine.txt'), 'utf8')).toBe('mine')
  })

  it('is not a folder that was deleted by hand', async () => {
    const tip = await commit()
    await rm(spec.path, { recursive: true })
    expect(await releaseWorkspace(spec, { mode: 'landed', tip })).toEqual({ kind: 'removed', notes: [] })
    await expectGone()
  })

  it('is not a folder that was moved nearby', async () => {
    await writeFile(join(spec.path, 'readme.md'), 'changed')
    await rename(spec.path, join(here.top, 'elsewhere'))
    await here.git('worktree', 'repair', join(here.top, 'elsewhere'))
    const { backup = '' } = removed(await releaseWorkspace(spec, keep))
    expect(await show(backup, 'readme.md')).toBe('changed')
    await expectGone()
  })
})

it('goes on after kill -9 and saves the work once', async () => {
  const tip = await commit()
  await writeFiles(spec.path, { 'readme.md': 'changed', '.env.local': 'A=2' })
  const session = { ...spec, env: {}, portNames: [] }
  for (const delay of [3, 15, 35]) {
    const args = [
      join(FIXTURES, 'release.ts'),
      JSON.stringify(session),
      JSON.stringify({ mode: 'landed', tip }),
    ]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    await once(child.stdout, 'data')
    const timer = setTimeout(() => child.kill('SIGKILL'), delay)
    await ended
    clearTimeout(timer)
  }
  removed(await releaseWorkspace(spec, { mode: 'landed', tip }))
  await expectGone()
  expect(await branches()).toBe('')
  const { backups } = await belongings(here.repo)
  expect(backups.map(({ ref }) => ref)).toEqual(['refs/quintet/backup/r-1/auth/1'])
  expect(await show('refs/quintet/backup/r-1/auth/1', 'readme.md')).toBe('changed')
  const kept = join(stateFolder(here.repo), 'kept/r-1/auth')
  expect(await readFile(join(kept, '1/files/.env.local'), 'utf8')).toBe('A=2')
})

describe('the trash', () => {
  it('deletes only what was moved there, through no link', async () => {
    const outside = join(here.top, 'outside')
    await writeFiles(outside, { 'a.txt': 'a' })
    await symlink(outside, join(spec.path, 'link'))
    await moveToTrash(here.repo, join(spec.path, 'link'))
    await writeFiles(trashFolder(here.repo), { 'not-ours/a.txt': 'a', '0123456789abcdef.elsewhere': outside })
    await emptyTrash(here.repo)
    expect(await readFile(join(outside, 'a.txt'), 'utf8')).toBe('a')
    expect(await readdir(trashFolder(here.repo))).toEqual(['not-ours'])
  })

  it('empties a sibling trash that a pointer names', async () => {
    const sibling = join(here.top, '.quintet-trash-0123456789abcdef')
    await writeFiles(sibling, { 'deep/a.txt': 'a' })
    await writeFiles(trashFolder(here.repo), { '0123456789abcdef.elsewhere': sibling })
    expect(await emptyTrash(here.repo)).toEqual([])
    expect(await exists(sibling)).toBe(false)
    expect(await trashEntries(here.repo)).toEqual([])
  })

  it('answers null for what is not there', async () => {
    expect(await moveToTrash(here.repo, join(here.top, 'nothing'))).toBeNull()
    expect(await emptyTrash(here.repo)).toEqual([])
  })
})

describe('releaseScratch', () => {
  it('takes away a scratch workspace whole: its branch with its commits, what is open, and its trash', async () => {
    const other = { path: spec.path, branch: spec.branch }
    spec = await here.spec('_fresh-0123abcd')
    await prepareWorkspace(spec, new AbortController().signal)
    await commit()
    await writeFiles(spec.path, { 'open.txt': 'not committed\n', 'local/built.txt': 'ignored\n' })
    expect(await releaseScratch(spec)).toEqual({ kind: 'removed', notes: [] })
    expect(await exists(spec.path)).toBe(false)
    expect(await loadJournal(spec)).toBeNull()
    expect(await branches()).toBe(other.branch)
    expect((await listWorktrees(here.repo)).map(({ path }) => path)).toContain(other.path)
    const left = await belongings(here.repo)
    expect([left.backups, left.trash]).toEqual([[], []])
    expect(left.leases.map(({ session }) => session)).toEqual(['r-1/auth'])
    expect(await exists(join(stateFolder(here.repo), 'kept'))).toBe(false)
  })

  it('refuses the workspace of a session, whatever it is called', async () => {
    const tip = await commit()
    await expect(releaseScratch(spec)).rejects.toMatchObject({ code: 'E_NOT_SCRATCH' })
    const disguised = { ...spec, piece: '_fresh-0123abcd' }
    await expect(releaseScratch(disguised)).rejects.toMatchObject({ code: 'E_NOT_SCRATCH' })
    expect(await gitIn(spec.path, 'rev-parse', 'HEAD')).toBe(tip)
  })
})

it('ends the git of a killed preparation before it looks, so that no branch comes late', async () => {
  const late = await here.spec('late')
  const [bin, begun] = [join(here.top, 'bin'), join(here.top, 'begun')]
  const git = await programFile('git', { cwd: '/' })
  await run('mkfifo', [begun], { cwd: '/' })
  const slow = `case "$*" in *"worktree add"*) echo $$ > "${begun}"; sleep 60 ;; esac`
  await writeFiles(bin, { git: `#!/bin/sh\n${slow}\nexec "${git}" "$@"\n` })
  await chmod(join(bin, 'git'), 0o755)
  const child = spawn(process.execPath, [join(FIXTURES, 'prepare.ts'), JSON.stringify(late)], {
    env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` },
    stdio: 'ignore',
  })
  const exited = once(child, 'exit')
  const pid = Number(await readFile(begun, 'utf8'))
  child.kill('SIGKILL')
  await exited
  expect((await processRow(pid))?.zombie).toBe(false)
  expect((await releaseWorkspace(late, keep)).kind).toBe('removed')
  expect((await processRow(pid))?.zombie).not.toBe(false)
  await prepareWorkspace(late, new AbortController().signal)
})
