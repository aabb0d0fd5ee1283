// The environment that setup, checks and agent of one session share: its ports, its status file, its marker.
import { join } from 'node:path'
import type { Workspace } from '../../contract/session.ts'
import type { Environment } from '../../process/environment.ts'
import { OWN_FILES, ownEnvironment } from '../../workspace/dependencies/environment.ts'
import { portEnvironment } from '../../workspace/ports/environment.ts'
import type { Services } from '../services.ts'
import type { SessionSpec } from './spec.ts'

/** Nobody tidies up the shared store or its references while sessions write to it, and not from inside of one. */
const UNTIDIED = { 'gc.auto': '0', 'maintenance.auto': 'false' }

/**
 * Settings for every git below a process, on top of those that all processes of a session have. They stand where
 * `git -c` puts its own: further ones are added to them by git, and numbered ones (`GIT_CONFIG_COUNT`), of which whoever
 * sets some takes all others back, are left to agents and operator.
 */
export function gitSettings(settings: Readonly<Record<string, string>> = {}): Environment {
  const all = Object.entries({ ...UNTIDIED, ...settings })
  return { GIT_CONFIG_PARAMETERS: all.map(([key, value]) => `${quoted(key)}=${quoted(value)}`).join(' ') }
}

/** As git reads it: a quote ends the quotation, and an exclamation mark stands outside as well. */
const quoted = (text: string): string => `'${text.replaceAll(/['!]/g, String.raw`'\$&'`)}'`

/** The operator's numbered settings, which children in general are not given: here they are meant for the same person's
 *  work in the same repository. */
function numberedSettings(env: NodeJS.ProcessEnv): Environment {
  const count = env['GIT_CONFIG_COUNT']
  return count === undefined ? {} : { GIT_CONFIG_COUNT: count }
}

/** The keys of the operator are behind a closed door in a box: a commit that had to be signed would fail. */
export const UNSIGNED: Environment = gitSettings({ 'commit.gpgSign': 'false', 'tag.gpgSign': 'false' })

/** Variables for every process of the session. */
export function sessionEnvironment(
  services: Pick<Services, 'config' | 'repo'>,
  session: SessionSpec,
  workspace: Pick<Workspace, 'path' | 'ports'>,
): Environment {
  const folder = join(workspace.path, services.config.coordination_folder)
  return {
    ...OWN_FILES,
    ...ownEnvironment({ worktree: workspace.path, main: services.repo.root }, process.env),
    ...portEnvironment(workspace.ports, services.config.ports.names ?? []),
    ...numberedSettings(process.env),
    ...gitSettings(),
    QUINTET_SESSION: session.marker,
    QUINTET_RUN: session.name.run,
    QUINTET_PIECE: session.name.piece,
    ...(session.run.coordination.on ? { QUINTET_STATUS_FILE: join(folder, 'status.md') } : {}),
  }
}
