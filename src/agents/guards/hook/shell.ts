// Which files a shell command writes, as far as its text tells: redirections and the plain arguments of well-known
// programs. What comes out of variables, globs, interpreters and scripts is not seen; the box and the gate are for those.
// Pure.

/** A file that a command writes; relative to `folder` when that is known, null after a `cd` whose target is not. */
export interface ShellWrite {
  readonly path: string
  readonly folder: string | null
}

/** A simple command: the words that are known before it runs, without prefixes and redirections. */
export interface ShellCommand {
  readonly words: readonly string[]
  /** Where it runs, null where that cannot be told. */
  readonly folder: string | null
}

/** A word as the shell will read it. `plain` false: it is made only when the command runs. */
interface Word {
  readonly text: string
  readonly plain: boolean
}

type Part =
  | { readonly kind: 'word'; readonly word: Word }
  /** A redirection; the next word is its file. */
  | { readonly kind: 'write' | 'read' }
  | { readonly kind: 'end' | 'open' | 'close' }

export interface ShellReading {
  readonly writes: readonly ShellWrite[]
  readonly commands: readonly ShellCommand[]
}

/** The files that a command line writes and the commands that it runs, in order; `folder` is where it runs. */
export function readShell(command: string, folder: string): ShellReading {
  const reader = new CommandReader(folder)
  for (const part of parts(withoutDocuments(command))) reader.take(part)
  reader.take({ kind: 'end' })
  return reader
}

class CommandReader implements ShellReading {
  readonly writes: ShellWrite[] = []
  readonly commands: ShellCommand[] = []
  readonly #above: (string | null)[] = []
  #folder: string | null
  #words: Word[] = []
  #redirection: 'write' | 'read' | null = null

  constructor(folder: string) {
    this.#folder = folder
  }

  take(part: Part): void {
    switch (part.kind) {
      case 'word':
        return this.#takeWord(part.word)
      case 'write':
      case 'read':
        this.#redirection = part.kind
        return
      case 'end':
        return this.#finish()
      case 'open':
        this.#finish()
        this.#above.push(this.#folder)
        return
      case 'close':
        this.#finish()
        this.#folder = this.#above.pop() ?? this.#folder
    }
  }

