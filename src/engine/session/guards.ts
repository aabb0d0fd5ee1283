// What the guards of a session go by, assembled from its run and written for the hooks of git and of its agent.
import { agentGuards, NONE, type AgentGuards, type GuardInput } from '../../agents/guards/guards.ts'
import { guardProgram } from '../../agents/guards/hook/location.ts'
import type { GuardSpec } from '../../contract/guard.ts'
import {
  guardRecordFile,
  installGuards,
  loadGuardRecord,
  updateGuards,
  type GuardState,
} from '../../workspace/guard/install.ts'
import { branchRef } from '../names.ts'
import { grantsOf } from '../scope/map.ts'
import type { Services } from '../services.ts'
import { loadRunInput, sessionSpec, type SessionSpec } from './spec.ts'

/** What the guards of a session go by, with the scope that is in force now. */
export function guardSpec(services: Services, session: SessionSpec): GuardSpec {
  const { run, name, home } = session
  const folder = services.config.coordination_folder
  const branch = branchRef(name)
  // The double of a session has the scope of its piece under its own name.
  const named = (id: string): string => (id === session.piece.id ? name.piece : id)
  return {
    branch,
    refs: branch.slice(0, branch.lastIndexOf('/') + 1),
    pieces: run.plan.pieces.map(({ id, title, scope }) => ({ id: named(id), title, scope })),
    shared: run.plan.shared,
    grants: grantsOf(services.store, name.run).map(({ paths, to, by }) => ({
      paths: [...paths],
      to: named(to),
      ...(by === undefined ? {} : { by }),
    })),
    coordinationFolder: folder,
    ignoreCase: run.ignoreCase,
    writable: [`${folder}/status.md`, home],
    ask: [
      'Ask for a path, and say why, with the tool scope_request of the server quintet.',
      run.coordination.on
        ? `Or under "Blocked On" in ${folder}/status.md: scope: <path> — <reason>`
        : 'Or in the last message of the turn: scope: <path> — <reason>',
    ],
    program: [...guardProgram()],
  }
}

/** Has git run the session's guards in its worktree, with the scope that is in force now. */
export async function setGuards(services: Services, session: SessionSpec, path: string): Promise<GuardState> {
  return await installGuards({ repo: services.repo, ...session.name, path }, guardSpec(services, session))
}

/** Writes the scope that is in force now into the guards of every session of a run that has some. Git's hooks and the
 *  tool hooks go by it from the next command on; rules that an agent was started with do so when it is started again. */
export async function refreshGuards(services: Services, run: string): Promise<void> {
  for (const { id } of loadRunInput(services, run).plan.pieces) {
    const session = sessionSpec(services, { run, piece: id })
    await updateGuards({ repo: services.repo, run, piece: id }, guardSpec(services, session))
  }
}

/** What the session's agent is started with so that it keeps to its scope by its own means; nothing without a record. */
export async function guardsOfAgent(
  services: Services,
  session: SessionSpec,
  { command, env, boxed }: Pick<GuardInput, 'command' | 'env' | 'boxed'>,
): Promise<AgentGuards> {
  const named = { repo: services.repo, ...session.name }
  const record = await loadGuardRecord(named)
  return record === null ? NONE : agentGuards({ command, env, record, file: guardRecordFile(named), boxed })
}
