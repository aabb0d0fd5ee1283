// What was spent against what may be, as text. Pure.
import type { SpendKind, SpendLimits, SpendView } from '../contract/spend.ts'
import { duration } from './duration.ts'
import { counted, grouped } from './text.ts'

const MINUTE_MS = 60_000

/** Money with its currency. */
export function moneyText(amount: number, currency: string | null): string {
  return `${amount.toFixed(2)} ${currency ?? 'of cost'}`
}

/** Costs in each currency. */
export function costsText({
  cost,
  currency,
  otherCosts = {},
}: Pick<SpendView, 'cost' | 'currency' | 'otherCosts'>): readonly string[] {
  const others = Object.entries(otherCosts).map(([name, amount]) => moneyText(amount, name))
  return cost === null ? others : [moneyText(cost, currency), ...others]
}

/** Limits in words; empty where there are none. */
export function limitsText({ tokens, cost, turns, minutes }: SpendLimits): string {
  return [
    ...(tokens === undefined ? [] : [`${grouped(tokens)} tokens`]),
    ...(cost === undefined ? [] : [moneyText(cost, null)]),
    ...(turns === undefined ? [] : [counted(turns, 'turn')]),
    ...(minutes === undefined ? [] : [duration(minutes * MINUTE_MS)]),
  ].join(', ')
}

/** What was spent, each figure with its limit where there is one. */
export function spendText({ turns, ms, limits, ...spent }: SpendView): string {
  const of = (kind: SpendKind, limit: (amount: number) => string): string => {
    const amount = limits[kind]
    return amount === undefined ? '' : ` of ${limit(amount)}`
  }
  const { tokens } = spent
  const costs = costsText(spent)
  const limited = limits.cost === undefined ? [] : [`cost not told${of('cost', String)}`]
  return [
    tokens === null
      ? `tokens not told${of('tokens', grouped)}`
      : tokensText({ ...spent, tokens }, of('tokens', grouped)),
    ...(costs.length === 0
      ? limited
      : costs.map((one) => `${one}${of('cost', (amount) => amount.toFixed(2))}`)),
    `${counted(turns, 'turn')}${of('turns', String)}`,
    `${duration(ms)}${of('minutes', (amount) => duration(amount * MINUTE_MS))}`,
  ].join(', ')
}

/** Tokens with how well they are known; `of`: what follows the figure. */
export function tokensText(
  {
    tokens,
    derived,
    estimated = 0,
  }: { readonly tokens: number; readonly derived: number; readonly estimated?: number | undefined },
  of = '',
): string {
  const about = derived > 0 ? 'about ' : ''
  return `${about}${grouped(tokens)}${of} tokens${estimated > 0 ? " (the agent's own estimate)" : ''}`
}
