import { renderSession } from '../../tui/session.ts'
import { repositoryOf } from '../access.ts'
import type { Invocation } from '../command.ts'
import { loadSession } from '../session-argument.ts'

/** Shows everything that is known about a session. */
export async function run(invocation: Invocation): Promise<number> {
  const { output } = invocation
  const { session } = await loadSession(await repositoryOf(invocation), invocation.arguments[0] ?? '')
  output.answer(session, () =>
    renderSession(session, { width: output.width, colour: output.colour, now: Date.now() }),
  )
  return 0
}
