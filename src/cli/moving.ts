// Whether a run can still move without the operator. Pure.
import { EXTERNAL } from '../contract/external.ts'
import type { SessionState } from '../contract/session.ts'
import type { RunView, SessionView } from '../contract/view.ts'
import { sessionWorkflowId } from '../engine/names.ts'

const BUSY: ReadonlySet<SessionState> = new Set(['preparing', 'working', 'lost'])
const DONE: ReadonlySet<SessionState> = new Set(['finished', 'landed'])

/** True when the run has not ended and only the operator can move it. */
export function needsOperatorOnly(view: RunView): boolean {
  return view.state !== 'ended' && view.needs.length > 0 && !moves(view)
}

/** Workflows that are in the middle of a turn and wait for the operator's answer in it. */
export function parkedWorkflows({ run, sessions }: RunView): readonly string[] {
  return sessions
    .filter(({ question }) => question !== null)
    .map(({ piece }) => sessionWorkflowId({ run, piece }))
}

function moves(view: RunView): boolean {
  if (view.integration?.state === 'running') return true
  const here = view.sessions.filter(({ agent }) => agent !== EXTERNAL)
  const occupied = here.filter(({ state }) => BUSY.has(state) || state === 'waiting').length
  return view.sessions.some(
    (session) => BUSY.has(session.state) || (occupied < view.limit && mayStart(session, view.sessions)),
  )
}

function mayStart(session: SessionView, all: readonly SessionView[]): boolean {
  if (session.state !== 'planned') return false
  return session.dependsOn.every((id) => all.some(({ piece, state }) => piece === id && DONE.has(state)))
}
