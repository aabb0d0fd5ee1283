// The first fact of a run, from what it was started with. Pure.
import type { FactData } from '../../contract/facts.ts'
import type { RunInput } from './input.ts'

/** What `run.created` says. */
export function createdFact(input: RunInput): FactData<'run.created'> {
  const { plan } = input
  return {
    plan: input.name,
    goal: plan.goal,
    base: input.base,
    target: input.target,
    coordination: input.coordination,
    limit: plan.limits.sessions ?? 5,
    rehearsal: input.rehearsal,
    pieces: plan.pieces.map((piece, index) => ({
      number: index + 1,
      id: piece.id,
      title: piece.title,
      agent: piece.agent ?? (piece.script === undefined ? 'default' : 'scripted'),
      dependsOn: piece.depends_on,
      include: piece.scope.include,
      exclude: piece.scope.exclude,
    })),
  }
}
