// Follows a session's own status file while it is at work: every new content is a fact, and the other sessions' folders
// show it.
import type { SessionStatus, Workspace } from '../../../contract/session.ts'
import { readOwnStatus } from '../../../coordination/folder.ts'
import { watchStatus } from '../../../coordination/watch.ts'
import type { EffectContext } from '../../port.ts'
import { record } from '../../record.ts'
import { fileReported } from '../../scope/reported.ts'
import type { Services } from '../../services.ts'
import { refreshFolders } from '../words/folders.ts'
import { lastStatus } from '../stored.ts'
import type { SessionSpec } from '../spec.ts'

const NOTHING: AsyncDisposable = { [Symbol.asyncDispose]: () => Promise.resolve() }

/** Watches until disposed; does nothing where the run goes without coordination. */
export async function followStatus(
  services: Services,
  effect: EffectContext,
  { session, workspace }: { session: SessionSpec; workspace: Workspace },
): Promise<AsyncDisposable> {
  if (!session.run.coordination.on) return NOTHING
  let last = lastStatus(services.store, session.stream)
  let refreshing: Promise<void> = Promise.resolve()
  const follow = (blockedOn: readonly string[]): void => {
    refreshing = refreshing
      .then(() => fileReported(services, session, blockedOn))
      .then(() => refreshFolders(services, session.name.run))
      .catch(report)
  }
  const report = (error: unknown): void => {
    services.announce(session.label, `the session folder cannot be kept up to date: ${String(error)}`)
  }
  const onStatus = (status: SessionStatus | null): void => {
    if (status === null || status.verbatim === last || effect.signal.aborted) return
    last = status.verbatim
    const { completed, inProgress, blockedOn, verbatim } = status
    const lists = { completed: [...completed], inProgress: [...inProgress], blockedOn: [...blockedOn] }
    record(effect, 'status.read', String(Date.now()), { ...lists, verbatim })
    follow(blockedOn)
  }
  const place = { worktree: workspace.path, folder: services.config.coordination_folder }
  const watch = await watchStatus({ ...place, onStatus, onError: report })
  return {
    [Symbol.asyncDispose]: async () => {
      await watch[Symbol.asyncDispose]()
      // What was written in the last moment of the turn belongs to it.
      onStatus(await readOwnStatus(place.worktree, place.folder))
      await refreshing
    },
  }
}
