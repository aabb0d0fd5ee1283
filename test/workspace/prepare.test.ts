import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openRepository } from '../../src/git/repository.ts'
import { listWorktrees } from '../../src/git/worktree.ts'
import { survivors } from '../../src/process/marker.ts'
import { loadJournal, writeJournal } from '../../src/workspace/journal.ts'
import { parseLockReason } from '../../src/workspace/lock-reason.ts'
import { leasesOf } from '../../src/workspace/ports/lease.ts'
import { prepareWorkspace } from '../../src/workspace/prepare.ts'
import type { WorkspaceSpec } from '../../src/workspace/spec.ts'
import { gitIn } from '../support/repository.ts'
import { FIXTURES, ground, type Ground } from './sessions.ts'

let here: Ground
const never = new AbortController().signal
const prepare = (spec: WorkspaceSpec) => prepareWorkspace(spec, never)
const text = (path: string) => readFile(path, 'utf8')
const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

beforeEach(async () => {
  here = await ground({
    'readme.md': 'hello\n',
    'src/a.ts': 'export {}\n',
    '.gitignore': '.env*\nnode_modules\n*.log\n',
  })
})
afterEach(() => here[Symbol.asyncDispose]())

describe('a new workspace', () => {
  it('is a clean, locked worktree on its own branch, with ports, and does not show in the main worktree', async () => {
    const spec = await here.spec('auth')
    const workspace = await prepare(spec)
    expect(workspace).toEqual({
      path: spec.path,
      branch: 'quintet/r-1/auth/work',
      base: spec.base,
      ports: { first: expect.any(Number), count: 10 },
    })
    expect(await gitIn(spec.path, 'status', '--porcelain', '--branch')).toBe('## quintet/r-1/auth/work')
    expect(await text(join(spec.path, 'src/a.ts'))).toBe('export {}\n')
    expect(await here.git('status', '--porcelain')).toBe('')
    await mkdir(join(spec.path, '.quintet/session'), { recursive: true })
    await writeFile(join(spec.path, '.quintet/session/status.md'), 'x')
    expect(await gitIn(spec.path, 'status', '--porcelain')).toBe('')
    const entry = (await listWorktrees(here.repo)).find(({ path }) => path === spec.path)
    expect(parseLockReason(entry?.locked ?? '')).toMatchObject({
      run: 'r-1',
      piece: 'auth',
      pid: process.pid,
    })
    expect((await leasesOf(here.repo.commonDir)).map(({ session }) => session)).toEqual(['r-1/auth'])
    expect(await here.git('config', '--get-regexp', 'branch\\..*').catch(() => 'none')).toBe('none')
  })

  it('is made for eight sessions at once', async () => {
    const specs = await Promise.all(Array.from({ length: 8 }, (_, n) => here.spec(`p${n}`)))
    const made = await Promise.all(specs.map(prepare))
    expect(new Set(made.map(({ ports }) => ports.first)).size).toBe(8)
    expect((await listWorktrees(here.repo)).length).toBe(9)
    for (const { path } of made) expect(await gitIn(path, 'status', '--porcelain')).toBe('')
  })

  it('can stand inside the main worktree without showing there', async () => {
    const spec = await here.spec('auth', {
      path: join(here.repo.root, '.trees/r-1/auth'),
      exclude: '/.trees/*/*/',
    })
    await prepare(spec)
    const other = await here.spec('api', { path: join(here.repo.root, '.trees/r-1/api') })
    await prepare(other)
    expect(await here.git('status', '--porcelain', '--untracked-files=all')).toBe('')
    expect(await text(join(here.repo.commonDir, 'info/exclude'))).toContain('/.trees/r-1/api/\n')
  })

  it('is found again as it was left, with commits and changes of the session', async () => {
    const spec = await here.spec('auth')
    const first = await prepare(spec)
    await writeFile(join(spec.path, 'new.txt'), 'committed')
    await gitIn(spec.path, 'add', 'new.txt')
    await gitIn(spec.path, 'commit', '-qm', 'work')
    await writeFile(join(spec.path, 'readme.md'), 'changed')
    expect(await prepare(spec)).toEqual(first)
    expect(await gitIn(spec.path, 'status', '--porcelain')).toBe(' M readme.md')
    expect(await gitIn(spec.path, 'log', '-1', '--format=%s')).toBe('work')
  })
})

