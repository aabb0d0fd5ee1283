// Changes of a TOML text that leave every byte outside of what they are about as it was: comments, order and layout stay.
// Each takes a valid text and answers the next one; where something is not there to be changed it throws. Pure.
import { QuintetError } from '../../contract/errors.ts'
import {
  isWithin,
  layoutOf,
  type Element,
  type Layout,
  type Path,
  type Section,
  type Span,
  type Value,
} from './layout.ts'
import { keyLiteral, literal, textLiteral } from './literal.ts'

/** The line end of a text. */
export function newlineOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n'
}

/** Puts `raw` in the place of the value at a path. */
export function replaceValue(text: string, path: Path, raw: string): string {
  const { start, end } = requireValue(layoutOf(text), path)
  return splice(text, { start, end }, raw)
}

/** Takes one part out of a list; answers also the comment that stood behind it on its line. */
export function removeElement(
  text: string,
  path: Path,
  index: number,
): { readonly text: string; readonly comment: string | null } {
  const layout = layoutOf(text)
  const { elements } = requireValue(layout, path)
  const element = elements[index]
  if (element === undefined) throw absent([...path, index])
  const behind = element.comma === null ? element.end : element.comma + 1
  const line = lineOf(text, element)
  const comment = layout.comments.find(({ start }) => start >= behind && start < line.end)
  const isAlone =
    text.slice(line.start, element.start).trim() === '' &&
    text.slice(behind, comment?.start ?? line.end).trim() === ''
  if (isAlone) {
    const told = comment === undefined ? null : text.slice(comment.start, comment.end)
    return { text: splice(text, { start: line.start, end: nextLine(text, line.end) }, ''), comment: told }
  }
  return {
    text: splice(text, inLine(text, { element, before: elements[index - 1], behind }), ''),
    comment: null,
  }
}

