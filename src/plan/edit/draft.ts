// A plan that is being changed: its text and its value, changed together step by step. In the end the text is read again
// and must say exactly what the value says, so a slip in one of them can never be written. Pure.
import { parse } from 'smol-toml'
import { QuintetError } from '../../contract/errors.ts'
import type { Check } from '../../contract/plan.ts'
import {
  addKey,
  appendText,
  commentAbove,
  insertTable,
  newlineOf,
  removeElement,
  removeTable,
  replaceValue,
  startOf,
} from './change.ts'
import { layoutOf, type Path } from './layout.ts'
import { literal, longLiteral, textLiteral } from './literal.ts'
import { withoutStale } from './stale.ts'

const DEFAULT_SECONDS = 1800

/** Where a text stands that may have a comment of its own. */
export interface Told {
  readonly text: string
  readonly comment: string | null
}

export class Draft {
  #text: string
  readonly #value: unknown
  /** Lists that something was taken out of, with the piece they stand in: positions of pieces change. */
  readonly #thinned: { readonly piece: unknown; readonly rest: Path }[] = []

  /** `text` is a plan that parses. */
  constructor(text: string) {
    this.#text = text
    this.#value = parse(text)
  }

  /** Takes these texts out of a list; the comments behind them stay, above the list. */
  take(path: Path, texts: readonly string[]): void {
    for (const { comment } of this.carry(path, texts)) this.note(path, comment)
  }

