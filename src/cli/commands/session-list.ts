import { renderSessions } from '../../tui/run.ts'
import { repositoryOf, requireView } from '../access.ts'
import type { Invocation } from '../command.ts'

/** Lists the sessions of a run. */
export async function run(invocation: Invocation): Promise<number> {
  const { output } = invocation
  const view = await requireView(await repositoryOf(invocation), invocation.arguments[0])
  output.answer(view.sessions, () =>
    renderSessions(view.sessions, { width: output.width, colour: output.colour, now: Date.now() }),
  )
  return 0
}
