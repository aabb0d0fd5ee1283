// Projections of the event log: what is shown of a run is folded from its facts, here and nowhere else. Pure.
import { parseFact, type Fact, type FactData } from '../../contract/facts.ts'
import type { ConflictView } from '../../contract/radar.ts'
import type { ScopeRequest } from '../../contract/scope.ts'
import type { SessionState } from '../../contract/session.ts'
import type { SpendLimits } from '../../contract/spend.ts'
import type { IntegrationView, RunView, SessionView } from '../../contract/view.ts'
import { applyRequestFact } from '../../scope/requests.ts'
import { applyIntegrationFact } from './integration.ts'
import { operatorNeeds } from './needs.ts'
import { applyRadarFact } from './radar.ts'
import { requestViews } from './scope-needs.ts'
import { applySessionFact, plannedSession } from './session.ts'
import { runSpend } from './spend.ts'

/** An event as the log or the event stream hands it over. */
export interface LoggedEvent {
  readonly seq: number
  readonly stream: string
  readonly type: string
  readonly at: number
  readonly data: unknown
}

/** States in which a session can be doing something. */
const ACTIVE: ReadonlySet<SessionState> = new Set(['preparing', 'working'])

/** Folds the events of one run, in any number of sittings. Events of other runs are ignored. */
export class RunProjection {
  readonly #run: string
  #created: { readonly data: FactData<'run.created'>; readonly at: number } | null = null
  #sessions = new Map<string, SessionView>()
  #requests: readonly ScopeRequest[] = []
  #decisions: RunView['decisions'][number][] = []
  #integration: IntegrationView | null = null
  #conflicts: readonly ConflictView[] = []
  #ended: { readonly data: FactData<'run.ended'>; readonly at: number } | null = null
  #seq = 0
  /** What may be spent on the run. */
  #limits: SpendLimits = {}

  constructor(run: string) {
    this.#run = run
  }

  /** Takes in one event; true when something that is shown may have changed. */
  apply(event: LoggedEvent): boolean {
    if (!event.stream.startsWith(`${this.#run}/`)) return false
    this.#seq = Math.max(this.#seq, event.seq)
    const fact = parseFact(event.type, event.data)
    if (fact === null) return false
    const [, room, name] = event.stream.split('/')
    if (room === 'session' && name !== undefined) this.#applyToSession(name, fact, event.at)
    else if (room === 'integration')
      this.#integration = applyIntegrationFact(this.#integration, fact, event.at)
    else this.#applyToRun(fact, event.at)
    return true
  }

  /** Notes what a session is doing right now; not stored anywhere. */
  activity(session: string, text: string): void {
    const piece = session.slice(this.#run.length + 1)
    const view = this.#sessions.get(piece)
    if (view !== undefined && ACTIVE.has(view.state)) this.#sessions.set(piece, { ...view, activity: text })
  }

  /** The run as it stands; null before its creation was seen. */
  view(): RunView | null {
    if (this.#created === null) return null
    const { data, at } = this.#created
    const sessions = [...this.#sessions.values()]
    const requests = requestViews(this.#requests, sessions)
    const integrating = this.#integration?.state === 'running'
    const ended = this.#ended
    return {
      run: this.#run,
      plan: data.plan,
      goal: data.goal,
      base: data.base,
      target: data.target,
      coordination: data.coordination,
      limit: data.limit,
      rehearsal: data.rehearsal,
      created: at,
      state: ended !== null ? 'ended' : integrating ? 'integrating' : 'running',
      since: ended?.at ?? (integrating ? (this.#integration?.since ?? at) : at),
      verdict: ended?.data.verdict ?? null,
      notes: ended?.data.notes ?? [],
      sessions,
      decisions: this.#decisions,
      requests,
      integration: this.#integration,
      ...(this.#conflicts.length === 0 || ended !== null ? {} : { conflicts: this.#conflicts }),
      ...runSpend(sessions, this.#limits),
      needs: ended === null ? operatorNeeds(sessions, requests, this.#integration) : [],
      seq: this.#seq,
    }
  }

  #applyToRun(fact: Fact, at: number): void {
    if (fact.type === 'run.created') {
      this.#created = { data: fact.data, at }
      for (const piece of fact.data.pieces) this.#sessions.set(piece.id, plannedSession(this.#run, piece, at))
    } else if (fact.type === 'decision.made') {
      this.#decisions = [...this.#decisions, { ...fact.data, at }]
    } else if (fact.type === 'run.ended') {
      this.#ended = { data: fact.data, at }
    } else if (fact.type === 'radar.conflict' || fact.type === 'radar.cleared') {
      this.#conflicts = applyRadarFact(this.#conflicts, fact, at)
    } else {
      this.#requests = applyRequestFact(this.#requests, fact, at)
    }
  }

  #applyToSession(piece: string, fact: Fact, at: number): void {
    if (fact.type === 'spend.limited') this.#limits = fact.data.run
    const view = this.#sessions.get(piece)
    if (view !== undefined) this.#sessions.set(piece, applySessionFact(view, fact, at))
  }
}
