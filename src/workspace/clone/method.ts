// Whether dependencies are copied or installed, by what was measured on this disk. Pure.

export type Method = 'copy' | 'install'

/** Milliseconds that each has taken, oldest first. */
export type Samples = Readonly<Record<Method, readonly number[]>>

export const NO_SAMPLES: Samples = { copy: [], install: [] }

export interface Choice {
  /** What is done until both are known. */
  readonly first: Method
  /** Whether the other one is tried once, to know it. */
  readonly tried: boolean
  readonly samples: Samples
}

/** Name under which the times of whole slots are kept: `copy` is a snapshot, `install` is filling. */
export const SLOTS = 'slot'
/** Nothing has to be tried: the first slot can only be filled, and the second one can be a snapshot. */
export const SLOT_CHOICE = { first: 'copy', tried: false } as const

/** The other way has to be faster by this much, in milliseconds. */
const MARGIN_MS = 250
/** A machine is busy now and then: the best of the last ones counts. */
const KEPT = 5

/** The faster way. The first one stays unless the other was faster by the margin. */
export function chosenMethod({ first, tried, samples }: Choice): Method {
  const other: Method = first === 'copy' ? 'install' : 'copy'
  const [mine, theirs] = [best(samples[first]), best(samples[other])]
  if (mine === null) return first
  // Where there is no margin to win, there is nothing to try either.
  if (theirs === null) return tried && mine > MARGIN_MS ? other : first
  return theirs + MARGIN_MS < mine ? other : first
}

/** The samples with one more. */
export function withSample(samples: Samples, method: Method, ms: number): Samples {
  return { ...samples, [method]: [...samples[method], Math.round(ms)].slice(-KEPT) }
}

/** The shortest time; null when there is none. */
export function best(times: readonly number[]): number | null {
  return times.length === 0 ? null : Math.min(...times)
}
