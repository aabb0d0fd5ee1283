// Runs one program to its end: argument array, own process group, bounded output, a time limit and an abort signal.
// Never a shell. How it ended is a value; only a program that cannot be started at all is thrown.
import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, type WriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { errnoOf, QuintetError } from '../contract/errors.ts'
import { childEnvironment, type Environment } from './environment.ts'
import { endGroup } from './group.ts'

export interface RunOptions {
  readonly cwd: string
  /** Added to the scrubbed environment of this process. */
  readonly env?: Environment
  readonly input?: string | Uint8Array
  /** Milliseconds; default none. */
  readonly timeout?: number
  /** Bytes kept per stream; what exceeds it is dropped at the front (`keep: 'tail'`) or at the end (`'head'`). */
  readonly maxBytes?: number
  readonly keep?: 'head' | 'tail'
  /** A file that receives both streams whole, appended. */
  readonly log?: string
  readonly signal?: AbortSignal
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
}

const DEFAULT_MAX_BYTES = 16 * 1024 * 1024

/** Runs `program` with `args` and resolves when it has ended, however it ended. Rejects with the signal's reason on abort. */
export async function run(program: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  options.signal?.throwIfAborted()
  const started = performance.now()
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: childEnvironment(options.env),
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const ended = exitOf(child, program)
  if (child.pid !== undefined) options.onStart?.(child.pid)
  const log = options.log === undefined ? undefined : createWriteStream(options.log, { flags: 'a' })
  const stdout = new Capture(options)
  const stderr = new Capture(options)
  collect(child.stdout, stdout, log)
  collect(child.stderr, stderr, log)
  feed(child, options.input)
  const limits = enforceLimits(child, options)
  try {
    const { exitCode, signal } = await ended
    options.signal?.throwIfAborted()
    return {
      exitCode,
      signal,
      timedOut: limits.timedOut(),
      stdout: stdout.bytes(),
      stderr: stderr.bytes(),
      truncated: stdout.truncated || stderr.truncated,
      durationMs: Math.round(performance.now() - started),
    }
  } finally {
    limits.clear()
    if (log !== undefined) {
      log.end()
      await finished(log)
    }
  }
}

function exitOf(
  child: ChildProcess,
  program: string,
): Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      const missing = errnoOf(error) === 'ENOENT'
      reject(
        new QuintetError(
          missing ? 'E_PROGRAM_MISSING' : 'E_SPAWN',
          'environment',
          missing
            ? `The program ${program} was not found, or its working directory is gone.`
            : `The program ${program} could not be started.`,
          { cause: error, hints: [{ text: 'See what is installed.', command: 'quintet doctor' }] },
        ),
      )
    })
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal }))
  })
}

function collect(stream: NodeJS.ReadableStream | null, capture: Capture, log: WriteStream | undefined): void {
  stream?.on('data', (chunk: Buffer) => {
    capture.add(chunk)
    log?.write(chunk)
  })
}

/** A program that does not read its input closes the pipe early: that is its right, not a failure. */
function feed(child: ChildProcess, input: string | Uint8Array | undefined): void {
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(input)
}

function enforceLimits(
  child: ChildProcess,
  options: RunOptions,
): { timedOut: () => boolean; clear: () => void } {
  let timedOut = false
  const end = (): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      void endGroup(child.pid)
  }
  const timer =
    options.timeout === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true
          end()
        }, options.timeout)
  options.signal?.addEventListener('abort', end, { once: true })
  return {
    timedOut: () => timedOut,
    clear: () => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', end)
    },
  }
}

/** The first or the last bytes of a stream, bounded. */
class Capture {
  readonly #max: number
  readonly #keep: 'head' | 'tail'
  #chunks: Buffer[] = []
  #size = 0
  truncated = false

  constructor(options: RunOptions) {
    this.#max = options.maxBytes ?? DEFAULT_MAX_BYTES
    this.#keep = options.keep ?? 'head'
  }

  add(chunk: Buffer): void {
    if (this.#keep === 'head') this.#addHead(chunk)
    else this.#addTail(chunk)
  }

  #addHead(chunk: Buffer): void {
    const room = this.#max - this.#size
    if (chunk.length > room) this.truncated = true
    if (room <= 0) return
    this.#chunks.push(chunk.subarray(0, room))
    this.#size += Math.min(room, chunk.length)
  }

  #addTail(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    while (this.#size - (this.#chunks[0]?.length ?? 0) >= this.#max) {
      this.#size -= this.#chunks.shift()?.length ?? 0
      this.truncated = true
    }
  }

  bytes(): Buffer {
    const all = Buffer.concat(this.#chunks)
    if (this.#keep === 'head' || all.length <= this.#max) return all
    this.truncated = true
    return all.subarray(all.length - this.#max)
  }
}
