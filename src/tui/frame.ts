// What has to be written to turn the lines on the screen into the next ones. Pure.
import { displayWidth } from './text.ts'

export interface ScreenSize {
  readonly columns: number
  readonly rows: number
}

export const HIDE_CURSOR = '\u001B[?25l'
export const SHOW_CURSOR = '\u001B[?25h'

/** Terminal rows that `lines` take when lines longer than the screen are folded by the terminal. */
export function rowsOf(lines: readonly string[], columns: number): number {
  return lines.reduce(
    (sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / Math.max(1, columns))),
    0,
  )
}

/** As many of the first lines as the screen has rows for; the last row says how many are missing. */
export function fitted(lines: readonly string[], { columns, rows }: ScreenSize): string[] {
  const room = Math.max(2, rows - 1)
  if (rowsOf(lines, columns) <= room) return [...lines]
  const kept: string[] = []
  for (const line of lines) {
    if (rowsOf([...kept, line], columns) > room - 1) break
    kept.push(line)
  }
  return [...kept, `… ${lines.length - kept.length} more lines`]
}

/** The bytes that replace `previous` (drawn before, cursor below it) by `next`. */
export function repaint(
  previous: readonly string[],
  next: readonly string[],
  { columns }: ScreenSize,
): string {
  const up = rowsOf(previous, columns)
  const back = up > 0 ? `\u001B[${up}A\r` : '\r'
  return `${back}${next.map((line) => `${line}${eraseRest(line, columns)}\n`).join('')}\u001B[J`
}

/** A line that fills its row to the last column has no rest: erasing there would take its last character. */
function eraseRest(line: string, columns: number): string {
  const width = displayWidth(line)
  return width > 0 && width % columns === 0 ? '' : '\u001B[K'
}
