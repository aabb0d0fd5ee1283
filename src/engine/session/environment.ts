// The environment that setup, checks and agent of one session share: its ports, its status file, its marker.
import { join } from 'node:path'
import type { Workspace } from '../../contract/session.ts'
import type { Environment } from '../../process/environment.ts'
import { portEnvironment } from '../../workspace/ports/environment.ts'
import type { Services } from '../services.ts'
import type { SessionSpec } from './spec.ts'

/** Variables for every process of the session. */
export function sessionEnvironment(
  services: Services,
  session: SessionSpec,
  workspace: Pick<Workspace, 'path' | 'ports'>,
): Environment {
  const folder = join(workspace.path, services.config.coordination_folder)
  return {
    ...portEnvironment(workspace.ports, services.config.ports.names ?? []),
    QUINTET_SESSION: session.marker,
    QUINTET_RUN: session.name.run,
    QUINTET_PIECE: session.name.piece,
    ...(session.run.coordination.on ? { QUINTET_STATUS_FILE: join(folder, 'status.md') } : {}),
  }
}
