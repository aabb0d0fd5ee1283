// Runs a program to its end in a box, or without one where none is given. What it has started and left behind dies with
// the box, whatever group it moved to.
import { boxed, type Box } from './box.ts'
import { run, type RunOptions, type RunResult } from './run.ts'
import { programFile, programMissing } from './spawn.ts'

export interface BoxedRunOptions extends RunOptions {
  readonly box?: Box | undefined
}

/** Runs like `run`; in the box a signal that ended the program is an exit code of 128 and its number. */
export async function runBoxed(
  program: string,
  args: readonly string[],
  { box, ...options }: BoxedRunOptions,
): Promise<RunResult> {
  if (box === undefined) return await run(program, args, options)
  if ((await programFile(program, options)) === null) throw programMissing(program)
  const command = boxed(program, args, { cwd: options.cwd, box })
  return await run(command.program, command.args, { ...options, boxed: true })
}
