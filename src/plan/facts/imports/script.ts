// Import statements of JavaScript and TypeScript, JSX included. Not a parser: a lexer that knows comments, strings,
// templates and regular expressions, and stops behind the last word that could begin an import. What a comment imports as
// a type (`@typedef {import('./a.js').A}`, `@import {A} from './a.js'`) counts like any other type. Pure.

const [TAB, NEWLINE, RETURN, BLANK] = [9, 10, 13, 32]
const [DOUBLE, DOLLAR, SINGLE, OPEN, CLOSE, STAR] = [34, 36, 39, 40, 41, 42]
const [COMMA, DOT, SLASH, LESS, MORE] = [44, 46, 47, 60, 62]
const [OPEN_BRACKET, BACKSLASH, CLOSE_BRACKET, BACKTICK, OPEN_BRACE, CLOSE_BRACE] = [91, 92, 93, 96, 123, 125]

/** Words behind which a slash begins a regular expression. */
const BEFORE_EXPRESSION: ReadonlySet<string> = new Set(
  'return typeof instanceof in of new delete void throw case do else yield await default extends'.split(' '),
)
const BLOCKS = /<script\b[^>]*>([\s\S]*?)<\/script>/gi
const FRONT_MATTER = /^---\n([\s\S]*?)\n---/
const TYPE_IN_COMMENT = /\bimport\(\s*(["'])([^"'\n]+)\1\s*[),]|@import\s[^"'@]*?\bfrom\s+(["'])([^"'\n]+)\3/g

/** What a module imports, as written, each once. `text`: each character one byte. */
export function scriptImports(text: string): readonly string[] {
  const end = Math.max(text.lastIndexOf('import'), text.lastIndexOf('require'), text.lastIndexOf('export'))
  return end === -1 ? [] : [...new Scanner(text, end).scan()]
}

/** The scripts of a component file, and its front matter; markup left out. */
export function embeddedScripts(text: string): string {
  const scripts = [...text.matchAll(BLOCKS)].map(([, script]) => script ?? '')
  return [FRONT_MATTER.exec(text)?.[1] ?? '', ...scripts].join('\n')
}

class Scanner {
  readonly #text: string
  /** No import begins behind this offset. */
  readonly #last: number
  readonly #found = new Set<string>()
  #at = 0
  /** Whether a slash here would divide: what stands before it has a value. */
  #value = false
  /** Open braces of each template that is being read. */
  readonly #templates: number[] = []

  constructor(text: string, last: number) {
    this.#text = text
    this.#last = last
  }

  scan(): ReadonlySet<string> {
    if (this.#text.startsWith('#!')) this.#skipLine()
    while (this.#at <= this.#last) this.#step()
    return this.#found
  }

  #step(): void {
    const unit = this.#text.charCodeAt(this.#at)
    if (unit === BLANK || unit === NEWLINE || unit === TAB || unit === RETURN) this.#at += 1
    else if (isWord(unit)) this.#word()
    else if (unit === DOUBLE || unit === SINGLE) this.#string(unit)
    else if (unit === SLASH) this.#slash()
    else if (unit === BACKTICK) {
      this.#at += 1
      this.#template()
    } else this.#mark(unit)
  }

  #mark(unit: number): void {
    this.#at += 1
    this.#value = unit === CLOSE || unit === CLOSE_BRACKET || unit === CLOSE_BRACE
    const depth = this.#templates.length - 1
    if (depth < 0) return
    const open = this.#templates[depth] ?? 0
    if (unit === OPEN_BRACE) this.#templates[depth] = open + 1
    else if (unit === CLOSE_BRACE && open > 0) this.#templates[depth] = open - 1
    else if (unit === CLOSE_BRACE) {
      this.#templates.pop()
      this.#template()
    }
  }

  #word(): void {
    const start = this.#at
    const text = this.#text
    let at = start + 1
    while (isWord(text.charCodeAt(at))) at += 1
    this.#at = at
    this.#value = true
    const length = at - start
    if (length > 10) return
    const word = text.slice(start, at)
    if (BEFORE_EXPRESSION.has(word)) this.#value = false
    else if (length < 6 || (word !== 'import' && word !== 'require' && word !== 'export')) return
    else if (text.charCodeAt(start - 1) !== DOT || text.startsWith('...', start - 3)) this.#keyword(word)
  }

  #keyword(word: string): void {
    const behind = this.#at
    this.#skipBlank()
    if (word === 'import' && this.#text.charCodeAt(this.#at) === DOT) this.#phase()
    const unit = this.#text.charCodeAt(this.#at)
    const specifier =
      unit === OPEN && word !== 'export'
        ? this.#argument()
        : word === 'require'
          ? this.#resolved(unit)
          : this.#clause(word)
    if (specifier === null) this.#at = behind
    else this.#add(specifier)
    this.#value = specifier !== null
  }

  /** `import.defer('x')`, `import.source('x')`. */
  #phase(): void {
    const phase = /\.\s*(?:defer|source)\s*(?=\()/y
    phase.lastIndex = this.#at
    if (phase.test(this.#text)) this.#at = phase.lastIndex
  }

  #add(specifier: string): void {
    if (specifier !== '' && specifier.length < 400) this.#found.add(specifier)
  }

  /** `require.resolve('x')`. */
  #resolved(unit: number): string | null {
    if (unit !== DOT || !this.#text.startsWith('resolve', this.#at + 1)) return null
    this.#at += 'resolve'.length + 1
    this.#skipBlank()
    return this.#text.charCodeAt(this.#at) === OPEN ? this.#argument() : null
  }

  /** The one string in brackets that begin here. */
  #argument(): string | null {
    this.#at += 1
    this.#skipBlank()
    const specifier = this.#quoted()
    if (specifier === null) return null
    this.#skipBlank()
    const next = this.#text.charCodeAt(this.#at)
    return next === CLOSE || next === COMMA ? specifier : null
  }

  /** What stands between the word and its string; null when it is no import or export of another module. */
  #clause(word: string): string | null {
    const text = this.#text
    if (word === 'import') {
      const bare = this.#quoted()
      if (bare !== null) return bare
    }
    let inBraces = false
    for (let from = false; this.#at < text.length;) {
      this.#skipBlank()
      const unit = text.charCodeAt(this.#at)
      if (inBraces && (unit === DOUBLE || unit === SINGLE)) {
        this.#string(unit)
        continue
      }
      if (unit === DOUBLE || unit === SINGLE) {
        const found = this.#quoted()
        if (found === null) return null
        if (from) return found
        // `export * as 'a name' from` has one before it.
        if (word === 'import') return null
      } else if (isWord(unit)) {
        const start = this.#at
        while (isWord(text.charCodeAt(this.#at))) this.#at += 1
        const name = text.slice(start, this.#at)
        from = name === 'from'
        if (word === 'export' && !inBraces && !MAY_FOLLOW_EXPORT.has(name) && !this.#starred(start))
          return null
        continue
      } else if (unit === OPEN_BRACE) inBraces = true
      else if (unit === CLOSE_BRACE) inBraces = false
      else if (unit !== STAR && unit !== COMMA) return null
      if (unit !== DOUBLE && unit !== SINGLE) this.#at += 1
      from = false
    }
    return null
  }

  /** `export * as name`: a word behind `as`. */
  #starred(start: number): boolean {
    return /\bas\s+$/.test(this.#text.slice(Math.max(0, start - 20), start))
  }

  /** The string that begins here, behind it; null where none does. */
  #quoted(): string | null {
    const quote = this.#text.charCodeAt(this.#at)
    if (quote !== DOUBLE && quote !== SINGLE && quote !== BACKTICK) return null
    const start = this.#at + 1
    const end = this.#text.indexOf(String.fromCharCode(quote), start)
    if (end === -1) return null
    const content = this.#text.slice(start, end)
    if (/[\n\\]|\$\{/.test(content)) return null
    this.#at = end + 1
    return content
  }

  #string(quote: number): void {
    const text = this.#text
    let at = this.#at + 1
    for (; at < text.length; at += 1) {
      const unit = text.charCodeAt(at)
      if (unit === BACKSLASH) at += text.charCodeAt(at + 1) === RETURN ? 2 : 1
      else if (unit === quote) break
      // An apostrophe in the text of an element.
      else if (unit === NEWLINE) break
    }
    this.#at = at + 1
    this.#value = true
  }

  /** The rest of a template up to its end, or to an expression in it. */
  #template(): void {
    const text = this.#text
    let at = this.#at
    for (; at < text.length; at += 1) {
      const unit = text.charCodeAt(at)
      if (unit === BACKSLASH) at += 1
      else if (unit === BACKTICK) break
      else if (unit === DOLLAR && text.charCodeAt(at + 1) === OPEN_BRACE) {
        this.#at = at + 2
        this.#value = false
        this.#templates.push(0)
        return
      }
    }
    this.#at = at + 1
    this.#value = true
  }

  #slash(): void {
    const next = this.#text.charCodeAt(this.#at + 1)
    if (next === SLASH) this.#skipLine()
    else if (next === STAR) this.#skipComment()
    else if (this.#value || next === MORE || this.#text.charCodeAt(this.#at - 1) === LESS) {
      this.#at += 1
      this.#value = false
    } else this.#pattern()
  }

  #pattern(): void {
    const text = this.#text
    let inClass = false
    for (let at = this.#at + 1; at < text.length; at += 1) {
      const unit = text.charCodeAt(at)
      if (unit === BACKSLASH) at += 1
      else if (unit === NEWLINE) break
      else if (unit === OPEN_BRACKET) inClass = true
      else if (unit === CLOSE_BRACKET) inClass = false
      else if (unit === SLASH && !inClass) {
        this.#at = at + 1
        this.#value = true
        return
      }
    }
    // It was no pattern.
    this.#at += 1
    this.#value = false
  }

  #skipBlank(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at)
      if (unit === BLANK || unit === NEWLINE || unit === TAB || unit === RETURN) this.#at += 1
      else if (unit !== SLASH) return
      else if (this.#text.charCodeAt(this.#at + 1) === SLASH) this.#skipLine()
      else if (this.#text.charCodeAt(this.#at + 1) === STAR) this.#skipComment()
      else return
    }
  }

  #skipLine(): void {
    const end = this.#text.indexOf('\n', this.#at)
    this.#at = end === -1 ? this.#text.length : end
  }

  #skipComment(): void {
    const start = this.#at
    const end = this.#text.indexOf('*/', start + 2)
    this.#at = end === -1 ? this.#text.length : end + 2
    if (this.#text.charCodeAt(start + 2) !== STAR) return
    const comment = this.#text.slice(start, this.#at)
    if (!comment.includes('import')) return
    for (const [, , called, , tagged] of comment.matchAll(TYPE_IN_COMMENT)) this.#add(called ?? tagged ?? '')
  }
}

const MAY_FOLLOW_EXPORT: ReadonlySet<string> = new Set(['type', 'from', 'as'])

/** Part of a name; bytes outside of ASCII are taken for letters. */
function isWord(unit: number): boolean {
  return (
    (unit >= 97 && unit <= 122) ||
    (unit >= 65 && unit <= 90) ||
    (unit >= 48 && unit <= 57) ||
    unit === 95 ||
    unit === DOLLAR ||
    unit > 127
  )
}
