// Scope requests that stand in a session's report: they are filed, and what became of them decides whether the session
// still waits for somebody.
import { reportedRequests } from '../../coordination/scope-lines.ts'
import type { Services } from '../services.ts'
import type { SessionSpec } from '../session/spec.ts'
import { fileOrAnnounce, repositoryPaths } from './file.ts'
import { requestsOf } from './log.ts'
import { inside } from '../../scope/place.ts'

const NO_REASON = 'The report gives no reason.'

/** Files what is asked for under "Blocked On"; what cannot be filed is announced and goes no further. */
export async function fileReported(
  services: Services,
  session: SessionSpec,
  blockedOn: readonly string[],
): Promise<void> {
  for (const { paths, reason } of reportedRequests(blockedOn))
    await fileOrAnnounce(services, session, {
      paths,
      reason: reason === '' ? NO_REASON : reason,
      via: 'status',
    })
}

/** What a session reports to be blocked on, without the requests that took their course: a path that is its own by now, one
 *  that is asked for, or decided on after `after`. A refusal that it was told before and does not accept stays. */
export function stillBlocked(
  services: Services,
  session: SessionSpec,
  { blockedOn, after }: { readonly blockedOn: readonly string[]; readonly after: number },
): readonly string[] {
  const { name, ownership } = session
  const requests = requestsOf(services.store, name.run).filter(({ piece }) => piece === name.piece)
  const tookItsCourse = (path: string): boolean =>
    ownership.owns(name.piece, inside(path)) ||
    requests.some(
      ({ paths, settledSeq }) => paths.includes(path) && (settledSeq === null || settledSeq > after),
    )
  return blockedOn.filter((item) => {
    const asked = reportedRequests([item]).flatMap(({ paths }) => paths)
    return asked.length === 0 || !repositoryPaths(services, session, asked).every(tookItsCourse)
  })
}
