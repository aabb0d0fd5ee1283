// What follows when paths have moved: everybody is shown, and those who wait are woken.
import { sessionWorkflowId, type SessionName } from '../names.ts'
import { toJson } from '../record.ts'
import type { Services } from '../services.ts'
import { refreshGuards } from '../session/guards.ts'
import { SCOPE, type ScopeSignal } from '../session/signals.ts'
import { refreshFolders } from '../session/words/folders.ts'

/** Brings everything that is derived from the map up to date. */
export async function pathsMoved(services: Services, run: string): Promise<void> {
  await refreshGuards(services, run)
  await refreshFolders(services, run)
}

/** Tells a session that something about its requests was decided; it hears it when it next waits. */
export function tellSettled(services: Services, name: SessionName, signal: ScopeSignal): void {
  const { n, next } = signal
  services.engine().signal(sessionWorkflowId(name), {
    name: SCOPE,
    data: toJson(signal),
    dedupe: `scope:${n}:${next}`,
  })
}
