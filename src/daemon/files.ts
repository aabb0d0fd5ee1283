// Where a running daemon can be found: `daemon.json` names process and port, `daemon.token` holds the bearer token.
// Both stand in the repository's state folder and are readable by their owner alone. Here they are read; announce.ts
// writes them, and is apart because what it imports would slow every reading command.
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { ignoring, QuintetError } from '../contract/errors.ts'
import { stateFolder, type Repository } from '../git/repository.ts'

const DaemonFile = v.object({
  pid: v.number(),
  startTime: v.string(),
  port: v.number(),
  version: v.string(),
  startedAt: v.number(),
})
export type DaemonFile = v.InferOutput<typeof DaemonFile>

/** Who runs, and where. */
export const daemonPath = (repo: Repository): string => join(stateFolder(repo), 'daemon.json')
/** What opens it. */
export const tokenPath = (repo: Repository): string => join(stateFolder(repo), 'daemon.token')

/** What the last daemon wrote of itself; null when it wrote nothing readable. It may be dead by now. */
export async function loadDaemonFile(repo: Repository): Promise<DaemonFile | null> {
  const text = await ignoring(['ENOENT'], readFile(daemonPath(repo), 'utf8'))
  if (text === undefined) return null
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), DaemonFile), text)
  return parsed.success ? parsed.output : null
}

/** The token of the running daemon. Throws `E_DAEMON_TOKEN` when the file is missing, unreadable or open to others. */
export async function requireToken(repo: Repository): Promise<string> {
  const path = tokenPath(repo)
  const token = await ignoring(['ENOENT', 'EACCES'], readFile(path, 'utf8'))
  const hints = [
    { text: 'Start the daemon anew; its work goes on where it stopped.', command: 'quintet stop --force' },
  ]
  if (token === undefined || token === '') {
    throw new QuintetError(
      'E_DAEMON_TOKEN',
      'environment',
      `The token of the daemon cannot be read from ${path}.`,
      { hints },
    )
  }
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0) {
    throw new QuintetError('E_DAEMON_TOKEN', 'environment', `The token file ${path} can be read by others.`, {
      hints: [{ text: 'Make it private.', command: `chmod 600 ${path}` }],
    })
  }
  return token
}
