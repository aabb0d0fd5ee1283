// The Test Anything Protocol, with indented subtests (TAP 14) as node:test, node-tap, ava and others write it. Pure.
import { below, namedReport, testCase, type TestCase, type TestReport } from '../tests.ts'

interface Point {
  readonly ok: boolean
  readonly name: string
  readonly skipped: boolean
  /** Lines of its YAML block, read for a few keys only. */
  readonly notes: Readonly<Record<string, string>>
  readonly children: readonly Point[]
}

const POINT = /^( *)(not )?ok\b(?: +(\d+))?(?: *- *| +|$)(.*)$/
const YAML_BEGIN = /^ *---$/
const YAML_END = /^ *\.\.\.$/
const NOTE = /^ *(type|failureType|error|message): *(.*)$/
/** How long it took, which is no part of a name. */
const TIME = /\s+#\s*time=[\d.]+m?s\b.*$/
const DIRECTIVE = /(?<!\\)#\s*(skip|todo)\b.*$/i

/** Parses the points of some output; unnamed when it has no line `TAP version`. */
export function parseTap(text: string, cwd: string, runner: 'node' | 'any'): TestReport {
  const lines = text.split(/\r?\n/)
  const begin = lines.findLastIndex((line) => /^TAP version \d+$/.test(line))
  if (begin === -1) return { kind: 'unnamed' }
  // Node marks what tests print; its numbers of files may repeat.
  const written = runner === 'node' || lines.some((line) => /^ +duration_ms: /.test(line)) ? 'node' : 'any'
  const points = pointsOf(lines.slice(begin + 1), written)
  return namedReport(points.flatMap((point) => cases(point, [], { cwd, node: runner === 'node' })))
}

/** Subtests come before the point that closes them, each level indented by four. */
function pointsOf(lines: readonly string[], runner: 'node' | 'any'): readonly Point[] {
  const open: Point[][] = [[]]
  /** By level: the number of the last point; null where points have none. */
  const last: (number | null)[] = []
  for (let at = 0; at < lines.length; at++) {
    const match = POINT.exec(lines[at] ?? '')
    if (match === null) continue
    const [, indent = '', not, number, rest = ''] = match
    const depth = Math.floor(indent.length / 4)
    // What a test prints may look like a point. Points are numbered one after the other, or none of a level is.
    const due = last[depth] === null ? null : (last[depth] ?? 0) + 1
    const is = number === undefined ? null : Number(number)
    if (runner === 'any' && is !== due && !(is === null && due === 1)) continue
    last[depth] = is
    last.length = depth + 1
    const { notes, next } = notesAfter(lines, at)
    at = next
    while (open.length <= depth + 1) open.push([])
    const children = open[depth + 1] ?? []
    open.length = depth + 1
    open[depth]?.push({ ok: not === undefined, ...described(rest), notes, children })
  }
  return open[0] ?? []
}

function described(rest: string): Pick<Point, 'name' | 'skipped'> {
  const name = rest
    .replace(/\s*\{\s*$/, '')
    .replace(TIME, '')
    .replace(DIRECTIVE, '')
    .trim()
  return { name: name.replaceAll(/\\([#\\])/g, '$1'), skipped: DIRECTIVE.test(rest) }
}

function notesAfter(lines: readonly string[], at: number): { notes: Record<string, string>; next: number } {
  const notes: Record<string, string> = {}
  if (!YAML_BEGIN.test(lines[at + 1] ?? '')) return { notes, next: at }
  let next = at + 2
  for (; next < lines.length && !YAML_END.test(lines[next] ?? ''); next++) {
    const [, key, value = ''] = NOTE.exec(lines[next] ?? '') ?? []
    if (key !== undefined)
      notes[key] ??= /^[|>]/.test(value) ? (lines[next + 1] ?? '').trim() : unquoted(value)
  }
  return { notes, next }
}

function unquoted(value: string): string {
  return value.replace(/^(['"])(.*)\1$/, '$2')
}

interface Reading {
  readonly cwd: string
  /** Written by node:test. */
  readonly node: boolean
}

function cases(point: Point, groups: readonly string[], reading: Reading): readonly TestCase[] {
  const inner = point.children.flatMap((child) => cases(child, [...groups, point.name], reading))
  const own = ownCase(point, groups, reading)
  // With node:test what a test starts within itself cannot be selected: the test that is outermost is the one.
  if (reading.node) return point.notes['type'] === 'suite' && !hookFailed(point) ? inner : [own]
  if (inner.length === 0) return [own]
  return point.ok || inner.some(({ outcome }) => outcome === 'failed') ? inner : [...inner, own]
}

function hookFailed({ ok, notes }: Point): boolean {
  return !ok && notes['failureType'] !== 'subtestsFailed'
}

function ownCase(point: Point, groups: readonly string[], { cwd, node }: Reading): TestCase {
  const { notes } = point
  const failed = !point.ok && !point.skipped
  const outcome = failed ? 'failed' : point.skipped ? 'skipped' : 'passed'
  // A file that cannot be loaded is a test of its own with the name of the file.
  const whole = node && groups.length === 0 && /\.[cm]?[jt]sx?$/.test(point.name) && !/\s/.test(point.name)
  const name = [...groups, point.name].join(' ')
  return testCase(
    // Where it stands is told of failures only, with a line that moves: no part of a test's name.
    whole ? { file: below(cwd, point.name), name: '' } : { file: null, name },
    outcome,
    failed ? (notes['error'] ?? notes['message']) : undefined,
  )
}
