import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listWorktrees } from '../../../src/git/worktree.ts'
import { survivors } from '../../../src/process/marker.ts'
import { loadJournal } from '../../../src/workspace/journal.ts'
import { belongings, leftovers } from '../../../src/workspace/list.ts'
import { parseLockReason, parseSlotReason } from '../../../src/workspace/lock-reason.ts'
import { claimSlot } from '../../../src/workspace/pool/claim.ts'
import { fillSlot } from '../../../src/workspace/pool/fill.ts'
import { verifySlot } from '../../../src/workspace/pool/advance.ts'
import { proveClaim } from '../../../src/workspace/pool/prove.ts'
import { listSlots } from '../../../src/workspace/pool/records.ts'
import type { Slot, SlotSpec } from '../../../src/workspace/pool/slot.ts'
import { leasesOf } from '../../../src/workspace/ports/lease.ts'
import { prepareWorkspace } from '../../../src/workspace/prepare.ts'
import { releaseWorkspace } from '../../../src/workspace/release.ts'
import type { WorkspaceSpec } from '../../../src/workspace/spec.ts'
import { gitIn } from '../../support/repository.ts'
import { fakeManagers, FIXTURES, ground, type Ground } from '../sessions.ts'
import { slotSpec } from './slots.ts'

let here: Ground
const never = new AbortController().signal
const text = (path: string) => readFile(path, 'utf8')
const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )
const script = (code: string) => [process.execPath, '-e', code]
const fill = async (changes: Partial<SlotSpec> = {}): Promise<Slot> =>
  await fillSlot(await slotSpec(here, changes), never)

/** Claims and prepares as the engine does. */
async function start(spec: WorkspaceSpec): Promise<{ path: string | null; ports: number }> {
  const path = await claimSlot(spec, never)
  const workspace = await prepareWorkspace({ ...spec, path: path ?? spec.path }, never)
  return { path, ports: workspace.ports.first }
}

async function advanceMain(files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, content] of Object.entries(files)) await writeFile(join(here.repo.root, path), content)
  await here.git('add', '-A')
  await here.git('commit', '-qm', 'more')
  return await here.git('rev-parse', 'main')
}

beforeEach(async () => {
  here = await ground({
    'readme.md': 'hello\n',
    'src/a.ts': 'export {}\n',
    '.gitignore': '.env*\nnode_modules\n*.log\nlocal/\n',
  })
})
afterEach(() => here[Symbol.asyncDispose]())

describe('a slot', () => {
  it('is a clean, locked, detached worktree with ports, which is no leftover of a run', async () => {
    const slot = await fill()
    expect(slot).toMatchObject({ state: 'ready', kept: null, dependencies: 'nothing', setup: false })
    expect(await listSlots(here.repo)).toEqual([slot])
    const entry = (await listWorktrees(here.repo)).find(({ path }) => path === slot.path)
    expect(entry).toMatchObject({ branch: null, head: slot.base })
    expect(parseSlotReason(entry?.locked ?? '')).toMatchObject({ id: slot.id, pid: process.pid })
    expect(parseLockReason(entry?.locked ?? '')).toBeNull()
    expect(await gitIn(slot.path, 'status', '--porcelain')).toBe('')
    expect(await leftovers(here.repo)).toEqual([])
    expect(await belongings(here.repo)).toMatchObject({ worktrees: [], leases: [], slots: [slot] })
    expect((await leasesOf(here.repo.commonDir)).map(({ session }) => session)).toEqual([`pool/${slot.id}`])
  })

  it('is cleared away when it cannot be made', async () => {
    await expect(fill({ setup: script('process.exit(3)') })).rejects.toMatchObject({ code: 'E_SETUP_FAILED' })
    await expect(fill({ setup: ['touch', 'litter.txt'] })).rejects.toMatchObject({ code: 'E_SETUP_DIRTY' })
    await expect(fill({ base: '1'.repeat(40) })).rejects.toThrow()
    expect(await listSlots(here.repo)).toEqual([])
    expect((await listWorktrees(here.repo)).length).toBe(1)
    expect(await leasesOf(here.repo.commonDir)).toEqual([])
    expect(await exists(join(here.top, 'repo.quintet'))).toBe(false)
  })

  it('is cleared away when the signal ends it', async () => {
    const stop = new AbortController()
    const setup = script(`console.log('up'); setInterval(() => {}, 1000)`)
    const onProgress = (step: string) => {
      if (step.startsWith('running')) stop.abort(new Error('stopped'))
    }
    await expect(fillSlot(await slotSpec(here, { setup, onProgress }), stop.signal)).rejects.toThrow(
      'stopped',
    )
    expect(await listSlots(here.repo)).toEqual([])
    expect((await listWorktrees(here.repo)).length).toBe(1)
  })
})

