// The box of a session for a person: made from the database as the engine makes it for the agent, whether or not a daemon
// runs.
import { TERMINAL_IN_BOX, type TerminalStart } from '../../agents/attached/launch.ts'
import { agentCommand } from '../../agents/presets.ts'
import { QuintetError } from '../../contract/errors.ts'
import type { EnforcementLevel, Workspace } from '../../contract/session.ts'
import { terminalContext } from '../../coordination/prompt.ts'
import { terminalStatusLine } from '../../engine/attached/guards.ts'
import type { SessionName } from '../../engine/names.ts'
import { importWork, sessionBox } from '../../engine/session/box.ts'
import { sessionEnvironment } from '../../engine/session/environment.ts'
import { proveOwn } from '../../engine/session/late-proof.ts'
import type { Services } from '../../engine/services.ts'
import { sessionSpec, type SessionSpec } from '../../engine/session/spec.ts'
import { promptInput } from '../../engine/session/words/context.ts'
import { liveWorkspace } from '../../engine/session/words/folders.ts'
import { stateFolder, type Repository } from '../../git/repository.ts'
import { loadConfig } from '../../plan/config.ts'
import { boxed, type Command } from '../../process/box.ts'
import type { Environment } from '../../process/environment.ts'
import { SESSION_MARK } from '../../process/marker.ts'
import { programFile, programMissing } from '../../process/spawn.ts'
import { guardRecordFile, guardState, loadGuardRecord } from '../../workspace/guard/install.ts'
import { openForReading } from './read.ts'

export interface SessionShell {
  readonly level: EnforcementLevel
  /** Why it is not a stronger one, one sentence each. */
  readonly gaps: readonly string[]
  readonly boxed: boolean
  readonly cwd: string
  readonly env: Environment
  readonly command: Command
  /** Brings what was committed in it into the repository. */
  end(): Promise<void>
}

export interface ShellRequest {
  readonly words: readonly [string, ...string[]]
  /** The agent whose places in the home folder the box is made for; default: the one of the piece. */
  readonly agent?: string
  /** Words that are added to those, once it is known what is around them. */
  readonly more?: (start: TerminalStart) => readonly string[]
}

/** What runs words in the box of a session. Throws `E_NO_RUN`, `E_NO_SESSION`, `E_NO_WORKTREE`,
 *  `E_PROGRAM_MISSING`. */
export async function readShell(
  repo: Repository,
  name: SessionName,
  { words, agent: wanted, more }: ShellRequest,
): Promise<SessionShell> {
  const opened = openForReading(repo)
  if (opened === null)
    throw new QuintetError('E_NO_RUN', 'precondition', 'Nothing was run in this repository yet.')
  using store = opened
  const config = await loadConfig(repo.root, process.env)
  const services = { store, config, repo, state: stateFolder(repo) }
  const session = sessionSpec(services, name)
  const workspace = liveWorkspace(services, session)
  if (workspace === null) throw noWorktree(session.label)
  await proveOwn(services, session, { path: workspace.path, signal: new AbortController().signal })
  const piece = wanted === undefined ? session.piece : { id: name.piece, agent: wanted }
  const agent = agentCommand(piece, config, { root: repo.root })
  const guards = await guardState({ repo, ...name, path: workspace.path })
  await importWork(services, session)
  const made = await sessionBox(services, { session, workspace, agent: { ...agent, command: words }, guards })
  // A process with the session's mark would be ended when the next agent is started.
  const { [SESSION_MARK]: _mark, ...env } = sessionEnvironment(services, session, workspace)
  const [program, ...first] = words
  const boxedIn = made.box !== null
  const args =
    more === undefined
      ? first
      : [...first, ...more(await startOf(services, session, { workspace, boxed: boxedIn }))]
  const cwd = workspace.path
  // A box that cannot start what it is made for says so in words of its own.
  if ((await programFile(program, { cwd, env: agent.env })) === null) throw programMissing(program)
  return {
    level: made.level,
    gaps: made.gaps,
    boxed: boxedIn,
    cwd,
    env: { ...env, ...agent.env, ...(boxedIn && more !== undefined ? TERMINAL_IN_BOX : {}), ...made.env },
    command: made.box === null ? { program, args } : boxed(program, args, { cwd, box: made.box }),
    end: () => importWork(services, session),
  }
}

/** What an agent is started with there. */
async function startOf(
  services: Pick<Services, 'repo' | 'store' | 'config' | 'state'>,
  session: SessionSpec,
  { workspace, boxed: inBox }: { readonly workspace: Workspace; readonly boxed: boolean },
): Promise<TerminalStart> {
  const named = { repo: services.repo, ...session.name }
  const record = await loadGuardRecord(named)
  return {
    context: terminalContext(promptInput(services, session, workspace)),
    guarded: record === null ? null : { record, file: guardRecordFile(named) },
    statusLine: await terminalStatusLine(
      services.state,
      { name: session.name, path: workspace.path },
      process.env,
    ),
    boxed: inBox,
  }
}

function noWorktree(label: string): QuintetError {
  return new QuintetError('E_NO_WORKTREE', 'precondition', `The session ${label} has no worktree.`, {
    hints: [{ text: 'See how far it is.', command: `quintet session show ${label}` }],
  })
}
