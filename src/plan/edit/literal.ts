// Values as they are written into a plan. Pure.

/** How a text is quoted where it is put. */
export type Quotes = '"' | "'"

/** A text in quotes; the single ones only where they can hold it. */
export function textLiteral(text: string, quotes: Quotes = '"'): string {
  const isPlain = !/['\p{Cc}]/u.test(text)
  if (quotes === "'" && isPlain) return `'${text}'`
  return JSON.stringify(text).replaceAll('\u007f', String.raw`\u007f`)
}

/** A text of several lines, in three quotes. */
export function longLiteral(text: string, newline: string): string {
  const lines = text.split(/\r?\n/).map((line) => escaped(line))
  const last = lines.at(-1) ?? ''
  // A quote at the very end would be taken for one of the closing three.
  const end = text.endsWith('"') ? escaped(text.split(/\r?\n/).at(-1) ?? '', '"') : last
  return `"""${newline}${[...lines.slice(0, -1), end].join(newline)}"""`
}

function escaped(line: string, quotes = '"""'): string {
  return line
    .replaceAll('\\', '\\\\')
    .replaceAll(quotes, `${quotes.slice(1)}\\"`)
    .replaceAll(/[^\P{Cc}\t]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** A key, quoted where it must be. */
export function keyLiteral(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : textLiteral(key)
}

/** Any value of a plan on one line. */
export function literal(value: unknown): string {
  if (typeof value === 'string') return textLiteral(value)
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, one]) => `${keyLiteral(key)} = ${literal(one)}`)
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
  }
  return String(value)
}
