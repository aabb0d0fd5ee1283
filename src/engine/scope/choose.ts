// Which requests the operator means: open ones by their paths, or all of a session; what was never asked for becomes a
// request of the operator's own, so that every move has a number.
import { QuintetError } from '../../contract/errors.ts'
import type { SessionName } from '../names.ts'
import type { Services } from '../services.ts'
import type { SessionSpec } from '../session/spec.ts'
import { appendRequest, requestsOf, type LoggedRequest } from './log.ts'

export interface Chosen {
  /** Null: it has to be filed first. */
  readonly request: LoggedRequest | null
  readonly paths: readonly string[]
}

/** The open requests of a session. */
export function openRequests({ store }: Services, { run, piece }: SessionName): readonly LoggedRequest[] {
  return requestsOf(store, run).filter((request) => request.piece === piece && request.state === 'open')
}

/** What the paths mean; without paths every open request. Throws `E_NO_REQUEST` when nothing is meant. */
export function choose(
  services: Services,
  session: SessionSpec,
  paths: readonly string[],
): readonly Chosen[] {
  const open = openRequests(services, session.name)
  if (paths.length === 0) {
    if (open.length === 0) throw noRequest(session)
    return open.map((request) => ({ request, paths: request.paths }))
  }
  const chosen: { request: LoggedRequest | null; paths: string[] }[] = []
  for (const path of paths) {
    const request = open.find((candidate) => candidate.paths.includes(path)) ?? null
    const same = chosen.find((other) => other.request === request)
    if (same === undefined) chosen.push({ request, paths: [path] })
    else same.paths.push(path)
  }
  return chosen
}

/** There is nothing that could be decided. */
export function noRequest({ label }: SessionSpec): QuintetError {
  return new QuintetError('E_NO_REQUEST', 'precondition', `The session ${label} has no such open request.`, {
    hints: [{ text: 'See the requests of the run.', command: 'quintet scope list' }],
  })
}

/**
 * The number under which these paths are settled: that of the open request that names them, or of a new one. Where it is
 * only part of a request, the rest is filed anew and stays open. Inside of a transaction.
 */
export function requireNumber(
  services: Services,
  { name }: SessionSpec,
  {
    paths,
    reason,
    owner,
  }: Pick<Chosen, 'paths'> & { readonly reason: string; readonly owner: string | null },
): number {
  const { run, piece } = name
  const asked = openRequests(services, name).find((request) =>
    paths.every((path) => request.paths.includes(path)),
  )
  if (asked === undefined) {
    const own = { session: piece, reason, via: 'operator' as const, owner, paths: [...paths] }
    return appendRequest(services.store, run, own)
  }
  const rest = asked.paths.filter((path) => !paths.includes(path))
  const { reason: why, via, owner: then } = asked
  if (rest.length > 0) {
    appendRequest(services.store, run, { session: piece, reason: why, via, owner: then, paths: rest })
  }
  return asked.n
}
