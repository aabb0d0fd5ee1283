// The setup command of a plan: run in the finished worktree, before the agent starts.
import { appendFile, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { QuintetError } from '../contract/errors.ts'
import { quoted } from '../contract/shell.ts'
import { tailText } from '../process/capture.ts'
import type { Environment } from '../process/environment.ts'
import type { Box } from '../process/box.ts'
import { runBoxed } from '../process/run-boxed.ts'

export interface SetupRequest {
  readonly command: readonly string[]
  readonly cwd: string
  readonly env: Environment
  /** What it runs in; absent: it is trusted, or none can be had. */
  readonly box?: Box | undefined
  /** Receives the output, appended. */
  readonly log: string
  /** Milliseconds. */
  readonly timeout: number
  readonly signal: AbortSignal
}

const TAIL_BYTES = 4_000

/** Runs the setup command to its end. Throws `E_SETUP_FAILED` with the log and its tail. */
export async function runSetup(request: SetupRequest): Promise<void> {
  const { command, cwd, env, box, log, timeout, signal } = request
  const [program = '', ...args] = command
  await mkdir(dirname(log), { recursive: true })
  await appendFile(log, `$ ${command.map(quoted).join(' ')}\n`)
  const result = await runBoxed(program, args, {
    cwd,
    env,
    box,
    log,
    timeout,
    signal,
    merged: true,
    keep: 'tail',
    maxBytes: TAIL_BYTES,
  })
  if (result.exitCode === 0 && !result.timedOut) return
  const how = result.timedOut
    ? `took longer than ${Math.round(timeout / 1000)} s`
    : result.exitCode === null
      ? `was ended by ${result.signal ?? 'a signal'}`
      : `ended with ${result.exitCode}`
  throw new QuintetError('E_SETUP_FAILED', 'environment', `The setup command ${command.join(' ')} ${how}.`, {
    hints: [{ text: 'Read what it printed.', command: `tail -n 50 ${quoted(log)}` }],
    details: {
      command,
      exitCode: result.exitCode,
      signal: result.signal,
      log,
      tail: tailText(result.stdout),
    },
  })
}
