// Whether a turn may begin: not where what may be spent is spent.
import type { EffectContext } from '../port.ts'
import type { Services } from '../services.ts'
import type { TurnInput } from '../session/turn/input.ts'
import { spendLimits, spendReached } from './standing.ts'
import { noteLimits } from './watch.ts'
import { raiseWords, reachedText } from './words.ts'

/** Why the turn may not begin, and the raise after which it may; null: it may. */
export function spentBefore(
  services: Services,
  effect: EffectContext,
  { session, turn }: TurnInput,
): { readonly why: string; readonly raise: string } | null {
  // One that was cut off by a crash has been counted.
  const begun = services.store.event(session.stream, `turn.started:${turn}`) !== undefined
  const reached = spendReached(services, session).filter(({ kind }) => !(begun && kind === 'turns'))
  if (reached.length === 0) return null
  noteLimits(services, effect, { session, turn, limits: spendLimits(services, session) })
  return { why: reachedText(reached), raise: raiseWords(reached) }
}