describe('claiming', () => {
  it('gives the session the slot where it stands, with branch, lock and ports', async () => {
    const slot = await fill()
    const spec = await here.spec('auth')
    const { path, ports } = await start(spec)
    expect(path).toBe(slot.path)
    expect(ports).toBe(slot.ports?.first)
    expect(await gitIn(slot.path, 'status', '--porcelain', '--branch')).toBe(`## ${spec.branch}`)
    const entry = (await listWorktrees(here.repo)).find((one) => one.path === slot.path)
    expect(parseLockReason(entry?.locked ?? '')).toMatchObject({
      run: 'r-1',
      piece: 'auth',
      pid: process.pid,
    })
    expect((await leasesOf(here.repo.commonDir)).map(({ session }) => session)).toEqual(['r-1/auth'])
    expect(await listSlots(here.repo)).toEqual([])
    expect(await here.git('status', '--porcelain')).toBe('')
    expect((await belongings(here.repo)).worktrees).toEqual([{ path: slot.path, run: 'r-1', piece: 'auth' }])
    expect(await proveClaim({ ...spec, path: slot.path }, never)).toEqual({ kind: 'clean' })
  })

  it('answers the same for a session that has been given one, also when it was prepared', async () => {
    await fill()
    await fill()
    const spec = await here.spec('auth')
    const path = await claimSlot(spec, never)
    expect(await claimSlot(spec, never)).toBe(path)
    await start(spec)
    expect((await start(spec)).path).toBe(path)
    expect((await listSlots(here.repo)).length).toBe(1)
  })

  it('moves a slot of the session to a base that is another one now, as long as nothing was done in it', async () => {
    const slot = await fill()
    const spec = await here.spec('auth')
    await claimSlot(spec, never)
    const base = await advanceMain({ 'readme.md': 'moved\n' })
    expect((await start({ ...spec, base })).path).toBe(slot.path)
    expect(await gitIn(slot.path, 'rev-parse', 'HEAD')).toBe(base)
    expect(await gitIn(slot.path, 'status', '--porcelain')).toBe('')
    await writeFile(join(slot.path, 'readme.md'), 'work\n')
    const later = await advanceMain({ 'readme.md': 'moved again\n' })
    expect((await start({ ...spec, base: later })).path).toBe(slot.path)
    expect(await text(join(slot.path, 'readme.md'))).toBe('work\n')
  })

  it('is for sessions that have not begun in the ordinary way', async () => {
    const spec = await here.spec('auth')
    await prepareWorkspace(spec, never)
    await fill()
    expect(await claimSlot(spec, never)).toBeNull()
  })

  it('leaves everything as it is when the branch is there already', async () => {
    const slot = await fill()
    const spec = await here.spec('auth')
    await here.git('branch', spec.branch)
    expect(await claimSlot(spec, never)).toBeNull()
    expect(await loadJournal(spec)).toBeNull()
    expect((await listSlots(here.repo))[0]).toMatchObject({ id: slot.id, state: 'ready', kept: null })
    const other = await here.spec('api')
    expect(await claimSlot(other, never)).toBe(slot.path)
  })

  it('never gives two sessions the same slot', async () => {
    const made = [await fill(), await fill(), await fill()]
    const specs = await Promise.all(Array.from({ length: 6 }, (_, n) => here.spec(`p${n}`)))
    const paths = await Promise.all(specs.map((spec) => claimSlot(spec, never)))
    const given = paths.filter((path) => path !== null)
    expect(given.toSorted()).toEqual(made.map(({ path }) => path).toSorted())
    expect(await listSlots(here.repo)).toEqual([])
  })

  it('never gives two processes the same slot', async () => {
    const made = [await fill(), await fill()]
    const sessions = await Promise.all(['auth', 'api', 'web'].map((piece) => here.spec(piece)))
    const claims = sessions.map((session) => [
      join(FIXTURES, 'pool.ts'),
      'claim',
      JSON.stringify({ session }),
    ])
    await Promise.all(claims.map((args) => promisify(execFile)(process.execPath, args)))
    const paths = await Promise.all(sessions.map(async (session) => (await loadJournal(session))?.path))
    expect(new Set(paths).size).toBe(3)
    expect(paths).toEqual(expect.arrayContaining(made.map(({ path }) => path)))
    expect(await listSlots(here.repo)).toEqual([])
    expect((await leasesOf(here.repo.commonDir)).length).toBe(3)
  })

  it('ends with a release like that of every session', async () => {
    const slot = await fill()
    const spec = await here.spec('auth')
    const { path } = await start(spec)
    await writeFile(join(slot.path, 'new.txt'), 'work')
    const outcome = await releaseWorkspace({ ...spec, path: path ?? '' }, { mode: 'keep-work' })
    expect(outcome).toMatchObject({ kind: 'removed', backup: expect.stringContaining('r-1/auth') })
    expect(await leasesOf(here.repo.commonDir)).toEqual([])
    expect(await exists(join(here.top, 'repo.quintet'))).toBe(false)
  })

  it('works for slots inside the main worktree, which do not show there', async () => {
    const place = (id: string) => ({ path: join(here.repo.root, '.trees/pool', id), exclude: '/.trees/*/*/' })
    const slot = await fill({ place })
    expect(await here.git('status', '--porcelain', '--untracked-files=all')).toBe('')
    const spec = await here.spec('auth', { exclude: '/.trees/*/*/' })
    expect((await start(spec)).path).toBe(slot.path)
    expect(await here.git('status', '--porcelain', '--untracked-files=all')).toBe('')
  })
})

