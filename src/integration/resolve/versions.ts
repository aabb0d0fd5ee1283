// Which of two version ranges to take when both sides have raised one. Pure.

interface Range {
  readonly operator: string
  readonly numbers: readonly [number, number, number]
}

const RANGE = /^([~^]|>=)?(\d+)\.(\d+)\.(\d+)$/

/** The higher of two ranges of one kind (`^1.2.0`, `~1.2.0`, `>=1.2.0`, `1.2.0`), when neither is below the base; null when
 *  that cannot be said, as with pre-releases, tags and URLs, or a side that has gone back. */
export function higherRange(sides: {
  readonly base: unknown
  readonly ours: unknown
  readonly theirs: unknown
}): string | null {
  const [ours, theirs] = [parsed(sides.ours), parsed(sides.theirs)]
  if (ours === null || theirs === null || ours.operator !== theirs.operator) return null
  if (sides.base !== undefined) {
    const base = parsed(sides.base)
    if (base === null || compare(ours, base) < 0 || compare(theirs, base) < 0) return null
  }
  return String(compare(ours, theirs) >= 0 ? sides.ours : sides.theirs)
}

function parsed(text: unknown): Range | null {
  const match = typeof text === 'string' ? RANGE.exec(text) : null
  if (match === null) return null
  const [, operator = '', major, minor, patch] = match
  return { operator, numbers: [Number(major), Number(minor), Number(patch)] }
}

function compare(a: Range, b: Range): number {
  for (const [index, number] of a.numbers.entries()) {
    const difference = number - (b.numbers[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
