// How long a base has to stand still before workspaces follow it: every move of one costs what its set-up takes, and a
// rebase or a bisect moves a branch many times. Pure.

/** Where a base stands, as the pool has seen it. */
export interface Settling {
  readonly base: string
  /** Milliseconds since the epoch; 0: it has stood there from the first. */
  readonly since: number
  /** How often it was followed without a session having taken a slot. */
  readonly moves: number
}

const REST_MS = 15_000
const LONGEST_MS = 30 * 60_000
/** After that long at one place it counts as at rest, whatever went before. */
const CALM_MS = 2 * 60 * 60_000

/** What is known of a base now that it is at `base`. */
export function settling(known: Settling | undefined, base: string, now: number): Settling {
  if (known === undefined) return { base, since: 0, moves: 0 }
  if (known.base === base) return known
  const followed = followedFrom(known) <= now
  const before = now - known.since > CALM_MS ? 0 : known.moves
  return { base, since: now, moves: Math.max(1, followed ? before + 1 : before) }
}

/** From when on slots are made there and moved there; milliseconds since the epoch. */
export function followedFrom({ since, moves }: Settling): number {
  return moves === 0 ? 0 : since + Math.min(REST_MS * 2 ** (moves - 1), LONGEST_MS)
}

/** The same once a session has taken a slot: following was worth it. */
export const paidOff = (known: Settling): Settling => ({ ...known, moves: Math.min(known.moves, 1) })
