// How long an attempt may be at work before that is a sign to look: learned from the sessions that landed in this
// repository, and never a reason to end anything.
import { parseFact } from '../../contract/facts.ts'
import { learnedBudget, type LearnedBudget, type SessionRecord } from '../../health/stats.ts'
import type { Store } from '../../store/store.ts'
import { runOfWorkflow, runWorkflowId } from '../names.ts'
import { sessionRecord } from './history.ts'

export interface Overrun {
  readonly spentMs: number
  readonly budgetMs: number
  /** Landed sessions that it is learned from. */
  readonly from: number
}

/** The time of one turn of an attempt against the attempt's budget. */
export class AttemptBudget {
  readonly #budget: LearnedBudget | null
  readonly #since: number
  #told = false

  /** `since`: the time, in milliseconds, at which it would have begun had it worked without a break. */
  constructor(budget: LearnedBudget | null, since: number) {
    this.#budget = budget
    this.#since = since
  }

  /** By how much the budget is overrun, once; null: it is not, or nothing is learned yet. */
  overrun(now: number): Overrun | null {
    const spentMs = now - this.#since
    if (this.#told || this.#budget === null || spentMs <= this.#budget.ms) return null
    this.#told = true
    return { spentMs, budgetMs: this.#budget.ms, from: this.#budget.from }
  }
}

/** The budget of an attempt whose turn begins now. */
export function attemptBudget(
  store: Store,
  stream: string,
  { attempt, now }: { readonly attempt: number; readonly now: number },
): AttemptBudget {
  const so = timed(store, stream)
  const spent = so.attempts === attempt ? so.attemptMs : 0
  return new AttemptBudget(learnedBudget(landed(store), so.size), now - spent)
}

/** How long it took whoever worked on it, nobody here has seen. */
function isElsewhere(store: Store, stream: string): boolean {
  for (const _awaited of store.events({ stream, types: ['external.awaited'], limit: 1 })) return true
  return false
}

const known = new WeakMap<Store, { readonly streams: Set<string>; readonly records: SessionRecord[] }>()

/** Every landed session, read once: what has landed does not change. */
function landed(store: Store): readonly SessionRecord[] {
  const found = known.get(store) ?? { streams: new Set(), records: [] }
  known.set(store, found)
  for (const { stream } of store.events({ types: ['session.landed'] })) {
    if (found.streams.has(stream)) continue
    found.streams.add(stream)
    if (!isRehearsal(store, runOfWorkflow(stream)) && !isElsewhere(store, stream))
      found.records.push(timed(store, stream))
  }
  return found.records
}

function isRehearsal(store: Store, run: string): boolean {
  for (const { type, data } of store.events({ stream: runWorkflowId(run), types: ['run.created'] })) {
    const fact = parseFact(type, data)
    if (fact?.type === 'run.created') return fact.data.rehearsal
  }
  return false
}

function timed(store: Store, stream: string): SessionRecord {
  return sessionRecord(store, stream, {
    types: ['turn.started', 'turn.ended', 'changes.observed', 'session.landed'],
  })
}
