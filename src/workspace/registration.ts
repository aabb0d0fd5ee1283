// What has to be done so that a session's branch and worktree are registered, judged from what is there. Pure.
//
// A session may claim what its journal names, or what is locked with its own reason; everything else that stands in the
// way belongs to somebody and is refused.
import type { WorktreeEntry } from '../git/worktree.ts'
import type { Journal } from './journal.ts'
import { parseLockReason } from './lock-reason.ts'

/** What stands at the path: nothing (or an empty folder), a lone `.git` file, or a folder with content. */
export type Standing = 'nothing' | 'link-only' | 'content'

export interface Situation {
  readonly run: string
  readonly piece: string
  readonly path: string
  readonly branch: string
  readonly base: string
  readonly journal: Journal | null
  /** The registry's entry for the path, or else the session's own one under another path. */
  readonly entry: WorktreeEntry | null
  /** Where somebody else's worktree has the branch checked out. */
  readonly elsewhere: string | null
  readonly standing: Standing
  /** Where the folder that belongs to `entry` is now: the path, or where a person moved it. */
  readonly found: string | null
  /** Commit of the branch; null when there is none. */
  readonly tip: string | null
}

export type Action =
  /** Everything is there. */
  | { readonly kind: 'keep' }
  /** Move the folder back to the path if it is elsewhere, and reconnect it. */
  | { readonly kind: 'repair'; readonly from: string | null }
  /** Move away what an attempt left at the path, strike off the entry and register anew. */
  | { readonly kind: 'register'; readonly clear: boolean; readonly branch: 'new' | 'existing' }
  | { readonly kind: 'branch-taken'; readonly where: string | null }
  | { readonly kind: 'path-taken'; readonly by: string | null }

/** The next action for a session's registration. */
export function nextRegistration(situation: Situation): Action {
  const { entry, journal, standing, found, path } = situation
  if (entry === null) {
    if (standing === 'content' || (standing === 'link-only' && journal === null))
      return { kind: 'path-taken', by: null }
    return register(situation)
  }
  if (journal === null && !isOurs(entry, situation)) return { kind: 'path-taken', by: entry.branch }
  const complete = entry.branch === situation.branch && entry.head !== null
  const begun = journal?.done.includes('registered') === true
  if (!begun && !complete) return register(situation)
  if (found === path && entry.path === path) return { kind: 'keep' }
  if (found !== null) return { kind: 'repair', from: found === path ? null : found }
  return standing === 'content' ? { kind: 'repair', from: null } : register(situation)
}

function register(situation: Situation): Action {
  const { tip, base, journal, entry, elsewhere } = situation
  if (elsewhere !== null) return { kind: 'branch-taken', where: elsewhere }
  const clear = situation.standing !== 'nothing'
  if (tip === null) return { kind: 'register', clear, branch: 'new' }
  // Before `registered` was noted, the branch is ours only if nobody has committed to it.
  const ours =
    journal === null ? isOurs(entry, situation) : journal.done.includes('registered') || tip === base
  return ours ? { kind: 'register', clear, branch: 'existing' } : { kind: 'branch-taken', where: null }
}

/** True when the entry is locked with the session's own reason, whichever process wrote it. */
export function isOurs(
  entry: WorktreeEntry | null,
  { run, piece }: { readonly run: string; readonly piece: string },
): boolean {
  const owner = entry === null || entry.locked === null ? null : parseLockReason(entry.locked)
  return owner?.run === run && owner.piece === piece
}