describe('what stands in the way', () => {
  it('a branch of that name', async () => {
    const spec = await here.spec('auth')
    await here.git('branch', spec.branch)
    await expect(prepare(spec)).rejects.toMatchObject({ code: 'E_BRANCH_TAKEN', kind: 'conflict' })
    await expect(prepare(spec)).rejects.toMatchObject({ code: 'E_BRANCH_TAKEN' })
    expect(await exists(spec.path)).toBe(false)
    expect(await loadJournal(spec)).toBeNull()
  })

  it('a branch of that name that is checked out', async () => {
    const spec = await here.spec('auth')
    const other = join(here.top, 'other')
    await here.git('worktree', 'add', '-q', '-b', spec.branch, other)
    await expect(prepare(spec)).rejects.toThrow(`is checked out at ${other}`)
  })

  it('a branch whose name is a folder of it', async () => {
    await here.git('branch', 'quintet')
    await expect(prepare(await here.spec('auth'))).rejects.toMatchObject({ code: 'E_BRANCH_BLOCKED' })
  })

  it('a folder with files, and no branch is left behind', async () => {
    const spec = await here.spec('auth')
    await mkdir(spec.path, { recursive: true })
    await writeFile(join(spec.path, 'mine.txt'), 'mine')
    await expect(prepare(spec)).rejects.toMatchObject({ code: 'E_PATH_TAKEN' })
    await expect(prepare(spec)).rejects.toMatchObject({ code: 'E_PATH_TAKEN' })
    expect(await here.git('branch', '--list', 'quintet/*')).toBe('')
    expect(await text(join(spec.path, 'mine.txt'))).toBe('mine')
  })

  it('another worktree, even one whose folder is gone', async () => {
    const spec = await here.spec('auth')
    await here.git('worktree', 'add', '-q', '-b', 'mine', spec.path)
    await expect(prepare(spec)).rejects.toMatchObject({ code: 'E_PATH_TAKEN', details: { by: 'mine' } })
    await rm(spec.path, { recursive: true })
    await expect(prepare(spec)).rejects.toMatchObject({ code: 'E_PATH_TAKEN', details: { by: 'mine' } })
  })

  it('a base that is not there', async () => {
    const spec = await here.spec('auth', { base: '1'.repeat(40) })
    await expect(prepare(spec)).rejects.toMatchObject({ code: 'E_BASE_MISSING' })
    await expect(prepare(await here.spec('auth'))).resolves.toMatchObject({ path: spec.path })
  })

  it('another process that drives the session', async () => {
    const spec = await here.spec('auth')
    await prepare(spec)
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log(1)'])
    await once(other.stdout, 'data')
    const { identify } = await import('../../src/process/identity.ts')
    const start = (await identify(other.pid ?? 0))?.startTime ?? ''
    await here.git('worktree', 'unlock', spec.path)
    await here.git(
      'worktree',
      'lock',
      '--reason',
      `quintet:r-1/auth pid ${other.pid} start ${start}`,
      spec.path,
    )
    await expect(prepare(spec)).rejects.toMatchObject({ code: 'E_SESSION_BUSY' })
    const ended = once(other, 'exit')
    other.kill('SIGKILL')
    await ended
    await prepare(spec)
    const entry = (await listWorktrees(here.repo)).find(({ path }) => path === spec.path)
    expect(parseLockReason(entry?.locked ?? '')?.pid).toBe(process.pid)
  })
})

