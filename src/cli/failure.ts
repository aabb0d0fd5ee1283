// How a failure is shown and with which code the process ends.
import { EXIT_CODES, errorData, QuintetError, type ErrorData } from '../contract/errors.ts'
import { toned } from '../tui/style.ts'
import { oneLine } from '../tui/text.ts'

/** The block for the terminal: what happened, then each hint with the command that can be run. Pure. */
export function renderFailure(error: ErrorData, colour: boolean): string[] {
  const what = `${toned('quintet:', 'bad', colour)} ${oneLine(error.message)} (${error.code})`
  const cause =
    error.cause === undefined || error.message.includes(error.cause)
      ? []
      : [`  cause: ${oneLine(error.cause)}`]
  const hints = error.hints.flatMap(({ text, command }) => [
    `  ${oneLine(text)}`,
    ...(command === undefined ? [] : [`  → run: ${oneLine(command)}`]),
  ])
  return [what, ...cause, ...hints]
}

/** Any thrown value as the error that is shown; a bug in Quintet says that it is one. */
export function failureOf(error: unknown): ErrorData {
  const data = errorData(error)
  if (data.code !== 'E_INTERNAL' || data.hints.length > 0) return data
  return {
    ...data,
    hints: [
      {
        text: 'This is a bug in Quintet; with QUINTET_DEBUG=1 in the environment it shows where it happened.',
      },
    ],
  }
}

/** The same for a command that was called outside of every repository: with how it is called elsewhere. */
export function withFolderHint(error: unknown, command: string): unknown {
  if (!(error instanceof QuintetError) || error.code !== 'E_NOT_A_REPOSITORY') return error
  const { code, kind, message, details, cause } = error
  const elsewhere = `quintet -C <folder> ${command}`
  const hints = [...error.hints, { text: 'Or name the folder.', command: elsewhere }]
  return new QuintetError(code, kind, message, { hints, details, cause })
}

/** The exit code of a failure. */
export function exitCodeOf(error: ErrorData): number {
  return EXIT_CODES[error.kind]
}

/** A wrong call of the command line. */
export function usageError(message: string, hints: QuintetError['hints'] = []): QuintetError {
  return new QuintetError('E_USAGE', 'usage', message, { hints })
}
