// What the health of a session's context asks of the session workflow, as it comes out of a step. Values and pure rules.
import * as v from 'valibot'
import { HANDOFF_REASONS } from '../../contract/handoff.ts'
import type { Ladder } from '../../health/ladder.ts'

/** `cut`: the turn was ended for it, or not begun; what it asks for comes before everything else. */
export const HealthAdvice = v.variant('kind', [
  v.object({ kind: v.literal('nudge'), cut: v.boolean(), text: v.string() }),
  v.object({
    kind: v.literal('reset'),
    cut: v.boolean(),
    reason: v.picklist(HANDOFF_REASONS),
    why: v.string(),
  }),
  v.object({ kind: v.literal('abandon'), cut: v.boolean(), auto: v.boolean(), why: v.string() }),
])
export type HealthAdvice = v.InferOutput<typeof HealthAdvice>

/** Whether what was advised is still called for, by where the session stands now. What a full context, a phase, a day or
 *  another topic ask for does not depend on it. */
export function adviceStands({ pending }: Ladder, advice: HealthAdvice): boolean {
  switch (advice.kind) {
    case 'nudge':
      return true
    case 'reset':
      return advice.reason !== 'stuck' || pending === 'reset'
    case 'abandon':
      return pending === 'abandon'
  }
}