describe('a workspace that a person has touched', () => {
  it('is made again after its folder was deleted, at the tip of its branch', async () => {
    const spec = await here.spec('auth', { setup: ['touch', 'setup.log'] })
    const first = await prepare(spec)
    await writeFile(join(spec.path, 'new.txt'), 'work')
    await gitIn(spec.path, 'add', 'new.txt')
    await gitIn(spec.path, 'commit', '-qm', 'work')
    await rm(spec.path, { recursive: true })
    expect(await prepare(spec)).toEqual(first)
    expect(await text(join(spec.path, 'new.txt'))).toBe('work')
    expect(await exists(join(spec.path, 'setup.log'))).toBe(true)
    expect(await gitIn(spec.path, 'status', '--porcelain', '--branch')).toBe('## quintet/r-1/auth/work')
  })

  it('is brought back when it was moved, with what was not committed', async () => {
    const spec = await here.spec('auth')
    await prepare(spec)
    await writeFile(join(spec.path, 'readme.md'), 'changed')
    for (const place of [join(dirname(spec.path), 'elsewhere'), join(here.top, 'repo.quintet', 'up')]) {
      await rename(spec.path, place)
      await prepare(spec)
      expect(await gitIn(spec.path, 'status', '--porcelain')).toBe(' M readme.md')
      expect(await exists(place)).toBe(false)
    }
    const place = join(here.top, 'told-git')
    await rename(spec.path, place)
    await here.git('worktree', 'repair', place)
    await prepare(spec)
    expect(await gitIn(spec.path, 'status', '--porcelain')).toBe(' M readme.md')
  })

  it('is reconnected when its .git file is gone', async () => {
    const spec = await here.spec('auth')
    await prepare(spec)
    await writeFile(join(spec.path, 'readme.md'), 'changed')
    await rm(join(spec.path, '.git'))
    await prepare(spec)
    expect(await gitIn(spec.path, 'status', '--porcelain')).toBe(' M readme.md')
  })

  it('is reconnected after the repository was moved', async () => {
    const spec = await here.spec('auth')
    await prepare(spec)
    await writeFile(join(spec.path, 'readme.md'), 'changed')
    const root = join(here.top, 'moved')
    await rename(here.repo.root, root)
    await rename(join(here.top, 'repo.quintet'), join(here.top, 'moved.quintet'))
    const repo = await openRepository(root)
    const path = join(here.top, 'moved.quintet/r-1/auth')
    await prepare({ ...spec, repo, path })
    expect(await gitIn(path, 'status', '--porcelain')).toBe(' M readme.md')
    expect(await gitIn(root, 'worktree', 'list')).toContain(path)
  })

  it('is kept when it lost its branch name to the agent', async () => {
    const spec = await here.spec('auth')
    await prepare(spec)
    await gitIn(spec.path, 'switch', '-q', '-c', 'own-idea')
    await prepare(spec)
    expect(await gitIn(spec.path, 'branch', '--show-current')).toBe('own-idea')
  })
})

describe('environment files', () => {
  it('come from the main worktree once, and stay the session’s afterwards', async () => {
    await writeFile(join(here.repo.root, '.worktreeinclude'), '.env.local\n')
    await writeFile(join(here.repo.root, '.env.local'), 'A=1')
    await writeFile(join(here.repo.root, '.env.other'), 'B=1')
    const spec = await here.spec('auth')
    await prepare(spec)
    expect(await text(join(spec.path, '.env.local'))).toBe('A=1')
    expect(await exists(join(spec.path, '.env.other'))).toBe(false)
    await writeFile(join(spec.path, '.env.local'), 'A=2')
    await prepare(spec)
    expect(await text(join(spec.path, '.env.local'))).toBe('A=2')
  })
})

