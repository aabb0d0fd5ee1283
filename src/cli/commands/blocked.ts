import { renderNeeds } from '../../tui/run.ts'
import { repositoryOf, viewOf } from '../access.ts'
import type { Invocation } from '../command.ts'

/** Lists what only the operator can move, the oldest first. */
export async function run(invocation: Invocation): Promise<number> {
  const { output } = invocation
  const repo = await repositoryOf(invocation)
  const view = await viewOf(repo, invocation.arguments[0])
  const needs = [...(view?.needs ?? [])].sort((a, b) => a.since - b.since)
  output.answer({ run: view?.run ?? null, needs }, () =>
    needs.length === 0
      ? ['Nobody needs the operator.']
      : renderNeeds(
          { needs, sessions: view?.sessions ?? [] },
          { width: output.width, colour: output.colour, now: Date.now() },
          needs.length,
        ),
  )
  return 0
}
