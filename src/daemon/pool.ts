// The warm pool where no daemon keeps it.
import type { PoolView } from '../contract/pool.ts'
import { readPool, readTold } from '../engine/pool/read.ts'
import { stateFolder, type Repository } from '../git/repository.ts'
import { loadConfig } from '../plan/config.ts'
import { openForReading } from './projection/read.ts'

/** Whether somebody has run a plan here, or filled the pool: only then is anything made ahead. */
export async function isToldHere(repo: Repository): Promise<boolean> {
  const opened = openForReading(repo)
  if (opened === null) return await readTold(stateFolder(repo), null)
  using store = opened
  return await readTold(stateFolder(repo), store)
}

/** What is ready, and what would be made once a daemon runs. Throws what loading a configuration throws. */
export async function readPoolView(repo: Repository): Promise<PoolView> {
  const services = { repo, state: stateFolder(repo), config: await loadConfig(repo.root, process.env) }
  const opened = openForReading(repo)
  if (opened === null) return await readPool(services, null)
  using store = opened
  return await readPool(services, store)
}
