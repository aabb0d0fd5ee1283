// A claim that was cut off: the session's journal decides. Where it names the slot, the slot is the session's, and what is
// left to be done, or was lost in a power cut, is done; where it does not, nothing has happened that cannot be taken back.
import { lstat } from 'node:fs/promises'
import { ignoring } from '../../contract/errors.ts'
import { deleteRefs, refValue } from '../../git/refs.ts'
import type { Repository } from '../../git/repository.ts'
import { runGit } from '../../git/run.ts'
import { adminEntry, writeLock, type AdminEntry } from '../../git/worktree-admin.ts'
import { branchTip, dropEmptyBranch, headOf, writeLostHead } from '../../git/worktree-head.ts'
import { listWorktrees, withRegistry } from '../../git/worktree.ts'
import { loadJournal, removeJournal } from '../journal.ts'
import { lockPrefix, slotPrefix, slotReason } from '../lock-reason.ts'
import { lastingOccupants } from '../occupants.ts'
import { passPorts } from '../ports/lease.ts'
import { cleared } from './cleared.ts'
import { holdSlot, lockedOtherwise } from './hold.ts'
import { giveBack, POOL, removeRecord, thisProcess, writeRecord } from './records.ts'
import type { RecoveredSlot, SlotRecord } from './slot.ts'

type Claim = NonNullable<SlotRecord['claim']>

/** A git that outlived the death of its parent needs a moment to end. */
const GRACE_MS = 2_000

/** Finishes or undoes a claim of which the process is dead, or this one and done with it. */
export async function settleClaim(repo: Repository, record: SlotRecord): Promise<RecoveredSlot> {
  const { id, path, claim } = record
  if (claim === null) return await undone(repo, record)
  const journal = await loadJournal({ repo, ...claim })
  if (journal?.slot?.id === id) {
    const found = await holdSlot(repo, journal, record.owner ?? (await thisProcess()))
    if (found.kind === 'held') return await finished(repo, record, claim)
    if (found.kind === 'foreign' || journal.slot.proven) return await left(repo, record, found.reason)
    // The session has not begun in it, and cannot: it is prepared in the ordinary way.
    await removeJournal({ repo, ...claim })
  }
  const pids = await lastingOccupants(path, GRACE_MS)
  if (pids.length > 0) return { id, path, now: 'left', reason: `Processes ${pids.join(', ')} work in it.` }
  const found = await takeBack(repo, record, claim)
  if (found.kind === 'obstacle') return await left(repo, record, found.reason)
  const { commonDir } = repo
  const slot = { commonDir, run: POOL, piece: id, worktree: path }
  if (record.port !== null) await passPorts(record.port, { commonDir, ...claim }, slot)
  if (found.kind === 'back') return await undone(repo, record)
  return await cleared(repo, { ...record, state: 'removing', begun: true, claim: null })
}

async function finished(repo: Repository, record: SlotRecord, claim: Claim): Promise<RecoveredSlot> {
  const { id, path, port } = record
  const { commonDir } = repo
  const { run, piece } = claim
  if (port !== null)
    await passPorts(port, { commonDir, run: POOL, piece: id }, { commonDir, run, piece, worktree: path })
  await removeRecord(repo, id)
  return { id, path, now: 'claimed' }
}

async function left(repo: Repository, record: SlotRecord, reason: string): Promise<RecoveredSlot> {
  await writeRecord(repo, { ...record, owner: null, kept: reason })
  return { id: record.id, path: record.path, now: 'left', reason }
}

/** It has to be looked at anew: its marks are of before. */
async function undone(repo: Repository, record: SlotRecord): Promise<RecoveredSlot> {
  await giveBack(repo, record, { marks: null })
  return { id: record.id, path: record.path, now: 'usable' }
}

type TakenBack =
  | { readonly kind: 'back' }
  /** The folder is not there, or git knows no worktree there. */
  | { readonly kind: 'gone' }
  /** `reason` is a sentence. */
  | { readonly kind: 'obstacle'; readonly reason: string }

/** Detaches HEAD, takes the branch away again and makes the lock the slot's. */
function takeBack(repo: Repository, record: SlotRecord, claim: Claim): Promise<TakenBack> {
  const { id, path } = record
  return withRegistry(repo, async () => {
    const entry = await adminEntry(repo, path)
    if (entry === null) {
      await dropBranch(repo, record, claim)
      return { kind: 'gone' }
    }
    const locked = entry.locked ?? ''
    const ours = locked.startsWith(slotPrefix(id)) || locked.startsWith(lockPrefix(claim))
    if (!ours) return obstacle(lockedOtherwise(entry))
    const there = (await ignoring(['ENOENT', 'ENOTDIR'], lstat(path))) !== undefined
    const reason = there ? await detached(repo, { record, claim, entry }) : null
    if (reason !== null) return obstacle(reason)
    await dropBranch(repo, record, claim)
    await writeLock(entry, slotReason({ id, ...(await thisProcess()) }))
    return { kind: there ? 'back' : 'gone' }
  })
}

const obstacle = (reason: string): TakenBack => ({ kind: 'obstacle', reason })

/** Detaches HEAD at the base of the slot; a sentence when it is elsewhere. */
async function detached(
  repo: Repository,
  {
    record,
    claim,
    entry,
  }: { readonly record: SlotRecord; readonly claim: Claim; readonly entry: AdminEntry },
): Promise<string | null> {
  const { path, base } = record
  const at = await headOf(entry)
  if (at.kind === 'lost') await writeLostHead(entry, { kind: 'detached', commit: base })
  if (at.kind === 'detached' && at.commit !== base) return `HEAD of ${path} is at ${at.commit}.`
  if (at.kind !== 'branch') return null
  if (at.branch !== claim.branch) return `HEAD of ${path} is on ${at.branch}.`
  const tip = await branchTip(repo, claim.branch)
  if (tip !== null && tip !== base) return `HEAD of ${path} is at ${tip}.`
  await runGit(['update-ref', '--no-deref', 'HEAD', base], { cwd: path, op: 'detach HEAD', writes: 'store' })
  return null
}

/** Only where nobody has committed to it. It was not there before the claim was written down; a session that has gone the
 *  ordinary way since has it checked out elsewhere. */
async function dropBranch(repo: Repository, { path, base }: SlotRecord, { branch }: Claim): Promise<void> {
  await dropEmptyBranch(repo, branch)
  const ref = `refs/heads/${branch}`
  if ((await refValue(repo, ref)) !== base) return
  if ((await listWorktrees(repo)).some((one) => one.branch === branch && one.path !== path)) return
  await deleteRefs(repo, [{ ref, expected: base }])
}
