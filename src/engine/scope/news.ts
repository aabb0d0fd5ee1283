// What a session has not been told yet about paths and their owners.
import type { ScopeRequest } from '../../contract/scope.ts'
import type { Store } from '../../store/store.ts'
import type { SessionName } from '../names.ts'
import { requestsOf, type LoggedRequest } from './log.ts'

/** Requests of a run that were settled after `after` and matter to a session: every path that moved, and what became of
 *  its own requests. */
export function scopeNews(store: Store, { run, piece }: SessionName, after = 0): readonly ScopeRequest[] {
  return requestsOf(store, run).filter(
    (request) => settledAfter(request, after) && (request.state === 'granted' || concerns(request, piece)),
  )
}

/** Whether something was settled after `after` that the session itself waits for, or has to act on. */
export function hasScopeNews(store: Store, { run, piece }: SessionName, after: number): boolean {
  return requestsOf(store, run).some(
    (request) => settledAfter(request, after) && (concerns(request, piece) || request.settled?.to === piece),
  )
}

/** Changes that were handed to the session after `after`. */
export function handedTo(store: Store, { run, piece }: SessionName, after: number): readonly ScopeRequest[] {
  return requestsOf(store, run).filter(
    (request) => settledAfter(request, after) && request.state === 'handed' && request.settled?.to === piece,
  )
}

/** What is known of a session when its turn is judged. */
interface Hearing {
  /** Where in the log it was last told something. */
  readonly after: number
  readonly boxed: boolean
}

/** Whether a session must not finish before its next prompt: work was handed to it, what it asked for was decided without
 *  its hearing of it, or it was granted what its box opens only then. A tool tells the plan's decision at once. */
export function mustHear(store: Store, { run, piece }: SessionName, { after, boxed }: Hearing): boolean {
  return requestsOf(store, run).some((request) => {
    if (!settledAfter(request, after)) return false
    const { state, via, settled } = request
    if (state === 'handed' && settled?.to === piece) return true
    if (request.piece !== piece || via === 'operator' || via === 'gate') return false
    return settled?.by === 'operator' || via === 'status' || (state === 'granted' && boxed)
  })
}

/** Requests that the session made itself, in so many words, and that nobody has decided on. A write that was merely tried
 *  is no such word: its agent was told to do without, and may have done so. */
export function awaited(store: Store, { run, piece }: SessionName): readonly ScopeRequest[] {
  return requestsOf(store, run).filter(
    ({ piece: asking, state, via }) =>
      asking === piece && state === 'open' && (via === 'mcp' || via === 'status'),
  )
}

function settledAfter({ settledSeq }: LoggedRequest, after: number): boolean {
  return settledSeq !== null && settledSeq > after
}

function concerns(request: ScopeRequest, piece: string): boolean {
  return request.piece === piece || (request.state === 'handed' && request.settled?.to === piece)
}
