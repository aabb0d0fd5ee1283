// Saves what is in a slot before it goes, like the work of a session: files, commits, and the state of what is under way.
import { errorData } from '../../contract/errors.ts'
import { isGitFailure, resolveCommit, type Repository } from '../../git/repository.ts'
import { snapshotIndex } from '../../git/snapshot.ts'
import type { AdminEntry } from '../../git/worktree-admin.ts'
import { modulesToKeep } from '../modules.ts'
import { NOTHING_SAVED, type Saved } from '../release/outcome.ts'
import { saveCommit, saveWorktree } from '../save.ts'
import { POOL, slotPlace } from './records.ts'
import { changedModules, ownState } from './settings.ts'
import type { SlotRecord } from './slot.ts'

/** What was saved of a slot; `kept`: why it has to stay, a sentence. */
export type SlotSaved =
  | (Saved & { readonly kind: 'saved' })
  | { readonly kind: 'kept'; readonly reason: string }

/** Why a slot has to stay for its submodules; null when nothing has changed in them since it was made ready. */
export async function submodulesToKeep(
  repo: Repository,
  { path, readyAt }: Pick<SlotRecord, 'path' | 'readyAt'>,
  { folder }: AdminEntry,
): Promise<string | null> {
  const { modules } = await ownState(path, folder)
  // Where none stands in the worktree, commits may be in what is left of their repositories.
  if (modules.length === 0) return await modulesToKeep(repo, path, folder)
  const place = { path, admin: folder }
  const changed = readyAt === null ? modules : await changedModules({ ...place, since: readyAt }, modules)
  if (changed.length === 0) return null
  return (
    (await modulesToKeep(repo, path, folder)) ??
    `Something has changed in the submodules of ${path}: ${changed.join(', ')}.`
  )
}

/** Saves what only the slot has. Its folder is the worktree of its entry. */
export async function saveSlot(repo: Repository, record: SlotRecord, entry: AdminEntry): Promise<SlotSaved> {
  try {
    const reason = await submodulesToKeep(repo, record, entry)
    if (reason !== null) return { kind: 'kept', reason }
    const { notes, ...saved } = await saveWorktree(slotPlace(repo, record), record.readyAt)
    return { kind: 'saved', ...saved, notes: notes.filter((note) => note !== 'HEAD was detached.') }
  } catch (error) {
    const { code, message } = errorData(error)
    if (!['E_NOT_SAVED', 'E_DISK_FULL', 'E_GIT'].includes(code)) throw error
    return { kind: 'kept', reason: `What is in it could not be saved: ${message}` }
  }
}

/** Saves what is staged in a slot whose folder is gone. */
export async function saveStaged(
  repo: Repository,
  record: SlotRecord,
  { folder }: AdminEntry,
): Promise<SlotSaved> {
  try {
    const message = `Staged work of ${POOL}/${record.id}\n`
    const staged = await snapshotIndex(folder, { message, base: record.base })
    const backup = staged === null ? null : await saveCommit(slotPlace(repo, record), staged)
    return { kind: 'saved', ...NOTHING_SAVED, backup }
  } catch (error) {
    if (!isGitFailure(error)) throw error
    return { kind: 'kept', reason: `What is staged in it could not be saved: ${errorData(error).message}` }
  }
}

/** Saves a commit that somebody has made on the detached HEAD; its reference. Git is asked, by the name that HEAD has outside
 *  of the worktree, of which nothing has to be left: where references are kept otherwise, the file says nothing. */
export async function saveDetached(
  repo: Repository,
  record: SlotRecord,
  { id }: AdminEntry,
): Promise<string | null> {
  // Git writes zeros, for want of a commit, while it makes a worktree.
  const commit = await resolveCommit(repo.commonDir, `worktrees/${id}/HEAD`)
  if (commit === null || commit === record.base) return null
  return await saveCommit(slotPlace(repo, record), commit)
}
