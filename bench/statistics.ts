// Medians and ratios of measured times. Pure.

/** The median; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** The smallest value that `share` of the values do not exceed (nearest rank); NaN of nothing. */
export function nearestRank(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** Rounded to `digits` decimals, so that a figure can be read. */
export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}

/** Median of the one by median of the other, to two decimals. */
export function ratio(of: readonly number[], to: readonly number[]): number {
  return rounded(median(of) / median(to), 2)
}

/** `12 ms (11–14)`: median, shortest and longest. */
export function spread(values: readonly number[]): string {
  const [shortest, longest] = [Math.min(...values), Math.max(...values)]
  return `${median(values).toFixed(0)} ms (${shortest.toFixed(0)}–${longest.toFixed(0)})`
}
