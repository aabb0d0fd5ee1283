// What only the operator can decide about paths and their owners: requests, and what the gate found. Pure.
import type { ScopeFinding, ScopeRequest } from '../../contract/scope.ts'
import type { SessionState } from '../../contract/session.ts'
import type { IntegrationView, Need, RequestView, SessionView } from '../../contract/view.ts'
import { typedWords } from '../../contract/shell.ts'

/** States in which a session can use no answer any more. */
const OVER: ReadonlySet<SessionState> = new Set(['landed', 'abandoned'])
const PATHS_SHOWN = 3

/** What became of the requests, now that the sessions stand as they do. */
export function requestViews(
  requests: readonly ScopeRequest[],
  sessions: readonly SessionView[],
): readonly RequestView[] {
  const over = new Set(sessions.flatMap(({ piece, state }) => (OVER.has(state) ? [piece] : [])))
  return requests.map((request) =>
    request.state === 'open' && over.has(request.piece) ? { ...request, state: 'lapsed' } : request,
  )
}

/** Requests that the operator has to decide on. */
export function requestNeeds(
  requests: readonly RequestView[],
  sessions: readonly SessionView[],
): readonly Need[] {
  return requests.flatMap((request) => {
    const session = sessions.find(({ piece }) => piece === request.piece)
    if (request.state !== 'open' || session === undefined) return []
    const { paths, owner, reason, since } = request
    const whose = owner === null ? 'of nobody' : owner === 'operator' ? 'shared' : `of ${owner}`
    const text = `asks for ${named(paths)} (${whose}): ${reason}`
    return [{ session: session.id, kind: 'scope', text, since, ...choices(session.piece, paths, owner) }]
  })
}

/** What a waiting session has on its branch and may not keep. Null when that is not why it waits. */
export function findingNeed(session: SessionView): Need | null {
  const blocking = session.findings.filter(({ blocks }) => blocks)
  if (session.state !== 'waiting' || blocking.length === 0) return null
  return foundNeed(session, blocking, session.since)
}

/** Branches that the gate stopped before landing, as long as the session has not gone on. */
export function refusedNeeds(
  { refused, since }: IntegrationView,
  sessions: readonly SessionView[],
): readonly Need[] {
  return refused.flatMap(({ piece, findings }) => {
    const session = sessions.find((candidate) => candidate.piece === piece)
    return session?.state === 'finished' ? [foundNeed(session, findings, since)] : []
  })
}

function foundNeed(session: SessionView, findings: readonly ScopeFinding[], since: number): Need {
  const first = findings[0]
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : ''
  const text = first === undefined ? '' : `${first.path}: ${first.text}${more}`
  const owners = new Set(findings.map(({ owner }) => owner))
  const owner = owners.size === 1 ? (first?.owner ?? null) : null
  const paths = findings.map(({ path }) => path)
  const { command, others = [] } = choices(session.piece, paths, owner)
  const retry = {
    command: `quintet session retry ${session.piece} "<what to do>"`,
    label: 'tell it what to do instead',
  }
  const usable = findings.every(({ kind }) => kind === 'history')
    ? { command: retry.command }
    : {
        command,
        others: [...others.filter(({ command: other }) => !other.startsWith('quintet scope refuse')), retry],
      }
  return { session: session.id, kind: 'scope', text, since, ...usable }
}

function choices(
  piece: string,
  paths: readonly string[],
  owner: string | null,
): Pick<Need, 'command' | 'others'> {
  const words = typedWords(paths)
  const hand = {
    command: `quintet scope hand ${piece} ${words}`,
    label: `let ${owner ?? ''} make the change`,
  }
  return {
    command: `quintet scope grant ${piece} ${words}`,
    others: [
      ...(owner === null || owner === 'operator' || owner === piece ? [] : [hand]),
      { command: `quintet scope refuse ${piece} ${words} --reason "<why>"`, label: 'refuse it' },
    ],
  }
}

function named(paths: readonly string[]): string {
  const rest = paths.length - PATHS_SHOWN
  return `${paths.slice(0, PATHS_SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
