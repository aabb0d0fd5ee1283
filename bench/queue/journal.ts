// A queue port that remembers what it answered, as a durable workflow does, and breaks off where it is told to. Pure.
import type { QueuePort } from '../../src/integration/queue/port.ts'

/** The process is gone. */
export class Crash extends Error {}

/** Calls in order with their answers. It outlives the process. */
export type Journal = unknown[]

export interface CrashPlan {
  /** Number of the call, from 0. */
  readonly call: number
  /** Before the call takes effect, or after that and before its answer is written down. */
  readonly when: 'before' | 'after'
}

/** The port as one process sees it: answers that were written down are given again, and nothing is done twice but what was
 *  under way in a crash. */
export function journaled(port: QueuePort, journal: Journal, crash: CrashPlan | null): QueuePort {
  let calls = 0
  async function play<T>(effect: () => Promise<T>): Promise<T> {
    const call = calls++
    if (call < journal.length) return journal[call] as T
    if (crash?.call === call && crash.when === 'before') throw new Crash()
    const answer = await effect()
    if (crash?.call === call) throw new Crash()
    journal.push(answer)
    return answer
  }
  return {
    stack: (pieces) => play(() => port.stack(pieces)),
    combine: (onto, pieces) => play(() => port.combine(onto, pieces)),
    runAll: (stack) => play(() => port.runAll(stack)),
    runOnly: (state, units, purpose) => play(() => port.runOnly(state, units, purpose)),
    land: (stack) => play(() => port.land(stack)),
    tell: (happening) => play(() => port.tell(happening)),
  }
}
