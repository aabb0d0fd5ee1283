// What other merge queues would have run on the same simulated branches: suite runs, nothing else. Pure.
import type { QueueBranch } from '../../src/integration/queue/port.ts'
import { truth, type World } from './world.ts'

interface Peer {
  readonly name: string
  /** Full runs of the suite until every branch has landed or was rejected. */
  readonly runs: (world: World) => number
}

/** One suite at a time, for a set of branches on what has landed. */
class Suite {
  runs = 0
  readonly #world: World
  readonly #landed = new Set<string>()

  constructor(world: World) {
    this.#world = world
  }

  /** Runs everything on the landed branches and these; what is green lands. */
  lands(batch: readonly QueueBranch[]): boolean {
    this.runs += 1
    const pieces = new Set([...this.#landed, ...batch.map(({ piece }) => piece)])
    if (truth(this.#world, pieces).length > 0) return false
    for (const piece of pieces) this.#landed.add(piece)
    return true
  }
}

function serial(world: World): number {
  const suite = new Suite(world)
  for (const branch of world.branches) suite.lands([branch])
  return suite.runs
}

/** One batch of everything; a red one is cut in two, and both halves are queued again. */
function bisecting(world: World): number {
  const suite = new Suite(world)
  const queue = [world.branches]
  for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
    if (batch.length === 0 || suite.lands(batch) || batch.length === 1) continue
    const middle = Math.ceil(batch.length / 2)
    queue.unshift(batch.slice(0, middle), batch.slice(middle))
  }
  return suite.runs
}

/** Stacks of five; a red one is run once more as it is, then cut in two. */
function batchesOfFive(world: World): number {
  const suite = new Suite(world)
  for (let at = 0; at < world.branches.length; at += 5) {
    const queue = [world.branches.slice(at, at + 5)]
    for (let first = true, batch = queue.shift(); batch !== undefined; batch = queue.shift(), first = false) {
      if (suite.lands(batch) || (first && suite.lands(batch)) || batch.length === 1) continue
      const middle = Math.ceil(batch.length / 2)
      queue.unshift(batch.slice(0, middle), batch.slice(middle))
    }
  }
  return suite.runs
}

export const PEERS: readonly Peer[] = [
  { name: 'serial', runs: serial },
  { name: 'bisecting', runs: bisecting },
  { name: 'batch of 5', runs: batchesOfFive },
]