/** What goes with a part that shares its line with others. */
function inLine(
  text: string,
  {
    element,
    before,
    behind,
  }: { readonly element: Element; readonly before: Element | undefined; readonly behind: number },
): Span {
  if (element.comma !== null) {
    const blanks = /^[ \t]*/.exec(text.slice(behind))?.[0].length ?? 0
    const isLast = /^[ \t]*[\]}]/.test(text.slice(behind))
    if (!isLast) return { start: element.start, end: behind + blanks }
  }
  const gap = before === undefined ? null : text.slice(before.end, element.start)
  if (before === undefined || gap === null || /[\n#]/.test(gap)) return { start: element.start, end: behind }
  // The comma before it stays where one stood behind it.
  return { start: before.end, end: element.end }
}

/** Adds a text to the end of a list, in the layout and the quotes of those before it. */
export function appendText(text: string, path: Path, value: string, comment: string | null = null): string {
  const layout = layoutOf(text)
  const list = requireValue(layout, path)
  const last = list.elements.at(-1)
  if (last === undefined) {
    const raw = textLiteral(value)
    const isEmpty = text.slice(list.start + 1, list.end - 1).trim() === ''
    const next = isEmpty
      ? splice(text, { start: list.start + 1, end: list.end - 1 }, raw)
      : splice(text, { start: list.end - 1, end: list.end - 1 }, `${raw}${newlineOf(text)}`)
    return comment === null ? next : commentAbove(next, list.start, [comment])
  }
  const raw = textLiteral(value, text[last.start] === "'" ? "'" : '"')
  const { text: next, isAlone } = insertBehind(text, layout, { element: last, raw, comment })
  return comment === null || isAlone ? next : commentAbove(next, list.start, [comment])
}

interface Insertion {
  readonly element: Element
  readonly raw: string
  readonly comment?: string | null
}

/** Puts a part behind another one of a list; on a line of its own, with its comment, where that one has its own. */
function insertBehind(
  text: string,
  layout: Layout,
  { element, raw, comment = null }: Insertion,
): { readonly text: string; readonly isAlone: boolean } {
  const line = lineOf(text, element)
  const indent = text.slice(line.start, element.start)
  const behind = element.comma === null ? element.end : element.comma + 1
  const told = layout.comments.find(({ start }) => start >= behind && start < line.end)
  const isAlone = indent.trim() === '' && text.slice(behind, told?.start ?? line.end).trim() === ''
  if (!isAlone) {
    const put = element.comma === null ? `, ${raw}` : ` ${raw},`
    return { text: splice(text, { start: behind, end: behind }, put), isAlone }
  }
  const tail = comment === null ? '' : ` ${comment}`
  const added = splice(text, { start: line.end, end: line.end }, `${newlineOf(text)}${indent}${raw},${tail}`)
  const comma = element.comma === null ? splice(added, { start: element.end, end: element.end }, ',') : added
  return { text: comma, isAlone }
}

/** Puts comments, each with its `#`, on lines of their own above the line of this offset. */
export function commentAbove(text: string, offset: number, comments: readonly string[]): string {
  if (comments.length === 0) return text
  const { start } = lineOf(text, { start: offset, end: offset })
  const indent = /^[ \t]*/.exec(text.slice(start))?.[0] ?? ''
  const newline = newlineOf(text)
  return splice(
    text,
    { start, end: start },
    comments.map((comment) => `${indent}${comment}${newline}`).join(''),
  )
}

/** Adds a key to a table that has none of this name, however the table is written. */
export function addKey(
  text: string,
  table: Path,
  { key, raw }: { readonly key: string; readonly raw: string },
): string {
  const layout = layoutOf(text)
  const inline = layout.valueAt(table)
  if (inline !== null) return addInline(text, inline, `${keyLiteral(key)} = ${raw}`)
  const own = layout.sections.find(
    ({ at, isHeader }) => isHeader && at.length === table.length && isWithin(at, table),
  )
  const home = own ?? layout.sections.find(({ entries }) => entries.some(({ path }) => isWithin(path, table)))
  if (home === undefined) throw absent(table)
  const entries = own === undefined ? home.entries.filter(({ path }) => isWithin(path, table)) : home.entries
  const dotted = [...table.slice(home.at.length), key].map((step) => keyLiteral(String(step))).join('.')
  const last = entries.at(-1) ?? home
  const line = lineOf(text, last)
  const indent =
    entries.length === 0
      ? ''
      : (/^[ \t]*/.exec(text.slice(lineOf(text, { start: last.start, end: last.start }).start))?.[0] ?? '')
  return splice(text, { start: line.end, end: line.end }, `${newlineOf(text)}${indent}${dotted} = ${raw}`)
}

function addInline(text: string, table: Value, raw: string): string {
  const last = table.elements.at(-1)
  if (last === undefined) return splice(text, { start: table.start, end: table.end }, `{ ${raw} }`)
  const at = last.comma === null ? last.end : last.comma + 1
  return splice(text, { start: at, end: at }, last.comma === null ? `, ${raw}` : ` ${raw},`)
}

/** Takes a table out of an array, with what is attached to it; answers the comments that stood there. */
export function removeTable(
  text: string,
  path: Path,
): { readonly text: string; readonly comments: readonly string[] } {
  const layout = layoutOf(text)
  const inline = layout.valueAt(path)
  const index = path.at(-1)
  if (inline !== null && typeof index === 'number') {
    const inside = layout.comments.filter(({ start }) => start > inline.start && start < inline.end)
    const removed = removeElement(text, path.slice(0, -1), index)
    const told = removed.comment === null ? [] : [removed.comment]
    return {
      text: removed.text,
      comments: [...inside.map(({ start, end }) => text.slice(start, end)), ...told],
    }
  }
  const blocks = sectionsOf(layout, path).map((section) => blockOf(text, layout, section))
  if (blocks.length === 0) throw absent(path)
  const comments = blocks.flatMap((block) =>
    layout.comments
      .filter(({ start }) => start >= block.start && start < block.end)
      .map(({ start, end }) => text.slice(start, end)),
  )
  const next = blocks.toReversed().reduce((so, block) => splice(so, withGap(so, block), ''), text)
  return { text: next, comments }
}

/** Puts a table behind the one at `path`, an element of an array of tables. */
export function insertTable(
  text: string,
  path: Path,
  entries: readonly { readonly key: string; readonly raw: string; readonly value: unknown }[],
): string {
  const layout = layoutOf(text)
  const newline = newlineOf(text)
  const inline = layout.valueAt(path)
  const index = path.at(-1)
  if (inline !== null && typeof index === 'number') {
    const element = requireValue(layout, path.slice(0, -1)).elements[index]
    if (element === undefined) throw absent(path)
    const raw = `{ ${entries.map(({ key, value }) => `${keyLiteral(key)} = ${literal(value)}`).join(', ')} }`
    return insertBehind(text, layout, { element, raw }).text
  }
  const last = sectionsOf(layout, path).at(-1)
  if (last === undefined) throw absent(path)
  const { end } = blockOf(text, layout, last)
  const header = `[[${path
    .filter((step) => typeof step === 'string')
    .map(keyLiteral)
    .join('.')}]]`
  const body = [header, ...entries.map(({ key, raw }) => `${keyLiteral(key)} = ${raw}`)].join(newline)
  const open = end === 0 || text[end - 1] === '\n' ? '' : newline
  return splice(text, { start: end, end }, `${open}${newline}${body}${newline}`)
}

/** Offset at which the table at `path` begins: its first header, or its brace. */
export function startOf(text: string, path: Path): number {
  const layout = layoutOf(text)
  const start = layout.valueAt(path)?.start ?? sectionsOf(layout, path)[0]?.start
  if (start === undefined) throw absent(path)
  return start
}

function sectionsOf({ sections }: Layout, path: Path): readonly Section[] {
  return sections.filter(({ at, isHeader }) => isHeader && isWithin(at, path))
}

/** A section with the comments right above its header and right below its last entry, in whole lines. */
function blockOf(text: string, layout: Layout, section: Section): Span {
  const own = layout.comments.filter(
    ({ start }) => text.slice(lineOf(text, { start, end: start }).start, start).trim() === '',
  )
  const lines = new Map(own.map((comment) => [lineOf(text, comment).start, lineOf(text, comment)]))
  let { start } = lineOf(text, { start: section.start, end: section.start })
  for (;;) {
    const above =
      start === 0 ? undefined : lines.get(lineOf(text, { start: start - 1, end: start - 1 }).start)
    if (above === undefined) break
    start = above.start
  }
  let end = nextLine(text, lineOf(text, section.entries.at(-1) ?? section).end)
  for (;;) {
    const below = lines.get(end)
    if (below === undefined || isAttached(text, layout, below)) break
    end = nextLine(text, below.end)
  }
  return { start, end }
}

/** Whether the comments from this line on stand right above a header. */
function isAttached(text: string, layout: Layout, comment: Span): boolean {
  const next = layout.sections.find(({ isHeader, start }) => isHeader && start > comment.start)
  if (next === undefined) return false
  return !/\n[ \t\r]*\n/.test(text.slice(comment.start, next.start))
}

/** The block and the blank lines behind it; at the end of the text those before it. */
function withGap(text: string, { start, end }: Span): Span {
  const gap = /^(?:[ \t]*\r?\n)*/.exec(text.slice(end))?.[0].length ?? 0
  if (end + gap < text.length) return { start, end: end + gap }
  const above = /(?:(?<=\n)[ \t]*\r?\n)*$/.exec(text.slice(0, start))?.[0].length ?? 0
  return { start: start - above, end: end + gap }
}

function requireValue(layout: Layout, path: Path): Value {
  const value = layout.valueAt(path)
  if (value === null) throw absent(path)
  return value
}

function absent(path: Path): QuintetError {
  return new QuintetError('E_PLAN_EDIT', 'internal', `Nothing stands at ${path.join('.')} in the plan.`)
}

/** The line, without its end, in which a span begins and the one in which it ends. */
function lineOf(text: string, { start, end }: Span): Span {
  const stop = text.indexOf('\n', end)
  const last = stop === -1 ? text.length : stop
  return {
    start: start === 0 ? 0 : text.lastIndexOf('\n', start - 1) + 1,
    end: stop !== -1 && text[last - 1] === '\r' ? last - 1 : last,
  }
}

function nextLine(text: string, end: number): number {
  const stop = text.indexOf('\n', end)
  return stop === -1 ? text.length : stop + 1
}

function splice(text: string, { start, end }: Span, put: string): string {
  return text.slice(0, start) + put + text.slice(end)
}