describe('a slot that somebody has been in', () => {
  /** Why no session is given it, after one has asked. */
  const refused = async (slot: Slot): Promise<string | null | undefined> => {
    expect(await claimSlot(await here.spec('auth'), never)).toBeNull()
    return (await listSlots(here.repo)).find(({ id, state }) => id === slot.id && state === 'ready')?.kept
  }

  it.each([
    ['a new file', (path: string) => writeFile(join(path, 'src/new.ts'), 'x')],
    ['a deleted file', (path: string) => rm(join(path, 'src/a.ts'))],
    ['a commit', (path: string) => gitIn(path, 'commit', '-q', '--allow-empty', '-m', 'x')],
    ['a branch', (path: string) => gitIn(path, 'switch', '-q', '-c', 'mine')],
    ['an ignored file', (path: string) => writeFile(join(path, '.env'), 'A=1')],
    ['an unfinished merge', (path: string) => gitIn(path, 'merge', '-q', '--no-commit', '--no-ff', 'side')],
  ])('is not claimed with %s in it', async (_what, change) => {
    await here.git('switch', '-q', '-c', 'side')
    await writeFile(join(here.repo.root, 'side.txt'), 'x')
    await here.git('add', 'side.txt')
    await here.git('commit', '-qm', 'side')
    await here.git('switch', '-q', 'main')
    const slot = await fill()
    await change(slot.path)
    expect(await refused(slot)).toMatch(/\.$/)
  })

  it('is claimed again once it was found clean', async () => {
    const slot = await fill()
    await writeFile(join(slot.path, 'mine.txt'), 'x')
    expect(await refused(slot)).toMatch(/\.$/)
    await rm(join(slot.path, 'mine.txt'))
    expect(await verifySlot(here.repo, slot, never)).toMatchObject({ kind: 'current' })
    expect(await claimSlot(await here.spec('auth'), never)).toBe(slot.path)
  })

  it('is claimed although a folder of it shows a change, when all of it is proven clean', async () => {
    const slot = await fill()
    await writeFile(join(slot.path, 'passing.txt'), 'x')
    await rm(join(slot.path, 'passing.txt'))
    expect(await claimSlot(await here.spec('auth'), never)).toBe(slot.path)
  })

  it('gives the session nothing of what was written in place unseen: that is saved and taken out', async () => {
    await mkdir(join(here.repo.root, 'local'))
    await writeFile(join(here.repo.root, 'local/data.txt'), 'data')
    await writeFile(join(here.repo.root, '.worktreeinclude'), 'local/*\n')
    await here.git('add', '.worktreeinclude')
    await here.git('commit', '-qm', 'include')
    const slot = await fill()
    await writeFile(join(slot.path, 'src/a.ts'), 'not yours\n')
    await utimes(join(slot.path, 'src/a.ts'), 1, 1)
    await writeFile(join(slot.path, 'local/data.txt'), 'not yours either')
    const spec = await here.spec('auth')
    const { path } = await start(spec)
    expect(path).toBe(slot.path)
    await writeFile(join(slot.path, 'own.ts'), 'mine\n')
    const proof = await proveClaim({ ...spec, path: slot.path }, never)
    expect(proof).toMatchObject({ kind: 'restored', paths: ['local/data.txt', 'src/a.ts'] })
    const { backup, files } = proof.kind === 'restored' ? proof : { backup: null, files: null }
    expect(await here.git('show', `${backup}:src/a.ts`)).toBe('not yours')
    expect(await text(join(files ?? '', 'files/local/data.txt'))).toBe('not yours either')
    expect(await gitIn(slot.path, 'status', '--porcelain')).toBe('?? own.ts')
    expect(await text(join(slot.path, 'src/a.ts'))).toBe('export {}\n')
    expect(await proveClaim({ ...spec, path: slot.path }, never)).toEqual({ kind: 'clean' })
  })
})

