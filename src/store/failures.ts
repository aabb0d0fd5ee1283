// What SQLite and the file system refuse, as errors that say what to do.
import { dirname } from 'node:path'
import { errnoOf, QuintetError, type Hint } from '../contract/errors.ts'

interface Failure {
  readonly code: string
  readonly message: (path: string) => string
  readonly hint: (path: string) => Hint
}

const FULL: Failure = {
  code: 'E_DISK_FULL',
  message: (path) => `There is no space left to write ${path}.`,
  hint: (path) => ({
    text: 'Free some space, then run the same command again.',
    command: `df -h ${dirname(path)}`,
  }),
}
const REFUSED: Failure = {
  code: 'E_STATE_READ_ONLY',
  message: (path) => `The file ${path} cannot be written.`,
  hint: (path) => ({
    text: 'See who owns the folder and who may write.',
    command: `ls -ld ${dirname(path)}`,
  }),
}
const BUSY: Failure = {
  code: 'E_STATE_BUSY',
  message: (path) => `The state file ${path} stayed locked by another process.`,
  hint: (path) => ({
    text: 'See which process holds it; a stopped one has to go on or end.',
    command: `lsof ${path}`,
  }),
}
const CORRUPT: Failure = {
  code: 'E_STATE_CORRUPT',
  message: (path) => `The state file ${path} is damaged or is no Quintet state file.`,
  hint: (path) => ({
    text: 'Branches and worktrees do not depend on it: move it aside, then start again.',
    command: `mv ${path} ${path}.broken`,
  }),
}
const UNREADABLE: Failure = {
  code: 'E_STATE_UNREADABLE',
  message: (path) => `The state file ${path} cannot be opened or read.`,
  hint: (path) => ({ text: 'See whether it exists and who may read it.', command: `ls -l ${dirname(path)}` }),
}

/** By SQLite's primary result code. */
const BY_RESULT: ReadonlyMap<number, Failure> = new Map([
  [5, BUSY],
  [6, BUSY],
  [8, REFUSED],
  [10, UNREADABLE],
  [11, CORRUPT],
  [13, FULL],
  [14, UNREADABLE],
  [26, CORRUPT],
])
const BY_ERRNO: ReadonlyMap<string, Failure> = new Map([
  ['ENOSPC', FULL],
  ['EDQUOT', FULL],
  ['EROFS', REFUSED],
  ['EACCES', REFUSED],
  ['EPERM', REFUSED],
  // A folder of that name.
  ['EISDIR', REFUSED],
])
const PRIMARY = 0xff

/** The error to throw for a failed operation on `path`: a QuintetError where the cause is known, else `error` itself. */
export function storeFailure(error: unknown, path: string): unknown {
  const failure = failureOf(error)
  if (failure === undefined) return error
  return new QuintetError(failure.code, 'environment', failure.message(path), {
    hints: [failure.hint(path)],
    details: { path },
    cause: error,
  })
}

function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof Error) || error instanceof QuintetError) return undefined
  if ('errcode' in error && typeof error.errcode === 'number') return BY_RESULT.get(error.errcode & PRIMARY)
  return BY_ERRNO.get(errnoOf(error) ?? '')
}

/** Whether an operation that failed so may succeed when it is tried again. */
export function isPassing(error: unknown): boolean {
  return error instanceof QuintetError && (error.code === FULL.code || error.code === BUSY.code)
}
