import { ServiceError } from '../errors.ts'
import { isCurrency } from '../money.ts'
import type { Currency } from '../money.ts'
import type { JsonObject } from './request.ts'

/** The fields of a body or a query that are wrong, each with what was expected. */
export class ValidationError extends ServiceError {
  readonly fields: Readonly<Record<string, string>>

  constructor(fields: Readonly<Record<string, string>>) {
    const problems = Object.entries(fields).map(([name, problem]) => `${name} ${problem}`)
    super('invalid', problems.join('; '))
    this.name = 'ValidationError'
    this.fields = fields
  }
}

export type Check<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string }

export type Field<T> = (value: unknown) => Check<T>

type Shape = Readonly<Record<string, Field<unknown>>>

export type Valid<S extends Shape> = {
  readonly [Name in keyof S]: S[Name] extends Field<infer T> ? T : never
}

function valid<T>(value: T): Check<T> {
  return { ok: true, value }
}

function wrong(problem: string): Check<never> {
  return { ok: false, problem }
}

/** Text that is not blank, without the blanks around it. */
export function text(maximum = 200): Field<string> {
  return (value) => {
    const trimmed = typeof value === 'string' ? value.trim() : ''
    if (trimmed === '') {
      return wrong('is required')
    }
    return trimmed.length > maximum ? wrong(`has more than ${maximum} characters`) : valid(trimmed)
  }
}

/** Taken as it is: blanks in a password are part of it. */
export const password: Field<string> = (value) =>
  typeof value === 'string' && value !== '' ? valid(value) : wrong('is required')

export const email: Field<string> = (value) =>
  typeof value === 'string' && /^[^\s@]+@[^\s@]+$/.test(value.trim())
    ? valid(value.trim())
    : wrong('is not an email address')

export const currency: Field<Currency> = (value) =>
  typeof value === 'string' && isCurrency(value) ? valid(value) : wrong('is not supported')

export const id: Field<number> = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? valid(value) : wrong('is not an id')

export const day: Field<string> = (value) =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))
    ? valid(value)
    : wrong('is not a day such as 2026-01-31')

export function oneOf<T extends string>(isOne: (value: string) => value is T): Field<T> {
  return (value) => (typeof value === 'string' && isOne(value) ? valid(value) : wrong('is not supported'))
}

/** A field that may be left out. */
export function optional<T, const D>(field: Field<T>, fallback: D): Field<T | D> {
  return (value) => (value === undefined ? valid(fallback) : field(value))
}

/** Checks every field of the shape, so that the caller learns of all mistakes at once. */
export function validate<S extends Shape>(shape: S, input: JsonObject): Valid<S> {
  const values: Record<string, unknown> = {}
  const problems: Record<string, string> = {}
  for (const [name, field] of Object.entries(shape)) {
    const check = field(input[name])
    if (check.ok) {
      values[name] = check.value
    } else {
      problems[name] = check.problem
    }
  }
  if (Object.keys(problems).length > 0) {
    throw new ValidationError(problems)
  }
  // Each name of the shape now has the value that its own field gave.
  return values as Valid<S>
}

/** The same for a query, in which a name stands at most once. */
export function validateQuery<S extends Shape>(shape: S, query: URLSearchParams): Valid<S> {
  return validate(shape, Object.fromEntries(query))
}
