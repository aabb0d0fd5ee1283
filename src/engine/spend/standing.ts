// What a session and its run have spent against what they may, read from the log.
import * as v from 'valibot'
import { FACTS, parseFact } from '../../contract/facts.ts'
import type { SpendLimits, SpendRaise, SpendReached, Spent } from '../../contract/spend.ts'
import type { Store } from '../../store/store.ts'
import { runWorkflowId } from '../names.ts'
import type { Services } from '../services.ts'
import type { SessionSpec } from '../session/spec.ts'
import { limitsInForce, NOTHING_SPENT, reachedLimits, withSpend } from './limits.ts'

const SPENDING = ['turn.started', 'turn.ended', 'spend.counted'] as const

type Where = { readonly stream: string } | { readonly prefix: string }

/** What was spent on the sessions of one place in the log; reads on from where it was. */
export class SpendTotal {
  readonly #store: Store
  readonly #where: Where
  #after = 0
  #spent = NOTHING_SPENT

  constructor(store: Store, where: Where) {
    this.#store = store
    this.#where = where
  }

  /** All that the log has by now. */
  read(): Spent {
    for (const { seq, type, data } of this.#store.events({
      ...this.#where,
      types: SPENDING,
      after: this.#after,
    })) {
      this.#after = seq
      const fact = parseFact(type, data)
      if (fact !== null) this.#spent = withSpend(this.#spent, fact)
    }
    return this.#spent
  }
}

/** Everything spent on a session. */
export function sessionTotal({ store }: Pick<Services, 'store'>, { stream }: SessionSpec): SpendTotal {
  return new SpendTotal(store, { stream })
}

/** Everything spent on all sessions of a session's run. */
export function runTotal({ store }: Pick<Services, 'store'>, { name }: SessionSpec): SpendTotal {
  return new SpendTotal(store, { prefix: `${name.run}/session/` })
}

export interface LimitsOf {
  readonly session: SpendLimits
  readonly run: SpendLimits
}

/** What the session and its run may spend: what the piece says, else the plan, else the configuration; and every raise. */
export function spendLimits(
  { store, config }: Pick<Services, 'store' | 'config'>,
  { stream, name, piece, run }: SessionSpec,
): LimitsOf {
  const { plan } = run
  return {
    session: limitsInForce([piece.budget, plan.budget, config.budget], raises(store, stream)),
    run: limitsInForce([plan.budget?.run, config.budget?.run], raises(store, runWorkflowId(name.run))),
  }
}

function raises(store: Store, stream: string): readonly SpendRaise[] {
  return [...store.events({ stream, types: ['spend.raised'] })].map(
    ({ data }) => v.parse(FACTS['spend.raised'], data).by,
  )
}

/** The limits that a session has reached, its own before those of its run. */
export function spendReached(
  services: Pick<Services, 'store' | 'config'>,
  session: SessionSpec,
): readonly SpendReached[] {
  const limits = spendLimits(services, session)
  return [
    ...reachedLimits(sessionTotal(services, session).read(), limits.session, 'session'),
    ...reachedLimits(runTotal(services, session).read(), limits.run, 'run'),
  ]
}

/** Cost of a conversation as its agent told it last; null when it never did. */
export function costTold(store: Store, stream: string, conversation: string): number | null {
  let told: number | null = null
  for (const { data } of store.events({ stream, types: ['spend.counted'] })) {
    const counted = v.parse(FACTS['spend.counted'], data)
    if (counted.conversation === conversation) told = counted.costTold ?? told
  }
  return told
}
