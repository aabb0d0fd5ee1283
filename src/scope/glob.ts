// One line of gitignore, read as git reads it (dir.c and wildmatch.c), quirks included: patterns and paths are bytes,
// so `?` stands for one byte and a bracket expression never matches a character outside ASCII. Pure.

export const SLASH = 47

/** One step of a pattern. `star`: any bytes but a slash. `any`: any bytes. `folders`: any bytes, then a slash.
 *  `maybe`: the next step may be left out. */
export type Token =
  | { readonly kind: 'bytes'; readonly set: ReadonlySet<number> }
  | { readonly kind: 'star' | 'any' | 'folders' | 'maybe' }

/** A pattern as tokens over bytes, anchored at both ends. */
export interface Glob {
  /** The pattern as written. */
  readonly source: string
  readonly tokens: readonly Token[]
  /** `!`: takes back what earlier patterns matched. */
  readonly negative: boolean
  /** What it may match: everything, folders alone (trailing slash), or files alone (never from a gitignore line). */
  readonly only: 'folders' | 'files' | null
}

export interface GlobOptions {
  /** Paths that a case-insensitive, Unicode-normalising file system takes for one are one. Default false. */
  readonly ignoreCase?: boolean
}

/** `**` with its slash: no folder at all, or any number of them. */
const FOLDERS: readonly Token[] = [{ kind: 'maybe' }, { kind: 'folders' }]
const encoder = new TextEncoder()
const ASCII = /^[\0-\x7f]*$/

/** A path or pattern as bytes. A lone surrogate U+DC80 to U+DCFF stands for a byte that was no UTF-8. */
export function bytesOf(text: string): Uint8Array {
  if (text.isWellFormed()) return encoder.encode(text)
  const bytes = Array.from(text).flatMap((character) => {
    const unit = character.charCodeAt(0)
    const raw = character.length === 1 && unit >= 0xdc80 && unit <= 0xdcff
    return raw ? [unit - 0xdc00] : [...encoder.encode(character)]
  })
  return Uint8Array.from(bytes)
}

/** The bytes that every path a pattern matches begins with, one character each. */
export function literalStart({ tokens }: Glob): string {
  let start = ''
  for (const token of tokens) {
    const [byte, ...others] = token.kind === 'bytes' ? token.set : []
    if (byte === undefined || others.length > 0) break
    start += String.fromCharCode(byte)
  }
  return start
}

/** The spelling under which a path is compared when case does not count. */
export function foldPath(path: string): string {
  return ASCII.test(path) ? path.toLowerCase() : foldUnicode(path).toLowerCase()
}

/** Folds everything outside ASCII; per character, because lower case in JavaScript depends on the neighbours. */
function foldUnicode(text: string): string {
  if (ASCII.test(text)) return text
  const fold = (character: string): string =>
    ASCII.test(character) ? character : character.toUpperCase().toLowerCase()
  return Array.from(text.normalize('NFC'), fold).join('').normalize('NFC')
}

