// What may be spent, and what was: limits in force, totals folded from facts, and which limits are reached. Pure.
import type { Fact } from '../../contract/facts.ts'
import {
  SPEND_KINDS,
  type SpendKind,
  type SpendLimits,
  type SpendRaise,
  type SpendReached,
  type Spent,
} from '../../contract/spend.ts'
import { bothCosts, costsOf, withCost } from '../../health/costs.ts'

const MINUTE_MS = 60_000

export const NOTHING_SPENT: Spent = {
  tokens: null,
  cost: null,
  currency: null,
  turns: 0,
  ms: 0,
  derived: 0,
  estimated: 0,
}

/** Per kind what the first layer says that speaks of it, raised by every raise; 0 there is no limit. */
export function limitsInForce(
  layers: readonly (SpendLimits | undefined)[],
  raises: readonly SpendRaise[],
): SpendLimits {
  const limits: Partial<Record<SpendKind, number>> = {}
  for (const kind of SPEND_KINDS) {
    const set = layers.map((layer) => layer?.[kind]).find((limit) => limit !== undefined)
    if (set === undefined || set === 0) continue
    limits[kind] = raises.reduce((sum, raise) => sum + (raise[kind] ?? 0), set)
  }
  return limits
}

/** What was spent after one more fact of a session; other facts leave it as it is. Facts of several sessions add up. */
export function withSpend(spent: Spent, fact: Fact): Spent {
  switch (fact.type) {
    case 'turn.started':
      return { ...spent, turns: spent.turns + 1 }
    case 'turn.ended':
      return fact.data.unsent === true ? { ...spent, turns: spent.turns - 1 } : spent
    case 'spend.counted': {
      const { tokens, cost, currency, ms, derived, estimated = 0 } = fact.data
      return {
        ...spent,
        ...withCost(costsOf(spent), cost, currency),
        tokens: plus(spent.tokens, tokens),
        ms: spent.ms + ms,
        derived: spent.derived + derived,
        estimated: spent.estimated + estimated,
      }
    }
    default:
      return spent
  }
}

/** What both have spent together; costs of different currencies stay apart. */
export function bothSpent(one: Spent, other: Spent): Spent {
  return {
    tokens: plus(one.tokens, other.tokens),
    ...bothCosts(costsOf(one), costsOf(other)),
    turns: one.turns + other.turns,
    ms: one.ms + other.ms,
    derived: one.derived + other.derived,
    estimated: one.estimated + other.estimated,
  }
}

/** The limits that are reached. What nobody tells cannot reach one; a limit of the cost is reached by one currency alone. */
export function reachedLimits(
  spent: Spent,
  limits: SpendLimits,
  of: SpendReached['of'],
): readonly SpendReached[] {
  const figures: Record<SpendKind, number> = {
    tokens: spent.tokens ?? 0,
    cost: Math.max(spent.cost ?? 0, ...Object.values(spent.otherCosts ?? {})),
    turns: spent.turns,
    minutes: spent.ms / MINUTE_MS,
  }
  return SPEND_KINDS.flatMap((kind) => {
    const limit = limits[kind]
    return limit === undefined || figures[kind] < limit ? [] : [{ of, kind, spent: figures[kind], limit }]
  })
}

function plus(one: number | null, other: number | null): number | null {
  return other === null ? one : (one ?? 0) + other
}
