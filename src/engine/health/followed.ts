// An attempt whose health is followed while its conversation is alive. Values only.
import type { ProbeScore } from '../../health/probe/score.ts'
import type { AttemptHealth } from './attempt-health.ts'

export interface Followed {
  readonly health: AttemptHealth
  /** Actions of the attempts before. */
  readonly before: number
  /** What a fork of it still knew of its handoff; null: not asked. */
  probe: ProbeScore | null
}
