// Figures that agents tell of themselves: nobody vouches for them, so what cannot be is not known. Pure.

const MOST_TOKENS = 1_000_000_000
const MOST_COST = 1_000_000

/** A count of tokens, whole and from 0 to 1,000,000,000; null for anything else. */
export function tokenCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_TOKENS
    ? value
    : null
}

/** An amount of money, from 0 to 1,000,000; null for anything else. */
export function costFigure(value: unknown): number | null {
  return typeof value === 'number' && value >= 0 && value <= MOST_COST ? value : null
}
