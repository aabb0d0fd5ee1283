// What a daemon writes so that it can be found and used by its owner, and by nobody else.
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import type { Repository } from '../git/repository.ts'
import { writeAtomic } from '../store/atomic.ts'
import { daemonPath, tokenPath, type DaemonFile } from './files.ts'

/** Announces a daemon that listens. */
export async function setDaemonFile(repo: Repository, file: DaemonFile): Promise<void> {
  await writeAtomic(daemonPath(repo), JSON.stringify(file), { mode: 0o600 })
}

/** Takes the announcement back. */
export async function removeDaemonFile(repo: Repository): Promise<void> {
  await rm(daemonPath(repo), { force: true })
}

/** A new token for a new daemon. */
export async function createToken(repo: Repository): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  await writeAtomic(tokenPath(repo), token, { mode: 0o600 })
  return token
}
