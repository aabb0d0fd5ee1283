// Merges lines where git sees a conflict that is none: one side has only changed white space, or both have changed lines
// that touch. Both are guesses, right four times in five; only checks on the very result can tell. Pure.

/** What one side does to lines of the base: `[start, end)` become `lines`. 0-based, half open. */
export interface LineEdit {
  readonly start: number
  readonly end: number
  readonly lines: readonly string[]
}

export type LineStrategy = 'white space' | 'adjacent lines'

interface Owned extends LineEdit {
  readonly side: 'ours' | 'theirs'
}

/** The base with both sides' edits; null when they still collide. `base` and the edits hold lines with their line ends. */
export function mergeLines(
  base: readonly string[],
  edits: { readonly ours: readonly LineEdit[]; readonly theirs: readonly LineEdit[] },
  strategy: LineStrategy,
): string | null {
  const ours = edits.ours.map((edit): Owned => ({ ...edit, side: 'ours' }))
  const theirs = edits.theirs
    .filter((edit) => !edits.ours.some((other) => sameEdit(edit, other)))
    .map((edit): Owned => ({ ...edit, side: 'theirs' }))
  const kept = withoutBlankChanges(base, ours, theirs)
  const sorted = kept.toSorted((a, b) => a.start - b.start || a.end - b.end)
  for (const [index, edit] of sorted.entries()) {
    const next = sorted[index + 1]
    if (next !== undefined && next.side !== edit.side && collides(edit, next, strategy)) return null
  }
  return applied(base, sorted)
}

/** In a collision a change of white space alone gives way, theirs before ours. */
function withoutBlankChanges(
  base: readonly string[],
  ours: readonly Owned[],
  theirs: readonly Owned[],
): readonly Owned[] {
  const blank = (edit: Owned): boolean => squeezed(edit.lines) === squeezed(base.slice(edit.start, edit.end))
  const left = theirs.filter((edit) => {
    const rivals = ours.filter((other) => collides(other, edit, 'white space'))
    return rivals.length === 0 || !(blank(edit) || rivals.some((other) => sameWords(other, edit)))
  })
  const mine = ours.filter(
    (edit) => !(left.some((other) => collides(edit, other, 'white space')) && blank(edit)),
  )
  return [...mine, ...left]
}

function sameEdit(a: LineEdit, b: LineEdit): boolean {
  return a.start === b.start && a.end === b.end && a.lines.join('') === b.lines.join('')
}

function sameWords(a: LineEdit, b: LineEdit): boolean {
  return a.start === b.start && a.end === b.end && squeezed(a.lines) === squeezed(b.lines)
}

function squeezed(lines: readonly string[]): string {
  return lines
    .map((line) => line.trim().replaceAll(/\s+/g, ' '))
    .join('\n')
    .trim()
}

/** Lines that touch collide for git. Two insertions at one place collide always: nothing says which comes first. */
function collides(a: LineEdit, b: LineEdit, strategy: LineStrategy): boolean {
  const insertions = a.start === a.end && b.start === b.end
  if (strategy === 'white space' || insertions) return a.end >= b.start && b.end >= a.start
  return a.end > b.start && b.end > a.start
}

function applied(base: readonly string[], edits: readonly LineEdit[]): string {
  const parts: string[] = []
  let at = 0
  for (const { start, end, lines } of edits) {
    parts.push(...base.slice(at, start), ...lines)
    at = Math.max(at, end)
  }
  return [...parts, ...base.slice(at)].join('')
}

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/

/** Reads `git diff -U0`: places from the hunks, texts from `after`, the lines of the changed side. */
export function parseEdits(diff: string, after: readonly string[]): readonly LineEdit[] {
  return diff.split('\n').flatMap((line) => {
    const match = HUNK.exec(line)
    if (match === null) return []
    const [, from = '0', fromCount = '1', to = '0', toCount = '1'] = match
    const [start, end] = interval(Number(from), Number(fromCount))
    const [newStart, newEnd] = interval(Number(to), Number(toCount))
    return [{ start, end, lines: after.slice(newStart, newEnd) }]
  })
}

function interval(first: number, count: number): readonly [number, number] {
  return count === 0 ? [first, first] : [first - 1, first - 1 + count]
}

/** A text as its lines, line ends included. */
export function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}
