// The way back: the worktree of a session that has landed becomes a slot again, where nothing of the session is left in it.
import { join } from 'node:path'
import { operationInProgress } from '../../git/operation.ts'
import { deleteRefs, refValue } from '../../git/refs.ts'
import { runGit } from '../../git/run.ts'
import { status } from '../../git/status.ts'
import { adminEntry, writeLock, type AdminEntry } from '../../git/worktree-admin.ts'
import { withRegistry } from '../../git/worktree.ts'
import { endSurvivors } from '../../process/marker.ts'
import { mountedIn } from '../../store/mounts.ts'
import { moveToTrash } from '../../store/trash.ts'
import { clearCaches } from '../dependencies/caches.ts'
import { ownedFolder } from '../dependencies/folders.ts'
import { removeGuards } from '../guard/install.ts'
import { ignoredWork } from '../ignored.ts'
import { loadJournal, removeJournal, type Journal } from '../journal.ts'
import { lockPrefix, slotReason } from '../lock-reason.ts'
import { modulesToKeep } from '../modules.ts'
import { lastingOccupants } from '../occupants.ts'
import { leasesOf, passPorts } from '../ports/lease.ts'
import type { SessionPlace } from '../spec.ts'
import { keptFor } from './furnish.ts'
import { areUntouched, furnishingsOf, namesOf } from './furnishings.ts'
import { lookAtAll } from './look.ts'
import { giveBack, POOL, slotOf, thisProcess, writeRecord } from './records.ts'
import { NONE, ownState } from './settings.ts'
import { newRecord, type Slot, type SlotRecord } from './slot.ts'

const GRACE_MS = 2_000

/** Makes the worktree of a session whose branch is at `tip` and has landed there a slot again; null when it is not proven
 *  clean or was no slot before: it is then to be released in the ordinary way. */
export async function recycleWorkspace(
  session: SessionPlace,
  tip: string,
  signal: AbortSignal,
): Promise<Slot | null> {
  const journal = await loadJournal(session)
  if (journal?.slot === undefined || journal.removing !== undefined || journal.readyAt === undefined)
    return null
  if (!journal.done.includes('ready')) return null
  const place = { ...session, path: journal.path }
  await endSurvivors(session.marker)
  const entry = await adminEntry(session.repo, journal.path)
  if (entry === null || !(await isClean(place, { journal, entry, tip }, signal))) return null
  const untouched = await haveSameDependencies(place, journal, signal)
  const cleared = await clearOutput(place)
  const record = await recordOf(place, journal, { tip, untouched, cleared })
  await writeRecord(session.repo, record)
  return await handBack(place, { record, entry, tip })
}

interface Looked {
  readonly journal: Journal
  readonly entry: AdminEntry
  readonly tip: string
}

async function isClean(
  place: SessionPlace,
  { journal, entry, tip }: Looked,
  signal: AbortSignal,
): Promise<boolean> {
  const { repo, path } = place
  if (entry.locked?.startsWith(lockPrefix(place)) !== true) return false
  if ((await refValue(repo, `refs/heads/${place.branch}`)) !== tip) return false
  if ((await lastingOccupants(path, GRACE_MS)).length > 0) return false
  if ((await mountedIn(path)) !== null || (await operationInProgress(entry.folder)) !== null) return false
  if ((await modulesToKeep(repo, path, entry.folder)) !== null) return false
  const { settings, modules } = await ownState(path, entry.folder)
  if (settings !== (journal.slot?.settings ?? NONE) || modules.length > 0) return false
  const { branch, tip: at, entries } = await status(path, { untracked: 'all', signal })
  if (branch !== place.branch || at !== tip) return false
  if (entries.some((one) => !journal.unsettled.includes(one.path))) return false
  return (await ignoredWork(place, journal.readyAt ?? null)).kept.length === 0
}

/** Whether the dependencies are those that the slot had when it was given away, with nothing in them but caches that is
 *  younger. */
async function haveSameDependencies(
  place: SessionPlace,
  { slot, readyAt }: Journal,
  signal: AbortSignal,
): Promise<boolean> {
  if (readyAt === undefined) return false
  const now = await furnishingsOf(place)
  if (namesOf(now).dependencyNames !== slot?.dependencyNames) return false
  const { path: root } = place
  return await areUntouched({ root, paths: now.dependencies, since: readyAt, caches: true, signal })
}

/** Moves output of builds and caches to the trash; whether there was any. */
async function clearOutput(place: SessionPlace): Promise<boolean> {
  const { repo, path, coordinationFolder } = place
  await clearCaches(repo, path)
  const { dropped } = await ignoredWork(place, null)
  const output = dropped.filter((one) => ownedFolder(one) === null)
  for (const one of [...output, coordinationFolder]) await moveToTrash(repo, join(path, one), path)
  return output.length > 0
}

async function recordOf(
  { repo, path, run: inRun, piece, coordinationFolder }: SessionPlace,
  journal: Journal,
  {
    tip,
    untouched,
    cleared,
  }: { readonly tip: string; readonly untouched: boolean; readonly cleared: boolean },
): Promise<SlotRecord> {
  const lease = (await leasesOf(repo.commonDir)).find(({ session }) => session === `${inRun}/${piece}`)
  const id = journal.slot?.id ?? ''
  const owner = await thisProcess()
  const fresh = { id, path, exclude: null, base: tip, coordinationFolder, state: 'advancing', owner } as const
  return {
    ...newRecord(fresh),
    // What is not known to be as it was made is made again by whoever moves the slot to the next base.
    fingerprint: untouched ? (journal.fingerprint ?? null) : null,
    dependencies: journal.dependencies ?? null,
    again: cleared,
    settings: journal.slot?.settings ?? NONE,
    ...namesOf(await furnishingsOf({ path, coordinationFolder })),
    unsettled: journal.unsettled,
    readyAt: journal.readyAt ?? null,
    filledAt: Date.now(),
    port: lease?.ports.first ?? null,
  }
}

async function handBack(
  place: SessionPlace,
  { record, entry, tip }: { readonly record: SlotRecord; readonly entry: AdminEntry; readonly tip: string },
): Promise<Slot> {
  const { repo, path, run: inRun, piece, branch } = place
  await removeGuards(place)
  await withRegistry(repo, async () => {
    await runGit(['update-ref', '--no-deref', 'HEAD', tip], { cwd: path, op: 'detach HEAD', writes: 'store' })
    await deleteRefs(repo, [{ ref: `refs/heads/${branch}`, expected: tip }])
    await writeLock(entry, slotReason({ id: record.id, ...(await thisProcess()) }))
  })
  const { commonDir } = repo
  const slot = { commonDir, run: POOL, piece: record.id, worktree: path }
  if (record.port !== null) await passPorts(record.port, { commonDir, run: inRun, piece }, slot)
  await removeJournal(place)
  const found = await lookAtAll(repo, record)
  const seen = found.kind === 'clean' ? found.seen : record
  return slotOf(await giveBack(repo, seen, { kept: keptFor(found), verifiedAt: Date.now() }))
}
