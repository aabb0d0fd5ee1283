// Before a prompt reaches the agent: is a new attempt due, because the operator speaks of something else, or because a new
// day has begun? What the plan leaves to the operator is proposed, and the prompt goes its way.
import { dueBefore } from '../../health/resets.ts'
import type { EffectContext } from '../port.ts'
import { record } from '../record.ts'
import { spoken } from '../session/next.ts'
import type { TurnInput } from '../session/turn/input.ts'
import type { HealthAdvice } from './advice.ts'
import { localMinutes } from './clock.ts'
import type { Followed } from './followed.ts'
import { healthPolicy } from './policy.ts'

/** The reset that takes the place of the turn; null: none. `now`: milliseconds since 1970. */
export function resetBefore(
  effect: EffectContext,
  { session, prompt, attempt, turn }: TurnInput,
  { followed: { health }, now }: { readonly followed: Followed; readonly now: number },
): HealthAdvice | null {
  const { reset, resets } = healthPolicy(session.run.plan)
  const { startedAt } = health
  if (reset === 'off' || prompt.kind === 'first' || startedAt === null) return null
  const due = dueBefore(resets, {
    words: spoken(prompt).map(({ text }) => text),
    earlier: [session.piece.brief, session.run.plan.goal, ...health.messages],
    startedAt: localMinutes(Date.parse(startedAt)),
    now: localMinutes(now),
    actions: health.actions,
  })
  if (due === null) return null
  if (reset === 'auto') return { kind: 'reset', cut: true, ...due }
  // A new day once for an attempt: every later prompt of the day would be a new day's, too.
  const key = due.reason === 'daily' ? `daily:${attempt}` : `${due.reason}:${attempt}:${turn}`
  record(effect, 'health.proposed', key, {
    attempt,
    turn,
    what: 'reset',
    reasons: [due.why],
  })
  return null
}
