// A piece that is begun again: an unchanged second try rarely succeeds, so at most one is made. What counts as a change is
// another brief, scope, agent or check, or a word of the operator. Pure.
import type { Piece } from '../../contract/plan.ts'

/** A session of the piece in an earlier run that came to its end. */
export interface EarlierTry {
  readonly run: string
  /** What it was given to do, as `restartKey` says it. */
  readonly key: string
  /** Why it was abandoned; null: it landed. */
  readonly abandoned: string | null
  /** The operator told it something while it was at work. */
  readonly told: boolean
  /** What the operator has said after its end that is different the next time. */
  readonly notes: readonly string[]
}

/** Two tries with the same key are the same try. */
export function restartKey({ brief, scope, agent, script, checks }: Piece): string {
  return JSON.stringify([brief.trim(), scope.include, scope.exclude, agent, script, checks])
}

/** How many tries in a row, up to the last one, were the same as the one that is to be made. `tries`: oldest first. */
export function sameTries(tries: readonly EarlierTry[], key: string): number {
  let same = 0
  for (const one of tries.toReversed()) {
    if (one.abandoned === null || one.key !== key || one.notes.length > 0) return same
    same++
    if (one.told) return same
  }
  return same
}
