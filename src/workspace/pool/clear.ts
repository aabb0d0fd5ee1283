// Takes away a slot: one that was never ready goes as it is; of one that was, everything is saved first that was not proven
// clean before. Processes, commits and other people's locks are minded always. What cannot be taken away stays written down,
// for the next attempt.
import { randomBytes } from 'node:crypto'
import { lstat, readdir, rmdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { errnoOf, errorData, ignoring } from '../../contract/errors.ts'
import type { Repository } from '../../git/repository.ts'
import { adminEntry, type AdminEntry } from '../../git/worktree-admin.ts'
import { removeWorktreeEntry } from '../../git/worktree.ts'
import { endSurvivors, survivors } from '../../process/marker.ts'
import { mountToKeep } from '../../store/mounts.ts'
import { moveToTrash, moveToTrashKeeping } from '../../store/trash.ts'
import { tidyExcluded } from '../exclude.ts'
import { slotPrefix } from '../lock-reason.ts'
import { lastingOccupants } from '../occupants.ts'
import { releasePorts } from '../ports/lease.ts'
import { adminFolder } from '../register.ts'
import { joined, NOTHING_SAVED, type Saved } from '../release/outcome.ts'
import { setAside } from '../release/removal.ts'
import { keptFolder } from '../save.ts'
import { POOL, removeRecord, slotPlace, writeRecord } from './records.ts'
import { saveDetached, saveSlot, saveStaged, type SlotSaved } from './save.ts'
import type { SlotRecord, SlotRemoval } from './slot.ts'

type Cleared = Exclude<SlotRemoval, { kind: 'unavailable' }>

const OCCUPANT_GRACE_MS = 2_000
/** By how much the clock that stamps files may be behind. */
export const CLOCK_SLACK_MS = 20
const ATTEMPTS = 3

/** What a look before has shown of a slot: what is written after `since` (milliseconds since the epoch) is not in it. */
export interface Looked {
  readonly since: number
  /** What was saved of it. */
  readonly saved: Saved
}

/** Takes a slot away, with its entry, ports and record. Afterwards nobody is at it, whatever the outcome. One that was ready
 *  once, and was not looked at now, is saved first: since then somebody may have worked in it. */
export async function clearAway(
  repo: Repository,
  record: SlotRecord,
  looked: Looked | null = null,
): Promise<Cleared> {
  let outcome: Cleared | null = null
  try {
    outcome = await clear(repo, record, looked)
    return outcome
  } finally {
    if (outcome?.kind !== 'removed') await writeRecord(repo, { ...record, owner: null })
  }
}

async function clear(repo: Repository, record: SlotRecord, looked: Looked | null): Promise<Cleared> {
  const { id, path } = record
  const since = looked?.since ?? Date.now() - CLOCK_SLACK_MS
  const alive = await endAll(slotPlace(repo, record).marker)
  if (alive.length > 0) return { kind: 'busy', pids: alive }
  const entry = await adminEntry(repo, path)
  if (entry !== null && entry.locked?.startsWith(slotPrefix(id)) !== true)
    return { kind: 'kept', reason: `The worktree ${path} is locked: ${entry.locked ?? 'by nobody'}.` }
  const mounted = await mountToKeep(path)
  if (mounted !== null) return { kind: 'kept', reason: mounted }
  const pids = entry === null ? [] : await lastingOccupants(path, OCCUPANT_GRACE_MS)
  if (pids.length > 0) return { kind: 'busy', pids }
  const saved =
    entry === null ? await saveRemains(repo, record) : await saveUnlooked(repo, record, { entry, looked })
  if (saved.kind === 'kept') return saved
  let all: Saved = saved
  if (entry !== null) {
    const keeping = looked !== null || record.readyAt !== null
    const gone = await struckOff(repo, record, { entry, since: keeping ? since : null })
    if (gone === null) return { kind: 'half', left: [path] }
    all = joined(all, gone)
  }
  await releasePorts({ commonDir: repo.commonDir, run: POOL, piece: id })
  await removeRecord(repo, id)
  await tidyExcluded(repo)
  await removeEmptyParents(path)
  return removedWith(all)
}

/** The outcome of a removal with what was saved. */
export function removedWith({ backup, files, notes }: Saved): Extract<Cleared, { kind: 'removed' }> {
  return {
    kind: 'removed',
    notes,
    ...(backup === null ? {} : { backup }),
    ...(files === null ? {} : { files }),
  }
}

/** Saves what is in the worktree, unless that was looked at before, or nobody can have worked in it. */
async function saveUnlooked(
  repo: Repository,
  record: SlotRecord,
  { entry, looked }: { readonly entry: AdminEntry; readonly looked: Looked | null },
): Promise<SlotSaved> {
  const { path, readyAt } = record
  let saved: SlotSaved = { kind: 'saved', ...NOTHING_SAVED }
  if (looked === null && readyAt !== null) {
    const isGone = (await standsAt(path)) === 'nothing'
    if (!isGone && (await adminFolder(path)) !== entry.folder)
      return { kind: 'kept', reason: `The folder ${path} is not the worktree that it was.` }
    saved = await (isGone ? saveStaged(repo, record, entry) : saveSlot(repo, record, entry))
  }
  if (saved.kind === 'kept') return saved
  const backup = await saveDetached(repo, record, entry)
  return { kind: 'saved', ...joined(saved, { ...NOTHING_SAVED, backup }) }
}

/** What is left where there is no entry. Before there was one, git had made an empty folder at most; where somebody has struck
 *  it off since, nobody can tell what is in the folder, so it is set aside. */
async function saveRemains(repo: Repository, record: SlotRecord): Promise<SlotSaved> {
  const { path, readyAt } = record
  const nothing = { kind: 'saved', ...NOTHING_SAVED } as const
  if ((await standsAt(path)) === 'nothing') {
    await removeEmpty(path)
    return nothing
  }
  const admin = await adminFolder(path)
  const ours = admin !== null && dirname(admin) === join(repo.commonDir, 'worktrees')
  if (readyAt === null || !ours || (await exists(admin)))
    return { kind: 'kept', reason: `The folder ${path} is not a worktree that git knows.` }
  const { files } = await setAside(slotPlace(repo, record))
  return { ...nothing, files, notes: [`Git knew the worktree ${path} no longer.`] }
}

async function endAll(marker: string): Promise<readonly number[]> {
  try {
    await endSurvivors(marker)
    return []
  } catch (error) {
    if (errorData(error).code !== 'E_PROCESS_SURVIVES') throw error
    return await survivors(marker)
  }
}

interface Striking {
  readonly entry: AdminEntry
  /** What is written into the folder after this time is kept; null: nothing is. */
  readonly since: number | null
}

/** Renames the folder away and strikes off its entry; null when something of it is still there. A commit that was made until
 *  then is saved. */
async function struckOff(
  repo: Repository,
  record: SlotRecord,
  { entry, since }: Striking,
): Promise<Saved | null> {
  const { id, path } = record
  let backup: string | null = null
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    try {
      const keep = join(keptFolder(slotPlace(repo, record)), `late-${randomBytes(8).toString('hex')}`)
      if (since === null) await moveToTrash(repo, path)
      else await moveToTrashKeeping(repo, path, { since, keep })
    } catch (error) {
      if (['EACCES', 'EPERM', 'EBUSY', 'EROFS', 'E_MOUNTED'].includes(errnoOf(error) ?? '')) return null
      throw error
    }
    backup = (await saveDetached(repo, record, entry)) ?? backup
    const removed = await removeWorktreeEntry(repo, { path, reason: slotPrefix(id) })
    if (removed.kind === 'locked') return null
    if (removed.kind !== 'folder-present') return { ...NOTHING_SAVED, backup }
  }
  return null
}

/** Removes the folders that only grouped slots, once they are empty. */
async function removeEmptyParents(path: string): Promise<void> {
  const parent = dirname(path)
  if (!basename(parent).includes(POOL) || !(await removeEmpty(parent))) return
  if (basename(dirname(parent)).endsWith('.quintet')) await removeEmpty(dirname(parent))
}

/** Nothing, or an empty folder, counts as nothing. */
async function standsAt(path: string): Promise<'nothing' | 'content'> {
  const names = await ignoring(['ENOENT'], readdir(path))
  return names === undefined || names.length === 0 ? 'nothing' : 'content'
}

async function exists(path: string): Promise<boolean> {
  return (await ignoring(['ENOENT', 'ENOTDIR'], lstat(path))) !== undefined
}

async function removeEmpty(folder: string): Promise<boolean> {
  const expected = ['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EBUSY']
  return (
    (await ignoring(
      expected,
      rmdir(folder).then(() => true),
    )) === true
  )
}
