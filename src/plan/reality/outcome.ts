// What became of the pieces of a plan, and where they met. Values only.
import type { ScopeRequest } from '../../contract/scope.ts'

export interface Asked {
  readonly paths: readonly string[]
  /** Who owned them: a piece, `operator`, or null. */
  readonly owner: string | null
  readonly state: ScopeRequest['state']
}

export interface PieceReview {
  readonly piece: string
  readonly title: string
  /** Tracked files that it owned by the plan. */
  readonly owned: number
  /** Files of its own that it changed. */
  readonly touched: readonly string[]
  /** Files that it changed after they were moved to it, by whoever owned them in the plan. */
  readonly moved: readonly { readonly path: string; readonly owner: string | null }[]
  /** Files of others that the gate found in its work. */
  readonly outside: readonly { readonly path: string; readonly owner: string | null }[]
  readonly requests: readonly Asked[]
  /** Tracked files of its own that it left alone. */
  readonly untouched: number
  readonly outcome: 'landed' | 'abandoned' | 'failed' | 'open'
}

export interface ConflictReview {
  /** The second is null where it was with the target. */
  readonly pieces: readonly [string, string | null]
  readonly files: readonly string[]
  /** Seen while they worked, or when they were merged. */
  readonly seen: 'work' | 'merge' | 'both'
  /** What the forecast said of the pair; null where it said nothing. */
  readonly foreseen: number | null
}
