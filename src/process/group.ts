// Ending a process group: SIGTERM, then SIGKILL after a grace period. Groups are addressed by the id remembered at
// start, never by pattern.
import { errnoOf } from '../contract/errors.ts'

const GRACE_MS = 3_000
const POLL_MS = 20

/** Sends `signal` to a whole group; false when no process of it is left. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal)
    return true
  } catch (error) {
    const code = errnoOf(error)
    if (code === 'ESRCH') return false
    if (code === 'EPERM') return true
    throw error
  }
}

/** Ends a group and resolves when nothing of it is alive; `graceMs` 0 kills at once. */
export async function endGroup(group: number, graceMs: number = GRACE_MS): Promise<void> {
  if (!signalGroup(group, graceMs > 0 ? 'SIGTERM' : 'SIGKILL')) return
  const deadline = performance.now() + graceMs
  while (signalGroup(group, 0)) {
    if (performance.now() >= deadline) signalGroup(group, 'SIGKILL')
    // A process table has no event for the end of a foreign process: this is the one place that polls for it.
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
