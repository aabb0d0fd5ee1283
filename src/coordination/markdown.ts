// The few pieces of Markdown that prompts and projected files are made of. Text of others (paths, command output, an
// operator's words) goes through here, so that it cannot be taken for a heading or end a code block early. Pure.

export interface Section {
  readonly title: string
  readonly lines: readonly string[]
}

const LIST_LIMIT = 20
const PLAIN_WORD = /^[\w@%+=:,./-]+$/

/** A value as inline code on one line; control characters are shown as escapes. */
export function code(text: string): string {
  const shown = oneLine(text)
  const ticks = '`'.repeat(longestRun(shown) + 1)
  const pad = shown.startsWith('`') || shown.endsWith('`') || shown === '' ? ' ' : ''
  return `${ticks}${pad}${shown}${pad}${ticks}`
}

/** A code block whose fence is longer than any run of backticks inside. */
export function fence(text: string, language = ''): string {
  const ticks = '`'.repeat(Math.max(3, longestRun(text) + 1))
  return `${ticks}${language}\n${text.replace(/\n+$/, '')}\n${ticks}`
}

/** A command as it would be typed in a POSIX shell. */
export function commandLine(words: readonly string[]): string {
  return words
    .map((word) => (PLAIN_WORD.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`))
    .join(' ')
}

/** Bullets of at most 20 entries; the rest is counted. */
export function bullets(items: readonly string[]): string[] {
  const shown = items.slice(0, LIST_LIMIT).map(bullet)
  const rest = items.length - shown.length
  return rest > 0 ? [...shown, `- and ${rest} more`] : shown
}

/** One bullet; further lines of the text are indented below it. */
function bullet(text: string): string {
  return `- ${indented(text, '  ')}`
}

/** A text of several lines, indented from the second line on so that it stays inside its list item. */
export function indented(text: string, indent: string): string {
  return text
    .trim()
    .split(/\r\n|\r|\n/)
    .map((line, index) => (index === 0 || line === '' ? line : indent + line))
    .join('\n')
}

/** Values as inline code, separated by commas. */
export function codeList(values: readonly string[]): string {
  return values.map(code).join(', ')
}

/** Sections under headings of level 2, below a title of level 1. Empty sections are left out. */
export function document(title: string, intro: readonly string[], sections: readonly Section[]): string {
  const parts = sections
    .filter((section) => section.lines.length > 0)
    .map((section) => `## ${section.title}\n\n${section.lines.join('\n')}`)
  return `${[`# ${oneLine(title)}`, ...intro, ...parts].join('\n\n')}\n`
}

/** `1 file`, `2 files`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

/** A text on one line, control characters as escapes. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1))
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map((run) => run[0].length))
}
