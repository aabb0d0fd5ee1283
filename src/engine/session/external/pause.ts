// How long a branch is left alone before it is looked at again. Pure.
import type { BranchReading } from '../../../git/branch-name.ts'

export interface Pause {
  readonly ms: number
}

interface Looked {
  /** Null: looked at for the first time, or because somebody asked. */
  readonly before: Pause | null
  readonly news: boolean
  readonly remote: boolean
}

const FACTOR = 1.5
/** Reading a local reference costs a process; asking a remote costs somebody else's server, too. */
const LOCAL = { first: 2_000, most: 15_000 }
const REMOTE = { first: 15_000, most: 300_000 }
const UNREACHABLE = { first: 30_000, most: 600_000 }

/** The pause after a look: short after news, half as long again after each look without any. */
export function pauseAfter(reading: BranchReading, { before, news, remote }: Looked): Pause {
  const range = reading.kind === 'unreachable' ? UNREACHABLE : remote ? REMOTE : LOCAL
  if (before === null || news) return { ms: range.first }
  return { ms: Math.min(range.most, Math.max(range.first, before.ms * FACTOR)) }
}
