// Runs one program to its end: argument array, own process group, bounded output, a time limit and an abort signal.
// Never a shell. How it ended is a value; only a program that cannot be started at all is thrown. When the program has
// ended, whatever is left of its group is ended too: nothing that ran here outlives its result.
import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { Capture } from './capture.ts'
import type { Environment } from './environment.ts'
import { endGroup } from './group.ts'
import { openLog, type LogSink } from './log.ts'
import { isClosedPipe, spawnGroup, type Started } from './spawn.ts'

export interface RunOptions {
  readonly cwd: string
  /** Added to the scrubbed environment of this process. */
  readonly env?: Environment
  readonly input?: string | Uint8Array
  /** Milliseconds; default none. */
  readonly timeout?: number
  /** Milliseconds between SIGTERM and SIGKILL when the run is ended; default 3000. */
  readonly graceMs?: number
  /** Bytes kept per stream; what exceeds it is dropped at the front (`keep: 'tail'`) or at the end (`'head'`). */
  readonly maxBytes?: number
  readonly keep?: 'head' | 'tail'
  /** `stdout` of the result holds both streams, in the order in which they arrived. */
  readonly merged?: boolean
  /** A file that receives both streams whole, appended. */
  readonly log?: string
  readonly signal?: AbortSignal
  /** The program makes a box and leads it, see `EndGroupOptions`. */
  readonly boxed?: boolean
  /** Told as soon as the process exists, before it can have ended. */
  readonly onStart?: (pid: number) => void
}

export interface RunResult {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly timedOut: boolean
  readonly stdout: Buffer
  readonly stderr: Buffer
  readonly truncated: boolean
  readonly durationMs: number
  /** Why the log file is incomplete (an errno); null when it is complete or none was asked for. */
  readonly logError: string | null
}

type Exit = Pick<RunResult, 'exitCode' | 'signal'>
type Ending = Pick<RunResult, 'exitCode' | 'signal' | 'timedOut'>

const DEFAULT_MAX_BYTES = 16 * 1024 * 1024
/** Silence after which output that a process outside the group still holds open is let go, and the limit without silence. */
const LINGER_MS = 250
const LINGER_LIMIT_MS = 5_000

/** Runs `program` with `args` and resolves when it has ended, however it ended. Rejects with the signal's reason on
 *  abort, and with `E_PROGRAM_MISSING`, `E_FOLDER_MISSING` or `E_SPAWN` when it cannot be started. */
export async function run(program: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  options.signal?.throwIfAborted()
  const started = performance.now()
  const spawned = await spawnGroup(program, args, {
    cwd: options.cwd,
    env: options.env,
    stdin: options.input !== undefined,
  })
  const output = captured(spawned.child, options)
  let ending: Ending
  try {
    ending = await supervise(spawned, output, options)
  } finally {
    await output.log?.close()
  }
  options.signal?.throwIfAborted()
  return {
    ...ending,
    stdout: output.stdout.bytes(),
    stderr: output.stderr === output.stdout ? Buffer.alloc(0) : output.stderr.bytes(),
    truncated: output.stdout.truncated || output.stderr.truncated,
    durationMs: Math.round(performance.now() - started),
    logError: output.log?.error() ?? null,
  }
}

interface Output {
  readonly stdout: Capture
  readonly stderr: Capture
  readonly log: LogSink | undefined
  /** Resolves when both streams are closed. */
  readonly closed: Promise<void>
  chunks: number
}

function captured(child: ChildProcess, options: RunOptions): Output {
  const max = options.maxBytes ?? DEFAULT_MAX_BYTES
  const stdout = new Capture(max, options.keep ?? 'head')
  const output: Output = {
    stdout,
    stderr: options.merged === true ? stdout : new Capture(max, options.keep ?? 'head'),
    log: options.log === undefined ? undefined : openLog(options.log),
    closed: new Promise((resolve) => child.once('close', () => resolve())),
    chunks: 0,
  }
  collect(child.stdout, output.stdout, output)
  collect(child.stderr, output.stderr, output)
  return output
}

function collect(stream: Readable | null, capture: Capture, output: Output): void {
  stream?.on('data', (chunk: Buffer) => {
    output.chunks += 1
    capture.add(chunk)
    output.log?.write(chunk, stream)
  })
}

/** Feeds the child, holds it to its limits and waits for it and for what is left of its group. */
async function supervise({ child, pid }: Started, output: Output, options: RunOptions): Promise<Ending> {
  const limits = enforceLimits(pid, options)
  try {
    options.onStart?.(pid)
    const ended = Promise.all([exitOf(child), feed(child, options.input)])
    const [exit] = await Promise.race([ended, limits.failed])
    return { ...exit, timedOut: limits.timedOut() }
  } finally {
    limits.clear()
    await endGroup(pid, options.graceMs, options)
    await drained(output)
    child.stdout?.destroy()
    child.stderr?.destroy()
  }
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }))
  })
}

/** Writes the input. A program that does not read it closes the pipe early: that is its right, not a failure. */
function feed(child: ChildProcess, input: string | Uint8Array | undefined): Promise<void> {
  const { stdin } = child
  if (stdin === null) return Promise.resolve()
  return new Promise((resolve, reject) => {
    stdin.once('error', (error) => (isClosedPipe(error) ? resolve() : reject(error)))
    stdin.once('close', resolve)
    stdin.end(input)
  })
}

interface Enforcement {
  timedOut(): boolean
  clear(): void
  /** Rejects when the group could not be ended; never resolves. */
  readonly failed: Promise<never>
}

function enforceLimits(group: number, options: RunOptions): Enforcement {
  let timedOut = false
  const failure = Promise.withResolvers<never>()
  const end = (): void => {
    endGroup(group, options.graceMs, options).catch(failure.reject)
  }
  const expire = (): void => {
    timedOut = true
    end()
  }
  const timer = options.timeout === undefined ? undefined : setTimeout(expire, options.timeout)
  options.signal?.addEventListener('abort', end, { once: true })
  if (options.signal?.aborted === true) end()
  return {
    timedOut: () => timedOut,
    clear: () => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', end)
    },
    failed: failure.promise,
  }
}

/** Waits until the output is closed, or silent although the program has ended: a process outside the group holds it. */
function drained(output: Output): Promise<void> {
  return new Promise((resolve) => {
    const limit = performance.now() + LINGER_LIMIT_MS
    let timer: NodeJS.Timeout
    const finish = (): void => {
      clearTimeout(timer)
      resolve()
    }
    const check = (seen: number): void => {
      const quiet = output.chunks === seen && output.log?.isBehind() !== true
      if (quiet || performance.now() >= limit) finish()
      else wait()
    }
    const wait = (): void => {
      const seen = output.chunks
      // Timers come before input in a turn of the event loop: what has arrived in a busy loop is read before judging.
      timer = setTimeout(() => setImmediate(() => setImmediate(check, seen)), LINGER_MS)
    }
    wait()
    output.closed.then(finish, finish)
  })
}
