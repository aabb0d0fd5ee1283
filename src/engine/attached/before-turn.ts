// No turn begins while a person works in the session's worktree. When the last terminal is gone, the turn is not played but
// ends unsaid: what was done is judged first, and what was to be said goes with the next prompt.
import type { EffectContext } from '../port.ts'
import type { Services } from '../services.ts'
import { unlessOperator } from '../session/interrupt.ts'
import type { TurnResult } from '../session/next.ts'

/** Waits for the terminals of a session; null when there was none and the turn may begin. */
export async function afterTerminals(
  { terminals }: Pick<Services, 'terminals'>,
  effect: EffectContext,
  { label }: { readonly label: string },
): Promise<TurnResult | null> {
  if (terminals === undefined || !(await terminals.holdsNow(label, effect.signal))) return null
  const released = await unlessOperator(effect, async (signal) => {
    await terminals.released(label, signal)
    return true
  })
  if (released === null) return { kind: 'interrupted', unsent: true }
  return { kind: 'stopped', reason: 'cancelled', unsent: true }
}
