// What a benchmark is: a name, options and a run that comes back with figures. main.ts finds it, runs it and prints what
// it found; nothing here knows a single benchmark.
import type { ScratchFolder } from './scratch.ts'

export type Figure = number | string | boolean | null

export interface OptionSpec {
  /** As in the usage line: `--rounds <n>`, or `--full` for a switch. */
  readonly flags: string
  readonly summary: string
}

/** The options as given; names without dashes. */
export interface BenchOptions {
  flag(name: string): boolean
  text(name: string): string | undefined
  /** A whole number from 1 on. Throws a sentence about any other text. */
  count(name: string, fallback: number): number
}

export interface BenchContext {
  readonly options: BenchOptions
  /** Deleted when the run is over, unless `--keep`. */
  readonly scratch: ScratchFolder
  /** A line of narration, to standard error. */
  readonly note: (line: string) => void
  readonly signal: AbortSignal
}

export interface Outcome {
  readonly figures: Readonly<Record<string, Figure>>
  /** Lines for a reader, above the table of figures. */
  readonly details?: readonly string[]
  /** False when something is wrong, not merely slow: the exit code is then 1. */
  readonly ok: boolean
}

export interface Bench {
  readonly options: readonly OptionSpec[]
  /** Highest value per figure that is as fast as it is meant to be. */
  readonly goals: Readonly<Record<string, number>>
  /** Lowest value per figure of which more is better. */
  readonly floors?: Readonly<Record<string, number>>
  run(context: BenchContext): Promise<Outcome>
}
