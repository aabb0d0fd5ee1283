// A program in the foreground of this terminal: it has the standard streams, and interrupts are its own affair. Where
// there is a terminal, job control works in it as anywhere else.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { childEnvironment, type Environment } from './environment.ts'
import { programFile, programMissing } from './spawn.ts'

export interface ForegroundOptions {
  readonly cwd: string
  /** Added to the scrubbed environment of this process. */
  readonly env: Environment
  /** True: what it writes to its standard output goes to standard error, so that an answer can stand there alone. */
  readonly aside?: boolean
}

const SIGNALLED = 128
/** What the terminal sends to everything in the foreground; the program decides what to make of it. */
const FROM_TERMINAL = ['SIGINT', 'SIGQUIT', 'SIGTSTP'] as const

/** Runs a program to its end; its exit code, 128 and the signal's number where a signal ended it. Throws
 *  `E_PROGRAM_MISSING`. */
export async function runInForeground(
  program: string,
  args: readonly string[],
  { cwd, env, aside = false }: ForegroundOptions,
): Promise<number> {
  if ((await programFile(program, { cwd, env })) === null) throw programMissing(program)
  const pass = (): void => undefined
  for (const signal of FROM_TERMINAL) process.on(signal, pass)
  try {
    return await new Promise<number>((resolve, reject) => {
      const child = spawn(program, args, {
        cwd,
        env: childEnvironment(env),
        stdio: ['inherit', aside ? 2 : 'inherit', 'inherit'],
      })
      child.once('error', reject)
      child.once('exit', (code, signal) => {
        resolve(code ?? SIGNALLED + (signal === null ? 0 : constants.signals[signal]))
      })
    })
  } finally {
    for (const signal of FROM_TERMINAL) process.off(signal, pass)
  }
}
