// Figures over finished sessions: what became of them, what resets and nudges were worth, what a landed piece costs, and
// how long a successful attempt takes here. Discarding 10 to 20 percent is healthy: less says that nothing is given up in
// time, more that pieces are cut badly. The time that an attempt may take is learned, never fixed, and only ever a sign
// to look: a plain cap discards wins. Pure.
import { bothCosts, costsOf, NO_COSTS, type Costs } from './costs.ts'

const BAND = { low: 0.1, high: 0.2 }

/** Fewer ended sessions than this say nothing about a rate. */
const ENOUGH_ENDED = 10
/** Fewer landed sessions than this teach nothing about time. */
const ENOUGH_LANDED = 10

/** A nudge has helped when a better state, or the end of the work, came within so many actions. */
export const NUDGE_HELPS_WITHIN = 40

export const SESSION_OUTCOMES = ['landed', 'abandoned', 'failed', 'open'] as const
export type SessionOutcome = (typeof SESSION_OUTCOMES)[number]
export const SESSION_SIZES = ['small', 'medium', 'large'] as const
export type SessionSize = (typeof SESSION_SIZES)[number]

/** Why a session was discarded. */
export type DiscardKind =
  | 'no better state after a reset'
  | 'a correction had to be repeated'
  | 'nothing left to change'
  | 'the operator ended it'
  | 'the run was stopped'
  | 'a dependency was abandoned'
  | 'set-up'
  | 'the agent'
  | 'another error'

/** One session, as the log tells. */
export interface SessionRecord {
  readonly outcome: SessionOutcome
  /** Why it was abandoned or failed; null for the others. */
  readonly discarded: { readonly kind: DiscardKind; readonly reason: string } | null
  readonly size: SessionSize
  readonly attempts: number
  readonly resets: readonly { readonly reason: string; readonly helped: boolean | null }[]
  /** `helped`: see `NUDGE_HELPS_WITHIN`, with no further alarm of its family in between; null: not known yet. */
  readonly nudges: readonly { readonly helped: boolean | null }[]
  /** Time at work, and of that in the last attempt. */
  readonly durationMs: number
  readonly attemptMs: number
  /** Tokens put out, and the largest context, over all attempts; null: its agent told nothing of it. */
  readonly output: number | null
  readonly largestContext: number | null
  /** Tokens of all calls of the model, and their cost; null or absent: not told. */
  readonly spent?: Costs & { readonly tokens: number | null }
}

export type BandVerdict = 'below' | 'within' | 'above' | 'too few'

interface Counted {
  readonly reason: string
  readonly count: number
}

/** Time at work that 9 of 10 attempts that landed stayed within. */
export interface LearnedBudget {
  readonly ms: number
  /** Landed sessions that it is learned from. */
  readonly from: number
}

export interface HealthStats {
  readonly outcomes: Readonly<Record<SessionOutcome, number>>
  /** Abandoned and failed among those that ended; null when none has. */
  readonly discardRate: number | null
  readonly band: BandVerdict
  /** By kind; `last`: the latest in its own words. */
  readonly reasons: readonly (Counted & { readonly last: string })[]
  readonly resets: Tally & { readonly reasons: readonly Counted[] }
  readonly nudges: Tally
  /** All time and tokens, those of discarded sessions too, for each that landed; null when none has. */
  readonly perLanded: { readonly durationMs: number | null; readonly output: number | null }
  /** What was told of tokens at all; null: by no agent. */
  readonly tokens: {
    readonly output: number | null
    readonly largestContext: number | null
    /** Sessions whose agents told their output, of those that were at work. */
    readonly told: number
    readonly of: number
  }
  /** Tokens of all calls of the model, and their cost, of all sessions that told; absent: none has. */
  readonly spent?: Costs & { readonly tokens: number | null }
  /** Learned from landed sessions of this size, and of any; null: too few to learn from. */
  readonly budgets: Readonly<Record<SessionSize | 'any', LearnedBudget | null>>
}

export interface Tally {
  readonly count: number
  readonly helped: number
  /** Share of those whose effect is known; null when none is. */
  readonly share: number | null
}

