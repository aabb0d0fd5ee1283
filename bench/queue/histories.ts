// Random histories of everything that goes wrong at once: bad branches, branches that are bad together, builds that hide
// what comes after them, conflicts, unsteady tests, a target that others move, and a crash at every single step. Pure.
import { landQueue, type QueueOutcome } from '../../src/integration/queue/queue.ts'
import { Crash, journaled, type CrashPlan, type Journal } from './journal.ts'
import { random, SimulatedPort, truth, type Fault, type World } from './world.ts'

export interface History {
  readonly world: World
  readonly outcome: QueueOutcome
  readonly port: SimulatedPort
  readonly crashes: number
}

/** Plays the history of a seed; with `crashing`, every step is broken off once before and once after it took effect. */
export async function playHistory(seed: number, crashing: boolean): Promise<History> {
  const world = wildWorld(seed)
  const port = new SimulatedPort(world, seed)
  const journal: Journal = []
  let crashes = 0
  for (let plan = crashing ? first() : null; ;) {
    try {
      const outcome = await landQueue(journaled(port, journal, plan), world.branches)
      return { world, outcome, port, crashes }
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      crashes += 1
      plan = next(plan)
    }
  }
}

const first = (): CrashPlan | null => ({ call: 0, when: 'before' })

/** Before a call, then after it, then before the next one. */
function next(plan: CrashPlan | null): CrashPlan | null {
  if (plan === null) return null
  return plan.when === 'before' ? { call: plan.call, when: 'after' } : { call: plan.call + 1, when: 'before' }
}

/** Landings of a history that were red in truth. */
export function redLandings({ world, port }: History): number {
  return port.landings.filter(({ tree }) => truth(world, new Set(tree.split(' '))).length > 0).length
}

function wildWorld(seed: number): World {
  const chance = random(seed)
  const size = 1 + Math.floor(chance() * 12)
  const pieces = Array.from({ length: size }, (_, index) => `p${index}`)
  const one = (): string => pieces[Math.floor(chance() * size)] ?? 'p0'
  const some = <T>(most: number, make: (index: number) => T): T[] =>
    Array.from({ length: Math.floor(chance() * (most + 1)) }, (_, index) => make(index))
  const fault = (members: readonly string[], index: number): Fault => ({
    pieces: [...new Set(members)],
    tests: some(2, (n) => `file${index}:test${n}`).concat(`file${index}:test`),
    masks: chance() < 0.15,
  })
  return {
    branches: pieces.map((piece, index) => ({
      piece,
      needs: index > 0 && chance() < 0.15 ? [pieces[Math.floor(chance() * index)] ?? 'p0'] : [],
    })),
    faults: [
      ...some(3, (index) => fault([one()], index)),
      ...some(2, (index) => fault([one(), one()], index + 10)),
      ...some(1, (index) => fault([one(), one(), one()], index + 20)),
      ...some(1, (index) => fault([one(), '~1'], index + 30)),
      ...(chance() < 0.05 ? [fault(['~1'], 40)] : []),
    ],
    conflicts: some(2, () => [one(), one()] as const).filter(([left, right]) => left !== right),
    unsteady: some(2, (index) => `unsteady${index}:test`),
    flakiness: chance() < 0.5 ? 0 : chance() * 0.3,
    drift: chance() < 0.3 ? 0.2 : 0,
    named: chance() < 0.75,
    builds: chance() < 0.3,
  }
}
