// The command line as a real process, run from its sources.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Result {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface CallOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** Called with what was written so far; returns a signal to send once. */
  readonly onOutput?: (text: string) => NodeJS.Signals | undefined
}

export const ENTRY = fileURLToPath(new URL('../fixtures/cli/entry.ts', import.meta.url))
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Runs `quintet <args>` to its end. */
export function quintet(args: readonly string[], options: CallOptions = {}): Promise<Result> {
  return program(process.execPath, [ENTRY, ...args], options)
}

/** Runs any program to its end, without a terminal and without colours asked for. */
export async function program(
  command: string,
  args: readonly string[],
  { cwd = ROOT, env = {}, input = '', onOutput }: CallOptions = {},
): Promise<Result> {
  const { FORCE_COLOR: _forced, NO_COLOR: _none, COLUMNS: _columns, ...inherited } = process.env
  const child = spawn(command, args, { cwd, env: { ...inherited, ...env } })
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      written[name] += chunk
      const signal = onOutput?.(written.stdout + written.stderr)
      if (signal !== undefined) child.kill(signal)
    })
  }
  child.stdin.end(input)
  const { promise, resolve, reject } = Promise.withResolvers<Pick<Result, 'code' | 'signal'>>()
  child.once('error', reject)
  child.once('close', (code, signal) => resolve({ code, signal }))
  return { ...(await promise), ...written }
}
