// Moves the target branch, by compare-and-swap and never by force. Where a worktree has the branch checked out its files
// follow, but only when nothing of the operator's is in the way: verify, then swap the ref, then update the files. A crash
// after the swap leaves HEAD ahead of the index; calling again completes exactly that.
import { setTimeout } from 'node:timers/promises'
import { QuintetError } from '../contract/errors.ts'
import { changes, isAncestor } from '../git/diff.ts'
import { resolveCommit, type Repository } from '../git/repository.ts'
import { updateRef } from '../git/refs.ts'
import { checkout } from './checkout.ts'
import {
  adoptWritten,
  changesInTheWay,
  filesInTheWay,
  indexStanding,
  unstagedChanges,
  updateFiles,
} from './files.ts'

const NOTHING_TO_DO: AdvanceOutcome = { kind: 'advanced', worktreeUpdated: null, behind: null }
const ATTEMPTS = 5
const PAUSE_MS = 100

export type AdvanceOutcome =
  | {
      readonly kind: 'advanced'
      /** The worktree whose files followed. */
      readonly worktreeUpdated: string | null
      /** A worktree whose files could not follow after a crash; the target has moved all the same. */
      readonly behind: { readonly path: string; readonly why: string } | null
    }
  /** Somebody else moved the target; null when it is gone. Nothing was changed. */
  | { readonly kind: 'moved'; readonly now: string | null }
  /** Uncommitted changes or untracked files stand in the way. Nothing was changed. */
  | {
      readonly kind: 'worktree-dirty'
      readonly path: string
      readonly files: readonly string[]
      /** Those of the files that the index hides from git; absent when it hides none. */
      readonly hidden?: readonly string[]
    }
  /** A merge, rebase or other git process is under way there. Nothing was changed. */
  | { readonly kind: 'worktree-busy'; readonly path: string; readonly why: string }

export interface TargetMove {
  readonly repo: Repository
  /** Branch name without refs/heads/. */
  readonly target: string
  readonly from: string
  readonly to: string
}

/** Moves the target from one commit to a descendant of it, files included. Called again after a crash it completes what
 *  was begun. Throws `E_NOT_A_DESCENDANT` when `to` would drop commits. */
export async function advanceTarget(move: TargetMove): Promise<AdvanceOutcome> {
  const { repo, from, to } = move
  const now = await resolveCommit(repo.root, refOf(move))
  if (now === to) return from === to ? NOTHING_TO_DO : finishTarget(move)
  if (now !== from) return { kind: 'moved', now }
  if (!(await isAncestor(repo.root, from, to))) throw notADescendant(move)
  const place = await checkout(repo, refOf(move))
  if (place.kind === 'busy') return { kind: 'worktree-busy', path: place.path, why: place.why }
  const obstacle = place.kind === 'at' ? await verify(place.path, move) : null
  if (obstacle !== null) return obstacle
  if (!(await swap(move, from, to)))
    return { kind: 'moved', now: await resolveCommit(repo.root, refOf(move)) }
  return place.kind === 'at'
    ? follow(place.path, move)
    : { kind: 'advanced', worktreeUpdated: null, behind: null }
}

/** Completes a move whose ref has been swapped: files of a checked-out target that still stand at `from` go to `to`.
 *  Does nothing when they have followed already, and nothing when the ref is not at `to`. */
export async function finishTarget(move: TargetMove): Promise<AdvanceOutcome> {
  const { repo, from, to } = move
  const now = await resolveCommit(repo.root, refOf(move))
  if (now !== to) return { kind: 'moved', now }
  const place = await checkout(repo, refOf(move))
  if (place.kind === 'nowhere') return NOTHING_TO_DO
  if (place.kind === 'busy') return behind(place.path, place.why)
  const { path } = place
  const index = await indexStanding(path, from, to)
  if (index === 'at-to') return { kind: 'advanced', worktreeUpdated: path, behind: null }
  if (index === 'foreign') return behind(path, 'its index holds changes of its own')
  const files = await filesInTheWay(path, await adoptWritten(path, from, to))
  if (files.length > 0) return behind(path, `${files.join(', ')} would be overwritten`)
  if (!(await updateFiles(path, from, to))) return behind(path, 'its files have changes of their own')
  return { kind: 'advanced', worktreeUpdated: path, behind: null }
}

function behind(path: string, why: string): AdvanceOutcome {
  return { kind: 'advanced', worktreeUpdated: null, behind: { path, why } }
}

/** What stands in the way of updating the files, before anything is changed; null when nothing does. */
async function verify(path: string, { from, to }: TargetMove): Promise<AdvanceOutcome | null> {
  const changed = await changes(path, from, to)
  const { files, hidden } = await changesInTheWay(path, changed)
  if (files.length > 0)
    return { kind: 'worktree-dirty', path, files, ...(hidden.length === 0 ? {} : { hidden }) }
  const inTheWay = await filesInTheWay(path, changed)
  if (inTheWay.length > 0) return { kind: 'worktree-dirty', path, files: inTheWay }
  if (await updateFiles(path, from, to, { dryRun: true })) return null
  return { kind: 'worktree-busy', path, why: 'git refuses to update its files' }
}

/** Brings the files after the ref. When that fails, because somebody wrote into the worktree since it was verified or the
 *  disk is full, ref and files go back, so that the worktree is as its owner knows it. */
async function follow(path: string, move: TargetMove): Promise<AdvanceOutcome> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (await updateFiles(path, move.from, move.to)) {
      return { kind: 'advanced', worktreeUpdated: path, behind: null }
    }
    if (await changedSince(path, move)) break
    // Nothing is in the way, so another git process (an editor's refresh) held the index for a moment.
    await setTimeout(PAUSE_MS)
  }
  const why = 'its files could not be updated'
  if (!(await swap(move, move.to, move.from))) return behind(path, why)
  await adoptWritten(path, move.from, move.to)
  await updateFiles(path, move.to, move.from)
  return (await verify(path, move)) ?? { kind: 'worktree-busy', path, why }
}

/** The ref has moved already, so only the index can say what was changed since the worktree was verified. */
async function changedSince(path: string, { from, to }: TargetMove): Promise<boolean> {
  return (await unstagedChanges(path)).length > 0 || (await indexStanding(path, from, to)) === 'foreign'
}

async function swap(move: TargetMove, from: string, to: string): Promise<boolean> {
  const reason = to === move.to ? 'quintet: land' : 'quintet: take back, the worktree changed'
  return (await updateRef(move.repo, { ref: refOf(move), to, from, reason })) === 'updated'
}

function refOf({ target }: TargetMove): string {
  return `refs/heads/${target}`
}

function notADescendant({ target, from, to }: TargetMove): QuintetError {
  return new QuintetError(
    'E_NOT_A_DESCENDANT',
    'internal',
    `The branch ${target} is not moved from ${from.slice(0, 12)} to ${to.slice(0, 12)}, which does not contain it.`,
    { details: { target, from, to } },
  )
}
