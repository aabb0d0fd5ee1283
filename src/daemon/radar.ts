// The conflict radar where no daemon keeps it alive.
import type { RadarView } from '../contract/radar.ts'
import { readRadar } from '../engine/radar/view.ts'
import { stateFolder, type Repository } from '../git/repository.ts'
import { loadConfig } from '../plan/config.ts'
import { openForReading } from './projection/read.ts'
import { QuintetError } from '../contract/errors.ts'

/** Reads all worktrees of a run now and forecasts their conflicts. Throws `E_NO_RUN`. */
export async function readConflicts(repo: Repository, run: string): Promise<RadarView> {
  const opened = openForReading(repo)
  if (opened === null) throw new QuintetError('E_NO_RUN', 'precondition', 'Nothing was run here yet.')
  using store = opened
  const config = await loadConfig(repo.root, process.env)
  return await readRadar({ repo, store, state: stateFolder(repo), config }, run)
}
