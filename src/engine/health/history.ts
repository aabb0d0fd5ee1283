// What became of every session of this repository, folded from the log: for the figures over all of them, and for what is
// learned from those that landed. Pure but for reading the log.
import { parseFact, type Fact, type FactData, type FactType } from '../../contract/facts.ts'
import {
  NUDGE_HELPS_WITHIN,
  sessionSize,
  type DiscardKind,
  type SessionOutcome,
  type SessionRecord,
} from '../../health/stats.ts'
import { costsOf } from '../../health/costs.ts'
import type { Store } from '../../store/store.ts'
import { runOfWorkflow, runWorkflowId, sessionWorkflowId } from '../names.ts'
import { NOTHING_SPENT, withSpend } from '../spend/limits.ts'

/** One record for every session of every run; rehearsals do not count. */
export function sessionRecords(store: Store): readonly SessionRecord[] {
  const records: SessionRecord[] = []
  for (const { stream, type, data } of store.events({ types: ['run.created'] })) {
    const fact = parseFact(type, data)
    if (fact?.type !== 'run.created' || fact.data.rehearsal) continue
    const run = runOfWorkflow(stream)
    const stopped = stopReason(store, run)
    for (const { id } of fact.data.pieces) {
      records.push(sessionRecord(store, sessionWorkflowId({ run, piece: id }), { stopped }))
    }
  }
  return records
}

function stopReason(store: Store, run: string): string | null {
  for (const { type, data } of store.events({ stream: runWorkflowId(run), types: ['run.stopped'] })) {
    const fact = parseFact(type, data)
    if (fact?.type === 'run.stopped') return fact.data.reason
  }
  return null
}

/** One session; `types`: only these facts of it are read. */
export function sessionRecord(
  store: Store,
  stream: string,
  { stopped = null, types }: { readonly stopped?: string | null; readonly types?: readonly FactType[] } = {},
): SessionRecord {
  const history = new History(stopped)
  for (const { type, data, at } of store.events({ stream, ...(types === undefined ? {} : { types }) })) {
    const fact = parseFact(type, data)
    if (fact !== null) history.note(fact, at)
  }
  return history.record
}

interface Try {
  readonly kind: 'nudge' | 'reset'
  /** Of a reset. */
  readonly reason: string
  /** Where it was made. */
  readonly attempt: number
  readonly a: number
  readonly family: string | null
  helped: boolean | null
}

/** One session, fact by fact. */
class History {
  /** Why the whole run was stopped; null when it was not. */
  readonly #stopped: string | null
  readonly #tries: Try[] = []
  #outcome: SessionOutcome = 'open'
  #discarded: SessionRecord['discarded'] = null
  #attempt = 0
  #attemptMs = 0
  #durationMs = 0
  #began: number | null = null
  #lines = 0
  #output: number | null = null
  #context: number | null = null
  #spent = NOTHING_SPENT
  #proposed: string | null = null
  /** Family of the last alarm, and the action that was heard of last. */
  #last: { readonly a: number; readonly family: string | null } = { a: 0, family: null }
  #reds: number | null = null

  constructor(stopped: string | null) {
    this.#stopped = stopped
  }

  get record(): SessionRecord {
    return {
      outcome: this.#outcome,
      discarded: this.#discarded,
      size: sessionSize(this.#lines),
      attempts: this.#attempt,
      resets: this.#tries.flatMap(({ kind, reason, helped }) =>
        kind === 'reset' ? [{ reason, helped }] : [],
      ),
      nudges: this.#tries.flatMap(({ kind, helped }) => (kind === 'nudge' ? [{ helped }] : [])),
      durationMs: this.#durationMs,
      attemptMs: this.#attemptMs,
      output: this.#output,
      largestContext: this.#context,
      ...this.#told(),
    }
  }

  #told(): Pick<SessionRecord, 'spent'> {
    const { tokens, cost } = this.#spent
    return tokens === null && cost === null ? {} : { spent: { tokens, ...costsOf(this.#spent) } }
  }

  note(fact: Fact, at: number): void {
    switch (fact.type) {
      case 'turn.started':
        return this.#begin(fact.data, at)
      case 'turn.ended':
        return this.#end(fact.data, at)
      case 'changes.observed':
        this.#lines = fact.data.added + fact.data.deleted
        return
      case 'usage.reported':
        this.#context = Math.max(this.#context ?? 0, fact.data.used)
        return
      case 'usage.spent': {
        const { output, peak } = fact.data
        if (output !== null) this.#output = (this.#output ?? 0) + output
        if (peak !== null) this.#context = Math.max(this.#context ?? 0, peak)
        return
      }
      case 'spend.counted':
        this.#spent = withSpend(this.#spent, fact)
        return
      case 'evidence.gathered':
        return this.#evidence(fact.data)
      default:
        this.#health(fact)
        this.#state(fact)
    }
  }

  #begin({ attempt }: FactData<'turn.started'>, at: number): void {
    if (attempt !== this.#attempt) {
      this.#attemptMs = 0
      this.#last = { a: 0, family: null }
    }
    this.#attempt = attempt
    this.#began ??= at
    this.#outcome = 'open'
  }

  #end({ attempt, actions }: FactData<'turn.ended'>, at: number): void {
    if (this.#began !== null) {
      this.#durationMs += at - this.#began
      this.#attemptMs += at - this.#began
    }
    this.#began = null
    if (actions === undefined) return
    this.#last = { ...this.#last, a: actions - 1 }
    this.#settle('nudge', false, (one) => isOver(one, attempt, actions - 1))
  }

