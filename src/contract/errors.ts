// The one hierarchy of failures. Expected outcomes are values and live beside the operation that yields them; what is
// thrown is a QuintetError with a stable code, a kind (which fixes the exit code) and hints that name a next command.

/** Failure classes; the exit code of a command follows from the kind alone. */
export type ErrorKind =
  | 'usage'
  | 'config'
  | 'precondition'
  | 'conflict'
  | 'agent'
  | 'git'
  | 'environment'
  | 'internal'

/** Exit code per kind. 0 is success; 130 and 143 (interrupted) never come from an error. */
export const EXIT_CODES: Readonly<Record<ErrorKind, number>> = {
  usage: 2,
  config: 2,
  precondition: 3,
  conflict: 6,
  agent: 1,
  git: 1,
  environment: 1,
  internal: 1,
}

/** What can be done about a failure: a sentence and, where one exists, a command that can be run as printed. */
export interface Hint {
  readonly text: string
  readonly command?: string
}

/** A failure as it crosses a wire or is stored in the log. */
export interface ErrorData {
  readonly code: string
  readonly kind: ErrorKind
  readonly message: string
  readonly hints: readonly Hint[]
  readonly details?: unknown
  readonly cause?: string
}

export interface ErrorOptions {
  readonly hints?: readonly Hint[]
  readonly details?: unknown
  readonly cause?: unknown
}

/** Every failure that Quintet raises on purpose. `message` is one line without a trailing newline. */
export class QuintetError extends Error {
  readonly code: string
  readonly kind: ErrorKind
  readonly hints: readonly Hint[]
  readonly details: unknown

  /** `code` is stable and upper case with the prefix E_ (`E_OVERLAP`); it never changes its meaning. */
  constructor(code: string, kind: ErrorKind, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'QuintetError'
    this.code = code
    this.kind = kind
    this.hints = options.hints ?? []
    this.details = options.details
  }
}

/** The one serialiser: any thrown value as data; an unknown one becomes `E_INTERNAL`. */
export function errorData(error: unknown): ErrorData {
  if (error instanceof QuintetError) {
    const { code, kind, message, hints, details } = error
    return {
      code,
      kind,
      message,
      hints,
      ...(details === undefined ? {} : { details }),
      ...(error.cause instanceof Error ? { cause: error.cause.message } : {}),
    }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'E_INTERNAL', kind: 'internal', message, hints: [] }
}

/** The one deserialiser: an error received over the wire, as it was thrown on the other side. */
export function errorFromData(data: ErrorData): QuintetError {
  return new QuintetError(data.code, data.kind, data.message, { hints: data.hints, details: data.details })
}

/** Node's errno of a thrown value (`ENOENT`), if it has one. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** What reading answers of a file that is there and cannot be read: a folder, another user's, a ring of links. */
export const NOT_READABLE: readonly string[] = ['EISDIR', 'EACCES', 'EPERM', 'ELOOP', 'ENOTDIR']

/** Awaits `work` and swallows exactly the named errno codes; every other failure goes on up. */
export async function ignoring<T>(codes: readonly string[], work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    const code = errnoOf(error)
    if (code !== undefined && codes.includes(code)) return undefined
    throw error
  }
}