/** Reads one gitignore line. Null: a comment, a blank line or a pattern that git can never match. */
export function parseGlob(line: string, options: GlobOptions = {}): Glob | null {
  const ignoreCase = options.ignoreCase === true
  if (line.startsWith('#')) return null
  let text = trimTrailingSpaces(ignoreCase ? foldUnicode(line) : line)
  const negative = text.startsWith('!')
  if (negative) text = text.slice(1)
  const folders = text.endsWith('/')
  if (folders) text = text.slice(0, -1)
  if (text === '') return null
  const floating = !text.includes('/')
  const literal = text.search(/[*?[\\]/)
  const anchored = text.startsWith('/') ? 1 : 0
  const body = new GlobReader(bytesOf(text.slice(anchored)), {
    ignoreCase,
    // Git compares the literal beginning apart, so a `**` right behind it counts as standing at a beginning.
    boundary: literal < 0 ? -1 : bytesOf(text.slice(anchored, literal)).length,
    slashes: !floating,
  }).read()
  if (body === null) return null
  const tokens: Token[] = floating ? [...FOLDERS, ...body] : body
  return { source: line, tokens, negative, only: folders ? 'folders' : null }
}

/** A glob for exactly one file, whatever characters its path contains. */
export function fileGlob(path: string, options: GlobOptions = {}): Glob {
  const text = options.ignoreCase === true ? foldPath(path) : path
  const tokens = [...bytesOf(text)].map((byte): Token => ({ kind: 'bytes', set: new Set([byte]) }))
  return { source: path, tokens, negative: false, only: 'files' }
}

/** The gitignore pattern that matches this path, and all below it if it is a folder, literally; where a name has characters that
 *  no pattern may hold, any others may stand for them. */
export function literalPattern(path: string): string {
  const escaped = path.replaceAll(/[*?[\]\\ ]/g, String.raw`\$&`)
  return `/${escaped.replaceAll(/\p{Cc}/gu, (control) => '?'.repeat(bytesOf(control).length))}`
}

function trimTrailingSpaces(line: string): string {
  let end = line.length
  while (end > 0 && line[end - 1] === ' ') end--
  if (end === line.length) return line
  let backslashes = 0
  while (line[end - 1 - backslashes] === '\\') backslashes++
  return line.slice(0, backslashes % 2 === 1 ? end + 1 : end)
}

interface ReaderOptions {
  readonly ignoreCase: boolean
  /** Offset behind the literal beginning, or -1. */
  readonly boundary: number
  /** False for a pattern without a slash: `**` is then no more than `*`. */
  readonly slashes: boolean
}

const code = (character: string): number => character.charCodeAt(0)
const [STAR, QUESTION, OPEN, CLOSE, BACKSLASH, BANG, CARET, DASH, COLON] = [
  code('*'),
  code('?'),
  code('['),
  code(']'),
  code('\\'),
  code('!'),
  code('^'),
  code('-'),
  code(':'),
]

/** Reads the body of a pattern byte by byte. */
class GlobReader {
  readonly #source: Uint8Array
  readonly #options: ReaderOptions
  #at = 0

  constructor(source: Uint8Array, options: ReaderOptions) {
    this.#source = source
    this.#options = options
  }

  /** The tokens, or null when the pattern is malformed, which in git means that it never matches. */
  read(): Token[] | null {
    const tokens: Token[] = []
    while (this.#at < this.#source.length) {
      const read = this.#token()
      if (read === null) return null
      tokens.push(...read)
    }
    return tokens
  }

  #token(): readonly Token[] | null {
    const byte = this.#source[this.#at]
    if (byte === STAR) return this.#star()
    if (byte === OPEN) return this.#bracket()
    this.#at++
    if (byte === QUESTION) return [{ kind: 'bytes', set: NOT_SLASH }]
    if (byte !== BACKSLASH) return this.#literal(byte)
    const escaped = this.#source[this.#at++]
    return escaped === undefined ? null : this.#literal(escaped)
  }

  #literal(byte: number | undefined): readonly Token[] | null {
    if (byte === undefined) return null
    return [{ kind: 'bytes', set: new Set([this.#options.ignoreCase ? lower(byte) : byte]) }]
  }

  #star(): readonly Token[] {
    const start = this.#at
    while (this.#source[this.#at] === STAR) this.#at++
    const next = this.#source[this.#at]
    const escapedSlash = next === BACKSLASH && this.#source[this.#at + 1] === SLASH
    const left = start === 0 || start === this.#options.boundary || this.#source[start - 1] === SLASH
    const right = next === undefined || next === SLASH || escapedSlash
    if (this.#at - start < 2 || !this.#options.slashes || !left || !right) return [{ kind: 'star' }]
    if (next !== SLASH) return [{ kind: 'any' }]
    this.#at++
    return FOLDERS
  }

  #bracket(): readonly Token[] | null {
    this.#at++
    const first = this.#source[this.#at]
    const negated = first === BANG || first === CARET
    if (negated) this.#at++
    const members = new Set<number>()
    let previous = 0
    do {
      const item = this.#bracketItem(previous, members)
      if (item === null) return null
      previous = item
    } while (this.#source[this.#at] !== CLOSE)
    this.#at++
    const folded = this.#options.ignoreCase ? closedUnderCase(members) : members
    const set = [...NOT_SLASH].filter((byte) => folded.has(byte) !== negated)
    return [{ kind: 'bytes', set: new Set(set) }]
  }

  /** Reads one member, range or class; answers what a range may start from (0: nothing), null when malformed. */
  #bracketItem(previous: number, members: Set<number>): number | null {
    const byte = this.#source[this.#at]
    if (byte === undefined) return null
    const next = this.#source[this.#at + 1]
    if (byte === DASH && previous !== 0 && next !== undefined && next !== CLOSE) {
      this.#at++
      const end = this.#plainOrEscaped()
      if (end === null) return null
      for (let member = previous; member <= end; member++) members.add(member)
      return 0
    }
    if (byte === OPEN && next === COLON) return this.#namedClass(members)
    const member = this.#plainOrEscaped()
    if (member !== null) members.add(member)
    return member
  }

  #plainOrEscaped(): number | null {
    if (this.#source[this.#at] === BACKSLASH) this.#at++
    return this.#source[this.#at++] ?? null
  }

  #namedClass(members: Set<number>): number | null {
    const start = this.#at + 2
    const close = this.#source.indexOf(CLOSE, start)
    if (close < 0) return null
    if (close === start || this.#source[close - 1] !== COLON) {
      members.add(OPEN)
      this.#at++
      return OPEN
    }
    const name = String.fromCharCode(...this.#source.subarray(start, close - 1))
    const test = CLASSES[name]
    if (test === undefined) return null
    for (let byte = 1; byte < 128; byte++) if (test.test(String.fromCharCode(byte))) members.add(byte)
    this.#at = close + 1
    return 0
  }
}

const NOT_SLASH: ReadonlySet<number> = new Set(
  Array.from({ length: 255 }, (_, index) => index + 1).filter((byte) => byte !== SLASH),
)

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  cntrl: /\p{Cc}/u,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t\n\r\v\f]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
}

function lower(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte
}

function closedUnderCase(members: ReadonlySet<number>): ReadonlySet<number> {
  const both = [...members].flatMap((byte) => {
    const letter = lower(byte)
    return letter >= 97 && letter <= 122 ? [letter, letter - 32] : [byte]
  })
  return new Set(both)
}