  /** Takes these texts out of a list and answers them with the comments that stood behind them, to be put elsewhere. */
  carry(path: Path, texts: readonly string[]): readonly Told[] {
    const taken: Told[] = []
    for (const wanted of texts) {
      const list = this.#list(path)
      const index = list.indexOf(wanted)
      if (index === -1) continue
      const removed = removeElement(this.#text, path, index)
      this.#text = removed.text
      list.splice(index, 1)
      taken.push({ text: wanted, comment: removed.comment })
    }
    if (taken.length > 0)
      this.#thinned.push({ piece: this.#at([...path.slice(0, 2), 'id']), rest: path.slice(2) })
    return taken
  }

  /** What a person should look at: comments that are left behind a list with nothing in it. */
  get notes(): readonly string[] {
    const pieces = this.#list(['pieces'])
    const notes = this.#thinned.flatMap(({ piece, rest }) => {
      const index = pieces.findIndex((one) => isTable(one) && one['id'] === piece)
      const comment = index === -1 ? null : this.#commentBehindNothing(['pieces', index, ...rest])
      if (comment === null) return []
      return [`The ${rest.join('.')} of ${String(piece)} is empty now; look whether ${comment} still holds.`]
    })
    return [...new Set(notes)]
  }

  #commentBehindNothing(path: Path): string | null {
    const layout = layoutOf(this.#text)
    const value = layout.valueAt(path)
    if (value === null || value.elements.length > 0) return null
    const behind = layout.comments.find(({ start }) => start >= value.end)
    if (behind === undefined || !/^[ \t]*$/.test(this.#text.slice(value.end, behind.start))) return null
    return JSON.stringify(this.#text.slice(behind.start, behind.end).trim())
  }

  /** Adds texts to the end of a list, which is made when it is not there. Those that it has are left out. */
  add(path: Path, texts: readonly Told[]): void {
    for (const { text, comment } of texts) {
      if (this.#at(path) === undefined) this.set(path, [])
      const list = this.#list(path)
      if (list.includes(text)) this.note(path, comment)
      else {
        this.#text = appendText(this.#text, path, text, comment)
        list.push(text)
      }
    }
  }

  /** Puts a comment above the line of a value. */
  note(path: Path, comment: string | null): void {
    const value = layoutOf(this.#text).valueAt(path)
    if (comment !== null && value !== null) this.#text = commentAbove(this.#text, value.start, [comment])
  }

  /** Sets a key; a text of several lines is written as such. */
  set(path: Path, value: unknown): void {
    const key = path.at(-1)
    const table = path.slice(0, -1)
    if (typeof key !== 'string') throw broken('A key is needed.')
    const old = this.#at(path)
    if (old === undefined) this.#text = addKey(this.#text, table, { key, raw: this.#raw(value, table) })
    else this.#text = replaceValue(this.#text, path, this.#raw(value, table))
    const owner = this.#at(table)
    if (!isTable(owner)) throw broken(`No table is at ${table.join('.')}.`)
    owner[key] = structuredClone(value)
  }

  /** Takes a table out of an array of tables; its comments are put above the table at `heir`. */
  remove(path: Path, heir: Path | null): void {
    const removed = removeTable(this.#text, path)
    this.#text = removed.text
    const index = path.at(-1)
    const list = this.#at(path.slice(0, -1))
    if (!Array.isArray(list) || typeof index !== 'number') throw broken('A table of a list is needed.')
    list.splice(index, 1)
    if (heir === null || removed.comments.length === 0) return
    this.#text = commentAbove(this.#text, startOf(this.#text, heir), removed.comments)
  }

  /** Puts a table behind the one at `path`. */
  insert(path: Path, table: Readonly<Record<string, unknown>>): void {
    const index = path.at(-1)
    const list = this.#at(path.slice(0, -1))
    if (!Array.isArray(list) || typeof index !== 'number') throw broken('A table of a list is needed.')
    const entries = Object.entries(table).map(([key, value]) => ({
      key,
      value,
      raw: this.#raw(value, []),
    }))
    this.#text = insertTable(this.#text, path, entries)
    list.splice(index + 1, 0, structuredClone(table))
  }

  /** Adds tables to the end of a list of tables, which is made when it is not there. */
  addTables(path: Path, tables: readonly Readonly<Record<string, unknown>>[]): void {
    const old = this.#at(path)
    if (!Array.isArray(old) || old.length === 0) this.set(path, tables)
    else for (const table of tables) this.insert([...path, old.length - 1], table)
  }

  /** The changed text, without comments on `changed` pieces that a suggestion wrote with numbers. Throws `E_PLAN_EDIT` when it does
   *  not say what it should. */
  finish(changed: ReadonlySet<string> = new Set()): string {
    const pieces = changed.size === 0 ? [] : this.#list(['pieces'])
    const ids = pieces.map((piece) => (isTable(piece) ? String(piece['id']) : ''))
    let said: unknown
    try {
      this.#text = withoutStale(this.#text, { changed, ids })
      said = parse(this.#text)
    } catch (error) {
      throw broken('The change would leave a text that is no TOML.', error)
    }
    if (!isSame(said, this.#value)) throw broken('The change would not say what it should.')
    return this.#text
  }

  #raw(value: unknown, table: Path): string {
    if (typeof value !== 'string' || !value.includes('\n')) return literal(value)
    // What stands in braces stays on one line.
    const isInline = layoutOf(this.#text).valueAt(table) !== null
    return isInline ? textLiteral(value) : longLiteral(value, newlineOf(this.#text))
  }

  #list(path: Path): unknown[] {
    const list = this.#at(path)
    if (Array.isArray(list)) return list
    throw broken(`No list is at ${path.join('.')}.`)
  }

  #at(path: Path): unknown {
    let at = this.#value
    for (const step of path) {
      if (Array.isArray(at)) at = at[Number(step)]
      else if (isTable(at)) at = at[String(step)]
      else return undefined
    }
    return at
  }
}

/** A check as it is written: what it has by default is left out. */
export function withoutDefault(check: Check): Readonly<Record<string, unknown>> {
  const { timeout_seconds, ...rest } = check
  return timeout_seconds === DEFAULT_SECONDS ? rest : check
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Equal values; line ends inside of texts count as one, as they are those of the file. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a, ordered) === JSON.stringify(b, ordered)
}

function ordered(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\r\n', '\n')
  if (typeof value === 'bigint') return `${value}n`
  if (!isTable(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function broken(message: string, cause?: unknown): QuintetError {
  return new QuintetError('E_PLAN_EDIT', 'internal', message, {
    hints: [{ text: 'Nothing was written; change the plan by hand.' }],
    ...(cause === undefined ? {} : { cause }),
  })
}
