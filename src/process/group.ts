// Ending a process group: SIGTERM, then SIGKILL after a grace period. Groups are addressed by the id remembered at
// start, never by pattern. A process that only its parent has not noticed to be gone (a zombie) counts as gone.
import { errnoOf, QuintetError } from '../contract/errors.ts'
import { groupMembers } from './table.ts'

export interface EndGroupOptions {
  /** SIGTERM passes over the process that leads the group: it is a box, and its death would kill the inmates unasked. */
  readonly boxed?: boolean
}

const GRACE_MS = 3_000
const FIRST_POLL_MS = 2
const LAST_POLL_MS = 25
/** A signal 0 also reaches zombies; the table, which tells them apart, costs more and is asked this often. The first time
 *  soon: of a box whose program has ended its first process is left, for as long as init takes to notice. */
const ZOMBIE_CHECK_MS = 40
const FIRST_ZOMBIE_CHECK_MS = 4
/** What SIGKILL has not ended by then hangs in the kernel or belongs to somebody else. */
const KILL_LIMIT_MS = 10_000

/** Sends `signal` to a whole group; false when no process of it is left. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  return signalTo(-group, signal)
}

/** Sends `signal` to one process; false when it is gone. Another user's process counts as there. */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  return signalTo(pid, signal)
}

function signalTo(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, signal)
    return true
  } catch (error) {
    const code = errnoOf(error)
    if (code === 'ESRCH') return false
    if (code === 'EPERM') return true
    throw error
  }
}

/** Ends a group and resolves when nothing of it is alive; `graceMs` between SIGTERM and SIGKILL, 0 kills at once.
 *  Throws `E_PROCESS_SURVIVES` 10 s after a SIGKILL that did not help. */
export async function endGroup(
  group: number,
  graceMs: number = GRACE_MS,
  options: EndGroupOptions = {},
): Promise<void> {
  if (!signalGroup(group, 0)) return
  if (graceMs > 0) {
    await terminate(group, options.boxed === true)
    if (await goneWithin(group, graceMs)) return
  }
  signalGroup(group, 'SIGKILL')
  if (await goneWithin(group, KILL_LIMIT_MS)) return
  const left = await groupMembers(group)
  throw new QuintetError(
    'E_PROCESS_SURVIVES',
    'environment',
    `Processes cannot be ended: ${left.join(', ')}.`,
    { hints: [{ text: 'See what holds them.', command: `ps -o pid,stat,wchan,args -p ${left.join(',')}` }] },
  )
}

async function terminate(group: number, boxed: boolean): Promise<void> {
  if (!boxed) {
    signalGroup(group, 'SIGTERM')
    return
  }
  for (const pid of await groupMembers(group)) if (pid !== group) signalProcess(pid, 'SIGTERM')
}

/** The process table has no event for the end of a foreign process: this polls for it. */
async function goneWithin(group: number, limitMs: number): Promise<boolean> {
  const started = performance.now()
  let due = started + FIRST_ZOMBIE_CHECK_MS
  for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 2, LAST_POLL_MS)) {
    if (!signalGroup(group, 0)) return true
    const now = performance.now()
    if (now >= due) {
      due = now + ZOMBIE_CHECK_MS
      if ((await groupMembers(group)).length === 0) return true
    }
    if (now - started >= limitMs) return false
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}
