// What has changed between two versions of a file, line by line, without a process: the hint for a file that was just saved.
// Not git's own diff: where an edit could be told in several places, its hunk reaches over all of them, so that nothing is
// overlooked that git would find. Myers' algorithm (1986) between the common beginning and the common end. Pure.
import { extendHash, type Hunk } from '../../git/hunk-text.ts'

/** Edits after which what is left counts as one change: more is seldom an edit and dear to tell apart. */
const MOST_EDITS = 300
const NO_LINE_END = '\n\\'

/** Lines of a text; the last one differs from the same line with a line end when it has none. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split('\n')
  const last = lines.pop() ?? ''
  if (last !== '') lines.push(last + NO_LINE_END)
  return lines
}

/** The hunks that make `now` of `base`, sorted and apart from each other. */
export function lineHunks(base: readonly string[], now: readonly string[]): readonly Hunk[] {
  let first = 0
  while (first < base.length && first < now.length && base[first] === now[first]) first += 1
  let end = base.length
  let newEnd = now.length
  while (end > first && newEnd > first && base[end - 1] === now[newEnd - 1]) {
    end -= 1
    newEnd -= 1
  }
  if (first === end && first === newEnd) return []
  const spans = edits(base.slice(first, end), now.slice(first, newEnd))
  return joined(
    spans.map(([start, stop, newStart, newStop]) =>
      widened(base, now, [start + first, stop + first, newStart + first, newStop + first]),
    ),
    now,
  )
}

/** `base` from, to and `now` from, to. */
type Span = readonly [number, number, number, number]

function edits(a: readonly string[], b: readonly string[]): readonly Span[] {
  if (a.length === 0 || b.length === 0) return [[0, a.length, 0, b.length]]
  const path = shortestPath(a, b)
  if (path === null) return [[0, a.length, 0, b.length]]
  const spans: Span[] = []
  let [x, y] = [0, 0]
  for (const [toX, toY, run] of path) {
    // A step of one edit, then `run` equal lines.
    const last = spans.at(-1)
    const [fromX, fromY] = [x, y]
    ;[x, y] = [toX - run, toY - run]
    if (x !== fromX || y !== fromY) {
      if (last !== undefined && last[1] === fromX && last[3] === fromY)
        spans[spans.length - 1] = [last[0], x, last[2], y]
      else spans.push([fromX, x, fromY, y])
    }
    ;[x, y] = [toX, toY]
  }
  return spans
}

/** Ends of each step of a shortest edit, with the number of equal lines that it ends with; null when it is too long. */
function shortestPath(
  a: readonly string[],
  b: readonly string[],
): readonly (readonly [number, number, number])[] | null {
  const [n, m] = [a.length, b.length]
  const most = Math.min(n + m, MOST_EDITS)
  const middle = most + 1
  const reach = new Int32Array(2 * middle + 1)
  const trace: Int32Array[] = []
  for (let d = 0; d <= most; d += 1) {
    trace.push(reach.slice(middle - d - 1, middle + d + 2))
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (reach[middle + k - 1] ?? 0) < (reach[middle + k + 1] ?? 0))
      let x = down ? (reach[middle + k + 1] ?? 0) : (reach[middle + k - 1] ?? 0) + 1
      while (x < n && x - k < m && a[x] === b[x - k]) x += 1
      reach[middle + k] = x
      if (x >= n && x - k >= m) return walkBack(trace, n, m)
    }
  }
  return null
}

function walkBack(
  trace: readonly Int32Array[],
  n: number,
  m: number,
): readonly (readonly [number, number, number])[] {
  const path: (readonly [number, number, number])[] = []
  let [x, y] = [n, m]
  for (let d = trace.length - 1; d >= 0; d -= 1) {
    const before = trace[d] ?? new Int32Array(0)
    const at = (k: number): number => before[k + d + 1] ?? 0
    const k = x - y
    const down = k === -d || (k !== d && at(k - 1) < at(k + 1))
    const fromK = down ? k + 1 : k - 1
    const fromX = d === 0 ? 0 : at(fromK)
    const fromY = d === 0 ? 0 : fromX - fromK
    const startX = d === 0 ? 0 : down ? fromX : fromX + 1
    path.push([x, y, x - startX])
    ;[x, y] = [fromX, fromY]
  }
  return path.toReversed()
}

/** A pure insertion or deletion whose neighbours repeat its lines could stand elsewhere as well: all places are in it. */
function widened(base: readonly string[], now: readonly string[], span: Span): Span {
  const [start, end, newStart, newEnd] = span
  if (start !== end && newStart !== newEnd) return span
  const [lines, from, to] = start === end ? [now, newStart, newEnd] : [base, start, end]
  let up = 0
  while (from - up > 0 && lines[from - up - 1] === lines[to - up - 1]) up += 1
  let down = 0
  while (to + down < lines.length && lines[from + down] === lines[to + down]) down += 1
  return [start - Math.min(up, start), Math.min(end + down, base.length), newStart, newEnd]
}

/** Spans as hunks; those that have come to touch are one. */
function joined(spans: readonly Span[], now: readonly string[]): readonly Hunk[] {
  const hunks: Hunk[] = []
  for (const [start, end, newStart, newEnd] of spans) {
    const last = hunks.at(-1)
    if (last !== undefined && last.end >= start) {
      hunks.pop()
      hunks.push(hunkOf([last.start, Math.max(end, last.end), last.newStart, newEnd], now))
    } else hunks.push(hunkOf([start, end, newStart, newEnd], now))
  }
  return hunks
}

function hunkOf([start, end, newStart, newEnd]: Span, now: readonly string[]): Hunk {
  let hash = 0
  for (const line of now.slice(newStart, newEnd)) {
    const open = line.endsWith(NO_LINE_END)
    hash = extendHash(hash, `+${open ? line.slice(0, -NO_LINE_END.length) : line}`)
    if (open) hash = extendHash(hash, '\\')
  }
  return { start, end, newStart, newEnd, hash }
}
