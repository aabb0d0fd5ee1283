// The session folders of a run, brought up to date with the log: decisions, context and everybody's status. They are
// projections, so writing them twice is harmless and writing them late costs nothing but freshness.
import * as v from 'valibot'
import { FACTS } from '../../../contract/facts.ts'
import type { Workspace } from '../../../contract/session.ts'
import { decisionsFile } from '../../../coordination/decisions.ts'
import { writeSessionFolder } from '../../../coordination/folder.ts'
import { contextFile } from '../../../coordination/prompt.ts'
import { statusTemplate } from '../../../coordination/status.ts'
import { sessionWorkflowId } from '../../names.ts'
import { patchCopies } from '../../scope/patches.ts'
import type { Services } from '../../services.ts'
import { decisions, promptInput } from './context.ts'
import { loadRunInput, sessionSpec, type SessionSpec } from '../spec.ts'

type FolderServices = Pick<Services, 'store' | 'config' | 'repo' | 'state'>

/** Writes the folder of one session; does nothing where the run goes without coordination. */
export async function writeFolder(
  services: FolderServices,
  session: SessionSpec,
  workspace: Workspace,
): Promise<void> {
  if (!session.run.coordination.on) return
  await writeSessionFolder({
    repo: services.repo,
    worktree: workspace.path,
    folder: services.config.coordination_folder,
    decisions: decisionsFile(decisions(services.store, session.name.run)),
    context: contextFile(promptInput(services, session, workspace)),
    statuses: statusesOfOthers(services, session),
    handed: await patchCopies(services, session),
    template: statusTemplate(session.piece),
  })
}

/** Writes the folders of all sessions of a run that have a workspace and have not ended. */
export async function refreshFolders(services: FolderServices, run: string): Promise<void> {
  for (const { id: piece } of loadRunInput(services, run).plan.pieces) {
    const session = sessionSpec(services, { run, piece })
    const workspace = liveWorkspace(services, session)
    if (workspace !== null) await writeFolder(services, session, workspace)
  }
}

/** The workspace of a session that is still in use; null otherwise. */
export function liveWorkspace(services: FolderServices, session: SessionSpec): Workspace | null {
  const ready = services.store.event(session.stream, 'workspace.ready:1')
  if (ready === undefined) return null
  for (const _ended of services.store.events({
    stream: session.stream,
    types: ['session.landed', 'session.abandoned', 'session.released'],
  })) {
    return null
  }
  return v.parse(FACTS['workspace.ready'], ready.data)
}

function statusesOfOthers(services: FolderServices, session: SessionSpec): Record<string, string> {
  const { run, piece } = session.name
  const statuses: Record<string, string> = {}
  for (const event of services.store.events({ prefix: `${run}/session/`, types: ['status.read'] })) {
    const other = event.stream.slice(`${run}/session/`.length)
    if (event.stream === sessionWorkflowId({ run, piece })) continue
    statuses[other] = v.parse(FACTS['status.read'], event.data).verbatim
  }
  return statuses
}
