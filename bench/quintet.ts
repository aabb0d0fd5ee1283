// The built command line as a benchmark calls it: a process of its own, JSON answers, nothing inherited from a terminal.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'

/** What `npm run build` has made executable. */
export const PROGRAM = fileURLToPath(new URL('../bin/quintet.js', import.meta.url))

export interface CallOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Told of every line on standard error. */
  readonly onLine?: (line: string) => void
  readonly signal: AbortSignal
}

export interface CallResult {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

const STDERR_TAIL = 4_000

/** Runs `quintet <args>` in `cwd` to its end. */
export async function quintet(
  cwd: string,
  args: readonly string[],
  options: CallOptions,
): Promise<CallResult> {
  const { FORCE_COLOR: _forced, COLUMNS: _columns, ...inherited } = process.env
  const child = spawn(process.execPath, [PROGRAM, '-C', cwd, ...args], {
    cwd,
    env: { ...inherited, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: options.signal,
  })
  const closed = once(child, 'close')
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    for (const line of chunk.split('\n')) if (line.trim() !== '') options.onLine?.(line)
    stderr = (stderr + chunk).slice(-STDERR_TAIL)
  })
  await closed
  return { exitCode: child.exitCode, stdout, stderr }
}

const Answer = v.variant('ok', [
  v.object({ ok: v.literal(true), data: v.unknown() }),
  v.object({ ok: v.literal(false), error: v.object({ code: v.string(), message: v.string() }) }),
])

/** The data of a `--json` answer, which is the last line. Throws what the command said when it failed. */
export async function answered(cwd: string, args: readonly string[], options: CallOptions): Promise<unknown> {
  const { exitCode, stdout, stderr } = await quintet(cwd, [...args, '--json'], options)
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Answer), stdout.trimEnd().split('\n').at(-1))
  if (parsed.success && parsed.output.ok) return parsed.output.data
  const why = parsed.success && !parsed.output.ok ? parsed.output.error.message : stderr.trim()
  throw new Error(`quintet ${args.join(' ')} ended with ${String(exitCode)}: ${why}`)
}
