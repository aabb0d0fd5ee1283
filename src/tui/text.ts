// Text as it stands on a terminal: how wide it is, cut and padded to a width. What an agent or a file says is made
// harmless here before it reaches a terminal.
import { stripVTControlCharacters } from 'node:util'

const CONTROL = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu
const CONTROL_BUT_LINES = /(?![\n\t])[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu
const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]/u
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
const ASCII = /^[\x20-\x7e]*$/

/** One line without control characters, terminal sequences and marks that reorder text; safe to print. */
export function oneLine(text: string): string {
  if (ASCII.test(text)) return text
  return stripVTControlCharacters(text.replaceAll(/\s+/g, ' ')).replaceAll(CONTROL, '').trim()
}

/** Several lines, made as harmless as `oneLine` does. */
export function printable(text: string): string {
  return stripVTControlCharacters(text.replaceAll('\r\n', '\n')).replaceAll(CONTROL_BUT_LINES, '')
}

/** Columns that `text` takes on a terminal; marks take none, East Asian wide characters and emoji take two. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length
  let width = 0
  for (const character of stripVTControlCharacters(text)) width += characterWidth(character)
  return width
}

function characterWidth(character: string): number {
  if (ASCII.test(character)) return 1
  if (NO_WIDTH.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}

/** `text` in at most `width` columns; what is cut off is marked by an ellipsis. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  if (width <= 0) return ''
  let kept = ''
  let used = 0
  for (const character of text) {
    const next = characterWidth(character)
    if (used + next > width - 1) break
    kept += character
    used += next
  }
  return `${kept.trimEnd()}…`
}

/** A path in at most `width` columns: its end, which tells it from others, with an ellipsis for what is left out. */
export function pathEnd(path: string, width: number): string {
  if (displayWidth(path) <= width) return path
  let end = path
  for (const character of path) {
    if (displayWidth(end) < width) break
    end = end.slice(character.length)
  }
  return `…${end}`
}

/** 13080 as `13,080`. */
export function grouped(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ',')
}

/** `text` filled with blanks to `width` columns; longer text is returned as it is. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(text)))
  return align === 'left' ? text + blanks : blanks + text
}

/** Splits `text` at blanks into lines of at most `width` columns; a longer word keeps a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  if (line !== '') lines.push(line)
  return lines
}

/** `3 files`, `1 file`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** As many of these words as fit into `width` columns, at least one, and how many more there are. */
export function listed(words: readonly string[], width: number): string {
  const all = words.join(', ')
  if (words.length < 2 || displayWidth(all) <= width) return all
  for (let count = words.length - 1; count > 1; count--) {
    const text = `${words.slice(0, count).join(', ')} and ${words.length - count} more`
    if (displayWidth(text) <= width) return text
  }
  return `${words[0] ?? ''} and ${words.length - 1} more`
}
