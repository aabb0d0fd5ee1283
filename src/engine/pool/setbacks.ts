// Fills that failed: when one is tried again, and when it is not. Pure.
import type { ErrorData } from '../../contract/errors.ts'
import { sameSource, type Source } from './actions.ts'
import type { StoredSetback } from './record.ts'

const MINUTE = 60_000
/** Rests after the first failures in a row; after the last of them somebody has to ask, or the base to move. */
const RESTS = [MINUTE, 10 * MINUTE, 60 * MINUTE] as const
/** Bases move on, and what failed at them is of no use to anybody. */
const MOST = 20

/** What is known of failures, after one more from `source` of what had begun at `begun`. What was under way at the same time
 *  has failed for the same reason and counts once. Times are milliseconds since the epoch. */
export function withSetback(
  setbacks: readonly StoredSetback[],
  { base, setupHash }: Source,
  { error, begun, now }: { readonly error: ErrorData; readonly begun: number; readonly now: number },
): StoredSetback[] {
  const before = setbacks.find((one) => sameSource(one, { base, setupHash }))
  const again = before !== undefined && begun <= before.at
  const count = (before?.count ?? 0) + (again ? 0 : 1)
  const rest = RESTS[count - 1]
  const { code, message, hints } = error
  const setback = {
    base,
    setupHash,
    at: now,
    count,
    next: rest === undefined ? null : now + rest,
    code,
    message,
    hints: hints.map((hint) => ({ ...hint })),
  }
  return [...without(setbacks, setback), setback].slice(-MOST)
}

/** The same without what failed from `source`. */
export const without = (setbacks: readonly StoredSetback[], source: Source): StoredSetback[] =>
  setbacks.filter((one) => !sameSource(one, source))
