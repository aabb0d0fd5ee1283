// Whether a run can still move without the operator. Pure.
import type { SessionState } from '../contract/session.ts'
import type { RunView, SessionView } from '../contract/view.ts'

const BUSY: ReadonlySet<SessionState> = new Set(['preparing', 'working', 'lost'])
const DONE: ReadonlySet<SessionState> = new Set(['finished', 'landed'])

/** True when the run has not ended and only the operator can move it. */
export function needsOperatorOnly(view: RunView): boolean {
  return view.state !== 'ended' && view.needs.length > 0 && !moves(view)
}

function moves(view: RunView): boolean {
  if (view.integration?.state === 'running') return true
  const occupied = view.sessions.filter(({ state }) => BUSY.has(state) || state === 'waiting').length
  return view.sessions.some(
    (session) => BUSY.has(session.state) || (occupied < view.limit && mayStart(session, view.sessions)),
  )
}

function mayStart(session: SessionView, all: readonly SessionView[]): boolean {
  if (session.state !== 'planned') return false
  return session.dependsOn.every((id) => all.some(({ piece, state }) => piece === id && DONE.has(state)))
}
