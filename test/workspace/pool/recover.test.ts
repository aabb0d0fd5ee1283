import { exec, execFile } from 'node:child_process'
import { cp, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openRepository, stateFolder } from '../../../src/git/repository.ts'
import { listWorktrees } from '../../../src/git/worktree.ts'
import { adminEntry, writeLock } from '../../../src/git/worktree-admin.ts'
import { programFile } from '../../../src/process/spawn.ts'
import { slotReason } from '../../../src/workspace/lock-reason.ts'
import { loadJournal, removeJournal } from '../../../src/workspace/journal.ts'
import { claimSlot } from '../../../src/workspace/pool/claim.ts'
import { fillSlot } from '../../../src/workspace/pool/fill.ts'
import { loadRecord, listSlots, removeRecord, writeRecord } from '../../../src/workspace/pool/records.ts'
import { recoverPool } from '../../../src/workspace/pool/recover.ts'
import { removeSlot } from '../../../src/workspace/pool/remove.ts'
import type { SlotRecord } from '../../../src/workspace/pool/slot.ts'
import { leasesOf, passPorts } from '../../../src/workspace/ports/lease.ts'
import { prepareWorkspace } from '../../../src/workspace/prepare.ts'
import { releaseWorkspace } from '../../../src/workspace/release.ts'
import type { WorkspaceSpec } from '../../../src/workspace/spec.ts'
import { gitIn } from '../../support/repository.ts'
import { fakeManagers, FIXTURES, ground, type FakeManagers, type Ground } from '../sessions.ts'
import { slotSpec } from './slots.ts'

let here: Ground
const never = new AbortController().signal
const DEAD = { pid: 999_999_999, startTime: 'never' }
/** Odd: before and after a call of git in turns. A killed process costs the time of a new one. */
const STRIDE = 3
const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )
const fill = async () => await fillSlot(await slotSpec(here), never)

beforeEach(async () => {
  here = await ground({
    'readme.md': 'hello\n',
    '.gitignore': 'node_modules\n*.log\n.env\n',
  })
})
afterEach(() => here[Symbol.asyncDispose]())

/** Nothing is left that belongs to nobody: every worktree, lease and record is of a session or of a ready slot. */
async function expectWhole(sessions: readonly WorkspaceSpec[] = []): Promise<void> {
  const slots = await listSlots(here.repo)
  for (const slot of slots) {
    expect(slot).toMatchObject({ state: 'ready', kept: null })
    expect(await gitIn(slot.path, 'status', '--porcelain', '--branch')).toBe('## HEAD (no branch)')
  }
  const journals = (await Promise.all(sessions.map(loadJournal))).filter((journal) => journal !== null)
  const expected = [...slots, ...journals].map(({ path }) => path)
  const [, ...linked] = await listWorktrees(here.repo)
  expect(linked.map(({ path }) => path).toSorted()).toEqual(expected.toSorted())
  const owners = [
    ...slots.map(({ id }) => `pool/${id}`),
    ...journals.map(({ run, piece }) => `${run}/${piece}`),
  ]
  const leased = (await leasesOf(here.repo.commonDir)).map(({ session }) => session)
  expect(owners).toEqual(expect.arrayContaining(leased))
  const branches = await here.git('for-each-ref', '--format=%(refname:short)', 'refs/heads/quintet/')
  expect(journals.map(({ branch }) => branch)).toEqual(
    expect.arrayContaining(branches.split('\n').filter((name) => name !== '')),
  )
}

