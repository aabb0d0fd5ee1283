// Slots that no list of slots has, because nothing that is written down about them can be read: a torn record, one of a later
// version, none at all. Git knows their worktrees by the lock. Somebody's work may be in them, so they are named.
import type { Repository } from '../../git/repository.ts'
import { adminEntries, adminEntry, type AdminEntry } from '../../git/worktree-admin.ts'
import { headOf } from '../../git/worktree-head.ts'
import { findJournal } from '../journal.ts'
import { parseSlotReason } from '../lock-reason.ts'
import { allRecords, loadRecord, slotOf, whyUnreadable } from './records.ts'
import { isSlotId, newRecord, type Slot } from './slot.ts'

/** They are `kept`, with the reason; what else is not known of them is left open. */
export async function strandedSlots(repo: Repository): Promise<Slot[]> {
  const known = new Set((await allRecords(repo)).map(({ id }) => id))
  const stranded: Slot[] = []
  for (const entry of await adminEntries(repo)) {
    const id = parseSlotReason(entry.locked ?? '')?.id ?? ''
    if (!isSlotId(id) || known.has(id)) continue
    const kept = await whyStranded(repo, entry, id)
    if (kept !== null) stranded.push(await slotAt(entry, { id, kept }))
  }
  return stranded
}

/** Null for one that was made, claimed or removed just now. */
async function whyStranded(repo: Repository, entry: AdminEntry, id: string): Promise<string | null> {
  const { path, locked } = entry
  if ((await loadRecord(repo, id)) !== null) return null
  const unreadable = await whyUnreadable(repo, id)
  if ((await adminEntry(repo, path))?.locked !== locked) return null
  if (unreadable !== null) return unreadable
  // What a session's journal names is the session's, whatever its lock says.
  const session = await findJournal(repo, (journal) => journal.path === path)
  return session === null ? lost(path) : null
}

const lost = (path: string): string =>
  `What was written down about ${path} is lost; the next daemon removes it, unless somebody has left something in it.`

async function slotAt(entry: AdminEntry, { id, kept }: Pick<Slot, 'id' | 'kept'>): Promise<Slot> {
  const at = await headOf(entry)
  const about = { id, path: entry.path, exclude: null, coordinationFolder: '', owner: null }
  const base = at.kind === 'detached' ? at.commit : ''
  return { ...slotOf(newRecord({ ...about, base, state: 'ready' })), kept }
}
