// When a question of a session is over without an answer. Whoever shows open questions and whoever takes answers to them
// asks here, so that nothing is offered that is refused, and nothing accepted that nobody hears.
import type { FactType } from './facts.ts'

const ENDS: ReadonlySet<FactType> = new Set([
  'turn.started',
  'turn.ended',
  'session.lost',
  'session.waiting',
  'session.failed',
  'session.continued',
  'session.finished',
  'session.landed',
  'session.abandoned',
] as const)

/** Facts of a session after which nobody waits any more for the answer to what was asked before. */
export const QUESTION_ENDS: readonly FactType[] = [...ENDS]

/** Whether a fact ends every question that was asked before it. */
export function endsQuestions(type: FactType): boolean {
  return ENDS.has(type)
}
