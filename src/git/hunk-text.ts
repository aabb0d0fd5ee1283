// The text of `git diff-tree --stdin --always --raw [-p -U0]` as values. Pure.
import { decode } from './text.ts'

/** What a change does to lines of the base: `[start, end)` become `[newStart, newEnd)`. All 0-based and half open; an
 *  insertion has an empty interval of the base. */
export interface Hunk {
  readonly start: number
  readonly end: number
  readonly newStart: number
  readonly newEnd: number
  /** Of the added text; equal texts have equal ones. */
  readonly hash: number
}

export interface TreeChange {
  readonly status: 'added' | 'deleted' | 'modified' | 'renamed' | 'type-changed'
  readonly path: string
  /** Of a renamed file. */
  readonly from?: string
  readonly oldMode: string
  readonly newMode: string
  readonly oldBlob: string
  readonly newBlob: string
  /** Null: not asked for, or there are none to be had. */
  readonly hunks: readonly Hunk[] | null
  /** Git was asked for hunks and takes the file for binary. */
  readonly binary: boolean
}

type Status = TreeChange['status']
type Draft = Omit<TreeChange, 'hunks' | 'binary'> & { hunks: Hunk[] | null; binary: boolean }

const STATUS: Readonly<Record<string, Status>> = {
  A: 'added',
  D: 'deleted',
  R: 'renamed',
  T: 'type-changed',
}
const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/
const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/
const COLON = 0x3a
const AT = 0x40
const PLUS = 0x2b
const MINUS = 0x2d
const BACKSLASH = 0x5c
const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 }

/** Parses the changes of each commit, in order; with `hunks` every changed file that is text has its hunks. */
export function parseTreeChanges(output: string, hunks: boolean): readonly (readonly TreeChange[])[] {
  return new Parser(output, hunks).parse()
}

/** Extends a text's hash by more text; begin with 0. 53 bits, so that equal hashes can be taken for equal texts. */
export function extendHash(hash: number, text: string): number {
  let high = Math.floor(hash / 0x100000000) ^ 0x1f83d9ab
  let low = (hash >>> 0) ^ 0x5be0cd19
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    high = Math.imul(high ^ code, 0x9e3779b1)
    low = Math.imul(low ^ code, 0x5f356495)
  }
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35)
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35)
  return (high & 0x1fffff) * 0x100000000 + (low >>> 0)
}

class Parser {
  readonly #text: string
  readonly #hunks: boolean
  readonly #commits: (readonly TreeChange[])[] = []
  #changes: Draft[] = []
  /** Files whose part of the patch is still to come; one whose type changed has two parts. */
  #awaited: Draft[] = []
  #at = 0

  constructor(text: string, hunks: boolean) {
    this.#text = text
    this.#hunks = hunks
  }

  parse(): readonly (readonly TreeChange[])[] {
    let file: Draft | undefined
    while (this.#at < this.#text.length) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === AT) this.#hunk(file)
      else {
        const line = this.#line()
        if (code === COLON) this.#raw(line)
        else if (line.startsWith('diff --git ')) file = this.#awaited.shift()
        else if (line.startsWith('Binary files ') && file !== undefined) file.binary = true
        else if (COMMIT.test(line)) this.#commit()
      }
    }
    return this.#commits
  }

  #line(): string {
    const end = this.#text.indexOf('\n', this.#at)
    const line = this.#text.slice(this.#at, end === -1 ? undefined : end)
    this.#at = end === -1 ? this.#text.length : end + 1
    return line
  }

  #commit(): void {
    this.#changes = []
    this.#awaited = []
    this.#commits.push(this.#changes)
  }

  #raw(line: string): void {
    const tab = line.indexOf('\t')
    const [oldMode = '', newMode = '', oldBlob = '', newBlob = '', letter = ''] = line
      .slice(1, tab)
      .split(' ')
    const [first = '', second] = line
      .slice(tab + 1)
      .split('\t')
      .map(unquote)
    const status = STATUS[letter.slice(0, 1)] ?? 'modified'
    const change: Draft = {
      status,
      path: second ?? first,
      ...(second === undefined ? {} : { from: first }),
      oldMode,
      newMode,
      oldBlob,
      newBlob,
      hunks: this.#hunks ? [] : null,
      binary: false,
    }
    this.#changes.push(change)
    this.#awaited.push(...(status === 'type-changed' ? [change, change] : [change]))
  }

  #hunk(file: Draft | undefined): void {
    const [, from = '0', fromCount = '1', to = '0', toCount = '1'] = HUNK.exec(this.#line()) ?? []
    const hash = this.#body(Number(fromCount), Number(toCount))
    if (file === undefined || file.hunks === null) return
    const [start, end] = interval(Number(from), Number(fromCount))
    const [newStart, newEnd] = interval(Number(to), Number(toCount))
    file.hunks.push({ start, end, newStart, newEnd, hash })
  }

  /** Reads exactly the lines of a hunk, whatever they look like; hash of what is added. */
  #body(deleted: number, added: number): number {
    let hash = 0
    let left = deleted + added
    let last = MINUS
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === BACKSLASH) {
        if (last === PLUS) hash = extendHash(hash, '\\')
        this.#line()
      } else if (left > 0 && (code === PLUS || code === MINUS)) {
        left -= 1
        last = code
        const line = this.#line()
        if (code === PLUS) hash = extendHash(hash, line)
      } else return hash
    }
  }
}

function interval(first: number, count: number): readonly [number, number] {
  return count === 0 ? [first, first] : [first - 1, first - 1 + count]
}

/** A path as git quotes it, where it does. */
function unquote(path: string): string {
  if (!path.startsWith('"')) return path
  const bytes: number[] = []
  for (let at = 1; at < path.length - 1; at += 1) {
    if (path.charAt(at) !== '\\') bytes.push(path.charCodeAt(at))
    else if (/[0-7]/.test(path.charAt(at + 1))) {
      bytes.push(Number.parseInt(path.slice(at + 1, at + 4), 8))
      at += 3
    } else {
      bytes.push(ESCAPES[path.charAt(at + 1)] ?? path.charCodeAt(at + 1))
      at += 1
    }
  }
  return decode(Buffer.from(bytes))
}
