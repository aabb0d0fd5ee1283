// Reading columns: what SQLite hands out, as the types the code works with.
import type { SQLOutputValue } from 'node:sqlite'
import type { Json } from '../contract/json.ts'
import { QuintetError } from '../contract/errors.ts'

export type Row = Readonly<Record<string, SQLOutputValue>>

/** A text column. Throws `E_STATE_CORRUPT`. */
export function text(row: Row, column: string): string {
  const value = row[column]
  return typeof value === 'string' ? value : mismatch(column, 'text')
}

/** A whole number. Throws `E_STATE_CORRUPT`. */
export function integer(row: Row, column: string): number {
  const value = row[column]
  return typeof value === 'number' ? value : mismatch(column, 'number')
}

/** A text column that may be absent. */
export function optionalText(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column)
}

/** A number column that may be absent. */
export function optionalInteger(row: Row, column: string): number | null {
  return row[column] === null ? null : integer(row, column)
}

/** A JSON column. Throws `E_STATE_CORRUPT`. */
export function json(row: Row, column: string): Json {
  return parseJson(text(row, column))
}

/** Parses stored JSON. Throws `E_STATE_CORRUPT`. */
export function parseJson(source: string): Json {
  try {
    return JSON.parse(source) as Json
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new QuintetError('E_STATE_CORRUPT', 'environment', 'A stored value is not JSON.', { cause: error })
  }
}

/** JSON text of a value; `undefined`, which JSON does not know, is null. Throws a TypeError on a cycle or a bigint. */
export function jsonText(value: Json | undefined): string {
  return JSON.stringify(value ?? null)
}

function mismatch(column: string, expected: string): never {
  throw new QuintetError(
    'E_STATE_CORRUPT',
    'environment',
    `The stored column ${column} is not a ${expected}.`,
  )
}
