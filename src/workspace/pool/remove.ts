// Removing slots: what nobody has touched goes to the trash; what somebody has left in one keeps it, or is saved first.
import { lstat } from 'node:fs/promises'
import { ignoring } from '../../contract/errors.ts'
import type { Repository } from '../../git/repository.ts'
import { adminEntry } from '../../git/worktree-admin.ts'
import { mountToKeep } from '../../store/mounts.ts'
import { lastingOccupants } from '../occupants.ts'
import { joined, NOTHING_SAVED } from '../release/outcome.ts'
import { CLOCK_SLACK_MS, clearAway, removedWith, type Looked } from './clear.ts'
import { proveClean } from './proof.ts'
import { giveBack, takeSlot, writeRecord } from './records.ts'
import { saveSlot, submodulesToKeep, type SlotSaved } from './save.ts'
import type { Slot, SlotRecord, SlotRemoval } from './slot.ts'

const GRACE_MS = 2_000

type Look = SlotSaved | Extract<SlotRemoval, { kind: 'busy' }>

/** Removes a slot that is clean; one in which somebody has left something is kept. */
export function removeSlot(repo: Repository, slot: Slot, signal: AbortSignal): Promise<SlotRemoval> {
  return remove(repo, slot, (record) => ifClean(repo, record, signal))
}

/** Removes a slot, also one that somebody has left something in: that is saved like the work of a session. */
export function saveAndRemoveSlot(repo: Repository, slot: Slot): Promise<SlotRemoval> {
  return remove(repo, slot, (record) => saveAll(repo, record))
}

async function remove(
  repo: Repository,
  { id }: Slot,
  look: (record: SlotRecord) => Promise<Look>,
): Promise<SlotRemoval> {
  const record = await takeSlot(repo, id, 'removing')
  if (record === null) return { kind: 'unavailable' }
  const since = Date.now() - CLOCK_SLACK_MS
  let found: Look | null
  try {
    found = (await isGone(record)) ? null : await look(record)
  } catch (error) {
    await giveBack(repo, record)
    throw error
  }
  if (found === null) return await goOn(repo, record, null)
  if (found.kind === 'saved') return await goOn(repo, record, { since, saved: found })
  await giveBack(repo, record, found.kind === 'kept' ? { kept: found.reason } : {})
  return found
}

/** Somebody has deleted the folder, or moved it: there is nothing to look at. */
async function isGone({ path }: SlotRecord): Promise<boolean> {
  return (await ignoring(['ENOENT', 'ENOTDIR'], lstat(path))) === undefined
}

/** A process that dies from here on, or fails, leaves something that is looked at once more before it goes. What was not even
 *  begun with leaves the slot as it was. */
async function goOn(repo: Repository, record: SlotRecord, looked: Looked | null): Promise<SlotRemoval> {
  const outcome = await clearAway(repo, await writeRecord(repo, { ...record, begun: true }), looked)
  if (outcome.kind === 'removed')
    return removedWith(joined(looked?.saved ?? NOTHING_SAVED, { ...NOTHING_SAVED, ...outcome }))
  if (outcome.kind === 'busy') await giveBack(repo, record)
  if (outcome.kind === 'kept') await giveBack(repo, record, { kept: outcome.reason })
  return outcome
}

async function ifClean(repo: Repository, record: SlotRecord, signal: AbortSignal): Promise<Look> {
  const found = await proveClean(repo, record, signal)
  if (found.kind === 'busy') return found
  const reason = found.kind === 'unclean' ? found.reason : await modulesOf(repo, record)
  return reason === null ? { kind: 'saved', ...NOTHING_SAVED } : { kind: 'kept', reason }
}

async function modulesOf(repo: Repository, record: SlotRecord): Promise<string | null> {
  const entry = await adminEntry(repo, record.path)
  return entry === null ? null : await submodulesToKeep(repo, record, entry)
}

async function saveAll(repo: Repository, record: SlotRecord): Promise<Look> {
  const entry = await adminEntry(repo, record.path)
  if (entry === null) return { kind: 'saved', ...NOTHING_SAVED }
  const reason = await mountToKeep(record.path)
  if (reason !== null) return { kind: 'kept', reason }
  const pids = await lastingOccupants(record.path, GRACE_MS)
  if (pids.length > 0) return { kind: 'busy', pids }
  return await saveSlot(repo, record, entry)
}
