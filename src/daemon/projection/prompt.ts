// The prompt of a session as the engine would compose it, read from the database.
import { QuintetError } from '../../contract/errors.ts'
import type { SessionName } from '../../engine/names.ts'
import { sessionPrompt } from '../../engine/session/words/prompt.ts'
import { stateFolder, type Repository } from '../../git/repository.ts'
import { loadConfig } from '../../plan/config.ts'
import { openForReading } from './read.ts'

/** The first prompt of a session. Throws `E_NO_RUN`, `E_NO_SESSION`. */
export async function readPrompt(repo: Repository, name: SessionName): Promise<string> {
  const opened = openForReading(repo)
  if (opened === null)
    throw new QuintetError('E_NO_RUN', 'precondition', 'Nothing was run in this repository yet.')
  using store = opened
  const config = await loadConfig(repo.root, process.env)
  return sessionPrompt({ store, config, repo, state: stateFolder(repo) }, name)
}
