// What the radar knows of one live worktree.
import type { LiveTree } from '../../git/live-tree.ts'
import { Turns } from './turns.ts'

/** `folder`: a new one stands there. `unclear`: only reading the whole worktree tells. */
export type Found = 'changed' | 'same' | 'folder' | 'unclear'

export interface Worktree {
  readonly name: string
  readonly path: string
  readonly tree: LiveTree
  /** Paths that changed since the worktree was last made a commit; null: anything may have. */
  stale: Set<string> | null
  /** The files as they stood then, on top of the target where that has moved. */
  commit: string | null
  /** What it was made of. */
  made: string
  /** The commit that HEAD was when that was asked last. */
  head: string | null
  /** What its overlay was read from, if nothing was saved since. */
  overlaid: string | null
  /** What the target has changed since the worktree's branch left it. */
  behind: ReadonlySet<string>
  /** Files in which the worktree conflicts with the target itself. */
  target: readonly string[]
  /** Known answers to whether git ignores a path. */
  readonly ignored: Map<string, boolean>
  /** Paths that git is being asked about. */
  readonly asking: Map<string, Promise<ReadonlyMap<string, boolean>>>
  /** Where its branch left the target: of which two commits, and the answer. */
  left: { readonly of: string; readonly common: string | null } | null
  /** Something was saved of which only reading the whole worktree tells what it means. */
  unclear: boolean
  readonly turns: Turns<Found>
  /** Paths saved while the whole was being read. */
  saved: Set<string> | null
  work: Promise<unknown>
}

/** A worktree of which nothing is known yet. */
export function unreadWorktree(of: Pick<Worktree, 'name' | 'path' | 'tree'>): Worktree {
  return {
    ...of,
    stale: null,
    commit: null,
    made: '',
    head: null,
    overlaid: null,
    behind: new Set(),
    target: [],
    ignored: new Map(),
    asking: new Map(),
    left: null,
    unclear: false,
    turns: new Turns(),
    saved: null,
    work: Promise.resolve(),
  }
}
