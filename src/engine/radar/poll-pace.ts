// How often the files of a worktree are looked at where the kernel does not tell of them: soon after each other while its
// session is at work, ever more rarely the longer nothing was heard of it, and never for more than a small part of the time
// of all of them together. Pure.

/** Between two looks at a session that is at work. */
const BRISK_MS = 600
/** At one of which nothing is heard. */
const IDLE_MS = 30_000
/** Rest as a multiple of what a look costs: a fifth of a core for all that are at work, a four-hundredth for all that are not. */
const BRISK_REST = 5
const IDLE_REST = 400
/** At what the kernel does tell of: it may have lost something all the same. */
const SWEEP_MS = 60_000
const SWEEP_REST = 500
/** At work is who was heard of this shortly before. */
const HOT_MS = 5_000

export interface PollFigures {
  /** Since something was heard of the session, milliseconds. */
  readonly quietMs: number
  /** Of one look at it. */
  readonly costMs: number
  /** Sessions at work, and sessions altogether, that are looked at this way. */
  readonly hot: number
  readonly polled: number
}

/** Milliseconds from the end of one look to the next. */
export function pollPause({ quietMs, costMs, hot, polled }: PollFigures): number {
  const brisk = Math.max(BRISK_MS, costMs * BRISK_REST * Math.max(1, hot))
  const idle = Math.max(IDLE_MS, costMs * IDLE_REST * Math.max(1, polled))
  return Math.min(idle, Math.max(brisk, quietMs / 2))
}

export function isHot(quietMs: number): boolean {
  return quietMs < HOT_MS
}

/** The same for looks at everything; `costMs`: of a look at all sessions. */
export function sweepPause(costMs: number): number {
  return Math.max(SWEEP_MS, costMs * SWEEP_REST)
}
