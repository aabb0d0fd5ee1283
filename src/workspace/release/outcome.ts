// What a release is asked for and what comes of it. Pure.
import type { SessionPlace } from '../spec.ts'

/** `landed`: the branch goes too, if it still is at `tip`. `keep-work`: it stays, unless nothing was committed to it. */
export type ReleaseMode = { readonly mode: 'landed'; readonly tip: string } | { readonly mode: 'keep-work' }

/** A scratch workspace was made for a look alone: nothing in it is kept. */
export type Mode = ReleaseMode | { readonly mode: 'scratch' }

export type ReleaseOutcome =
  | {
      readonly kind: 'removed'
      /** Reference with what was not committed. */
      readonly backup?: string
      /** Folder with ignored files and the like. */
      readonly files?: string
      /** What is worth telling, one sentence each. */
      readonly notes: readonly string[]
    }
  /** Nothing was touched, apart from processes of the session. */
  | { readonly kind: 'kept'; readonly reason: string }
  /** Somebody works in the worktree. */
  | { readonly kind: 'busy'; readonly pids: readonly number[] }
  /** Everything is saved, but this is still there; the next call goes on. */
  | { readonly kind: 'half'; readonly left: readonly string[] }

/** What was saved of a worktree. */
export interface Saved {
  /** Reference that holds what git could see; null when nothing was unsaved. */
  readonly backup: string | null
  /** Folder with copies of what git could not see; null when there was nothing. */
  readonly files: string | null
  /** What is remarkable about what was found, one sentence each. */
  readonly notes: readonly string[]
}

export const NOTHING_SAVED: Saved = { backup: null, files: null, notes: [] }

/** What two attempts have saved together; of the same kind the later one counts. */
export function joined(before: Saved, now: Saved): Saved {
  return {
    backup: now.backup ?? before.backup,
    files: now.files ?? before.files,
    notes: [...new Set([...before.notes, ...now.notes])],
  }
}

/** What there is of a session's worktree. */
export interface Found {
  readonly entry: FoundEntry | null
  /** Something stands at the session's path. */
  readonly folder: boolean
  /** The folder is the entry's worktree. */
  readonly linked: boolean
}

export interface FoundEntry {
  readonly path: string
  /** Commit; null when unborn or unknown, and when nobody has asked because the folder is there to be asked. */
  readonly head: string | null
  /** Without `refs/heads/`; null when detached, unknown or not asked for. */
  readonly branch: string | null
  readonly locked: string | null
}

/** Nothing of the worktree is in use, and nothing that is in it would be lost: only this can be removed. */
export interface Proof {
  readonly kind: 'proven'
  readonly session: SessionPlace
  readonly mode: Mode
  /** Commit of the branch that goes with the worktree; null when none does. */
  readonly drop: string | null
  readonly found: Found
  readonly saved: Saved
  /** What is written from here on is not in the proof; milliseconds since the epoch. */
  readonly since: number
}
