// What one version of a few lines does to another, without a process. Pure. The longest common subsequence by dynamic
// programming between the common beginning and the common end: short texts only.
import type { LineEdit } from './lines.ts'

/** Cells of the table; above it what is left counts as one edit. */
const MOST_CELLS = 1_000_000

/** The edits that make `after` of `before`, sorted and apart from each other. */
export function lineEdits(before: readonly string[], after: readonly string[]): readonly LineEdit[] {
  let first = 0
  while (first < before.length && first < after.length && before[first] === after[first]) first++
  let end = before.length
  let newEnd = after.length
  while (end > first && newEnd > first && before[end - 1] === after[newEnd - 1]) {
    end--
    newEnd--
  }
  const rest = spans(before.slice(first, end), after.slice(first, newEnd))
  return rest.map(([start, stop, newStart, newStop]) => ({
    start: start + first,
    end: stop + first,
    lines: after.slice(newStart + first, newStop + first),
  }))
}

type Span = readonly [start: number, end: number, newStart: number, newEnd: number]

function spans(a: readonly string[], b: readonly string[]): readonly Span[] {
  if (a.length === 0 && b.length === 0) return []
  if (a.length * b.length > MOST_CELLS) return [[0, a.length, 0, b.length]]
  const common = commonLengths(a, b)
  const width = b.length + 1
  const found: Span[] = []
  let [x, y] = [0, 0]
  while (x < a.length || y < b.length) {
    const [fromX, fromY] = [x, y]
    while ((x < a.length || y < b.length) && !(x < a.length && y < b.length && a[x] === b[y])) {
      const down = x < a.length ? (common[(x + 1) * width + y] ?? 0) : -1
      const right = y < b.length ? (common[x * width + y + 1] ?? 0) : -1
      if (down >= right) x++
      else y++
    }
    if (x > fromX || y > fromY) found.push([fromX, x, fromY, y])
    while (x < a.length && y < b.length && a[x] === b[y]) {
      x++
      y++
    }
  }
  return found
}

/** Of each pair of ends the length of what they have in common, row by row. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint32Array {
  const width = b.length + 1
  const table = new Uint32Array((a.length + 1) * width)
  for (let x = a.length - 1; x >= 0; x--) {
    for (let y = b.length - 1; y >= 0; y--) {
      const longest =
        a[x] === b[y]
          ? (table[(x + 1) * width + y + 1] ?? 0) + 1
          : Math.max(table[(x + 1) * width + y] ?? 0, table[x * width + y + 1] ?? 0)
      table[x * width + y] = longest
    }
  }
  return table
}
