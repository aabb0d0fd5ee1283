// Runs a check of a plan. How it went is a value: a check that cannot even be started, or takes too long, is red and
// says so in its output.
import { mkdir } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { errorData } from '../contract/errors.ts'
import type { Check } from '../contract/plan.ts'
import type { CheckResult } from '../contract/session.ts'
import type { Box } from './box.ts'
import { tailText } from './capture.ts'
import type { Environment } from './environment.ts'
import type { RunResult } from './run.ts'
import { runBoxed } from './run-boxed.ts'

export interface CheckOptions {
  readonly cwd: string
  readonly env?: Environment
  /** What it runs in; absent where none can be had. */
  readonly box?: Box | undefined
  /** File that receives the whole output, appended; its folder is made. */
  readonly log: string
  readonly signal?: AbortSignal
}

const OUTPUT_BYTES = 16 * 1024
const READ_ONLY = /EROFS|read-only file system/i
const WALLS =
  'The check ran in a box and met a wall of it. It can write the scope of the session, what git ignores and temporary files.'

/** Runs `check` to its end. Green means exit code 0 within the time limit. Rejects with the signal's reason on abort,
 *  and with `E_FOLDER_MISSING` when there is nothing to check. */
export async function runCheck(check: Check, options: CheckOptions): Promise<CheckResult> {
  const [program = '', ...args] = check.run
  await mkdir(dirname(options.log), { recursive: true })
  const started = performance.now()
  try {
    const result = await runBoxed(program, args, {
      cwd: options.cwd,
      log: options.log,
      timeout: check.timeout_seconds * 1000,
      maxBytes: OUTPUT_BYTES,
      keep: 'tail',
      merged: true,
      env: { ...options.env, PATH: pathWithTools(options) },
      box: options.box,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
    return judged(check, result, options)
  } catch (error) {
    const { code, message } = errorData(error)
    if (code !== 'E_PROGRAM_MISSING' && code !== 'E_SPAWN') throw error
    const durationMs = Math.round(performance.now() - started)
    const ending = { green: false, exitCode: null, signal: null, durationMs }
    return { name: check.name, ...ending, output: message, log: options.log }
  }
}

/** Programs that the checked tree brings along come first, as in a script of its package manager. */
function pathWithTools({ cwd, env }: CheckOptions): string {
  return [join(cwd, 'node_modules', '.bin'), env?.['PATH'] ?? process.env['PATH'] ?? ''].join(delimiter)
}

function judged(check: Check, result: RunResult, { log, box }: CheckOptions): CheckResult {
  const green = result.exitCode === 0 && !result.timedOut
  const output = tailText(result.stdout)
  const notes = [
    ...(!green && box !== undefined && READ_ONLY.test(output) ? [WALLS] : []),
    ...(result.timedOut ? [`The check took longer than ${check.timeout_seconds} s and was ended.`] : []),
    ...(result.logError === null ? [] : [`The log is incomplete (${result.logError}).`]),
  ]
  return {
    name: check.name,
    green,
    exitCode: result.exitCode,
    signal: result.signal,
    durationMs: result.durationMs,
    output: [output, ...notes].join('\n').trim(),
    log,
  }
}