describe('after kill -9', () => {
  let managers: FakeManagers

  beforeEach(async () => {
    managers = await fakeManagers(here.top)
    await writeFile(join(here.repo.root, 'package.json'), '{"name":"app","dependencies":{"left":"1.0.0"}}')
    await here.git('add', 'package.json')
    await here.git('commit', '-qm', 'dependencies')
  })

  /** Runs a fixture that is killed when it calls git for the `at`-th time; true when it came to its end before. */
  async function killedAt(
    at: number,
    what: string,
    specs: Readonly<Record<string, unknown>>,
  ): Promise<boolean> {
    const git = await programFile('git', { cwd: '/' })
    const bin = join(here.top, 'killing')
    await mkdir(bin, { recursive: true })
    await rm(join(bin, 'git'), { force: true })
    await rm(join(bin, 'count'), { force: true })
    await symlink(join(FIXTURES, 'killing-git.sh'), join(bin, 'git'))
    const env = {
      ...process.env,
      PATH: [bin, process.env['PATH']].join(delimiter),
      REAL_GIT: git ?? '',
      KILL_COUNT: join(bin, 'count'),
      KILL_AT: String(at),
    }
    const args = [join(FIXTURES, 'pool.ts'), what, JSON.stringify(specs)]
    try {
      const { stdout } = await promisify(execFile)(process.execPath, args, { env })
      return stdout.includes('done')
    } catch (error) {
      if (!(error instanceof Error && 'signal' in error && error.signal === 'SIGKILL')) throw error
      return false
    }
  }

  const specs = async (piece = 'auth') => {
    const { env } = managers
    return {
      slot: {
        ...(await slotSpec(here, { setup: ['touch', 'setup.log'] })),
        env,
        folder: join(here.top, 'repo.quintet/pool'),
      },
      session: await here.spec(piece, { env, setup: ['touch', 'setup.log'] }),
    }
  }

  it('a slot that was being filled is cleared away or ready', async () => {
    const given = await specs()
    for (let at = 1; !(await killedAt(at, 'fill', given)); at += STRIDE) {
      await recoverPool(here.repo, never)
      await expectWhole()
    }
    expect((await listSlots(here.repo)).length).toBe(1)
  })

  it('a slot that was being moved or removed is cleared away or ready', async () => {
    const given = await specs()
    for (const what of ['advance', 'remove']) {
      for (let at = 1; ; at += STRIDE) {
        if ((await listSlots(here.repo)).length === 0) await fillSlot(await slotSpec(here, given.slot), never)
        const base = await here.git('commit-tree', '-m', String(at), '-p', 'main', 'main^{tree}')
        const done = await killedAt(at, what, { ...given, slot: { ...given.slot, base } })
        await recoverPool(here.repo, never)
        await expectWhole()
        if (done) break
      }
    }
    expect(await listSlots(here.repo)).toEqual([])
  })

  it('a session that was being given a slot gets one by the same calls, and no branch is left of others', async () => {
    const given = await specs()
    for (let at = 1; ; at += 1) {
      const { session } = await specs(`p${at}`)
      if ((await listSlots(here.repo)).length === 0) await fillSlot(await slotSpec(here, given.slot), never)
      const done = await killedAt(at, 'claim', { ...given, session })
      // Now and then the pool is recovered before the session comes again.
      if (at % 4 < 2) await recoverPool(here.repo, never)
      const claimed = await claimSlot(session, never)
      await prepareWorkspace({ ...session, path: claimed ?? session.path }, never)
      await recoverPool(here.repo, never)
      await expectWhole([session])
      const path = (await loadJournal(session))?.path ?? ''
      expect(await gitIn(path, 'status', '--porcelain', '--branch')).toBe(`## ${session.branch}`)
      expect(await exists(join(path, 'setup.log'))).toBe(true)
      await releaseWorkspace({ ...session, path }, { mode: 'keep-work' })
      if (done) break
    }
  })
})