  #takeWord(word: Word): void {
    // In a test `>` compares.
    if (this.#redirection === null || this.#words[0]?.text === '[[') this.#words.push(word)
    else if (this.#redirection === 'write' && word.plain) this.#note(word.text)
    this.#redirection = null
  }

  #finish(): void {
    const words = withoutPrefixes(this.#words)
    for (const path of written(words)) this.#note(path)
    if (words.length > 0)
      this.commands.push({
        words: words.filter(({ plain }) => plain).map(({ text }) => text),
        folder: this.#folder,
      })
    if (this.#words[0]?.text === 'cd') this.#folder = moved(this.#folder, this.#words)
    this.#words = []
    this.#redirection = null
  }

  #note(path: string): void {
    this.writes.push({ path, folder: this.#folder })
  }
}

function moved(current: string | null, words: readonly Word[]): string | null {
  const to = words[1]
  if (words.length !== 2 || to === undefined || !to.plain || /^[-~]/.test(to.text)) return null
  if (to.text.startsWith('/')) return to.text
  return current === null ? null : `${current}/${to.text}`
}

/** Programs that write every file they are given. */
const WRITE_ALL = new Set(['tee', 'touch', 'rm', 'unlink', 'truncate', 'mv'])
/** Programs that write the last file they are given. */
const WRITE_LAST = new Set(['cp', 'ln', 'install'])
/** Words before the program's name that do not change what it does. */
const PREFIXES = new Set('sudo command exec nohup time env if elif while until then do else ! {'.split(' '))

function withoutPrefixes(all: readonly Word[]): readonly Word[] {
  const begins = all.findIndex(({ text }) => !PREFIXES.has(text) && !/^\w+=/.test(text))
  return begins === -1 ? [] : all.slice(begins)
}

function written([program, ...rest]: readonly Word[]): readonly string[] {
  if (program === undefined) return []
  const files = rest
    .filter(({ text, plain }) => plain && text !== '' && !text.startsWith('-'))
    .map(({ text }) => text)
  const name = program.text.slice(program.text.lastIndexOf('/') + 1)
  if (WRITE_ALL.has(name)) return files
  if (WRITE_LAST.has(name)) return rest.at(-1)?.plain === true ? files.slice(-1) : []
  if (name === 'sed') return sedFiles(rest, files)
  if (name === 'dd') return files.flatMap((text) => (text.startsWith('of=') ? [text.slice(3)] : []))
  return []
}

/** `sed -i SCRIPT FILE…`; without -i it writes nothing. */
function sedFiles(rest: readonly Word[], files: readonly string[]): readonly string[] {
  const inPlace = rest.some(({ text }) => /^-[a-zA-Z]*i|^--in-place/.test(text))
  if (!inPlace) return []
  const scriptGiven = rest.some(({ text }) => /^-(?:e|f|-expression|-file)/.test(text))
  return scriptGiven ? [] : files.slice(1)
}

/** Texts that stand in the command itself (`<<END`) are taken out; what follows the word on its line stays. */
const DOCUMENT = /(?<!<)<<-?[ \t]*(['"]?)([\w-]+)\1(?!<)([^\n]*)\n(?:[^]*?\n)??[ \t]*\2(?=[ \t]*(?:\n|\)|$))/

function withoutDocuments(command: string): string {
  let text = command
  for (let found = DOCUMENT.exec(text); found !== null; found = DOCUMENT.exec(text)) {
    text = text.slice(0, found.index) + (found[3] ?? '') + text.slice(found.index + found[0].length)
  }
  return text
}

/** What a part of a command begins with, the first that fits. Null: it is passed over. */
const BEGINNINGS: readonly (readonly [RegExp, Exclude<Part['kind'], 'word'> | null])[] = [
  [/^(?:[ \t\r]+|\\\n|#[^\n]*)/, null],
  // Arithmetic, and streams joined to others.
  [/^\(\([^]*?\)\)/, null],
  [/^\d*[<>]&(?:\d+|-)/, null],
  [/^[<>]?\(/, 'open'],
  [/^\)/, 'close'],
  [/^(?:\d*(?:>>|>\||<>|>&|>)|&>>?)/, 'write'],
  [/^\d*<{1,3}/, 'read'],
  [/^(?:&&|\|\||;;|\|&|[;&|\n])/, 'end'],
]

function* parts(command: string): Generator<Part> {
  let rest = command
  while (rest !== '') {
    const beginning = BEGINNINGS.find(([form]) => form.test(rest))
    if (beginning === undefined) {
      const [word, length] = firstWord(rest)
      yield { kind: 'word', word }
      rest = rest.slice(length)
      continue
    }
    const [form, kind] = beginning
    if (kind !== null) yield { kind }
    rest = rest.replace(form, '')
  }
}

/** A word at the beginning and how much of the text it takes; at least one character. */
function firstWord(text: string): readonly [Word, number] {
  let at = 0
  let made = ''
  let plain = true
  while (at < text.length) {
    const rest = text.slice(at)
    const quoted = /^'([^']*)'/.exec(rest) ?? /^"((?:[^"\\]|\\[^])*)"/.exec(rest)
    const escaped = /^\\([^])/.exec(rest)
    if (quoted !== null) {
      const content = quoted[1] ?? ''
      const double = rest.startsWith('"')
      if (double && /[$`]/.test(content)) plain = false
      made += double ? content.replaceAll(/\\([$`"\\])/g, '$1') : content
      at += quoted[0].length
    } else if (escaped !== null) {
      made += escaped[1] ?? ''
      at += 2
    } else if (/^[\s;&|<>()]/.test(rest) && at > 0) break
    else if (/^['"]/.test(rest)) return [{ text: made, plain: false }, text.length]
    else {
      if (/^[$`*?[~]/.test(rest)) plain = false
      made += rest[0] ?? ''
      at += 1
    }
  }
  return [{ text: made, plain }, at]
}
