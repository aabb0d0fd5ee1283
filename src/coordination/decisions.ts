// decisions.md: what the operator has decided, in order, read by every session. It is written from the log and only
// read back leniently, for people who keep such a file by hand. Pure.
import { indented } from './markdown.ts'

export interface Decision {
  readonly n: number
  /** ISO 8601 time; null when a hand-written file does not say. */
  readonly at: string | null
  readonly text: string
}

const TITLE = '# Decisions'
const INTRO = 'Written by the operator, binding for every session. A later decision replaces an earlier one.'
const NUMBERED = /^(\d{1,9})[.)][ \t]+(.*)$/
const DATED = /^\(?(\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?)\)?[ \t]*[:–—-]?[ \t]*(.*)$/

/** The whole of decisions.md. */
export function decisionsFile(decisions: readonly Decision[]): string {
  const entries = decisions.length === 0 ? ['None yet.'] : decisions.map(decisionItem)
  return `${[TITLE, '', INTRO, '', ...entries].join('\n')}\n`
}

/** One decision as a numbered list item, `3. (2026-05-01T10:00:00Z) Text`. */
export function decisionItem(decision: Decision): string {
  const marker = `${decision.n}. `
  const at = decision.at === null ? '' : `(${decision.at}) `
  return marker + at + indented(decision.text, ' '.repeat(marker.length))
}

/** Decisions of a file written by us or by hand: numbered items; what is indented below an item belongs to it. */
export function parseDecisions(text: string): Decision[] {
  const items: { n: number; lines: string[] }[] = []
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)) {
    const start = NUMBERED.exec(line)
    if (start !== null) items.push({ n: Number(start[1]), lines: [start[2] ?? ''] })
    else if (line.trim() === '' || /^[ \t]/.test(line)) items.at(-1)?.lines.push(line)
  }
  return items.map(({ n, lines }) => ({ n, ...splitTime(unindented(lines)) }))
}

function splitTime(text: string): { at: string | null; text: string } {
  const [first = '', ...rest] = text.split('\n')
  const dated = DATED.exec(first)
  if (dated === null) return { at: null, text }
  return { at: dated[1] ?? null, text: [dated[2] ?? '', ...rest].join('\n').trim() }
}

/** Removes the indentation that all further lines of an item have in common. */
function unindented([first = '', ...rest]: readonly string[]): string {
  const depths = rest
    .filter((line) => line.trim() !== '')
    .map((line) => line.length - line.trimStart().length)
  const depth = Math.min(...depths, 1_000)
  return [first, ...rest.map((line) => line.slice(depth))].join('\n').trim()
}
