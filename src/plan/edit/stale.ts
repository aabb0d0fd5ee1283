// Comments that a suggestion wrote with numbers of its pieces, and that hold no more once these are changed: what was measured of
// them goes, and what others are said to meet of them. What a person wrote stays. Pure.
import { comment } from '../comment.ts'
import { newlineOf } from './change.ts'
import { layoutOf, type Layout, type Span } from './layout.ts'

export interface Stale {
  /** Ids of the pieces that own something else now, also those that are gone. */
  readonly changed: ReadonlySet<string>
  /** Ids of all pieces, in the order of the text. */
  readonly ids: readonly string[]
}

const COUNTED =
  /^(?:One file|\d+ files)(?:\.|, \d+ % of the expected work\.(?: Meets \S+ \(\d+ %\)(?:, \S+ \(\d+ %\))*\.)?)$/
const MEETS = / Meets (.+)\.$/
const WHY = /^Why \d+ pieces: /
const ABOUT = /^This plan is about /
/** What is measured of a division, sentence by sentence. */
const MEASURED =
  / (?:In the last \d+ commits that tell something, \d+ % of what was changed together lies in different pieces|\d+ % of the imports go from one piece to another|The largest piece has \d+ % of the expected work|Those that wait for each other have \d+ % of it together)\./g
/** Lines that a counted comment has at most. */
const LONGEST = 4

interface Line extends Span {
  /** What stands behind the mark; the span has the line break. */
  readonly words: string
}

/** A text of a plan without what is no longer true of changed pieces. */
export function withoutStale(text: string, stale: Stale): string {
  if (stale.changed.size === 0) return text
  const layout = layoutOf(text)
  const edits = runsOf(text, layout).flatMap((run) => editsOf(run, ownerOf(run, layout, stale), stale))
  const newline = newlineOf(text)
  return edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((so, { start, end, words }) => {
      const lines = words === null ? [] : comment(words).map((line) => line + newline)
      return `${so.slice(0, start)}${lines.join('')}${so.slice(end)}`
    }, text)
}

type Edit = Span & { readonly words: string | null }

/** Comments that have their lines to themselves, those of neighbouring lines together. */
function runsOf(text: string, { comments }: Layout): readonly (readonly Line[])[] {
  const runs: Line[][] = []
  for (const { start, end } of comments) {
    const line = text.lastIndexOf('\n', start - 1) + 1
    if (text.slice(line, start).trim() !== '') continue
    const next = text.indexOf('\n', end) + 1
    const own = {
      start: line,
      end: next === 0 ? text.length : next,
      words: text.slice(start + 1, end).trim(),
    }
    const run = runs.at(-1)
    if (run?.at(-1)?.end === line) run.push(own)
    else runs.push([own])
  }
  return runs
}

/** The piece that a comment stands right above; null: none. */
function ownerOf(run: readonly Line[], { sections }: Layout, { ids }: Stale): string | null {
  const end = run.at(-1)?.end
  const at = sections.find(({ isHeader, start }) => isHeader && start === end)?.at ?? []
  const [key, index] = at
  return key === 'pieces' && at.length === 2 && typeof index === 'number' ? (ids[index] ?? null) : null
}

function editsOf(run: readonly Line[], owner: string | null, { changed }: Stale): readonly Edit[] {
  return run.flatMap((line, at): readonly Edit[] => {
    if (owner !== null) {
      const found = countedAt(run, at)
      return found === null ? [] : (pieceEdit(found, changed.has(owner), changed) ?? [])
    }
    const blank = run.findIndex(({ words }, index) => index > at && words === '')
    const lines = run.slice(at, blank === -1 ? run.length : blank)
    const whole = joined(lines)
    const before = run[at - 1]
    if (WHY.test(line.words))
      return [{ ...whole, start: before?.words === '' ? before.start : line.start, words: null }]
    const words = ABOUT.test(line.words) ? whole.words.replaceAll(MEASURED, '') : whole.words
    return words === whole.words ? [] : [{ ...whole, words }]
  })
}

function pieceEdit(found: Line, isChanged: boolean, changed: ReadonlySet<string>): readonly Edit[] | null {
  if (isChanged) return [{ ...found, words: null }]
  const met = (MEETS.exec(found.words)?.[1] ?? '').split(', ').map((one) => one.replace(/ \(.*$/, ''))
  if (!met.some((id) => changed.has(id))) return null
  return [{ ...found, words: found.words.replace(MEETS, '') }]
}

/** A counted comment that begins at a line of a run. */
function countedAt(run: readonly Line[], at: number): Line | null {
  for (let count = LONGEST; count > 0; count--) {
    const whole = joined(run.slice(at, at + count))
    if (COUNTED.test(whole.words)) return whole
  }
  return null
}

function joined(lines: readonly Line[]): Line {
  const [first, last] = [lines[0], lines.at(-1)]
  return { start: first?.start ?? 0, end: last?.end ?? 0, words: lines.map(({ words }) => words).join(' ') }
}
