// Other runs at work in the same repository: one path has one writer across all of them.
import { alikeOwners } from '../../scope/alike.ts'
import { sessionWorkflowId, type SessionName, runOfWorkflow } from '../names.ts'
import type { Services } from '../services.ts'
import { loadRunInput } from '../session/spec.ts'
import { mapInForce } from './map.ts'

/** Ids of the runs that have not ended, newest first. */
function liveRunIds({ store }: Pick<Services, 'store'>): readonly string[] {
  return store.claims
    .list('run')
    .filter(({ status }) => status === 'ready' || status === 'waiting')
    .map(({ id }) => runOfWorkflow(id))
}

/** A session that has what another one wants. */
export interface Holder extends SessionName {
  /** What of its own the path is taken for by some file systems; null when it is the very path. */
  readonly alike: string | null
}

/** Which session of another live run owns something at a path (below it, for a folder), or at what some file systems take
 *  for it: asks each run once. */
export function ownerElsewhere(
  services: Pick<Services, 'store' | 'config'>,
  run: string,
): (path: string) => Holder | null {
  const others = liveRunIds(services)
    .filter((other) => other !== run)
    .map((other) => {
      const input = loadRunInput(services, other)
      return { other, map: mapInForce(services.store, input, services.config.coordination_folder) }
    })
  return (path) => {
    for (const { other, map } of others) {
      const atWork = (piece: string): boolean => isAtWork(services, { run: other, piece })
      const owner = map.ownersOf(path).find(atWork)
      if (owner !== undefined) return { run: other, piece: owner, alike: null }
      const alike = alikeOwners(map, null, path).find(({ piece }) => atWork(piece))
      if (alike !== undefined) return { run: other, piece: alike.piece, alike: alike.name }
    }
    return null
  }
}

/** Whether a session can still write: it has neither landed nor been abandoned. A planned one will. */
export function isAtWork({ store }: Pick<Services, 'store'>, name: SessionName): boolean {
  const stream = sessionWorkflowId(name)
  for (const _ended of store.events({ stream, types: ['session.landed', 'session.abandoned'], limit: 1 })) {
    return false
  }
  return true
}
