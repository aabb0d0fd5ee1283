// Where two lists of hunks of one base file meet. Merging wants an unchanged line between two changes, so that hunks
// which merely touch conflict as well; the same edit made twice does not. Pure.
import type { Hunk } from '../../git/hunk-text.ts'

/** Whether two changes of a file conflict. Hunks are sorted and apart from each other within a list. */
export function collides(left: readonly Hunk[], right: readonly Hunk[]): boolean {
  return meetings(left, right, 1).length > 0
}

/** Pairs of hunks that conflict, in order, `limit` at most. */
export function meetings(
  left: readonly Hunk[],
  right: readonly Hunk[],
  limit: number,
): readonly (readonly [Hunk, Hunk])[] {
  const found: (readonly [Hunk, Hunk])[] = []
  let l = 0
  let r = 0
  for (let a = left[l], b = right[r]; a !== undefined && b !== undefined; a = left[l], b = right[r]) {
    const apart = a.end < b.start || b.end < a.start
    if (!apart && !isSameEdit(a, b)) {
      found.push([a, b])
      if (found.length >= limit) return found
    }
    if (a.end <= b.end) l += 1
    if (b.end <= a.end) r += 1
  }
  return found
}

function isSameEdit(a: Hunk, b: Hunk): boolean {
  return (
    a.start === b.start &&
    a.end === b.end &&
    a.newEnd - a.newStart === b.newEnd - b.newStart &&
    a.hash === b.hash
  )
}