describe('what has changed since a slot was filled', () => {
  beforeEach(async () => {
    await advanceMain({
      'package.json': JSON.stringify({ name: 'app', dependencies: { left: '1.0.0' } }),
      'package-lock.json': lock('left', '1.0.0'),
    })
  })
  const lock = (name: string, version: string): string =>
    JSON.stringify({ lockfileVersion: 3, packages: { '': {}, [`node_modules/${name}`]: { version } } })

  it('nothing: the session installs nothing and runs no set-up', async () => {
    const managers = await fakeManagers(here.top)
    const setup = script(`require('fs').appendFileSync('runs.log', process.env.PORT)`)
    const shared = { env: managers.env, setup, portNames: ['API_PORT'] }
    const slot = await fill(shared)
    expect(slot).toMatchObject({ dependencies: 'installed', setup: true })
    const { path, ports } = await start(await here.spec('auth', shared))
    expect(path).toBe(slot.path)
    expect((await managers.calls()).length).toBe(1)
    expect(await text(join(slot.path, 'runs.log'))).toBe(String(ports))
  })

  it('the base, but no dependency: only files are written, and the set-up runs', async () => {
    const managers = await fakeManagers(here.top)
    const setup = script(`require('fs').appendFileSync('runs.log', 'x')`)
    const slot = await fill({ env: managers.env, setup })
    const base = await advanceMain({ 'readme.md': 'moved\n', 'src/b.ts': 'export {}\n' })
    const spec = await here.spec('auth', { base, env: managers.env, setup })
    expect((await start(spec)).path).toBe(slot.path)
    expect(await text(join(slot.path, 'readme.md'))).toBe('moved\n')
    expect(await gitIn(slot.path, 'rev-parse', spec.branch)).toBe(base)
    expect(await gitIn(slot.path, 'status', '--porcelain', '--branch')).toBe(`## ${spec.branch}`)
    expect((await managers.calls()).length).toBe(1)
    expect(await text(join(slot.path, 'runs.log'))).toBe('xx')
    expect(await loadJournal(spec)).toMatchObject({ base, done: expect.arrayContaining(['ready']) })
  })

  it('the base with its lock file: dependencies are made anew', async () => {
    const managers = await fakeManagers(here.top)
    const slot = await fill({ env: managers.env })
    const base = await advanceMain({ 'package-lock.json': lock('right', '2.0.0') })
    const spec = await here.spec('auth', { base, env: managers.env })
    expect((await start(spec)).path).toBe(slot.path)
    expect((await managers.calls()).length).toBe(2)
    expect(await exists(join(slot.path, 'node_modules/right/package.json'))).toBe(true)
    expect(await exists(join(slot.path, 'node_modules/left'))).toBe(false)
  })

  it('the package manager itself', async () => {
    const managers = await fakeManagers(here.top)
    await fill({ env: managers.env })
    await utimes(join(here.top, 'bin/npm'), 1_000, 1_000)
    const spec = await here.spec('auth', { env: managers.env })
    await start(spec)
    expect((await managers.calls()).length).toBe(2)
  })

  it('an environment file: it is brought up to date, and the set-up runs again', async () => {
    const managers = await fakeManagers(here.top)
    await advanceMain({ '.worktreeinclude': '.env*\n' })
    await writeFile(join(here.repo.root, '.env'), 'A=1')
    const setup = script(
      `require('fs').appendFileSync('runs.log', require('fs').readFileSync('.env', 'utf8'))`,
    )
    const shared = { env: managers.env, setup }
    await fill(shared)
    const second = await fill(shared)
    const before = await managers.calls()
    await writeFile(join(here.repo.root, '.env'), 'A=2')
    const { path } = await start(await here.spec('auth', shared))
    expect(path).toBe(second.path)
    expect(await text(join(second.path, '.env'))).toBe('A=2')
    expect(await text(join(second.path, 'runs.log'))).toBe('A=1A=2')
    await writeFile(join(here.repo.root, '.env.local'), 'B=1')
    const other = await start(await here.spec('api', shared))
    expect(await text(join(other.path ?? '', '.env.local'))).toBe('B=1')
    expect(await managers.calls()).toEqual(before)
  })

  it('the set-up command', async () => {
    const managers = await fakeManagers(here.top)
    const slot = await fill({ env: managers.env, setup: ['touch', 'one.log'] })
    const spec = await here.spec('auth', { env: managers.env, setup: ['touch', 'two.log'] })
    expect((await start(spec)).path).toBe(slot.path)
    expect(await exists(join(slot.path, 'two.log'))).toBe(true)
  })
})

describe('a set-up that leaves a process', () => {
  it('is not counted as done: the process is ended, and the session runs the set-up again', async () => {
    const setup = script(
      `require('fs').appendFileSync('runs.log', 'x'); require('child_process').spawn('sleep', ['600'], { detached: true, stdio: 'ignore' }).unref()`,
    )
    const slot = await fill({ setup })
    expect(slot).toMatchObject({ state: 'ready', kept: null, setup: false })
    expect(await survivors(`${here.repo.commonDir}/pool/${slot.id}`)).toEqual([])
    const spec = await here.spec('auth', { setup })
    expect((await start(spec)).path).toBe(slot.path)
    expect(await text(join(slot.path, 'runs.log'))).toBe('xx')
    expect((await survivors(spec.marker)).length).toBe(1)
    await releaseWorkspace({ ...spec, path: slot.path }, { mode: 'keep-work' })
    expect(await survivors(spec.marker)).toEqual([])
  })
})
