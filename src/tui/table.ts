// Tables that fit: columns are dropped by priority until the rest fits the width, and what is still too wide is cut.
import { displayWidth, oneLine, pad, truncate } from './text.ts'
import { toned, type Tone } from './style.ts'

export interface Cell {
  readonly text: string
  readonly tone?: Tone
}

export interface Column<Row> {
  readonly heading: string
  readonly cell: (row: Row) => Cell | string
  /** 0 is never dropped; of the others the highest number goes first. */
  readonly priority: number
  readonly align?: 'left' | 'right'
  /** A column that may be cut down to this many columns of the terminal. Absent: it keeps its natural width. */
  readonly min?: number
}

export interface TableSize {
  readonly width: number
  readonly colour: boolean
  readonly indent?: number
}

interface Fitted<Row> {
  readonly column: Column<Row>
  readonly cells: readonly Cell[]
  readonly natural: number
  width: number
}

const GAP = 2

/** The lines of a table with a heading; no line is wider than `width` unless the columns of priority 0 need it. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { width, colour, indent = 0 }: TableSize,
): string[] {
  const room = width - indent
  const fitted = fit(
    columns.map((column) => measured(column, rows)),
    room,
  )
  const line = (texts: readonly string[]): string =>
    (' '.repeat(indent) + texts.join(' '.repeat(GAP))).trimEnd()
  const cell = (part: Fitted<Row>, { text, tone }: Cell): string =>
    pad(toned(truncate(text, part.width), tone ?? 'plain', colour), part.width, part.column.align)
  return [
    line(fitted.map((part) => cell(part, { text: part.column.heading, tone: 'quiet' }))),
    ...rows.map((_, index) => line(fitted.map((part) => cell(part, part.cells[index] ?? { text: '' })))),
  ]
}

function measured<Row>(column: Column<Row>, rows: readonly Row[]): Fitted<Row> {
  const cells = rows.map((row) => {
    const cell = column.cell(row)
    return typeof cell === 'string' ? { text: oneLine(cell) } : { ...cell, text: oneLine(cell.text) }
  })
  const natural = Math.max(displayWidth(column.heading), ...cells.map((cell) => displayWidth(cell.text)))
  return { column, cells, natural, width: natural }
}

/** Leaves out what is empty in every row, then what does not fit, then cuts. */
function fit<Row>(all: readonly Fitted<Row>[], room: number): Fitted<Row>[] {
  let kept = all.filter((part) => part.column.priority === 0 || part.cells.some((cell) => cell.text !== ''))
  while (needed(kept, smallest) > room) {
    const last = kept.reduce<Fitted<Row> | null>(
      (worst, part) =>
        part.column.priority > 0 && (worst === null || part.column.priority >= worst.column.priority)
          ? part
          : worst,
      null,
    )
    if (last === null) break
    kept = kept.filter((part) => part !== last)
  }
  shrink(kept, room)
  return kept
}

function smallest<Row>(part: Fitted<Row>): number {
  return Math.min(part.natural, part.column.min ?? part.natural)
}

function needed<Row>(parts: readonly Fitted<Row>[], widthOf: (part: Fitted<Row>) => number): number {
  return parts.reduce((sum, part) => sum + widthOf(part), 0) + GAP * Math.max(0, parts.length - 1)
}

/** Takes what is too much from the widest columns that may be cut. */
function shrink<Row>(parts: readonly Fitted<Row>[], room: number): void {
  let excess = needed(parts, (part) => part.width) - room
  while (excess > 0) {
    const widest = parts
      .filter((part) => part.width > smallest(part))
      .reduce<Fitted<Row> | null>(
        (found, part) => (found === null || part.width > found.width ? part : found),
        null,
      )
    if (widest === null) return
    widest.width -= 1
    excess -= 1
  }
}
