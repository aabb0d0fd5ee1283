// The gauge: how full an attempt's context is, measured against the window that the agent can really use. An unknown
// window is said to be unknown, never taken for empty or full. The limits are enforced from outside: a rule in the
// prompt does not hold. 70 percent is a setting, not a law: with windows of a million tokens it says little, so tokens
// and compactions are limits too. Pure.
import type { ContextUsage, UsageSource } from '../contract/agent.ts'

/** Percent of the window from which an attempt counts as high. */
const CONTEXT_LIMIT_PERCENT = 70
const FULL_PERCENT = 95

/** A context that shrinks by this share at once was compacted, whether the agent said so or not. */
const COMPACTION_DROP = 0.4

/** Readings kept for the trend. */
const TREND_READINGS = 8

/** Growth per reading, as a share of the context, below which it counts as steady. */
const STEADY_SHARE = 0.005

export type ContextLevel = 'ok' | 'high' | 'full' | 'unknown'

/** Whole percent of the window in use (above 100 when the agent says so), rounded down, and what that means. */
export function utilisation(
  usage: ContextUsage,
  limit = CONTEXT_LIMIT_PERCENT,
): { percent: number | null; level: ContextLevel } {
  const { used, size } = usage
  if (size === null || !isTokens(size) || size < 1 || !isTokens(used)) {
    return { percent: null, level: 'unknown' }
  }
  const percent = Math.floor((used / size) * 100)
  if (percent >= FULL_PERCENT) return { percent, level: 'full' }
  return { percent, level: percent >= limit ? 'high' : 'ok' }
}

function isTokens(value: number): boolean {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER
}

/** What the gauge remembers of an attempt; bounded. Tokens throughout. */
export interface Gauge {
  readonly usage: ContextUsage | null
  /** Last readings since the last compaction, oldest first. */
  readonly readings: readonly number[]
  readonly compactions: number
  /** Context at which the agent last compacted by itself: what it can really use. Null: never seen. */
  readonly compactedAt: number | null
  /** Tokens that came into the context since the constraints were last stated; null: never stated. */
  readonly sinceStated: number | null
  readonly compactedSinceStated: boolean
  /** Said or concluded, but not yet both: the same compaction is not counted twice. */
  readonly settling: 'drop' | 'notice' | null
  /** The usage is of before the last compaction: what is left is unknown until it is told. */
  readonly outdated: boolean
}

export const EMPTY_GAUGE: Gauge = {
  usage: null,
  readings: [],
  compactions: 0,
  compactedAt: null,
  sinceStated: null,
  compactedSinceStated: false,
  settling: null,
  outdated: false,
}

export type GaugeEvent =
  | { readonly kind: 'usage'; readonly usage: ContextUsage }
  /** The agent said that it compacted; `before`: its context then, where it says so. */
  | { readonly kind: 'compaction'; readonly automatic: boolean; readonly before: number | null }
  /** `tokensAgo`: for how long the one has not been stated that was stated longest ago; absent: all are stated now. */
  | { readonly kind: 'constraints stated'; readonly tokensAgo?: number }

/** The gauge after one event. A drop of 40 percent counts as a compaction that was not announced. */
export function gaugeAfter(gauge: Gauge, event: GaugeEvent): Gauge {
  if (event.kind === 'constraints stated') {
    const sinceStated = event.tokensAgo ?? 0
    return { ...gauge, sinceStated, compactedSinceStated: gauge.compactedSinceStated && sinceStated > 0 }
  }
  if (event.kind === 'usage') return afterUsage(gauge, event.usage)
  const before = event.before ?? gauge.usage?.used ?? null
  const compactedAt = event.automatic && before !== null && before > 0 ? before : gauge.compactedAt
  if (gauge.settling === 'notice') return { ...gauge, compactedAt, settling: null }
  return { ...compacted(gauge), compactedAt, settling: 'drop', outdated: true }
}

function compacted(gauge: Gauge): Gauge {
  const compactedSinceStated = gauge.sinceStated !== null
  return { ...gauge, compactions: gauge.compactions + 1, readings: [], compactedSinceStated }
}

function afterUsage(gauge: Gauge, usage: ContextUsage): Gauge {
  if (!isTokens(usage.used)) return { ...gauge, usage, outdated: false }
  const last = gauge.usage !== null && isTokens(gauge.usage.used) ? gauge.usage.used : null
  const dropped = last !== null && usage.used <= last * (1 - COMPACTION_DROP) && last > 0
  const unannounced = dropped && gauge.settling !== 'drop'
  const base = unannounced ? compacted(gauge) : gauge
  const grown = Math.max(0, usage.used - (last ?? 0))
  return {
    ...base,
    usage,
    outdated: false,
    readings: [...base.readings, usage.used].slice(-TREND_READINGS),
    sinceStated: base.sinceStated === null ? null : base.sinceStated + grown,
    settling: unannounced ? 'notice' : dropped ? null : gauge.settling === 'notice' ? null : gauge.settling,
  }
}

