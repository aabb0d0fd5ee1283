// What a killed daemon has left running: agents and their tools, set-ups, checks. Every one bears the mark of its session
// or of its run's integration, and none may go on while a new daemon does the same work again.
import type { Repository } from '../git/repository.ts'
import { endSurvivors } from '../process/marker.ts'
import type { OpenClaim } from '../store/claims.ts'
import type { Store } from '../store/store.ts'
import { INTEGRATION_PLACE, sessionOfWorkflow, runOfWorkflow } from './names.ts'
import { sessionMarker } from './session/spec.ts'

/** Marks the processes of a run's integrations. */
export function integrationMarker(commonDir: string, run: string): string {
  return sessionMarker(commonDir, { run, piece: INTEGRATION_PLACE })
}

/** The marks of everything that open workflows may have left running. */
function openMarkers(commonDir: string, open: readonly Pick<OpenClaim, 'id'>[]): readonly string[] {
  const sessions = open.flatMap(({ id }) => sessionOfWorkflow(id) ?? [])
  const runs = new Set(open.map(({ id }) => runOfWorkflow(id)))
  return [
    ...sessions.map((name) => sessionMarker(commonDir, name)),
    ...[...runs].map((run) => integrationMarker(commonDir, run)),
  ]
}

/**
 * Ends what open sessions and integrations have left running; only before the engine opens, since it asks nobody. What
 * cannot be ended is told: the workflow that it belongs to proves it gone once more before it starts anything.
 */
export async function sweepSurvivors(repo: Repository, store: Store): Promise<void> {
  const markers = openMarkers(repo.commonDir, store.claims.open())
  for (const swept of await Promise.allSettled(markers.map((marker) => endSurvivors(marker)))) {
    if (swept.status === 'rejected')
      process.emitWarning(`A process of an earlier daemon is left: ${String(swept.reason)}`)
  }
}
