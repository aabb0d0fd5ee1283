import type { SQLOutputValue } from 'node:sqlite'

/** A row as the database gives it. The functions below are the only way to a typed value. */
export type Row = Readonly<Record<string, SQLOutputValue>>

/** A column holds what the schema does not allow: the database and the code have drifted apart. */
export class ColumnError extends Error {
  readonly column: string

  constructor(column: string, expected: string, value: SQLOutputValue | undefined) {
    super(`column ${column} holds ${value === null ? 'NULL' : typeof value}, not ${expected}`)
    this.name = 'ColumnError'
    this.column = column
  }
}

export function textOf(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') {
    throw new ColumnError(column, 'text', value)
  }
  return value
}

export function integerOf(row: Row, column: string): number {
  const value = row[column]
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new ColumnError(column, 'an integer', value)
  }
  return value
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : textOf(row, column)
}

export function integerOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : integerOf(row, column)
}

/** The row of a statement that always answers with one, such as INSERT … RETURNING. */
export function requireRow(row: Row | undefined): Row {
  if (row === undefined) {
    throw new ColumnError('*', 'a row', undefined)
  }
  return row
}