/** All figures over the records. */
export function healthStats(records: readonly SessionRecord[]): HealthStats {
  const outcomes = { landed: 0, abandoned: 0, failed: 0, open: 0 }
  for (const { outcome } of records) outcomes[outcome]++
  const discarded = outcomes.abandoned + outcomes.failed
  const ended = discarded + outcomes.landed
  const discardRate = ended === 0 ? null : discarded / ended
  const resets = records.flatMap((record) => record.resets)
  return {
    outcomes,
    discardRate,
    band: bandOf(discardRate, ended),
    reasons: discardReasons(records),
    resets: { ...tally(resets), reasons: counted(resets.map(({ reason }) => reason)) },
    nudges: tally(records.flatMap(({ nudges }) => nudges)),
    ...costs(records, outcomes.landed),
    ...spending(records),
    budgets: {
      small: budget(records, 'small'),
      medium: budget(records, 'medium'),
      large: budget(records, 'large'),
      any: budget(records, 'any'),
    },
  }
}

/** Size class of a session by the lines it changed. */
export function sessionSize(changedLines: number): SessionSize {
  if (changedLines < 100) return 'small'
  return changedLines < 500 ? 'medium' : 'large'
}

/** The budget of an attempt: of its size where enough of that size have landed, else of all; null: too few to learn from. */
export function learnedBudget(records: readonly SessionRecord[], size: SessionSize): LearnedBudget | null {
  return budget(records, size) ?? budget(records, 'any')
}

function budget(records: readonly SessionRecord[], size: SessionSize | 'any'): LearnedBudget | null {
  const times = records
    .filter((record) => record.outcome === 'landed' && (size === 'any' || record.size === size))
    .map(({ attemptMs }) => attemptMs)
    .sort((left, right) => left - right)
  const ms = times[Math.ceil(times.length * 0.9) - 1]
  return ms === undefined || times.length < ENOUGH_LANDED ? null : { ms, from: times.length }
}

function bandOf(rate: number | null, ended: number): BandVerdict {
  if (rate === null || ended < ENOUGH_ENDED) return 'too few'
  if (rate < BAND.low) return 'below'
  return rate > BAND.high ? 'above' : 'within'
}

function discardReasons(records: readonly SessionRecord[]): HealthStats['reasons'] {
  const ended = records.flatMap(({ discarded }) => discarded ?? [])
  const last = new Map<string, string>(ended.map(({ kind, reason }) => [kind, reason]))
  return counted(ended.map(({ kind }) => kind)).map((one) => ({ ...one, last: last.get(one.reason) ?? '' }))
}

function counted(texts: readonly string[]): readonly Counted[] {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return [...counts]
    .map(([reason, count]) => ({ reason, count }))
    .sort((left, right) => right.count - left.count || (left.reason < right.reason ? -1 : 1))
}

function tally(entries: readonly { readonly helped: boolean | null }[]): Tally {
  const known = entries.filter(({ helped }) => helped !== null)
  const helped = known.filter((entry) => entry.helped === true).length
  return { count: entries.length, helped, share: known.length === 0 ? null : helped / known.length }
}

/** What all sessions have spent, those that were discarded too. */
function spending(records: readonly SessionRecord[]): Pick<HealthStats, 'spent'> {
  const told = records.flatMap(({ spent }) => spent ?? [])
  if (told.length === 0) return {}
  const sum = (figures: readonly (number | null)[]): number | null => {
    const known = figures.filter((figure) => figure !== null)
    return known.length === 0 ? null : known.reduce((all, figure) => all + figure, 0)
  }
  return {
    spent: {
      tokens: sum(told.map(({ tokens }) => tokens)),
      ...told.reduce<Costs>((all, spent) => bothCosts(all, costsOf(spent)), NO_COSTS),
    },
  }
}

/** A session that told nothing adds nothing: how many told is said beside the sum. */
function costs(records: readonly SessionRecord[], landed: number): Pick<HealthStats, 'perLanded' | 'tokens'> {
  const worked = records.filter(({ attempts }) => attempts > 0)
  const outputs = worked.flatMap(({ output }) => output ?? [])
  const contexts = worked.flatMap(({ largestContext }) => largestContext ?? [])
  const output = outputs.length === 0 ? null : outputs.reduce((sum, tokens) => sum + tokens, 0)
  const durationMs = records.reduce((sum, record) => sum + record.durationMs, 0)
  return {
    perLanded: {
      durationMs: landed === 0 ? null : durationMs / landed,
      output: landed === 0 || output === null ? null : output / landed,
    },
    tokens: {
      output,
      largestContext: contexts.length === 0 ? null : Math.max(...contexts),
      told: outputs.length,
      of: worked.length,
    },
  }
}
