// The one funnel to git. Every call names its operation and the exit codes that are expected; everything else is one
// error. Output is never parsed from English: porcelain v2 and -z only.
import { QuintetError } from '../contract/errors.ts'
import { run, type RunResult } from '../process/run.ts'
import { explainFailure, namesMissingProgram } from './failure.ts'
import { decode, encode } from './text.ts'

export interface GitOptions {
  readonly cwd: string
  /** What is being done, for messages: "read the status". */
  readonly op: string
  /** Exit codes that are answers; default `[0]`. */
  readonly ok?: readonly number[]
  /** Milliseconds; default 10 minutes. */
  readonly timeout?: number
  /** Bytes of output; default 64 MB. More is an error: an answer is never cut. */
  readonly maxBytes?: number
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
  /** True for the rare call that may refresh the index on disk. */
  readonly locks?: boolean
  /** What the call writes, so that a failure can be told: `index` also needs the index's lock. */
  readonly writes?: 'index' | 'store'
  readonly signal?: AbortSignal
}

export interface GitResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Before every subcommand: no pager, no program of the repository's or the user's choosing, no maintenance on the side. */
const SAFE = [
  '--no-pager',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'gc.auto=0',
  '-c',
  'maintenance.auto=false',
]
const DEFAULT_TIMEOUT_MS = 600_000
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024
const STDERR_TAIL = 2_000

/** A git command as it is always called: arguments and environment, see `SAFE`. */
export function safeGit(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  return {
    args: [...SAFE, ...args],
    env: { LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', ...env },
  }
}

/** Runs git without hooks, monitors, prompts and optional locks. Throws `E_GIT` on an exit code outside `ok`, on a
 *  signal, a time-out or too much output; `E_INDEX_LOCKED` or `E_DISK_FULL` where that is why a write failed. */
export async function runGit(args: readonly string[], options: GitOptions): Promise<GitResult> {
  const result = await run('git', [...SAFE, ...args], {
    cwd: options.cwd,
    timeout: options.timeout ?? DEFAULT_TIMEOUT_MS,
    maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES,
    env: {
      LC_ALL: 'C',
      GIT_TERMINAL_PROMPT: '0',
      ...(options.locks === true ? {} : { GIT_OPTIONAL_LOCKS: '0' }),
      ...options.env,
    },
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  const { exitCode } = result
  const expected = exitCode !== null && (options.ok ?? [0]).includes(exitCode)
  if (expected && !result.timedOut && !result.truncated) {
    return { exitCode, stdout: decode(result.stdout), stderr: decode(result.stderr) }
  }
  throw (await explainFailure(options, result)) ?? gitError(args, options, result)
}

function gitError(args: readonly string[], options: GitOptions, result: RunResult): QuintetError {
  const stderr = decode(result.stderr)
  const message = `Git could not ${options.op}: git ${args[0] ?? ''} ${ending(result)}. ${tellingLine(stderr)}`
  return new QuintetError('E_GIT', 'git', message.trim(), {
    details: {
      args,
      cwd: options.cwd,
      exitCode: result.exitCode,
      signal: result.signal,
      stderr: stderr.slice(-STDERR_TAIL),
    },
  })
}

function ending(result: RunResult): string {
  if (result.timedOut) return 'took too long'
  if (result.truncated) return 'wrote more than can be held'
  return result.signal === null ? `ended with ${result.exitCode}` : `was ended by ${result.signal}`
}

function tellingLine(stderr: string): string {
  const lines = stderr.trim().split('\n')
  return lines.find(namesMissingProgram) ?? lines.findLast((line) => line.length > 0) ?? ''
}

/** Splits `-z` output into its records. */
export function records(stdout: string): string[] {
  const parts = stdout.split('\0')
  if (parts.at(-1) === '') parts.pop()
  return parts
}

/** Records as `-z` input. */
export function recordInput(list: readonly string[]): Uint8Array {
  return encode(list.map((record) => `${record}\0`).join(''))
}
