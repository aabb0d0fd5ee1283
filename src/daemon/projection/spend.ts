// What was spent on a session and on all of a run, folded from facts. Pure.
import type { Fact, FactType } from '../../contract/facts.ts'
import type { SpendLimits, SpendView } from '../../contract/spend.ts'
import type { RunView, SessionView } from '../../contract/view.ts'
import { bothSpent, NOTHING_SPENT, reachedLimits, withSpend } from '../../engine/spend/limits.ts'

/** Facts after which a session does not wait for its budget any more. */
const GOES_ON: ReadonlySet<FactType> = new Set([
  'turn.started',
  'session.continued',
  'session.failed',
  'session.finished',
  'session.landed',
  'session.abandoned',
] as const)

/** The session with what the fact says of spending; the same one when it says nothing. */
export function applySpendFact(view: SessionView, fact: Fact): SessionView {
  if (fact.type === 'session.waiting') {
    const { spend: paused } = fact.data
    return paused === undefined ? goesOn(view) : { ...view, paused }
  }
  const seen = GOES_ON.has(fact.type) ? goesOn(view) : view
  const before = seen.spend ?? { ...NOTHING_SPENT, limits: {}, reached: [] }
  const limits = fact.type === 'spend.limited' ? fact.data.session : before.limits
  const spent = withSpend(before, fact)
  if (spent === before && limits === before.limits) return seen
  return { ...seen, spend: { ...spent, limits, reached: reachedLimits(spent, limits, 'session') } }
}

function goesOn({ paused, ...view }: SessionView): SessionView {
  return paused === undefined ? view : { ...view }
}

/** Everything spent on a run; absent when nothing was spent or limited. */
export function runSpend(sessions: readonly SessionView[], limits: SpendLimits): Pick<RunView, 'spend'> {
  const spends = sessions.flatMap(({ spend }) => spend ?? [])
  if (spends.length === 0) return {}
  const spent = spends.reduce<SpendView | typeof NOTHING_SPENT>(
    (sum, one) => bothSpent(sum, one),
    NOTHING_SPENT,
  )
  return { spend: { ...spent, limits, reached: reachedLimits(spent, limits, 'run') } }
}