  #health(fact: Fact): void {
    switch (fact.type) {
      case 'health.alarm': {
        const { attempt, alarm } = fact.data
        this.#settle(
          'nudge',
          false,
          (one) => isOver(one, attempt, alarm.a) || (one.attempt === attempt && one.family === alarm.family),
        )
        this.#last = { a: alarm.a, family: alarm.family }
        return
      }
      case 'health.best': {
        const { attempt, a } = fact.data
        this.#settle('nudge', false, (one) => isOver(one, attempt, a))
        this.#settle('nudge', true, (one) => one.attempt === attempt)
        return
      }
      case 'health.nudged':
        this.#try('nudge', '')
        return
      case 'health.proposed':
        if (fact.data.what === 'abandon') this.#proposed = fact.data.reasons.join(' ')
        return
      case 'health.reset':
        this.#settle('nudge', false)
        this.#settle('reset', false)
        this.#try('reset', fact.data.reason)
        return
      default:
    }
  }

  #state(fact: Fact): void {
    switch (fact.type) {
      case 'session.finished':
        this.#settle('nudge', true, ({ attempt }) => attempt === this.#attempt)
        this.#settle('reset', true)
        this.#outcome = 'open'
        return
      case 'session.landed':
        this.#outcome = 'landed'
        this.#discarded = null
        return
      case 'session.failed':
        this.#outcome = 'failed'
        this.#discarded = { kind: failure(fact.data), reason: fact.data.reason }
        return
      case 'session.continued':
      case 'session.preparing':
        if (this.#outcome === 'failed') this.#outcome = 'open'
        this.#discarded = null
        return
      case 'session.abandoned':
        this.#settle('nudge', false)
        this.#settle('reset', false)
        this.#outcome = 'abandoned'
        this.#discarded = { kind: this.#abandonment(fact.data.reason), reason: fact.data.reason }
        return
      default:
    }
  }

  #evidence({ checks }: FactData<'evidence.gathered'>): void {
    if (checks.length === 0) return
    const reds = checks.filter(({ green }) => !green).length
    if (this.#reds !== null && reds < this.#reds) {
      this.#settle('nudge', true, ({ attempt }) => attempt === this.#attempt)
    }
    this.#reds = Math.min(reds, this.#reds ?? reds)
  }

  #try(kind: Try['kind'], reason: string): void {
    const { a, family } = this.#last
    this.#tries.push({ kind, reason, attempt: this.#attempt, a, family, helped: null })
  }

  #settle(kind: Try['kind'], helped: boolean, which: (one: Try) => boolean = () => true): void {
    for (const one of this.#tries) {
      if (one.kind === kind && one.helped === null && which(one)) one.helped = helped
    }
  }

  /** What ended it: what was proposed of its health, the run, or the operator. */
  #abandonment(reason: string): DiscardKind {
    const text = this.#proposed !== null && reason.includes(this.#proposed) ? this.#proposed : reason
    if (reason.startsWith('It depends on ')) return 'a dependency was abandoned'
    if (/fix/i.test(text) && text === this.#proposed) return 'no better state after a reset'
    if (/correction/i.test(text) && text === this.#proposed) return 'a correction had to be repeated'
    if (text === this.#proposed) return 'nothing left to change'
    if (reason.startsWith('Its workflow ended')) return 'another error'
    return reason === this.#stopped ? 'the run was stopped' : 'the operator ended it'
  }
}

/** More actions than a nudge is given were made after it. */
function isOver(one: Try, attempt: number, a: number): boolean {
  return one.attempt === attempt && a - one.a > NUDGE_HELPS_WITHIN
}

function failure({ error, reason }: FactData<'session.failed'>): DiscardKind {
  if (error !== undefined && /^E_(?:SETUP|INSTALL)_/.test(error.code)) return 'set-up'
  const agent = error?.kind === 'agent' || error?.code.startsWith('E_AGENT') === true
  return agent || reason.startsWith('The agent ') ? 'the agent' : 'another error'
}
