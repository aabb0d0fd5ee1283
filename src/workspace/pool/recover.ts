// What processes that are dead have left of slots and of claims: finished, given back, or cleared away. What a live process
// is at is left alone.
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { errorData, ignoring } from '../../contract/errors.ts'
import { head, stateFolder, type Repository } from '../../git/repository.ts'
import { adminEntries, adminEntry, type AdminEntry } from '../../git/worktree-admin.ts'
import { isAlive } from '../../process/identity.ts'
import { unfinishedName } from '../../store/atomic.ts'
import { findJournal } from '../journal.ts'
import { parseLockReason, parseSlotReason, type SlotOwner } from '../lock-reason.ts'
import { modulesToKeep } from '../modules.ts'
import { NOTHING_SAVED } from '../release/outcome.ts'
import { CLOCK_SLACK_MS } from './clear.ts'
import { cleared } from './cleared.ts'
import { proveClean } from './proof.ts'
import { allRecords, giveBack, isAttended, POOL, removeFile, removeRecord, whyUnreadable } from './records.ts'
import { settleClaim } from './settle.ts'
import { isSlotId, newRecord, type RecoveredSlot, type SlotRecord } from './slot.ts'
import { isEmpty, whereabouts } from './whereabouts.ts'

const STALE_DRAFT_MS = 60_000
/** Where it was configured otherwise, the folder has to be looked into by hand. */
const COORDINATION = '.quintet/session'

/** Finishes or clears away what processes that are dead have left of slots and claims, each on its own: one that fails is
 *  `left`. Called at the start of whoever keeps the pool, and harmless at any time. */
export async function recoverPool(repo: Repository, signal: AbortSignal): Promise<readonly RecoveredSlot[]> {
  const recovered: RecoveredSlot[] = []
  const records = await allRecords(repo)
  for (const record of records) {
    signal.throwIfAborted()
    const found = await orLeft(record, () => recoverSlot(repo, record))
    if (found !== null) recovered.push(found)
  }
  const known = new Set(records.map(({ id }) => id))
  for (const entry of await adminEntries(repo)) {
    const owner = parseSlotReason(entry.locked ?? '')
    if (owner === null || known.has(owner.id)) continue
    signal.throwIfAborted()
    const found = await orLeft({ id: owner.id, path: entry.path }, () => recoverStray(repo, entry, owner))
    if (found !== null) recovered.push(found)
  }
  await sweepDrafts(repo)
  return recovered
}

/** What one slot led to: its failure is its own. */
async function orLeft(
  { id, path }: { readonly id: string; readonly path: string },
  work: () => Promise<RecoveredSlot | null>,
): Promise<RecoveredSlot | null> {
  try {
    return await work()
  } catch (error) {
    return { id, path, now: 'left', reason: `It could not be looked after: ${errorData(error).message}` }
  }
}

async function recoverSlot(repo: Repository, record: SlotRecord): Promise<RecoveredSlot | null> {
  const { id, path, state, begun } = record
  if (state !== 'ready' && (await isAttended(record))) return null
  if (state === 'claiming') return await settleClaim(repo, record)
  if (await isSessions(repo, record)) {
    await removeRecord(repo, id)
    return { id, path, now: 'claimed' }
  }
  // Nobody has had it: what there is of it is not looked for.
  if (begun && record.readyAt === null) return await cleared(repo, record)
  const where = await whereabouts(repo, record)
  if (where.kind === 'astray') return await keptAt(repo, record, where)
  if (where.kind === 'here' && state === 'ready') return null
  if (where.kind === 'gone' || begun) return await cleared(repo, record)
  // It was only taken, for a look.
  await giveBack(repo, record)
  return { id, path, now: 'usable' }
}

/** The lock decides whose a worktree is. */
async function isSessions(repo: Repository, { path }: SlotRecord): Promise<boolean> {
  return parseLockReason((await adminEntry(repo, path))?.locked ?? '') !== null
}

/** It is told once. */
async function keptAt(
  repo: Repository,
  record: SlotRecord,
  { path, reason }: { readonly path: string; readonly reason: string },
): Promise<RecoveredSlot | null> {
  if (record.kept === reason) return null
  await giveBack(repo, record, { path, kept: reason })
  return { id: record.id, path, now: 'left', reason }
}

/** A slot of which the record is lost: it goes when nothing is in it. One that a session's journal names is no slot any more:
 *  its lock was lost, and preparing the session mends that. */
async function recoverStray(
  repo: Repository,
  entry: AdminEntry,
  owner: SlotOwner,
): Promise<RecoveredSlot | null> {
  const { id } = owner
  const { path } = entry
  if (!isSlotId(id) || (owner.pid !== process.pid && (await isAlive(owner)))) return null
  // Whoever makes one has written its record before.
  if ((await allRecords(repo)).some((record) => record.id === id)) return null
  const unreadable = await whyUnreadable(repo, id)
  if (unreadable !== null) return { id, path, now: 'left', reason: unreadable }
  if ((await findJournal(repo, (journal) => journal.path === path)) !== null)
    return { id, path, now: 'claimed' }
  const since = Date.now() - CLOCK_SLACK_MS
  const record = newRecord({
    id,
    path,
    exclude: null,
    // Nobody knows what it was filled with: whatever commit it is at counts as somebody's.
    base: '',
    coordinationFolder: COORDINATION,
    state: 'removing',
    owner: null,
  })
  const reason = (await isEmpty(path)) ? null : await whyKept(repo, record, entry)
  if (reason !== null) return { id, path, now: 'left', reason }
  const found = await cleared(repo, record, { since, saved: NOTHING_SAVED })
  // The next one looks anew: a record of it would say that it was looked at.
  if (found.now === 'left') await removeRecord(repo, id)
  return found
}

async function whyKept(repo: Repository, record: SlotRecord, { folder }: AdminEntry): Promise<string | null> {
  const { commit } = await head(record.path)
  const found = await proveClean(repo, { ...record, base: commit ?? '' })
  if (found.kind === 'busy') return `Processes ${found.pids.join(', ')} work in it.`
  return found.kind === 'unclean' ? found.reason : await modulesToKeep(repo, record.path, folder)
}

/** Files that a killed process had begun to write, and marks of slots that are gone. */
async function sweepDrafts(repo: Repository): Promise<void> {
  const folder = join(stateFolder(repo), POOL)
  const names = (await ignoring(['ENOENT'], readdir(folder))) ?? []
  for (const name of names) {
    const orphan = name.endsWith('.marks') && !names.includes(name.replace(/marks$/, 'json'))
    if (unfinishedName(name) === null && !orphan) continue
    const found = await ignoring(['ENOENT'], lstat(join(folder, name)))
    if (found !== undefined && Date.now() - found.mtimeMs > STALE_DRAFT_MS)
      await removeFile(join(folder, name))
  }
}
