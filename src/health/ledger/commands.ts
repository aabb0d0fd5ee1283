// The simple commands of a shell line, as far as a look at the words can tell: enough to see a program, its arguments and
// what `>` writes. What cannot be told (expansions, evaluated strings) is left out. Pure.

export interface SimpleCommand {
  /** Program and arguments, quotes removed. */
  readonly words: readonly string[]
  /** Targets of `>` and `>>`. */
  readonly writes: readonly string[]
  /** Folder that an earlier `cd` of the line has led to; null when it stayed where it was. */
  readonly cwd: string | null
}

interface Token {
  readonly text: string
  readonly operator: boolean
}

const HEREDOC = /<<-?\s*(['"]?)(\w+)\1([^\n]*)\n[\s\S]*?(?:^\s*\2\s*$|$(?![\s\S]))/gm
const TOKEN =
  /'([^']*)'|"((?:\\.|[^"\\])*)"|(\n|&&|\|\||[0-9&]?>>?&?[0-9]?|;|\||&|[()])|\\([\s\S])|([^\s'"\\;&|()>]+)|(\s+)/g
const NO_TARGET = /&\d$|^\d?>&/

/** Of a longer line only the beginning is read. */
const LINE_CHARS = 20_000

/** Wrappers that run the command that follows them. */
const WRAPPERS = /^(?:sudo|env|time|nohup|command|exec|then|do|else|if|!|\{)$/

/** The simple commands of a line, in order; the bodies of here-documents are not commands. */
export function simpleCommands(line: string): readonly SimpleCommand[] {
  const commands: SimpleCommand[] = []
  let cwd: string | null = null
  let words: string[] = []
  let writes: string[] = []
  let redirecting = false
  const end = (): void => {
    const real = unwrapped(words)
    if (real[0] === 'cd' && real[1] !== undefined) cwd = joined(cwd, real[1])
    else if (real.length > 0 || writes.length > 0) commands.push({ words: real, writes, cwd })
    words = []
    writes = []
    redirecting = false
  }
  for (const { text, operator } of tokens(line.slice(0, LINE_CHARS).replace(HEREDOC, '$3\n'))) {
    if (operator && text.includes('>')) redirecting = !NO_TARGET.test(text)
    else if (operator) end()
    else if (redirecting) {
      if (text !== '/dev/null') writes.push(text)
      redirecting = false
    } else words.push(text)
  }
  end()
  return commands
}

function tokens(line: string): readonly Token[] {
  const found: Token[] = []
  let word: string | null = null
  const flush = (): void => {
    if (word !== null) found.push({ text: word, operator: false })
    word = null
  }
  for (const [, single, double, operator, escaped, plain] of line.matchAll(TOKEN)) {
    if (operator !== undefined) {
      flush()
      found.push({ text: operator, operator: true })
      continue
    }
    const part = single ?? double ?? (escaped === '\n' ? '' : escaped) ?? plain
    if (part === undefined) flush()
    else word = (word ?? '') + part
  }
  flush()
  return found
}

function unwrapped(words: readonly string[]): readonly string[] {
  let index = 0
  while (index < words.length && (WRAPPERS.test(words[index] ?? '') || /^\w+=/.test(words[index] ?? '')))
    index++
  return words.slice(index)
}

function joined(from: string | null, to: string): string {
  if (to.startsWith('/') || from === null) return to
  return `${from.replace(/\/$/, '')}/${to}`
}
