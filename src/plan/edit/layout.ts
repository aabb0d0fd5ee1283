// Where everything of a TOML text stands: sections, values, elements and comments, with their offsets. The text must be
// valid TOML, which the parser has said before; here it is only measured. Pure.
import { parse } from 'smol-toml'

/** Keys and positions in lists: `['pieces', 0, 'scope', 'include']`. */
export type Path = readonly (string | number)[]

export interface Span {
  readonly start: number
  /** Behind the last character. */
  readonly end: number
}

/** A part of a list, or an entry of an inline table with its key. */
export interface Element extends Span {
  readonly path: Path
  /** Offset of the comma behind it. */
  readonly comma: number | null
}

export interface Value extends Span {
  readonly path: Path
  readonly kind: 'scalar' | 'list' | 'table'
  readonly elements: readonly Element[]
}

/** `key = value`; the span begins with the key and ends with the value. */
export interface Entry extends Span {
  readonly path: Path
}

/** A header with what stands below it; the first section has none, and an empty span. */
export interface Section extends Span {
  readonly at: Path
  readonly isHeader: boolean
  readonly entries: readonly Entry[]
}

export interface Layout {
  readonly sections: readonly Section[]
  readonly comments: readonly Span[]
  /** The value at a path; null when none stands there, or it is made of sections or dotted keys. */
  valueAt(path: Path): Value | null
}

/** Measures a text. */
export function layoutOf(text: string): Layout {
  return new Scan(text).document()
}

/** Whether `path` is `folder` or something in it. */
export function isWithin(path: Path, folder: Path): boolean {
  return folder.length <= path.length && folder.every((step, index) => step === path[index])
}

class Scan {
  readonly #text: string
  #at = 0
  readonly #comments: Span[] = []
  readonly #values = new Map<string, Value>()
  /** Length of every array of tables by the path of its key. */
  readonly #lengths = new Map<string, number>()

  constructor(text: string) {
    this.#text = text
  }

  document(): Layout {
    const sections: (Section & { readonly entries: Entry[] })[] = [
      { at: [], isHeader: false, start: 0, end: 0, entries: [] },
    ]
    for (;;) {
      this.#skip()
      if (this.#at >= this.#text.length) break
      if (this.#text[this.#at] === '[') sections.push({ ...this.#header(), isHeader: true, entries: [] })
      else {
        const section = sections.at(-1)
        section?.entries.push(this.#entry(section.at))
      }
    }
    const values = this.#values
    return {
      sections,
      comments: this.#comments,
      valueAt: (path) => values.get(JSON.stringify(path)) ?? null,
    }
  }

  #header(): Span & { readonly at: Path } {
    const start = this.#at
    const isArray = this.#text.startsWith('[[', start)
    this.#at += isArray ? 2 : 1
    const key = this.#key()
    this.#blanks()
    this.#at += isArray ? 2 : 1
    const at = this.#resolved(key, isArray)
    return { at, start, end: this.#at }
  }

  /** The path of a header: on its way the newest table of every array is meant. */
  #resolved(key: readonly string[], isArray: boolean): Path {
    const path: (string | number)[] = []
    for (const [index, step] of key.entries()) {
      path.push(step)
      const name = JSON.stringify(path)
      const length = this.#lengths.get(name)
      if (isArray && index === key.length - 1) {
        this.#lengths.set(name, (length ?? 0) + 1)
        path.push(length ?? 0)
      } else if (length !== undefined) path.push(length - 1)
    }
    return path
  }

  #entry(table: Path): Entry {
    const start = this.#at
    const path = [...table, ...this.#key()]
    this.#blanks()
    this.#at += 1
    this.#blanks()
    const { end } = this.#value(path)
    return { path, start, end }
  }

  #key(): readonly string[] {
    const parts: string[] = []
    for (;;) {
      this.#blanks()
      const start = this.#at
      const mark = this.#text[start]
      if (mark === '"' || mark === "'") {
        this.#string()
        parts.push(decoded(this.#text.slice(start, this.#at)))
      } else {
        this.#while(/[A-Za-z0-9_-]/)
        parts.push(this.#text.slice(start, this.#at))
      }
      this.#blanks()
      if (this.#text[this.#at] !== '.') return parts
      this.#at += 1
    }
  }

  #value(path: Path): Value {
    const mark = this.#text[this.#at]
    const value = mark === '[' || mark === '{' ? this.#group(path, mark) : this.#scalar(path)
    this.#values.set(JSON.stringify(path), value)
    return value
  }

  #scalar(path: Path): Value {
    const start = this.#at
    const mark = this.#text[start]
    if (mark === '"' || mark === "'") this.#string()
    else {
      this.#while(/[^,\]}#\r\n]/)
      this.#at = start + this.#text.slice(start, this.#at).trimEnd().length
    }
    return { path, kind: 'scalar', start, end: this.#at, elements: [] }
  }

  #group(path: Path, mark: '[' | '{'): Value {
    const start = this.#at
    const close = mark === '[' ? ']' : '}'
    const elements: Element[] = []
    this.#at += 1
    for (;;) {
      this.#skip()
      if (this.#at >= this.#text.length || this.#text[this.#at] === close) break
      const part = mark === '[' ? this.#value([...path, elements.length]) : this.#entry(path)
      this.#skip()
      const isComma = this.#text[this.#at] === ','
      const { start, end } = part
      elements.push({ path: part.path, start, end, comma: isComma ? this.#at : null })
      if (isComma) this.#at += 1
    }
    this.#at += 1
    return { path, kind: mark === '[' ? 'list' : 'table', start, end: this.#at, elements }
  }

  #string(): void {
    const mark = this.#text[this.#at] ?? ''
    const long = mark.repeat(3)
    const isLong = this.#text.startsWith(long, this.#at)
    const close = isLong ? long : mark
    this.#at += close.length
    while (this.#at < this.#text.length && !this.#text.startsWith(close, this.#at)) {
      this.#at += mark === '"' && this.#text[this.#at] === '\\' ? 2 : 1
    }
    this.#at += close.length
    // Up to two quotes may stand right before the closing ones.
    if (isLong) for (let more = 0; more < 2 && this.#text[this.#at] === mark; more++) this.#at += 1
  }

  #skip(): void {
    for (;;) {
      this.#while(/[\s\ufeff]/)
      if (this.#text[this.#at] !== '#') return
      const start = this.#at
      this.#while(/[^\r\n]/)
      this.#comments.push({ start, end: this.#at })
    }
  }

  #blanks(): void {
    this.#while(/[ \t]/)
  }

  #while(kind: RegExp): void {
    while (this.#at < this.#text.length && kind.test(this.#text[this.#at] ?? '')) this.#at += 1
  }
}

function decoded(raw: string): string {
  const { k } = parse(`k = ${raw}`)
  return typeof k === 'string' ? k : ''
}
