// How a merge commit names what has resolved its conflicts. Pure.

/** The trailers for `<path> by <strategy>` entries; empty when nothing had to be resolved. */
export function resolvedTrailers(by: readonly string[]): string {
  return by.map((entry) => `Quintet-Resolved: ${entry.replaceAll(/\s+/g, ' ')}\n`).join('')
}
