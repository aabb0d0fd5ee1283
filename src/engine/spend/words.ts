// Reached limits in words, and the raise that would let the work go on. Pure.
import type { SpendKind, SpendReached } from '../../contract/spend.ts'

const UNITS: Readonly<Record<SpendKind, string>> = {
  tokens: 'tokens',
  cost: 'of cost',
  turns: 'turns',
  minutes: 'minutes at work',
}

/** Why a session does not go on, one line. */
export function reachedText(reached: readonly SpendReached[]): string {
  const said = (of: SpendReached['of']): string =>
    reached
      .filter((one) => one.of === of)
      .map(({ kind, spent, limit }) => `${figure(spent)} of ${figure(limit)} ${UNITS[kind]}`)
      .join(', ')
  const [session, run] = [said('session'), said('run')]
  return [
    ...(session === '' ? [] : [`The budget of the session is spent: ${session}.`]),
    ...(run === '' ? [] : [`The budget of the run is spent: ${run}.`]),
  ].join(' ')
}

/** What `--budget` takes to go on with half as much again as the limits were. */
export function raiseWords(reached: readonly SpendReached[]): string {
  const most = new Map<SpendKind, SpendReached>()
  for (const one of reached) {
    const before = most.get(one.kind)
    if (before === undefined || missing(one) > missing(before)) most.set(one.kind, one)
  }
  return [...most.values()].map((one) => raiseWord(one)).join(',')
}

function missing({ spent, limit }: SpendReached): number {
  return Math.max(0, spent - limit) + limit / 2
}

function raiseWord(reached: SpendReached): string {
  const more = missing(reached)
  switch (reached.kind) {
    case 'tokens':
      return `+${Math.max(1, Math.ceil(more / 1000))}k`
    case 'cost':
      return `+${(Math.ceil(more * 100) / 100).toFixed(2)}usd`
    case 'turns':
      return `+${Math.ceil(more)}turns`
    case 'minutes':
      return `+${Math.ceil(more)}min`
  }
}

function figure(amount: number): string {
  return amount.toLocaleString('en-US', { maximumFractionDigits: 2 })
}
