// The daemon while nothing happens: five sessions, each with a live agent that waits for an answer.
import { setTimeout as delay } from 'node:timers/promises'
import { join } from 'node:path'
import { runningDaemon } from '../../src/daemon/connect.ts'
import { readRun } from '../../src/daemon/projection/read.ts'
import { openRepository, type Repository } from '../../src/git/repository.ts'
import type { BenchContext } from '../bench.ts'
import { answered } from '../quintet.ts'
import { sample } from './sample.ts'
import { asking, makeFiveSessions } from './sessions.ts'

const SETTLE_MS = 5_000
const PATIENCE_MS = 120_000
const POLL_MS = 250

export interface Idle {
  /** Percent of one core. */
  readonly cpuPercent: number
  readonly rssMb: number
}

/** Brings five sessions to their question and measures the daemon for `seconds`. */
export async function measureIdle(context: BenchContext, seconds: number): Promise<Idle> {
  const { scratch, note, signal } = context
  const path = join(scratch.path, 'idle')
  await makeFiveSessions(path, asking)
  const repo = await openRepository(path)
  try {
    await answered(path, ['run', 'five', '--detach'], { signal })
    note('Waiting for five questions.')
    const pid = await fiveQuestions(repo, signal)
    await delay(SETTLE_MS, undefined, { signal })
    note(`Measuring the daemon for ${seconds} s.`)
    const [before, started] = [await sample(pid), performance.now()]
    await delay(seconds * 1_000, undefined, { signal })
    const after = await sample(pid)
    const elapsed = performance.now() - started
    return { cpuPercent: ((after.cpuMs - before.cpuMs) / elapsed) * 100, rssMb: after.rssMb }
  } finally {
    // Not under the signal: an interrupted benchmark must not leave agents behind.
    await answered(path, ['stop'], { signal: AbortSignal.timeout(PATIENCE_MS) })
  }
}

/** Resolves with the daemon's process id when every session waits for an answer. */
async function fiveQuestions(repo: Repository, signal: AbortSignal): Promise<number> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const { sessions } = await readRun(repo)
    if (sessions.length > 0 && sessions.every(({ question }) => question !== null)) break
    if (performance.now() > deadline) {
      const states = sessions.map(({ piece, state, reason }) => `${piece} ${state} ${reason ?? ''}`.trim())
      throw new Error(`The sessions did not come to their questions: ${states.join(', ')}.`)
    }
    await delay(POLL_MS, undefined, { signal })
  }
  const daemon = await runningDaemon(repo)
  if (daemon === null) throw new Error('The daemon has ended while its sessions wait.')
  return daemon.pid
}
