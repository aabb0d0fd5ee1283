import { printable } from '../../tui/text.ts'
import { repositoryOf } from '../access.ts'
import type { Invocation } from '../command.ts'
import { loadSession } from '../session-argument.ts'

/** Prints the first prompt of a session, as it was or will be given. */
export async function run(invocation: Invocation): Promise<number> {
  const repo = await repositoryOf(invocation)
  const { view, session } = await loadSession(repo, invocation.arguments[0] ?? '')
  const { readPrompt } = await import('../../daemon/projection/prompt.ts')
  const prompt = await readPrompt(repo, { run: view.run, piece: session.piece })
  const { rules } = session
  const data = { session: session.id, prompt, ...(rules === undefined ? {} : { rules }) }
  invocation.output.answer(data, () => [printable(prompt).trimEnd()])
  return 0
}
