// Work on a path that moved away in the middle of a turn. The session's box closes the path with the next turn, so its
// agent could neither commit what it wrote there nor put it back: it is split off and handed to the new owner. Nothing of
// it is lost, and both are told.
import type { Workspace } from '../../contract/session.ts'
import type { Services } from '../services.ts'
import type { SessionSpec } from '../session/spec.ts'
import { isBoxed } from '../session/stored.ts'
import { isAtWork } from './elsewhere.ts'
import { appendRequest, appendSettlement, requestsOf } from './log.ts'
import { isAmong } from './move.ts'
import { tellSettled } from './moved.ts'
import { hunksAt, splitOff } from './split.ts'

const REASON = 'It was written after the path had moved.'

/** Splits off what a boxed session has on paths that were taken from it; true when there was any. No turn is in flight. */
export async function splitStragglers(
  services: Services,
  session: SessionSpec,
  workspace: Workspace,
): Promise<boolean> {
  if (!isBoxed(services.store, session.stream)) return false
  const taken = takenPaths(services, session)
  const owners = new Set(taken.map(({ to }) => to))
  let split = false
  for (const to of owners) {
    const mine = taken.filter((one) => one.to === to).flatMap(({ paths }) => paths)
    const matches = (path: string): boolean => isAmong(path, mine) && session.ownership.owns(to, path)
    if (await splitFor(services, session, { workspace, matches, to })) split = true
  }
  return split
}

/** Paths that were granted to another session, still at work, after the plan had given them to this one. */
function takenPaths(
  services: Services,
  { name }: SessionSpec,
): readonly { readonly paths: readonly string[]; readonly to: string }[] {
  return requestsOf(services.store, name.run).flatMap(({ state, owner, paths, settled }) => {
    const to = settled?.to
    if (state !== 'granted' || owner !== name.piece || to === undefined || to === name.piece) return []
    return isAtWork(services, { run: name.run, piece: to }) ? [{ paths, to }] : []
  })
}

async function splitFor(
  services: Services,
  session: SessionSpec,
  {
    workspace,
    matches,
    to,
  }: { readonly workspace: Workspace; readonly matches: (path: string) => boolean; readonly to: string },
): Promise<boolean> {
  const all = await hunksAt(services, session, workspace, matches)
  if (all === null) return false
  // The branch moves once the agent has committed the rest of its work; what is uncommitted goes at once.
  const hunks = all.held ? { ...all, committed: [] } : all
  const paths = [...new Set([...hunks.committed, ...hunks.loose].map(({ path }) => path))]
  const { run, piece } = session.name
  const { store } = services
  const n =
    paths.length === 0
      ? 0
      : appendRequest(store, run, { session: piece, paths, reason: REASON, via: 'gate', owner: to })
  const patch = await splitOff(services, session, hunks, { to, n })
  if (patch === null) return false
  const data = { n, to, by: 'policy' as const, reason: REASON, patch }
  appendSettlement(store, run, { type: 'scope.handed', data })
  tellSettled(services, { run, piece: to }, { n, next: 'tell' })
  return true
}
