// What "not stuck" teaches: the rule has to count higher in this repository before it is believed again. A lesson and no
// switch: it has a ceiling, so that a loop that goes on is told in the end, it fades, and it can be forgotten. Pure.

/** What is tolerated of one rule. */
export interface Tolerance {
  readonly rule: string
  /** An alarm that counts less only marks. */
  readonly count: number
  /** How often it was said, and when last; milliseconds since 1970. */
  readonly said: number
  readonly at: number
  /** When it has faded. */
  readonly until: number
}

export type ToleranceEvent =
  /** The operator said "not stuck" to alarms of these rules, with the count that each had reached. */
  | { readonly kind: 'not stuck'; readonly at: number; readonly rules: Readonly<Record<string, number>> }
  /** `rule` null: everything is forgotten. */
  | { readonly kind: 'forgotten'; readonly at: number; readonly rule: string | null }

/** Whatever was said: rules raise again at 2x, 4x, 8x of their threshold, and at eight times of the usual three it is one. */
export const MOST_TOLERATED = 24
const DAY = 24 * 60 * 60 * 1000
/** Falls to nothing in so long, evenly. */
const LASTS = 30 * DAY

/** What is tolerated at `now` (milliseconds since 1970), by rule. `events`: oldest first. */
export function tolerancesAt(events: Iterable<ToleranceEvent>, now: number): readonly Tolerance[] {
  const learned = new Map<string, Tolerance>()
  for (const event of events) {
    if (event.kind === 'not stuck')
      for (const [rule, count] of Object.entries(event.rules)) learn(learned, { rule, count, at: event.at })
    else if (event.rule === null) learned.clear()
    else learned.delete(event.rule)
  }
  return [...learned.values()]
    .map((tolerance) => ({ ...tolerance, count: faded(tolerance, now) }))
    .filter(({ count }) => count > 0)
    .sort((left, right) => (left.rule < right.rule ? -1 : 1))
}

function learn(
  learned: Map<string, Tolerance>,
  { rule, count, at }: { readonly rule: string; readonly count: number; readonly at: number },
): void {
  const known = learned.get(rule)
  const before = known === undefined ? 0 : faded(known, at)
  const next = Math.min(MOST_TOLERATED, Math.max(before, count) + 1)
  learned.set(rule, { rule, count: next, said: (known?.said ?? 0) + 1, at, until: at + LASTS })
}

function faded({ count, at, until }: Tolerance, now: number): number {
  if (now >= until) return 0
  return Math.ceil(count * Math.min(1, (until - now) / (until - at)))
}
