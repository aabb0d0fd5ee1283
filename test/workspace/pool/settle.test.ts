import { mkdir, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { adminEntry, writeLock } from '../../../src/git/worktree-admin.ts'
import { slotReason } from '../../../src/workspace/lock-reason.ts'
import { loadJournal, removeJournal, writeJournal } from '../../../src/workspace/journal.ts'
import { claimSlot } from '../../../src/workspace/pool/claim.ts'
import { fillSlot } from '../../../src/workspace/pool/fill.ts'
import { proveClaim } from '../../../src/workspace/pool/prove.ts'
import { listSlots, loadRecord, removeRecord, writeRecord } from '../../../src/workspace/pool/records.ts'
import { recoverPool } from '../../../src/workspace/pool/recover.ts'
import type { SlotRecord } from '../../../src/workspace/pool/slot.ts'
import { leasesOf } from '../../../src/workspace/ports/lease.ts'
import { prepareWorkspace } from '../../../src/workspace/prepare.ts'
import type { WorkspaceSpec } from '../../../src/workspace/spec.ts'
import { gitIn } from '../../support/repository.ts'
import { ground, type Ground } from '../sessions.ts'
import { slotSpec } from './slots.ts'

let here: Ground
const never = new AbortController().signal
const DEAD = { pid: 999_999_999, startTime: 'never' }

beforeEach(async () => {
  here = await ground({ 'readme.md': 'hello\n', '.gitignore': '*.log\n' })
})
afterEach(() => here[Symbol.asyncDispose]())

interface Claimed {
  readonly spec: WorkspaceSpec
  readonly record: SlotRecord
  readonly admin: string
  readonly ref: string
}

/** A slot that was claimed whole, by a process that is dead, with its record as it was in the middle. */
async function claimed(): Promise<Claimed> {
  const slot = await fillSlot(await slotSpec(here), never)
  const record = await loadRecord(here.repo, slot.id)
  const spec = await here.spec('auth')
  await claimSlot(spec, never)
  const entry = await adminEntry(here.repo, slot.path)
  if (record === null || entry === null) throw new Error('There is no slot.')
  const claim = { run: spec.run, piece: spec.piece, branch: spec.branch }
  const claiming: SlotRecord = { ...record, state: 'claiming', owner: DEAD, claim }
  await writeRecord(here.repo, claiming)
  const ref = join(here.repo.commonDir, 'refs/heads', spec.branch)
  return { spec, record: claiming, admin: entry.folder, ref }
}

async function lockAsSlot({ record }: Claimed): Promise<void> {
  const entry = await adminEntry(here.repo, record.path)
  if (entry !== null) await writeLock(entry, slotReason({ id: record.id, ...DEAD }))
}

const branchOf = (path: string): Promise<string> => gitIn(path, 'status', '--porcelain', '--branch')

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** The session works in its workspace, and goes on after a restart with its work on its branch. */
async function expectToWork({ spec, record }: Claimed): Promise<void> {
  expect(await claimSlot(spec, never)).toBe(record.path)
  const own = { ...spec, path: record.path }
  await prepareWorkspace(own, never)
  expect(await branchOf(record.path)).toBe(`## ${spec.branch}`)
  expect((await adminEntry(here.repo, record.path))?.locked).toMatch(/^quintet:r-1\/auth /)
  expect(await proveClaim(own, never)).toEqual({ kind: 'clean' })
  await gitIn(record.path, 'commit', '-q', '--allow-empty', '-m', 'work')
  await recoverPool(here.repo, never)
  await recoverPool(here.repo, never)
  expect(await here.git('log', '-1', '--format=%s', spec.branch)).toBe('work')
  expect(await branchOf(record.path)).toBe(`## ${spec.branch}`)
  expect(await listSlots(here.repo)).toEqual([])
}

describe('a power cut right after a claim', () => {
  const cuts: readonly [string, (claim: Claimed) => Promise<void>][] = [
    [
      'lock, HEAD and branch as they were before',
      async (claim) => {
        await gitIn(claim.record.path, 'update-ref', '--no-deref', 'HEAD', claim.record.base)
        await here.git('update-ref', '-d', `refs/heads/${claim.spec.branch}`)
        await lockAsSlot(claim)
      },
    ],
    [
      'the branch and HEAD, and the lock as it was before',
      async (claim) => {
        await lockAsSlot(claim)
      },
    ],
    ['an empty branch', ({ ref }) => truncate(ref)],
    [
      'an empty branch and an empty HEAD',
      async ({ ref, admin }) => {
        await truncate(ref)
        await truncate(join(admin, 'HEAD'))
      },
    ],
    ['an empty HEAD', ({ admin }) => truncate(join(admin, 'HEAD'))],
  ]

  it.each(cuts)('that leaves %s: recovery gives the session all of it', async (_what, lose) => {
    const claim = await claimed()
    await lose(claim)
    expect(await recoverPool(here.repo, never)).toMatchObject([{ now: 'claimed' }])
    await expectToWork(claim)
  })

  it.each(cuts)('that leaves %s, and no record: the session heals it', async (_what, lose) => {
    const claim = await claimed()
    await lose(claim)
    await removeRecord(here.repo, claim.record.id)
    expect(await listSlots(here.repo)).toEqual([])
    await expectToWork(claim)
  })

  it.each(cuts)('that leaves %s, and no journal: the slot is one again', async (_what, lose) => {
    const claim = await claimed()
    await lose(claim)
    await removeJournal(claim.spec)
    expect(await recoverPool(here.repo, never)).toMatchObject([{ now: 'usable' }])
    expect(await branchOf(claim.record.path)).toBe('## HEAD (no branch)')
    expect(await here.git('for-each-ref', 'refs/heads/quintet/')).toBe('')
    await expectToWork(claim)
  })
})

describe('a claim whose journal names a slot', () => {
  it('is of no effect when HEAD is somewhere else and the session has not begun', async () => {
    const { spec, record } = await claimed()
    await gitIn(record.path, 'switch', '-q', '-c', 'mine')
    expect(await recoverPool(here.repo, never)).toMatchObject([{ now: 'left', reason: expect.any(String) }])
    expect(await loadJournal(spec)).toBeNull()
    expect(await branchOf(record.path)).toBe('## mine')
  })

  it('leaves HEAD where the agent wants it once the session has begun', async () => {
    const claim = await claimed()
    const { spec, record } = claim
    await proveClaim({ ...spec, path: record.path }, never)
    await gitIn(record.path, 'switch', '-q', '--detach')
    await gitIn(record.path, 'commit', '-q', '--allow-empty', '-m', 'work')
    expect(await recoverPool(here.repo, never)).toMatchObject([{ now: 'claimed' }])
    await prepareWorkspace({ ...spec, path: record.path }, never)
    expect(await branchOf(record.path)).toBe('## HEAD (no branch)')
    expect(await gitIn(record.path, 'log', '-1', '--format=%s')).toBe('work')
  })

  it('does not win over a lock of somebody else, and the session is told', async () => {
    const claim = await claimed()
    const { spec, record } = claim
    const entry = await adminEntry(here.repo, record.path)
    if (entry !== null) await writeLock(entry, 'mine')
    expect(await recoverPool(here.repo, never)).toMatchObject([{ now: 'left' }])
    const preparing = prepareWorkspace({ ...spec, path: record.path }, never)
    await expect(preparing).rejects.toMatchObject({
      code: 'E_WORKTREE',
      message: expect.stringMatching(/locked: mine\.$/),
    })
    await here.git('worktree', 'unlock', record.path)
    await expectToWork(claim)
  })

  it('does not take a slot out of the pool again', async () => {
    const claim = await claimed()
    const { spec, record } = claim
    const journal = await loadJournal(spec)
    await removeJournal(spec)
    await recoverPool(here.repo, never)
    if (journal !== null) await writeJournal(here.repo, journal)
    const preparing = prepareWorkspace({ ...spec, path: record.path }, never)
    await expect(preparing).rejects.toMatchObject({ code: 'E_WORKTREE' })
    expect(await branchOf(record.path)).toBe('## HEAD (no branch)')
  })
})

it('a claim that fails at the ports is finished or undone, never both', async () => {
  await fillSlot(await slotSpec(here), never)
  const spec = await here.spec('auth')
  const lock = join(here.top, 'state/quintet/ports/.removal.lock')
  await rm(lock, { force: true })
  await mkdir(lock)
  await expect(claimSlot(spec, never)).rejects.toMatchObject({ code: 'E_LOCK' })
  await rm(lock, { recursive: true })
  const path = await claimSlot(spec, never)
  await prepareWorkspace({ ...spec, path: path ?? spec.path }, never)
  expect(await branchOf(path ?? spec.path)).toBe(`## ${spec.branch}`)
  expect((await leasesOf(here.repo.commonDir)).map(({ session }) => session)).toEqual(['r-1/auth'])
  expect(await listSlots(here.repo)).toEqual([])
})

describe('a claim that was killed together with its git', () => {
  /** The branch is made, and HEAD is not on it yet, or not any more. */
  async function halfSwitched(): Promise<Claimed> {
    const claim = await claimed()
    await removeJournal(claim.spec)
    await gitIn(claim.record.path, 'update-ref', '--no-deref', 'HEAD', claim.record.base)
    await lockAsSlot(claim)
    return claim
  }

  it('leaves no branch that bars its session', async () => {
    const claim = await halfSwitched()
    expect(await recoverPool(here.repo, never)).toMatchObject([{ now: 'usable' }])
    expect(await here.git('for-each-ref', 'refs/heads/quintet/')).toBe('')
    await expectToWork(claim)
  })

  it('leaves the branch alone that is checked out elsewhere, or committed to', async () => {
    const { spec, record } = await halfSwitched()
    await here.git('worktree', 'add', '-q', join(here.top, 'elsewhere'), spec.branch)
    expect(await recoverPool(here.repo, never)).toMatchObject([{ now: 'usable' }])
    expect(await here.git('rev-parse', spec.branch)).toBe(record.base)
  })
})

describe('a claim of a slot that was deleted by hand', () => {
  it('is cleared away with its entry, its branch and its record, and others are recovered', async () => {
    const { spec, record, admin } = await claimed()
    const other = await fillSlot(await slotSpec(here), never)
    const taken = await loadRecord(here.repo, other.id)
    if (taken !== null) await writeRecord(here.repo, { ...taken, state: 'advancing', owner: DEAD })
    await removeJournal(spec)
    await rm(record.path, { recursive: true })
    const found = await recoverPool(here.repo, never)
    expect(found).toContainEqual({ id: record.id, path: record.path, now: 'removed' })
    expect(found).toContainEqual({ id: other.id, path: other.path, now: 'usable' })
    expect(await here.git('for-each-ref', 'refs/heads/quintet/')).toBe('')
    expect(await exists(admin)).toBe(false)
    expect((await listSlots(here.repo)).map(({ id }) => id)).toEqual([other.id])
    expect((await leasesOf(here.repo.commonDir)).map(({ session }) => session)).toEqual([`pool/${other.id}`])
  })

  it('is cleared away when git knows nothing of it either', async () => {
    const { spec, record, admin } = await claimed()
    await removeJournal(spec)
    await rm(record.path, { recursive: true })
    await rm(admin, { recursive: true })
    expect(await recoverPool(here.repo, never)).toMatchObject([{ now: 'removed' }])
    expect(await listSlots(here.repo)).toEqual([])
    expect(await claimSlot(spec, never)).toBeNull()
  })

  it('is made anew by the session that it was given to', async () => {
    const claim = await claimed()
    await lockAsSlot(claim)
    await rm(claim.record.path, { recursive: true })
    expect(await recoverPool(here.repo, never)).toMatchObject([{ now: 'claimed' }])
    await expectToWork(claim)
    expect(await exists(join(claim.record.path, 'readme.md'))).toBe(true)
  })
})

it('a slot that a power cut has left without a HEAD is given to nobody, and bars no other', async () => {
  const broken = await fillSlot(await slotSpec(here), never)
  const admin = (await adminEntry(here.repo, broken.path))?.folder ?? ''
  await truncate(join(admin, 'HEAD'))
  expect(await claimSlot(await here.spec('auth'), never)).toBeNull()
  expect((await listSlots(here.repo))[0]).toMatchObject({ kept: `HEAD of ${broken.path} is empty.` })
  const whole = await fillSlot(await slotSpec(here), never)
  expect(await claimSlot(await here.spec('auth'), never)).toBe(whole.path)
})
