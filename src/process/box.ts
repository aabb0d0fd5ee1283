// The box around a child: bubblewrap with a process namespace of its own, so that nothing of an agent's tree outlives it.
// Writes are not restricted by it. Linux only; elsewhere, and where the kernel refuses, the reason is said.
import { errorData } from '../contract/errors.ts'
import { run } from './run.ts'

/** Whether children can be boxed here; `reason` is a sentence for `doctor`. */
export type BoxSupport =
  | { readonly available: true; readonly version: string }
  | { readonly available: false; readonly reason: string }

/** A command line. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
}

const PROGRAM = 'bwrap'
const PROBE_TIMEOUT_MS = 10_000

let support: Promise<BoxSupport> | undefined

/** Whether a box really works here: tried once per process. */
export function boxAvailable(): Promise<BoxSupport> {
  support ??= probeBox()
  return support
}

/** Tries a box, whatever an earlier trial said. */
export async function probeBox(): Promise<BoxSupport> {
  if (process.platform !== 'linux') {
    return { available: false, reason: 'Bubblewrap exists on Linux only; children run without a box.' }
  }
  const trial = boxed('true', [], { cwd: '/' })
  try {
    const version = await run(PROGRAM, ['--version'], { cwd: '/', timeout: PROBE_TIMEOUT_MS })
    const result = await run(trial.program, trial.args, { cwd: '/', timeout: PROBE_TIMEOUT_MS })
    if (result.exitCode === 0) return { available: true, version: version.stdout.toString('utf8').trim() }
    const said = result.stderr.toString('utf8').trim().split('\n').at(-1) ?? ''
    return {
      available: false,
      reason: `Bubblewrap is installed but cannot make a box: ${said || 'no reason given'}`,
    }
  } catch (error) {
    if (errorData(error).code !== 'E_PROGRAM_MISSING') throw error
    return { available: false, reason: 'Bubblewrap (bwrap) is not installed; children run without a box.' }
  }
}

/** The command line that runs `program` in a box. When the process that leads the box dies, everything in it dies. */
export function boxed(program: string, args: readonly string[], options: { readonly cwd: string }): Command {
  const box = ['--dev-bind', '/', '/', '--proc', '/proc', '--unshare-pid', '--die-with-parent']
  return { program: PROGRAM, args: [...box, '--chdir', options.cwd, '--', program, ...args] }
}
