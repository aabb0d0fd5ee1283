// The diagnosis of a session without asking anybody: what its log holds of its health, and what its trace amounts to for
// the very judge that the daemon has, with the same demands and limits. There is no second one with other rules.
import * as v from 'valibot'
import { FACTS } from '../../contract/facts.ts'
import type { Alarm, ContextReading } from '../../contract/health.ts'
import { contradictions, TurnFold, type FoldedTurn } from '../../health/diagnosis.ts'
import type { BestState } from '../../health/detector.ts'
import type { GaugeLimits } from '../../health/gauge.ts'
import type { Store } from '../../store/store.ts'
import type { Services } from '../services.ts'
import type { SessionSpec } from '../session/spec.ts'
import type { AttemptHealth } from './attempt-health.ts'
import { storedAlarms } from './log.ts'
import { attemptHealth } from './open.ts'
import { healthPolicy } from './policy.ts'
import { attemptEvents } from './session-trace.ts'

export interface SessionDiagnosis {
  readonly session: string
  readonly attempt: number
  readonly reading: ContextReading
  /** As the plan sets them. */
  readonly limits: GaugeLimits
  readonly turns: readonly FoldedTurn[]
  /** Error signatures of these turns together, the commonest first. */
  readonly errors: readonly { readonly signature: string; readonly count: number }[]
  readonly contradictions: readonly string[]
  /** As the daemon raised them in this attempt, oldest first. */
  readonly alarms: readonly Alarm[]
  readonly best: BestState
  /** Where the trouble began; null when there is none. `overcome`: a better state was reached after all of it, or the
   *  work landed. */
  readonly pollutedSince: {
    readonly action: number
    readonly turn: number | null
    readonly overcome: boolean
  } | null
  /** Why the trace has an end or gaps; null: it has none. */
  readonly unrecorded: string | null
  /** How the session ended; null while it can still be asked, told or compared. */
  readonly ended: SessionEnd | null
}

/** `closed`: it was released, or its workflow is over, without either. */
type SessionEnd = 'landed' | 'abandoned' | 'closed'

type DiagnoseServices = Pick<Services, 'store' | 'state'>

/** Examines the latest attempt of a session. Null when it has had none. */
export async function diagnoseSession(
  services: DiagnoseServices,
  session: SessionSpec,
): Promise<SessionDiagnosis | null> {
  const { store, state } = services
  const started = lastStart(store, session.stream)
  if (started === null) return null
  const { attempt, agent, root } = started
  const health = await attemptHealth(services, session, { attempt, agent, root })
  const fold = new TurnFold(root)
  let events = 0
  for await (const event of attemptEvents(state, session.name, attempt)) {
    events++
    health.note(event)
    fold.note(event, health.ended)
  }
  const alarms = storedAlarms(store, session.stream)
    .filter((one) => one.attempt === attempt)
    .map(({ alarm }) => alarm)
  const ended = sessionEnd(store, session.stream)
  return {
    session: session.label,
    attempt,
    reading: (events === 0 ? storedReading(store, session.stream, attempt) : null) ?? shownReading(health),
    limits: healthPolicy(session.run.plan).limits,
    turns: fold.turns,
    errors: pileUp(fold.turns),
    contradictions: [...contradictions(health.known.ledger), ...inconsistencies(alarms)],
    alarms,
    best: health.best,
    pollutedSince: began(alarms, health, { fold, landed: ended === 'landed' }),
    unrecorded: storedGap(store, session.stream, attempt),
    ended,
  }
}

function inconsistencies(alarms: readonly Alarm[]): readonly string[] {
  return alarms
    .filter(({ symptom }) => symptom === 'inconsistent behaviour')
    .map(({ evidence }) => evidence.text)
}

function began(
  alarms: readonly Alarm[],
  health: AttemptHealth,
  { fold, landed }: { readonly fold: TurnFold; readonly landed: boolean },
): SessionDiagnosis['pollutedSince'] {
  const strong = alarms.filter(({ strength }) => strength === 'strong')
  const [first] = strong
  const action = first === undefined ? health.pollutedSince : (first.evidence.actions[0] ?? first.a)
  if (action === null) return null
  const last = strong.at(-1)
  const best = health.best.a
  return {
    action,
    turn: fold.turnOf(action),
    overcome: landed || (last !== undefined && best !== null && best > last.a),
  }
}

function sessionEnd(store: Store, stream: string): SessionEnd | null {
  const types = ['session.landed', 'session.abandoned', 'session.released']
  const seen = new Set([...store.events({ stream, types })].map(({ type }) => type))
  if (seen.has('session.landed')) return 'landed'
  if (seen.has('session.abandoned')) return 'abandoned'
  const status = store.claims.claim(stream)?.status ?? 'ready'
  const open = status === 'ready' || status === 'waiting'
  return open && seen.size === 0 ? null : 'closed'
}

/** The latest attempt, the agent as it called itself, and the worktree. */
function lastStart(
  store: Store,
  stream: string,
): { readonly attempt: number; readonly agent: string; readonly root: string } | null {
  let root = ''
  let found: { readonly attempt: number; readonly agent: string } | null = null
  for (const { type, data } of store.events({ stream, types: ['session.preparing', 'attempt.started'] })) {
    if (type === 'session.preparing') root = v.parse(FACTS['session.preparing'], data).path
    else found = v.parse(FACTS['attempt.started'], data)
  }
  return found === null ? null : { attempt: found.attempt, agent: found.agent, root }
}

/** What the log holds where the trace is gone. */
function storedReading(store: Store, stream: string, attempt: number): ContextReading | null {
  let found: ContextReading | null = null
  for (const { data } of store.events({ stream, types: ['health.context'] })) {
    const { attempt: of, ...reading } = v.parse(FACTS['health.context'], data)
    if (of === attempt) found = reading
  }
  return found
}

function shownReading({ reading }: AttemptHealth): ContextReading {
  const { compactedSinceStated: _compacted, level: _level, growth: _growth, ...shown } = reading
  return { ...shown, reached: [...shown.reached] }
}

function storedGap(store: Store, stream: string, attempt: number): string | null {
  let why: string | null = null
  for (const { data } of store.events({ stream, types: ['health.unrecorded'] })) {
    const fact = v.parse(FACTS['health.unrecorded'], data)
    if (fact.attempt === attempt) why = fact.why
  }
  return why
}

function pileUp(turns: readonly FoldedTurn[]): SessionDiagnosis['errors'] {
  const counts = new Map<string, number>()
  for (const { errors } of turns) {
    for (const { signature, count } of errors) counts.set(signature, (counts.get(signature) ?? 0) + count)
  }
  return [...counts]
    .map(([signature, count]) => ({ signature, count }))
    .sort((left, right) => right.count - left.count)
}
