// The one funnel to git. Every call names its operation and the exit codes that are expected; everything else is one
// error. Output is never parsed from English: porcelain v2 and -z only.
import { QuintetError } from '../contract/errors.ts'
import { run, type RunResult } from '../process/run.ts'

export interface GitOptions {
  readonly cwd: string
  /** What is being done, for messages: "read the status". */
  readonly op: string
  /** Exit codes that are answers; default `[0]`. */
  readonly ok?: readonly number[]
  /** Milliseconds; default 10 minutes. */
  readonly timeout?: number
  readonly maxBytes?: number
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
  /** True for the rare call that may refresh the index on disk. */
  readonly locks?: boolean
  readonly signal?: AbortSignal
}

export interface GitResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

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
const STDERR_TAIL = 2_000

/** Runs git without hooks, monitors, prompts and optional locks. Throws `E_GIT` on an exit code outside `ok`. */
export async function runGit(args: readonly string[], options: GitOptions): Promise<GitResult> {
  const result = await run('git', [...SAFE, ...args], {
    cwd: options.cwd,
    timeout: options.timeout ?? DEFAULT_TIMEOUT_MS,
    env: {
      LC_ALL: 'C',
      GIT_TERMINAL_PROMPT: '0',
      ...(options.locks === true ? {} : { GIT_OPTIONAL_LOCKS: '0' }),
      ...options.env,
    },
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  return requireExpected(args, options, result)
}

function requireExpected(args: readonly string[], options: GitOptions, result: RunResult): GitResult {
  const stderr = result.stderr.toString('utf8')
  if (result.exitCode !== null && !result.timedOut && (options.ok ?? [0]).includes(result.exitCode)) {
    return { exitCode: result.exitCode, stdout: result.stdout.toString('utf8'), stderr }
  }
  const how = result.timedOut
    ? 'took too long'
    : result.signal === null
      ? `ended with ${result.exitCode}`
      : `was ended by ${result.signal}`
  throw new QuintetError(
    'E_GIT',
    'git',
    `Git could not ${options.op}: git ${args[0] ?? ''} ${how}. ${lastLine(stderr)}`.trim(),
    {
      details: {
        args,
        cwd: options.cwd,
        exitCode: result.exitCode,
        signal: result.signal,
        stderr: stderr.slice(-STDERR_TAIL),
      },
    },
  )
}

function lastLine(stderr: string): string {
  return (
    stderr
      .trim()
      .split('\n')
      .findLast((line) => line.length > 0) ?? ''
  )
}

/** Splits `-z` output into its records. */
export function records(stdout: string): string[] {
  const parts = stdout.split('\0')
  if (parts.at(-1) === '') parts.pop()
  return parts
}
