// The embedded engine: durable workflows on one SQLite file, driven by whichever processes have the file open. Start here.
//
//   engine.ts     what a caller sees            execution.ts  one workflow in this process, turn by turn
//   worker.ts     finds work, claims it         replay.ts     the same turns again, from the log
//   heart.ts      renews what is claimed        journal.ts    everything that is written, fenced
//   lease.ts      the rules of leases (pure)    effects.ts    effects in flight
//
// A cancellation is for one workflow: a parent that wants its children cancelled does so in a shielded step.
import { isAlive } from '../../process/identity.ts'
import type { Engine } from '../port.ts'
import type { EngineOptions } from './options.ts'
import { Worker } from './worker.ts'

export type EmbeddedEngine = Engine

const LEASE_MS = 6_000
const GRACE_MS = 10_000

/** Opens an engine, which starts at once to drive what it can claim. */
export function openEngine(options: EngineOptions): EmbeddedEngine {
  return new Worker({
    leaseMs: LEASE_MS,
    graceMs: GRACE_MS,
    clock: Date.now,
    isOwnerAlive: isAlive,
    onProblem: (error) => process.emitWarning(error),
    ...options,
  })
}
