// The box in which a session's checks run. They are the session's own program: what it has written is what they do.
import { agentCommand } from '../../agents/presets.ts'
import type { Workspace } from '../../contract/session.ts'
import { endSurvivors } from '../../process/marker.ts'
import { guardState } from '../../workspace/guard/install.ts'
import type { Services } from '../services.ts'
import { boxFingerprint, sessionBox, type SessionBox } from './box.ts'
import { isExternal } from './external/delivery.ts'
import type { SessionSpec } from './spec.ts'
import { treeBox } from '../tree-box.ts'

/** The box of the session's agent while it lives and is in force; else one made anew, when nothing of the session is
 *  alive. */
export async function checkBox(
  services: Services,
  session: SessionSpec,
  workspace: Workspace,
): Promise<SessionBox> {
  if (isExternal(session.piece)) return await elsewhereBox(services, session, workspace)
  const live = services.conversations.current(session.label)
  const scope = live?.fingerprint ?? null
  if (live !== null && (scope === null || scope === boxFingerprint(session))) return live.boxed
  // Its agent was started for another scope, and would be started anew with the next prompt anyway.
  await services.conversations.stop(session.label)
  await endSurvivors(session.marker)
  const { repo, config } = services
  const agent = agentCommand(session.piece, config, { root: repo.root })
  const guards = await guardState({ repo, ...session.name, path: workspace.path })
  return await sessionBox(services, { session, workspace, agent, guards })
}

/** Work that was done elsewhere has no agent whose box it could be: that of every program on a session's work. */
async function elsewhereBox(
  services: Services,
  session: SessionSpec,
  { path }: Workspace,
): Promise<SessionBox> {
  await endSurvivors(session.marker)
  const commands = session.piece.checks.map(({ run }) => run)
  const { box = null, env } = await treeBox(services, { name: session.name, path, commands })
  return { box, env, level: 'advisory', gaps: [] }
}
