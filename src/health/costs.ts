// Costs, which are added up only within a currency. Pure.

export interface Costs {
  /** Null: none was told. */
  readonly cost: number | null
  /** Of `cost`. */
  readonly currency: string | null
  /** Costs in other currencies, by currency. Absent: there are none. */
  readonly otherCosts?: Readonly<Record<string, number>>
}

export const NO_COSTS: Costs = { cost: null, currency: null }

/** With one more cost; one whose currency is not told is taken for one in the currency that is known. */
export function withCost(costs: Costs, more: number | null, currency: string | null): Costs {
  if (more === null) return costs
  if (costs.cost === null) return { ...costs, cost: more, currency }
  const known = costs.currency ?? currency
  if (currency === null || currency === known) return { ...costs, cost: costs.cost + more, currency: known }
  const before = costs.otherCosts?.[currency] ?? 0
  return { ...costs, otherCosts: { ...costs.otherCosts, [currency]: before + more } }
}

/** Both together. */
export function bothCosts(one: Costs, other: Costs): Costs {
  const first = withCost(one, other.cost, other.currency)
  return Object.entries(other.otherCosts ?? {}).reduce(
    (sum, [currency, cost]) => withCost(sum, cost, currency),
    first,
  )
}

/** Only what is said of costs in something that says more. */
export function costsOf({ cost, currency, otherCosts }: Costs): Costs {
  return { cost, currency, ...(otherCosts === undefined ? {} : { otherCosts }) }
}
