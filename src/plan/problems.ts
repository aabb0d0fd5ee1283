// What is wrong with a TOML file, told in the file's own terms: where, what was expected, and the key that was probably
// meant. Pure.
import { parse, TomlError } from 'smol-toml'
import * as v from 'valibot'
import { QuintetError } from '../contract/errors.ts'
import { nearest } from '../contract/nearest.ts'

/** One thing wrong with a file. `path` is the TOML path, `pieces[0].scope.include`. */
interface Problem {
  readonly path: string
  readonly message: string
}

export interface TomlSource {
  readonly text: string
  /** As it is to be shown. */
  readonly filename: string
  readonly codes: { readonly syntax: string; readonly invalid: string }
}

/** Files beyond this are not written by people. */
const MAX_BYTES = 1024 * 1024

/** Reads TOML; throws `codes.syntax` with line and column. */
export function parseToml({ text, filename, codes }: TomlSource): unknown {
  if (text.length > MAX_BYTES) {
    throw new QuintetError(codes.syntax, 'config', `The file ${filename} is larger than 1 MiB.`)
  }
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const reason = (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '')
    throw new QuintetError(
      codes.syntax,
      'config',
      `The file ${filename} is not valid TOML: line ${error.line}, column ${error.column}: ${reason}.`,
      {
        details: { file: filename, line: error.line, column: error.column, excerpt: error.codeblock },
        cause: error,
      },
    )
  }
}

/** Checks a value against a schema; throws `codes.invalid` that names every problem. */
export function requireValid<const S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  source: Omit<TomlSource, 'text'>,
): v.InferOutput<S> {
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return parsed.output
  const problems = parsed.issues.map((issue) => problemOf(schema, issue))
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`
  const list = problems.map(({ path, message }) => `${path} ${message}`).join('; ')
  throw new QuintetError(
    source.codes.invalid,
    'config',
    `The file ${source.filename} has ${count}: ${list}.`,
    {
      details: { file: source.filename, problems },
    },
  )
}

function problemOf(schema: v.GenericSchema, issue: v.BaseIssue<unknown>): Problem {
  const keys = (issue.path ?? []).map((item) => item.key)
  return { path: tomlPath(issue, keys), message: messageOf(schema, issue, keys) }
}

/** `pieces[1].scope (piece "auth")`: positions help the editor, ids help the person. */
function tomlPath(issue: v.BaseIssue<unknown>, keys: readonly unknown[]): string {
  if (keys.length === 0) return 'the file'
  const path = keys.map((key, index) => {
    if (typeof key === 'number') return `[${key}]`
    const word = String(key)
    const text = /^[A-Za-z0-9_-]+$/.test(word) ? word : JSON.stringify(word)
    return index === 0 ? text : `.${text}`
  })
  const piece = issue.path?.[1]?.value
  const id = keys[0] === 'pieces' && isRecord(piece) ? piece['id'] : undefined
  return path.join('') + (typeof id === 'string' && keys.length > 2 ? ` (piece ${JSON.stringify(id)})` : '')
}

function messageOf(schema: v.GenericSchema, issue: v.BaseIssue<unknown>, keys: readonly unknown[]): string {
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const meant = nearest(String(keys.at(-1)), knownKeys(schema, keys.slice(0, -1)))
    return `is not a known key${meant === null ? '' : `, did you mean ${JSON.stringify(meant)}?`}`.replace(
      /\?$/,
      '',
    )
  }
  if (issue.received === 'undefined') {
    return issue.expected?.includes('|') === true
      ? `is missing, it must be ${choices(issue.expected)}`
      : 'is missing'
  }
  if (issue.kind === 'validation') return validationMessage(issue)
  const expected = EXPECTED[issue.type] ?? choices(issue.expected ?? '')
  return `must be ${expected}, not ${shortened(issue.received)}${suggestion(issue)}`
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  strict_object: 'a table',
  record: 'a table',
}

function validationMessage(issue: v.BaseIssue<unknown>): string {
  if (!issue.message.startsWith('Invalid ')) return issue.message
  if (issue.type === 'integer') return 'must be a whole number'
  if (issue.type === 'min_value') return `must be at least ${String(issue.requirement)}`
  if (issue.type === 'max_length') return `must have at most ${String(issue.requirement)} entries`
  return `must be ${issue.expected ?? 'something else'}, not ${shortened(issue.received)}`
}

function choices(expected: string): string {
  return expected.replaceAll(/[()]/g, '').replaceAll(' | ', ' or ')
}

function suggestion(issue: v.BaseIssue<unknown>): string {
  const words = [...(issue.expected ?? '').matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? '')
  const meant = typeof issue.input === 'string' ? nearest(issue.input, words) : null
  return meant === null ? '' : `, did you mean ${JSON.stringify(meant)}`
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

/** Keys that the schema knows at this place. */
function knownKeys(schema: unknown, path: readonly unknown[]): readonly string[] {
  let at = [schema]
  for (const key of path) at = at.flatMap((one) => inside(one, key))
  return [
    ...new Set(
      at
        .flatMap(unwrapped)
        .flatMap((one) => ('entries' in one && isRecord(one.entries) ? Object.keys(one.entries) : [])),
    ),
  ]
}

function inside(schema: unknown, key: unknown): unknown[] {
  return unwrapped(schema).flatMap((one) => {
    if (typeof key === 'number') return 'item' in one ? [one.item] : []
    if ('entries' in one && isRecord(one.entries)) return [one.entries[String(key)]]
    return 'value' in one ? [one.value] : []
  })
}

/** The objects, lists and records behind optional wrappers, pipes and variants. */
function unwrapped(schema: unknown): object[] {
  if (!isRecord(schema)) return []
  if ('wrapped' in schema) return unwrapped(schema['wrapped'])
  if ('options' in schema && Array.isArray(schema['options'])) return schema['options'].flatMap(unwrapped)
  return [schema]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