/** Each limit can be off (null). */
export interface GaugeLimits {
  readonly percent: number | null
  readonly tokens: number | null
  readonly compactions: number | null
}

export const DEFAULT_GAUGE_LIMITS: GaugeLimits = {
  percent: CONTEXT_LIMIT_PERCENT,
  tokens: null,
  compactions: null,
}

export type Trend = 'rising' | 'steady' | 'falling' | 'unknown'

export interface Reading {
  readonly used: number | null
  /** As announced by the model; null when not known. */
  readonly announced: number | null
  /** What of it the agent can use before it compacts. */
  readonly effective: number | null
  readonly percent: number | null
  readonly level: ContextLevel
  readonly source: UsageSource
  readonly trend: Trend
  /** Tokens by which the context grows from one reading to the next, on average; null when not known. */
  readonly growth: number | null
  readonly compactions: number
  readonly sinceStated: number | null
  readonly compactedSinceStated: boolean
  /** One sentence for each limit that is reached; empty when none is. */
  readonly reached: readonly string[]
}

/**
 * What the gauge shows. `reserve`: tokens that the agent keeps free for its compaction, null when not known; an automatic
 * compaction that was seen counts more.
 */
export function reading(gauge: Gauge, limits: GaugeLimits, reserve: number | null = null): Reading {
  const known = gauge.usage !== null && !gauge.outdated && isTokens(gauge.usage.used) ? gauge.usage : null
  const announced = gauge.usage?.size ?? null
  const effective = effectiveWindow(announced, { reserve, compactedAt: gauge.compactedAt })
  const measured = utilisation(
    { used: known?.used ?? Number.NaN, size: effective, source: known?.source ?? 'unknown' },
    limits.percent ?? Number.POSITIVE_INFINITY,
  )
  const growth = growthOf(gauge.readings)
  const part = {
    used: known?.used ?? null,
    announced,
    effective,
    ...measured,
    source: gauge.usage?.source ?? 'unknown',
    trend: trendOf(growth, known?.used ?? 0),
    growth,
    compactions: gauge.compactions,
    sinceStated: gauge.sinceStated,
    compactedSinceStated: gauge.compactedSinceStated,
  }
  return { ...part, reached: reached(part, limits) }
}

/** The window that can be used: what is announced less the reserve, or where the agent was seen to compact; null: unknown. */
export function effectiveWindow(
  announced: number | null,
  known: { readonly reserve: number | null; readonly compactedAt: number | null },
): number | null {
  if (announced === null || !isTokens(announced) || announced < 1) return known.compactedAt
  const seen = known.compactedAt
  if (seen !== null && seen > announced / 2 && seen <= announced) return seen
  const reserve = known.reserve ?? 0
  return reserve > 0 && reserve < announced ? announced - reserve : announced
}

function growthOf(readings: readonly number[]): number | null {
  const first = readings[0]
  const last = readings.at(-1)
  if (first === undefined || last === undefined || readings.length < 2) return null
  return Math.round((last - first) / (readings.length - 1))
}

function trendOf(growth: number | null, used: number): Trend {
  if (growth === null) return 'unknown'
  if (Math.abs(growth) <= used * STEADY_SHARE) return 'steady'
  return growth > 0 ? 'rising' : 'falling'
}

function reached(at: Omit<Reading, 'reached'>, limits: GaugeLimits): readonly string[] {
  const said: string[] = []
  if (limits.percent !== null && at.percent !== null && at.percent >= limits.percent) {
    said.push(`The context is ${at.percent} % full; the limit is ${limits.percent} %.`)
  }
  if (limits.tokens !== null && at.used !== null && at.used >= limits.tokens) {
    said.push(`The context holds ${at.used} tokens; the limit is ${limits.tokens}.`)
  }
  if (limits.compactions !== null && at.compactions >= limits.compactions) {
    said.push(`The context was compacted ${times(at.compactions)}; the limit is ${limits.compactions}.`)
  }
  return said
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}

/**
 * Tokens that an agent keeps free for its own compaction; null when not known. Claude Code: recorded sessions of versions
 * 2.0.76 to 2.1.37 compacted by themselves between 155,000 and 177,000 of 200,000 tokens, the later ones at 167,000.
 */
export function compactionReserve(agent: string, announced: number | null): number | null {
  return /^claude/i.test(agent) && announced === 200_000 ? 33_000 : null
}

/** What is due: a warning while a turn runs, a reset at its end where the policy says so. */
export type Due =
  | { readonly kind: 'none' }
  | { readonly kind: 'warn' | 'reset'; readonly reasons: readonly string[] }

/** The verdict on a reading. A turn is never cut short; `resets` false: only ever a warning. */
export function due(at: Reading, when: { readonly turnEnded: boolean; readonly resets: boolean }): Due {
  if (at.reached.length === 0) return { kind: 'none' }
  return { kind: when.turnEnded && when.resets ? 'reset' : 'warn', reasons: at.reached }
}