describe('the setup command', () => {
  const script = (code: string) => [process.execPath, '-e', code]

  it('runs with the ports and the mark of the session, and its output is kept', async () => {
    const code = `console.log(JSON.stringify([process.env.PORT, process.env.API_PORT, process.env.QUINTET_SESSION, process.env.MORE, process.cwd()]))`
    const spec = await here.spec('auth', { setup: script(code), portNames: ['API_PORT'], env: { MORE: 'x' } })
    const { ports } = await prepare(spec)
    const line = (await text(spec.logFile)).trim().split('\n').at(-1) ?? ''
    expect(JSON.parse(line)).toEqual([
      String(ports.first),
      String(ports.first + 1),
      spec.marker,
      'x',
      spec.path,
    ])
  })

  it('is run once', async () => {
    const setup = script(`require('fs').appendFileSync('runs.log', 'x')`)
    const spec = await here.spec('auth', { setup })
    await prepare(spec)
    await prepare(spec)
    expect(await text(join(spec.path, 'runs.log'))).toBe('x')
  })

  it('fails visibly, and is run again the next time', async () => {
    const spec = await here.spec('auth', { setup: script(`console.error('no database'); process.exit(3)`) })
    await expect(prepare(spec)).rejects.toMatchObject({
      code: 'E_SETUP_FAILED',
      kind: 'environment',
      message: expect.stringContaining('ended with 3'),
      details: { exitCode: 3, log: spec.logFile, tail: 'no database\n' },
    })
    expect(await text(spec.logFile)).toContain('no database')
    await expect(prepare({ ...spec, setup: ['true'] })).resolves.toMatchObject({ path: spec.path })
  })

  it('fails when it takes too long', async () => {
    const spec = await here.spec('auth', { setup: ['sleep', '600'], setupTimeout: 100 })
    await expect(prepare(spec)).rejects.toMatchObject({
      code: 'E_SETUP_FAILED',
      details: { signal: 'SIGTERM' },
    })
  })

  it('may not leave changes for the agent to answer for', async () => {
    const spec = await here.spec('auth', { setup: ['touch', 'readme.md', 'litter.txt', 'fine.log'] })
    await expect(prepare(spec)).rejects.toMatchObject({
      code: 'E_SETUP_DIRTY',
      details: { changed: ['litter.txt'] },
    })
    await rm(join(spec.path, 'litter.txt'))
    await expect(prepare({ ...spec, setup: ['true'] })).resolves.toMatchObject({ path: spec.path })
  })

  it('may not hide its changes from git either', async () => {
    const hide = 'echo mine > readme.md; git update-index --skip-worktree readme.md'
    const spec = await here.spec('auth', { setup: ['sh', '-c', hide] })
    await expect(prepare(spec)).rejects.toMatchObject({
      code: 'E_SETUP_DIRTY',
      details: { changed: ['readme.md (marked skip-worktree)'] },
    })
  })

  it('is not blamed for what a fresh checkout shows as changed', async () => {
    await writeFile(join(here.repo.root, 'crlf.txt'), 'a\r\nb\r\n')
    await here.git('add', 'crlf.txt')
    await here.git('commit', '-qm', 'crlf')
    await writeFile(join(here.repo.root, '.gitattributes'), '*.txt text\n')
    await here.git('add', '.gitattributes')
    await here.git('commit', '-qm', 'attributes')
    const spec = await here.spec('auth', { setup: ['true'] })
    await expect(prepare(spec)).resolves.toMatchObject({ path: spec.path })
  })

  it('ends with the signal, and leaves no process', async () => {
    const stop = new AbortController()
    const setup = script(
      `require('child_process').spawn('sleep', ['600'], {detached: true}); console.log('up'); setInterval(() => {}, 1000)`,
    )
    const spec = await here.spec('auth', {
      setup,
      onProgress: (step) => {
        if (step.startsWith('running')) setTimeout(() => stop.abort(new Error('stopped')), 150)
      },
    })
    await expect(prepareWorkspace(spec, stop.signal)).rejects.toThrow('stopped')
    await prepare({ ...spec, setup: ['true'] })
    expect(await survivors(spec.marker)).toEqual([])
  })
})

describe('after kill -9', () => {
  it('goes on from wherever it was', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 400 }, (_, n) => [`src/dir${n % 20}/file${n}.ts`, `${n}\n`]),
    )
    await using big = await ground({ ...files, '.gitignore': '.env*\n*.log\n' })
    await writeFile(join(big.repo.root, '.worktreeinclude'), '.env.local\n')
    await writeFile(join(big.repo.root, '.env.local'), 'A=1')
    const spec = await big.spec('auth', { setup: ['touch', 'setup.log'] })
    for (const delay of [2, 15, 30, 50, 75]) {
      await killAfter([join(FIXTURES, 'prepare.ts'), JSON.stringify(spec)], delay)
    }
    const workspace = await prepare(spec)
    expect(await gitIn(spec.path, 'status', '--porcelain', '--branch')).toBe('## quintet/r-1/auth/work')
    expect((await readdir(join(spec.path, 'src'))).length).toBe(20)
    expect(await text(join(spec.path, '.env.local'))).toBe('A=1')
    expect(await exists(join(spec.path, 'setup.log'))).toBe(true)
    expect((await leasesOf(big.repo.commonDir)).map(({ ports }) => ports)).toEqual([workspace.ports])
    expect(await big.git('branch', '--list', 'quintet/*')).toContain(spec.branch)
    expect((await listWorktrees(big.repo)).length).toBe(2)
  })

  it('removes the lock that a checkout left, before the session was ready', async () => {
    const spec = await here.spec('auth')
    await prepare(spec)
    const journal = await loadJournal(spec)
    const admin = join(here.repo.commonDir, 'worktrees', basename(spec.path))
    await rename(join(admin, 'index'), join(admin, 'index.lock'))
    await rm(join(spec.path, 'src'), { recursive: true })
    if (journal !== null) await writeJournal(here.repo, { ...journal, done: [] })
    await prepare(spec)
    expect(await gitIn(spec.path, 'status', '--porcelain')).toBe('')
  })
})

/** Runs a fixture and kills it `delay` ms after it has begun its work. */
async function killAfter(args: string[], delay: number): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  await once(child.stdout, 'data')
  const timer = setTimeout(() => child.kill('SIGKILL'), delay)
  await ended
  clearTimeout(timer)
}
