// How long a session waits for a workspace that is being made for it. Pure.

/** A fill has the lowest priority, and takes longer than the last one did. */
const SLACK = 1.25

export interface Waited {
  /** How long the fill has gone on; milliseconds. */
  readonly age: number
  /** How long the last fill took; null: none is known. */
  readonly fill: number | null
  /** How long sessions have needed to make a workspace themselves; null: none is known. */
  readonly own: number | null
}

/** Milliseconds; 0: it goes the ordinary way at once, for nothing says that waiting is the shorter one. */
export function patience({ age, fill, own }: Waited): number {
  const takes = fill ?? own
  if (takes === null) return 0
  const left = takes * SLACK - age
  return left > 0 && left < (own ?? takes) ? Math.ceil(left) : 0
}
