// Ends the daemon of a repository, and waits until that very process is gone.
import { setTimeout as delay } from 'node:timers/promises'
import { QuintetError } from '../contract/errors.ts'
import { connectDaemon, runningDaemon } from '../daemon/connect.ts'
import type { Repository } from '../git/repository.ts'
import { signalProcess } from '../process/group.ts'
import { isAlive, type ProcessIdentity } from '../process/identity.ts'

const POLL_MS = 25
const PATIENCE_MS = 10_000

export interface EndOptions {
  /** End it by signal, and kill it when it does not go. */
  readonly force: boolean
  readonly signal: AbortSignal
}

/** Process id of the daemon that was ended; null when none ran. Throws `E_DAEMON_BUSY`. */
export async function endDaemon(repo: Repository, { force, signal }: EndOptions): Promise<number | null> {
  const daemon = await runningDaemon(repo)
  if (daemon === null) return null
  if (force) signalProcess(daemon.pid, 'SIGTERM')
  else await (await connectDaemon(repo, { start: false, signal }))?.shutdown()
  await ended(daemon, force)
  return daemon.pid
}

async function ended(daemon: ProcessIdentity, force: boolean): Promise<void> {
  const patience = performance.now() + PATIENCE_MS
  while (await isAlive(daemon)) {
    if (performance.now() > patience) {
      if (!force) throw stillAlive(daemon.pid)
      signalProcess(daemon.pid, 'SIGKILL')
    }
    await delay(POLL_MS)
  }
}

function stillAlive(pid: number): QuintetError {
  return new QuintetError('E_DAEMON_BUSY', 'environment', `The daemon (process ${pid}) does not end.`, {
    hints: [
      { text: 'End its process; its work goes on with the next one.', command: 'quintet stop --force' },
    ],
  })
}
