// Starting a child: argument array, own process group, scrubbed environment. What goes wrong at the start is one error
// with its cause told apart; run.ts and child.ts build on this and nothing else spawns.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { errnoOf, ignoring, QuintetError } from '../contract/errors.ts'
import { childEnvironment, type Environment } from './environment.ts'
import { calm } from './gentle.ts'

export interface SpawnOptions {
  readonly cwd: string
  readonly env?: Environment | undefined
  /** Whether the child can be written to; otherwise its input is empty. */
  readonly stdin: boolean
}

const DOCTOR = [{ text: 'See what is installed.', command: 'quintet doctor' }]

const CLOSED_PIPE: ReadonlySet<string | undefined> = new Set([
  'EPIPE',
  'ECONNRESET',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
])

/** A child that exists. */
export interface Started {
  readonly child: ChildProcess
  /** Its id, and that of the group it leads. */
  readonly pid: number
}

/** Starts `program` as the leader of a new group. Throws `E_FOLDER_MISSING`, `E_PROGRAM_MISSING` or `E_SPAWN`.
 *  Resolves before the child's first event can have been emitted. */
export async function spawnGroup(
  program: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<Started> {
  try {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: childEnvironment(options.env),
      detached: true,
      stdio: [options.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    })
    if (child.pid !== undefined) {
      calm(child.pid)
      return { child, pid: child.pid }
    }
    const [error] = await once(child, 'error')
    throw error
  } catch (error) {
    throw await startFailure(error, program, options)
  }
}

async function startFailure(error: unknown, program: string, options: SpawnOptions): Promise<QuintetError> {
  const { cwd } = options
  const errno = errnoOf(error)
  const folder = await ignoring(['ENOENT', 'ENOTDIR', 'EACCES', 'ERR_INVALID_ARG_VALUE'], stat(cwd))
  if (folder === undefined || !folder.isDirectory()) {
    return new QuintetError(
      'E_FOLDER_MISSING',
      'environment',
      `The program ${program} cannot be started in ${cwd}: that is not a folder that can be entered.`,
      { cause: error },
    )
  }
  // A folder on the PATH that may not be entered makes a missing program look like a forbidden one, and a missing
  // interpreter makes a program look missing: the file itself decides.
  const sought = errno === 'ENOENT' || (errno === 'EACCES' && !program.includes('/'))
  if (sought && (await programFile(program, options)) === null) return programMissing(program, error)
  const why = errno === undefined ? '' : ` (${errno})`
  return new QuintetError('E_SPAWN', 'environment', `The program ${program} could not be started${why}.`, {
    cause: error,
    hints: DOCTOR,
  })
}

/** The error for a program that is not there. */
export function programMissing(program: string, cause?: unknown): QuintetError {
  const message = `The program ${program} was not found on this machine.`
  return new QuintetError('E_PROGRAM_MISSING', 'environment', message, { cause, hints: DOCTOR })
}

/** The file that `program` names on the PATH of a child with `env`; null when there is none that can be executed. */
export async function programFile(
  program: string,
  options: { cwd: string; env?: Environment | undefined },
): Promise<string | null> {
  const folders = program.includes('/')
    ? ['']
    : (childEnvironment(options.env)['PATH'] ?? '').split(delimiter)
  for (const folder of folders) {
    const file = isAbsolute(program) ? program : resolve(options.cwd, join(folder, program))
    if (await isExecutable(file)) return file
  }
  return null
}

async function isExecutable(file: string): Promise<boolean> {
  const absent = ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG']
  const found = await ignoring(absent, stat(file))
  if (found?.isFile() !== true) return false
  return (
    (await ignoring(
      absent,
      access(file, constants.X_OK).then(() => true),
    )) === true
  )
}

/** Whether a write failed only because the child does not read any more. */
export function isClosedPipe(error: unknown): boolean {
  return CLOSED_PIPE.has(errnoOf(error))
}
