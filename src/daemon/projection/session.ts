// The view of one session, folded from its facts. Pure: the state shown is derived here and stored nowhere.
import type { FactData, Fact } from '../../contract/facts.ts'
import type { ScopeFinding } from '../../contract/scope.ts'
import type { SessionState, StateBasis } from '../../contract/session.ts'
import { endsQuestions } from '../../contract/questions.ts'
import type { SessionView } from '../../contract/view.ts'
import { applyHealthFact } from './health.ts'
import { applySpendFact } from './spend.ts'
import { withTerminals } from './terminals.ts'

type PieceFact = FactData<'run.created'>['pieces'][number]

/** A session before anything happened to it. */
export function plannedSession(run: string, piece: PieceFact, at: number): SessionView {
  return {
    id: `${run}/${piece.id}`,
    number: piece.number,
    piece: piece.id,
    title: piece.title,
    agent: piece.agent,
    state: 'planned',
    basis: 'reported',
    since: at,
    reason: piece.dependsOn.length > 0 ? `after ${piece.dependsOn.join(', ')}` : null,
    activity: null,
    attempt: 0,
    turn: 0,
    context: null,
    changes: null,
    level: null,
    gaps: [],
    ports: null,
    path: null,
    branch: `quintet/${run}/${piece.id}/work`,
    question: null,
    status: null,
    checks: [],
    findings: [],
    dependsOn: piece.dependsOn,
  }
}

/** The session after one more fact. Facts of other kinds leave it as it is. */
export function applySessionFact(before: SessionView, fact: Fact, at: number): SessionView {
  const view = applyStateFact(before, fact, at)
  const health = applyHealthFact(before.health, fact, at)
  const seen = health === undefined || health === view.health ? view : { ...view, health }
  return withTerminals(applySpendFact(seen, fact), fact, at)
}

function applyStateFact(before: SessionView, fact: Fact, at: number): SessionView {
  const view = endsQuestions(fact.type) ? { ...before, question: null } : before
  const moved: Move = (state, basis, reason = null) => ({
    ...view,
    state,
    basis,
    reason,
    since: view.state === state ? view.since : at,
    activity: state === 'working' ? view.activity : null,
  })
  return applyWork(view, fact, { moved, at }) ?? applyStanding(fact, moved) ?? applyDetail(view, fact)
}

/** The session in another state, since now where it is another one. */
type Move = (state: SessionState, basis: StateBasis, reason?: string | null) => SessionView

/** From its workspace through its turns and questions; undefined for facts of other kinds. */
function applyWork(
  view: SessionView,
  fact: Fact,
  { moved, at }: { readonly moved: Move; readonly at: number },
): SessionView | undefined {
  switch (fact.type) {
    case 'session.preparing':
      return { ...moved('preparing', 'observed'), path: fact.data.path }
    case 'workspace.ready':
      return withWorkspace(view, fact.data)
    case 'turn.started':
      return { ...moved('working', 'reported'), attempt: fact.data.attempt, turn: fact.data.turn }
    case 'turn.ended':
      return moved('working', 'observed', turnEnd(fact.data))
    case 'external.seen':
      return view.state === 'preparing' || view.state === 'working'
        ? moved('working', 'observed', fact.data.text)
        : view
    case 'question.asked': {
      const { question: id, kind, text, options } = fact.data
      return { ...moved('waiting', 'reported', text), question: { id, kind, text, options, since: at } }
    }
    case 'question.answered':
      return view.question?.id === fact.data.question
        ? { ...moved('working', 'reported'), question: null }
        : view
    default:
      return undefined
  }
}

function withWorkspace(view: SessionView, ready: FactData<'workspace.ready'>): SessionView {
  const { path, ports, fromPool = false, tookMs } = ready
  return { ...view, path, ports, ...(tookMs === undefined ? {} : { prepared: { fromPool, tookMs } }) }
}

/** How it stands as a whole; undefined for facts of other kinds. */
function applyStanding(fact: Fact, moved: Move): SessionView | undefined {
  switch (fact.type) {
    case 'session.lost':
      return moved('lost', 'observed', fact.data.reason)
    case 'session.waiting':
      return moved('waiting', 'inferred', fact.data.reason)
    case 'session.failed':
      return moved('failed', 'observed', fact.data.reason)
    case 'session.continued':
      return moved('working', 'reported', fact.data.why)
    case 'session.finished':
      return moved('finished', 'observed')
    case 'session.landed':
      return moved('landed', 'observed')
    case 'session.abandoned':
      return moved('abandoned', 'reported', fact.data.reason)
    default:
      return undefined
  }
}

/** Facts that change what is known of a session, but not its state. */
function applyDetail(view: SessionView, fact: Fact): SessionView {
  switch (fact.type) {
    case 'attempt.started':
      return {
        ...view,
        attempt: fact.data.attempt,
        level: fact.data.level ?? null,
        gaps: fact.data.gaps ?? [],
        ...(fact.data.rules === undefined ? {} : { rules: fact.data.rules }),
      }
    case 'attempt.ended':
      return { ...view, context: null }
    case 'usage.reported': {
      const { used, size } = fact.data
      return {
        ...view,
        context: {
          ...fact.data,
          percent: size === null || size === 0 ? null : Math.round((100 * used) / size),
        },
      }
    }
    case 'status.read':
      return { ...view, status: fact.data }
    case 'changes.observed':
      return { ...view, changes: fact.data }
    case 'evidence.gathered':
      return { ...view, checks: fact.data.checks, findings: allFindings(fact.data) }
    case 'session.released':
      return { ...view, path: null, ports: null }
    default:
      return view
  }
}

/** Paths outside the scope as findings, before the others. */
function allFindings({ outOfScope, findings = [] }: FactData<'evidence.gathered'>): readonly ScopeFinding[] {
  const foreign = outOfScope.map(({ path, owner }): ScopeFinding => {
    const text = owner === null ? 'No session owns it.' : `It belongs to ${owner}.`
    return { kind: 'out-of-scope', path, owner, text, blocks: true }
  })
  return [...foreign, ...findings]
}

function turnEnd({ outcome }: FactData<'turn.ended'>): string | null {
  switch (outcome.kind) {
    case 'stopped':
      return outcome.reason === 'end_turn' ? null : `the turn stopped: ${outcome.reason}`
    case 'failed':
      return outcome.message
    case 'lost':
      return outcome.stderr
    case 'interrupted':
      return 'interrupted by the operator'
  }
}
