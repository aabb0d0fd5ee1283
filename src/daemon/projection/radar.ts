// Conflicts between sessions as the log has them. Pure.
import type { Fact } from '../../contract/facts.ts'
import type { ConflictView } from '../../contract/radar.ts'

/** The conflicts after one more fact about them. */
export function applyRadarFact(
  conflicts: readonly ConflictView[],
  fact: Extract<Fact, { type: 'radar.conflict' | 'radar.cleared' }>,
  at: number,
): readonly ConflictView[] {
  const [left, right] = fact.data.sessions
  const isSame = ({ sessions }: ConflictView): boolean => sessions[0] === left && sessions[1] === right
  const since = conflicts.find(isSame)?.since ?? at
  const others = conflicts.filter((conflict) => !isSame(conflict))
  return fact.type === 'radar.conflict' ? [...others, { ...fact.data, since }] : others
}