describe('recoverPool', () => {
  /** A slot that was claimed whole, and then its record as it was in the middle. */
  async function cutOff(): Promise<{ spec: WorkspaceSpec; record: SlotRecord }> {
    const slot = await fill()
    const record = await loadRecord(here.repo, slot.id)
    if (record === null) throw new Error('There is no record.')
    const spec = await here.spec('auth')
    await claimSlot(spec, never)
    const claiming: SlotRecord = {
      ...record,
      state: 'claiming',
      owner: DEAD,
      claim: { run: spec.run, piece: spec.piece, branch: spec.branch },
    }
    await writeRecord(here.repo, claiming)
    return { spec, record: claiming }
  }

  it('leaves to the session what its journal names', async () => {
    const { spec, record } = await cutOff()
    expect(await recoverPool(here.repo, never)).toEqual([
      { id: record.id, path: record.path, now: 'claimed' },
    ])
    await expectWhole([spec])
    expect(await claimSlot(spec, never)).toBe(record.path)
  })

  it('takes back what no journal names: branch, lock and ports', async () => {
    const { spec, record } = await cutOff()
    await removeJournal(spec)
    expect(await recoverPool(here.repo, never)).toEqual([{ id: record.id, path: record.path, now: 'usable' }])
    await expectWhole()
    expect((await leasesOf(here.repo.commonDir)).map(({ session }) => session)).toEqual([`pool/${record.id}`])
    const { ports } = await prepareWorkspace({ ...spec, path: (await claimSlot(spec, never)) ?? '' }, never)
    expect(ports.first).toBe(record.port)
  })

  it.each(['before the ports', 'before the lock and the ports'])(
    'takes back a claim that ended %s',
    async (point) => {
      const { spec, record } = await cutOff()
      await removeJournal(spec)
      const { commonDir } = here.repo
      const session = { commonDir, run: spec.run, piece: spec.piece }
      await passPorts(record.port ?? 0, session, {
        commonDir,
        run: 'pool',
        piece: record.id,
        worktree: record.path,
      })
      const entry = await adminEntry(here.repo, record.path)
      if (point.includes('lock') && entry !== null)
        await writeLock(entry, slotReason({ id: record.id, ...DEAD }))
      expect(await recoverPool(here.repo, never)).toMatchObject([{ now: 'usable' }])
      await expectWhole()
      expect(await claimSlot(spec, never)).toBe(record.path)
    },
  )

  it('keeps a branch that somebody has committed to, and says so', async () => {
    const { spec, record } = await cutOff()
    await removeJournal(spec)
    await gitIn(record.path, 'commit', '-q', '--allow-empty', '-m', 'work')
    expect(await recoverPool(here.repo, never)).toMatchObject([{ now: 'left', reason: expect.any(String) }])
    expect(await here.git('log', '-1', '--format=%s', spec.branch)).toBe('work')
  })

  it('leaves alone what a live process is at', async () => {
    const slot = await fill()
    const record = await loadRecord(here.repo, slot.id)
    if (record === null) throw new Error('There is no record.')
    const { identify } = await import('../../../src/process/identity.ts')
    const owner = await identify(process.pid)
    await writeRecord(here.repo, { ...record, state: 'removing', begun: true, owner })
    expect(await recoverPool(here.repo, never)).toEqual([])
    expect(await claimSlot(await here.spec('auth'), never)).toBeNull()
    expect(await removeSlot(here.repo, slot, never)).toEqual({ kind: 'unavailable' })
    await writeRecord(here.repo, { ...record, state: 'advancing', begun: false, owner: DEAD })
    expect(await recoverPool(here.repo, never)).toMatchObject([{ now: 'usable' }])
  })

  it('forgets a slot whose folder was deleted', async () => {
    const slot = await fill()
    await rm(slot.path, { recursive: true })
    expect(await recoverPool(here.repo, never)).toMatchObject([{ id: slot.id, now: 'removed' }])
    expect((await listWorktrees(here.repo)).length).toBe(1)
    await expectWhole()
  })

  it.each([
    ['beside it', 'repo.quintet/moved'],
    ['beside the repository', 'moved'],
  ])('finds a slot that somebody has moved to %s, and keeps it there', async (_where, name) => {
    const slot = await fill()
    await writeFile(join(slot.path, 'mine.txt'), 'mine')
    await gitIn(slot.path, 'add', 'mine.txt')
    const moved = join(here.top, name)
    await rename(slot.path, moved)
    const reason = `Somebody has moved it to ${moved}.`
    expect(await recoverPool(here.repo, never)).toEqual([{ id: slot.id, path: moved, now: 'left', reason }])
    expect(await gitIn(moved, 'status', '--porcelain')).toBe('A  mine.txt')
    expect(await listSlots(here.repo)).toMatchObject([{ id: slot.id, path: moved, kept: reason }])
    expect(await recoverPool(here.repo, never)).toEqual([])
  })

  it('saves what was staged in a slot that is nowhere to be found', async () => {
    const slot = await fill()
    await writeFile(join(slot.path, 'mine.txt'), 'mine')
    await gitIn(slot.path, 'add', 'mine.txt')
    await mkdir(join(here.top, 'far/away'), { recursive: true })
    await rename(slot.path, join(here.top, 'far/away/moved'))
    const [found] = await recoverPool(here.repo, never)
    expect(found).toMatchObject({ id: slot.id, now: 'removed', backup: expect.any(String) })
    expect(await here.git('show', `${found?.backup}:mine.txt`)).toBe('mine')
    await expectWhole()
  })

  it('keeps a slot when what was staged in it is no tree', async () => {
    const slot = await fill()
    const blob = await gitIn(slot.path, 'rev-parse', 'HEAD:readme.md')
    await writeFile(join(here.top, 'unmerged'), `100644 ${blob} 1\tboth\n100644 ${blob} 2\tboth\n`)
    await promisify(exec)(`git update-index --index-info < ${join(here.top, 'unmerged')}`, { cwd: slot.path })
    await rm(slot.path, { recursive: true })
    expect(await recoverPool(here.repo, never)).toMatchObject([
      { now: 'left', reason: expect.stringContaining('could not be saved') },
    ])
    expect((await adminEntry(here.repo, slot.path))?.path).toBe(slot.path)
    expect(await claimSlot(await here.spec('auth'), never)).toBeNull()
  })

  it('reconnects slots of which the repository was moved', async () => {
    const slot = await fill()
    const used = await fill()
    await writeFile(join(used.path, 'mine.txt'), 'mine')
    const root = join(here.top, 'repo-moved')
    await rename(here.repo.root, root)
    const repo = await openRepository(root)
    expect(await recoverPool(repo, never)).toEqual([])
    expect(await gitIn(slot.path, 'status', '--porcelain')).toBe('')
    expect(await removeSlot(repo, slot, never)).toMatchObject({ kind: 'removed' })
    expect(await removeSlot(repo, used, never)).toMatchObject({ kind: 'kept' })
  })

  it('leaves the slots of a repository to it when it was copied', async () => {
    const slot = await fill()
    const root = join(here.top, 'repo-copied')
    await cp(here.repo.root, root, { recursive: true })
    const copied = await openRepository(root)
    expect(await recoverPool(copied, never)).toMatchObject([{ id: slot.id, now: 'left' }])
    expect(await recoverPool(copied, never)).toEqual([])
    expect(await recoverPool(here.repo, never)).toEqual([])
    expect(await claimSlot(await here.spec('auth'), never)).toBe(slot.path)
  })

  it('removes a slot whose record is lost, unless somebody has left something in it', async () => {
    const clean = await fill()
    const used = await fill()
    await writeFile(join(used.path, 'mine.txt'), 'mine')
    for (const { id } of [clean, used]) await removeRecord(here.repo, id)
    const found = await recoverPool(here.repo, never)
    expect(found).toContainEqual({ id: clean.id, path: clean.path, now: 'removed' })
    expect(found).toContainEqual(expect.objectContaining({ id: used.id, now: 'left' }))
    expect(await readFile(join(used.path, 'mine.txt'), 'utf8')).toBe('mine')
    expect(await exists(join(stateFolder(here.repo), 'pool', `${used.id}.json`))).toBe(false)
  })
})
