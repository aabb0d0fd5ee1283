// What a plan says about the health of sessions, with its defaults. Pure.
import type { HealthPlan, PlanFile } from '../../contract/plan.ts'
import { DEFAULT_GAUGE_LIMITS, type GaugeLimits } from '../../health/gauge.ts'
import { DEFAULT_RESET_POLICIES, type ResetPolicies } from '../../health/resets.ts'

export interface HealthPolicy {
  readonly nudge: 'auto' | 'ask' | 'off'
  readonly reset: 'auto' | 'ask' | 'off'
  readonly abandon: 'auto' | 'ask'
  readonly limits: GaugeLimits
  readonly resets: ResetPolicies
}

/** The policy of a plan. */
export function healthPolicy({ health = {} }: Pick<PlanFile, 'health'>): HealthPolicy {
  return {
    nudge: health.nudge ?? 'auto',
    reset: health.reset ?? 'auto',
    abandon: health.abandon ?? 'ask',
    limits: {
      percent: orNone(health.limit_percent ?? DEFAULT_GAUGE_LIMITS.percent),
      tokens: health.limit_tokens ?? DEFAULT_GAUGE_LIMITS.tokens,
      compactions: health.limit_compactions ?? DEFAULT_GAUGE_LIMITS.compactions,
    },
    resets: resetPolicies(health),
  }
}

function resetPolicies(health: HealthPlan): ResetPolicies {
  return {
    phase: health.reset_phases ?? DEFAULT_RESET_POLICIES.phase,
    errors: orNone(health.limit_errors ?? DEFAULT_RESET_POLICIES.errors),
    topic: health.reset_topic ?? DEFAULT_RESET_POLICIES.topic,
    daily: health.reset_daily === undefined ? DEFAULT_RESET_POLICIES.daily : minuteOf(health.reset_daily),
    utilisation: DEFAULT_RESET_POLICIES.utilisation,
  }
}

function orNone(limit: number | null): number | null {
  return limit === 0 ? null : limit
}

/** `04:30` as a minute of the day. */
function minuteOf(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':')
  return Number(hours) * 60 + Number(minutes)
}
