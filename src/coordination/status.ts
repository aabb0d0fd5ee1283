// A session's own status file: three lists. Agents write it, so reading is lenient in every way that does not guess:
// headings of any level, bold or plain labels, any bullet, "none" for nothing. Pure.
import type { SessionStatus } from '../contract/session.ts'

/** Bytes of a status file that are read and kept. */
export const STATUS_LIMIT = 64 * 1024

type List = 'completed' | 'inProgress' | 'blockedOn'

const LABELS: Readonly<Record<string, List>> = {
  completed: 'completed',
  complete: 'completed',
  done: 'completed',
  finished: 'completed',
  'in progress': 'inProgress',
  inprogress: 'inProgress',
  'working on': 'inProgress',
  wip: 'inProgress',
  'blocked on': 'blockedOn',
  'blocked by': 'blockedOn',
  blocked: 'blockedOn',
  blockers: 'blockedOn',
  'waiting on': 'blockedOn',
  'waiting for': 'blockedOn',
}

const NOTHING: ReadonlySet<string> = new Set([
  '',
  '-',
  '–',
  '—',
  'none',
  'none yet',
  'nothing',
  'nothing yet',
  'n/a',
  'na',
  'nil',
  'no',
  'no blockers',
  'not blocked',
])

/** Level of a label that is not a heading: below all of them. */
const LABEL_LEVEL = 7

const BULLET = /^([ \t]*)(?:[-*+•‣◦]|\d{1,9}[.)])(?:[ \t]+|$)/
const CHECKBOX = /^\[[ xX~-]?\](?:[ \t]+|$)/
const HEADING = /^ {0,3}(#{1,6})[ \t]*(.*)$/
const FENCE = /^[ \t]*(`{3,}|~{3,})/
const BOLD_LINE = /^(?:\*\*[^*]+\*\*|__[^_]+__):?$/
const UNDERLINE = /^ {0,3}(?:=+|-{2,})[ \t]*$/

/** The three lists of a status text. Never fails; `verbatim` is the text as written, at most 64 KB of UTF-8. */
export function parseStatus(text: string): SessionStatus {
  const verbatim = bounded(text)
  const reader = new Reader()
  for (const line of readableLines(verbatim)) reader.take(line)
  return { ...reader.lists(), verbatim }
}

/** The status file a session starts with. */
export function statusTemplate(piece: { readonly id: string; readonly title: string }): string {
  return statusReport(piece, { completed: [], inProgress: [], blockedOn: [] })
}

/** A status report as text, in the shape that `parseStatus` reads. */
export function statusReport(
  piece: { readonly id: string; readonly title: string },
  { completed, inProgress, blockedOn }: Omit<SessionStatus, 'verbatim'>,
): string {
  const title = piece.title.replaceAll(/\s+/g, ' ').trim()
  return [
    `# Status: ${piece.id} (${title})\n`,
    listText('Completed', completed),
    listText('In Progress', inProgress),
    listText('Blocked On', blockedOn),
  ].join('\n')
}

function listText(heading: string, items: readonly string[]): string {
  const lines = items.map((item) => `- ${item.replaceAll(/\s+/g, ' ').trim()}`)
  return `## ${heading}\n\n${lines.length === 0 ? '- none' : lines.join('\n')}\n`
}

/** Folds lines into lists; knows which list and which item is open. */
class Reader {
  readonly #lists: Record<List, string[]> = { completed: [], inProgress: [], blockedOn: [] }
  #open: { list: List; level: number } | null = null
  #itemOpen = false

  take(line: string): void {
    const heading = HEADING.exec(line)
    if (heading !== null) this.#heading(heading[1]?.length ?? 1, heading[2] ?? '')
    else if (line.trim() === '') this.#itemOpen = false
    else if (!UNDERLINE.test(line)) this.#text(line)
  }

  /** An unknown heading ends a list unless it is deeper than the list's own. */
  #heading(level: number, text: string): void {
    const label = labelled(text, true)
    if (label !== null) this.#start(label, level)
    else if (this.#open === null || level <= this.#open.level) this.#open = null
    this.#itemOpen = false
  }

  #text(line: string): void {
    const marker = BULLET.exec(line)
    const text = marker === null ? line.trim() : line.slice(marker[0].length).replace(CHECKBOX, '').trim()
    const label = labelled(text, marker === null)
    if (label !== null) this.#label(label)
    else if (BOLD_LINE.test(text) && marker === null) this.#heading(LABEL_LEVEL, text)
    else if (marker === null && this.#itemOpen) this.#extend(text)
    else this.#add(text)
  }

  /** A label with text on its line, below a real heading, names that one item and leaves the list as it is. */
  #label(label: { list: List; rest: string }): void {
    const outer = this.#open
    this.#start(label, LABEL_LEVEL)
    if (label.rest === '' || outer === null || outer.level === LABEL_LEVEL) return
    this.#open = outer
    this.#itemOpen = false
  }

  #start(label: { list: List; rest: string }, level: number): void {
    this.#open = { list: label.list, level }
    this.#itemOpen = false
    if (label.rest !== '') this.#add(label.rest)
  }

  #add(text: string): void {
    if (this.#open === null || isNothing(text)) return
    this.#lists[this.#open.list].push(text)
    this.#itemOpen = true
  }

  #extend(text: string): void {
    if (this.#open === null) return
    const items = this.#lists[this.#open.list]
    items.push(`${items.pop() ?? ''} ${text}`.trim())
  }

  lists(): Omit<SessionStatus, 'verbatim'> {
    return this.#lists
  }
}

/** A label such as `**Blocked On:** the schema`; without a colon (`bare`) only when nothing else stands on the line. */
function labelled(text: string, bare: boolean): { list: List; rest: string } | null {
  const colon = text.indexOf(':')
  const head = listNamed(colon === -1 ? text : text.slice(0, colon))
  if (head === null) return null
  if (colon === -1) return bare ? { list: head, rest: '' } : null
  const rest = text.slice(colon + 1).replace(/^[*_ \t]+/, '')
  return { list: head, rest: rest.replace(/[ \t]#+$/, '').trim() }
}

function listNamed(text: string): List | null {
  if (text.length > 60) return null
  const words = text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
  const name = words.trim().replace(/^\d+ /, '').replace(/ \d+$/, '')
  return Object.hasOwn(LABELS, name) ? (LABELS[name] ?? null) : null
}

function isNothing(text: string): boolean {
  const plain = text
    .toLowerCase()
    .replace(/^[-*+][ \t]+/, '')
    .replaceAll(/[*_`()[\]<>.!]/g, '')
    .trim()
  return NOTHING.has(plain)
}

/** Lines without byte order mark, comments and code blocks: these stay in `verbatim` only. */
function* readableLines(text: string): Generator<string> {
  let open: string | null = null
  for (const line of withoutComments(text.replace(/^\uFEFF/, '')).split(/\r\n|\r|\n/)) {
    const mark = FENCE.exec(line)?.[1]
    if (open === null && mark === undefined) yield line
    else if (open === null) open = mark ?? null
    else if (mark !== undefined && mark.startsWith(open)) open = null
  }
}

/** Removes `<!-- … -->`; one that is never closed is left as it is. */
function withoutComments(text: string): string {
  let rest = text
  let result = ''
  for (;;) {
    const start = rest.indexOf('<!--')
    const end = start === -1 ? -1 : rest.indexOf('-->', start + 4)
    if (end === -1) return result + rest
    result += rest.slice(0, start)
    rest = rest.slice(end + 3)
  }
}

function bounded(text: string): string {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length <= STATUS_LIMIT) return text
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, STATUS_LIMIT), {
    stream: true,
  })
}
