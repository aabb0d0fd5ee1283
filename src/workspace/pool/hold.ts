// A claimed slot is the session's by its lock, its HEAD and its branch, none of which a claim waits for the disk to have: a
// power cut right after it may leave the journal alone. As long as the session has not begun in it, they are made again
// from the journal; where something else is found, nothing is changed and it is told.
import { lstat } from 'node:fs/promises'
import { ignoring } from '../../contract/errors.ts'
import { updateRef, ZERO } from '../../git/refs.ts'
import type { Repository } from '../../git/repository.ts'
import { runGit } from '../../git/run.ts'
import { adminEntry, writeLock, type AdminEntry } from '../../git/worktree-admin.ts'
import { branchTip, dropEmptyBranch, headOf, writeLostHead } from '../../git/worktree-head.ts'
import { withRegistry } from '../../git/worktree.ts'
import type { Journal } from '../journal.ts'
import { lockPrefix, lockReason, slotPrefix } from '../lock-reason.ts'
import { loadRecord } from './records.ts'

export type HoldOutcome =
  /** It is the session's, or has to be registered anew because it is gone. */
  | { readonly kind: 'held' }
  /** Somebody else holds it. `reason` is a sentence. */
  | { readonly kind: 'foreign'; readonly reason: string }
  /** HEAD or the branch is where the claim cannot have left it. */
  | { readonly kind: 'elsewhere'; readonly reason: string }

interface Owner {
  readonly pid: number
  readonly startTime: string
}

/** Sees to it that the worktree which a session's journal names as its slot is the session's, held by `owner`. */
export function holdSlot(repo: Repository, journal: Journal, owner: Owner): Promise<HoldOutcome> {
  return withRegistry(repo, async () => {
    const { run, piece, path, slot } = journal
    const entry = await adminEntry(repo, path)
    if (slot === undefined || entry === null || journal.removing !== undefined) return { kind: 'held' }
    const own = entry.locked === null || entry.locked.startsWith(lockPrefix({ run, piece }))
    const reason = own ? null : await whyForeign(repo, entry, slot.id)
    if (reason !== null) return { kind: 'foreign', reason }
    // What was proven is on the disk, and the session has begun: HEAD is where its agent wants it.
    if (slot.proven && own) return { kind: 'held' }
    if (slot.proven) return { kind: 'foreign', reason: lockedOtherwise(entry) }
    const elsewhere = (await isThere(path)) ? await putOnBranch(repo, entry, journal) : null
    if (elsewhere !== null) return { kind: 'elsewhere', reason: elsewhere }
    if (!own || entry.locked === null) await writeLock(entry, lockReason({ run, piece, ...owner }))
    return { kind: 'held' }
  })
}

/** Who holds a worktree, a sentence. */
export function lockedOtherwise({ path, locked }: Pick<AdminEntry, 'path' | 'locked'>): string {
  if (locked === null) return `The worktree ${path} is not locked any more.`
  return `The worktree ${path} is locked: ${locked || 'no reason given'}.`
}

/** Why a slot is not the session's to hold, a sentence; null when it is. */
async function whyForeign(
  repo: Repository,
  { path, locked }: AdminEntry,
  id: string,
): Promise<string | null> {
  if (locked?.startsWith(slotPrefix(id)) !== true) return lockedOtherwise({ path, locked })
  const record = await loadRecord(repo, id)
  return record === null || record.state === 'claiming' ? null : `The slot ${id} is in the pool again.`
}

/** Makes the branch and checks it out, if that was lost; a sentence when something else is there. */
async function putOnBranch(repo: Repository, entry: AdminEntry, journal: Journal): Promise<string | null> {
  const { branch, base, slot } = journal
  const start = slot?.from ?? base
  const isStart = (commit: string): boolean => commit === start || commit === base
  await dropEmptyBranch(repo, branch)
  const [at, tip] = await Promise.all([headOf(entry), branchTip(repo, branch)])
  if (at.kind === 'branch' && at.branch === branch && tip !== null) return null
  if (at.kind === 'branch' && at.branch !== branch) return `HEAD of ${entry.path} is on ${at.branch}.`
  if (at.kind === 'detached' && !isStart(at.commit)) return `HEAD of ${entry.path} is at ${at.commit}.`
  if (tip !== null && !isStart(tip)) return `The branch ${branch} is at ${tip}.`
  const ref = `refs/heads/${branch}`
  if (tip === null && (await updateRef(repo, { ref, to: start, from: ZERO })) === 'changed')
    return `Somebody has made the branch ${branch}.`
  if (at.kind === 'lost') await writeLostHead(entry, { kind: 'branch', branch })
  if (at.kind === 'detached')
    await runGit(['symbolic-ref', 'HEAD', ref], {
      cwd: entry.path,
      op: 'check out a branch',
      writes: 'store',
    })
  return null
}

const isThere = async (path: string): Promise<boolean> =>
  (await ignoring(['ENOENT', 'ENOTDIR'], lstat(path))) !== undefined
