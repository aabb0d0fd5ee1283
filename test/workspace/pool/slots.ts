// Slots for the tests of the warm pool: specs for the ground of sessions.
import { join } from 'node:path'
import type { SlotSpec } from '../../../src/workspace/pool/slot.ts'
import type { Ground } from '../sessions.ts'

/** What slots of this ground are made for: at the tip of main, beside the repository. */
export async function slotSpec(here: Ground, changes: Partial<SlotSpec> = {}): Promise<SlotSpec> {
  return {
    repo: here.repo,
    base: await here.git('rev-parse', 'main'),
    place: (id) => ({ path: join(here.top, 'repo.quintet', 'pool', id), exclude: null }),
    env: {},
    portNames: [],
    setupTimeout: 60_000,
    logFile: join(here.top, 'logs', 'pool.log'),
    coordinationFolder: '.quintet/session',
    gentle: false,
    onProgress: (step) => here.progress.push(step),
    ...changes,
  }
}
