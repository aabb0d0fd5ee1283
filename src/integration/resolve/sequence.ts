// Two changes of one sequence of different names. Pure.

/** Both sides' additions where they stand, without what either has taken out; of two additions at one place ours comes
 *  first. Null when a side has moved names that were there, or the sides disagree on the order, or repeat one. */
export function mergeOrder(
  base: readonly string[],
  ours: readonly string[],
  theirs: readonly string[],
): readonly string[] | null {
  const [inBase, inOurs, inTheirs] = [new Set(base), new Set(ours), new Set(theirs)]
  if (inBase.size < base.length || inOurs.size < ours.length || inTheirs.size < theirs.length) return null
  if (![moved(base, ours), moved(base, theirs), moved(ours, theirs)].every((is) => !is)) return null
  const merged = ours.filter((name) => inTheirs.has(name) || !inBase.has(name))
  const kept = new Set(merged)
  for (const [index, name] of theirs.entries()) {
    if (inBase.has(name) || inOurs.has(name)) continue
    // After the nearest name before it that is there, and after what we have added in that place.
    const anchor = theirs.slice(0, index).findLast((earlier) => kept.has(earlier))
    let at = anchor === undefined ? 0 : merged.indexOf(anchor) + 1
    while (at < merged.length && !inBase.has(merged[at] ?? '') && !inTheirs.has(merged[at] ?? '')) at++
    merged.splice(at, 0, name)
    kept.add(name)
  }
  return merged
}

function moved(before: readonly string[], after: readonly string[]): boolean {
  const places = new Map(after.map((name, index) => [name, index]))
  let last = -1
  return before.some((name) => {
    const at = places.get(name)
    if (at === undefined) return false
    const back = at < last
    last = at
    return back
  })
}
