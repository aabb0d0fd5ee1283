// The queue against others on simulated branches: mean suite times for every size and share of bad branches. Pure.
import { landQueue } from '../../src/integration/queue/queue.ts'
import { PEERS } from './peers.ts'
import { random, SimulatedPort, type World } from './world.ts'

const SIZES = [3, 5, 10, 20, 50] as const
const SHARES = [0, 0.05, 0.1, 0.2, 0.3] as const

export interface Row {
  readonly size: number
  /** Share of bad branches. */
  readonly share: number
  /** Mean suite times. */
  readonly queue: number
  /** The queue with a runner that does not name its tests. */
  readonly unnamed: number
  readonly peers: Readonly<Record<string, number>>
  /** Every history landed exactly the branches that are right. */
  readonly exact: boolean
}

/** All rows, each the mean over `histories`. */
export async function simulatedTable(histories: number): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const size of SIZES) for (const share of SHARES) rows.push(await simulatedRow(size, share, histories))
  return rows
}

async function simulatedRow(size: number, share: number, histories: number): Promise<Row> {
  const sums = { queue: 0, unnamed: 0 }
  const peers = new Map(PEERS.map(({ name }) => [name, 0]))
  let exact = true
  for (let seed = 1; seed <= histories; seed++) {
    const world = plainWorld(size, share, seed)
    for (const named of [true, false]) {
      const port = new SimulatedPort({ ...world, named }, seed)
      const { landed } = await landQueue(port, world.branches)
      exact &&= landed.length === size - world.faults.length
      sums[named ? 'queue' : 'unnamed'] += port.costs.suites
    }
    for (const { name, runs } of PEERS) peers.set(name, (peers.get(name) ?? 0) + runs(world))
  }
  const mean = (sum: number): number => Math.round((sum / histories) * 100) / 100
  return {
    size,
    share,
    queue: mean(sums.queue),
    unnamed: mean(sums.unnamed),
    peers: Object.fromEntries([...peers].map(([name, sum]) => [name, mean(sum)])),
    exact,
  }
}

/** Branches of which a share is bad, each in a test of its own. */
function plainWorld(size: number, share: number, seed: number): World {
  const chance = random(seed * 7919 + size)
  const branches = Array.from({ length: size }, (_, index) => ({ piece: `p${index}`, needs: [] }))
  const faults = branches
    .filter(() => chance() < share)
    .map(({ piece }) => ({ pieces: [piece], tests: [`${piece}:breaks`], masks: false }))
  return { branches, faults, conflicts: [], unsteady: [], flakiness: 0, drift: 0, named: true }
}
