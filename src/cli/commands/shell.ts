import { runInForeground } from '../../process/foreground.ts'
import { oneLine } from '../../tui/text.ts'
import { repositoryOf } from '../access.ts'
import type { Invocation } from '../command.ts'
import { loadSession } from '../session-argument.ts'

const FALLBACK = 'sh'

/** Gives a person the box of a session; the exit code is that of the shell or of the command. With --json its output goes
 *  to standard error, and the answer says how it ended. */
export async function run(invocation: Invocation): Promise<number> {
  const { output, words } = invocation
  const repo = await repositoryOf(invocation)
  const { view, session } = await loadSession(repo, invocation.arguments[0] ?? '')
  const { readShell } = await import('../../daemon/projection/shell.ts')
  const [program = process.env['SHELL'] ?? FALLBACK, ...args] = words
  const shell = await readShell(repo, { run: view.run, piece: session.piece }, { words: [program, ...args] })
  output.narrate(`Session ${session.id} is ${shell.level} in ${shell.cwd}.`)
  for (const gap of shell.gaps) output.narrate(`  ${oneLine(gap)}`)
  const { cwd, env, level } = shell
  const options = { cwd, env, aside: output.json }
  let exit: number
  try {
    exit = await runInForeground(shell.command.program, shell.command.args, options)
  } finally {
    await shell.end()
  }
  output.answer({ session: session.id, level, exit }, () => [])
  return exit
}
