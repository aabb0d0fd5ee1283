// The diagnosis of a session for a person, straight from the database and the trace, whether or not a daemon runs.
import { diagnoseSession, type SessionDiagnosis } from '../../engine/health/diagnose.ts'
import type { SessionName } from '../../engine/names.ts'
import { sessionSpec } from '../../engine/session/spec.ts'
import { stateFolder, type Repository } from '../../git/repository.ts'
import { loadConfig } from '../../plan/config.ts'
import { openForReading } from './read.ts'

/** Examines the latest attempt of a session; null when it has had none. Throws `E_NO_RUN`, `E_NO_SESSION`. */
export async function readDiagnosis(repo: Repository, name: SessionName): Promise<SessionDiagnosis | null> {
  const opened = openForReading(repo)
  if (opened === null) return null
  using store = opened
  const services = { store, repo, state: stateFolder(repo), config: await loadConfig(repo.root, process.env) }
  return await diagnoseSession(services, sessionSpec(services, name))
}
