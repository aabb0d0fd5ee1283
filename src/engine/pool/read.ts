// The warm pool where nobody keeps it: the slots that are there, and what would be wanted of them.
import type { PoolView } from '../../contract/pool.ts'
import type { Store } from '../../store/store.ts'
import { strandedSlots } from '../../workspace/pool/stranded.ts'
import type { Services } from '../services.ts'
import { allot } from './actions.ts'
import { RunLedger } from './ledger.ts'
import { loadPoolRecord } from './record.ts'
import { Surroundings } from './surroundings.ts'
import { isTold } from './told.ts'
import { poolCosts, poolView } from './view.ts'
import { standing } from './wishes.ts'

const NOBODY = {
  why: 'No daemon runs at the moment; the next run, plan check or pool fill goes on with it.',
  lasting: false,
}

/** Reads the pool; without a store nothing was run here yet. */
export async function readPool(
  services: Pick<Services, 'repo' | 'state' | 'config'>,
  store: Store | null,
): Promise<PoolView> {
  const record = await loadPoolRecord(services.state)
  const on = services.config.pool.slots !== 0
  const ledger = store === null ? null : new RunLedger(store)
  ledger?.catchUp()
  const wishes = standing(record.wishes, ledger?.begun() ?? [], Date.now())
  const surroundings = new Surroundings(services)
  const counts = on && !record.rested && isTold(record, ledger)
  const wanted = counts ? { wishes, runs: ledger?.open() ?? [] } : null
  const { slots, wants } = await surroundings.wants(wanted)
  const { missing } = allot(slots, wants, [])
  return poolView({
    on,
    slots: [...slots, ...(await strandedSlots(services.repo))],
    wants,
    jobs: [],
    record,
    waiting: missing.length === 0 ? [] : [NOBODY],
    failure: null,
    disk: await surroundings.disk(),
    costs: store === null ? {} : poolCosts(store),
    now: Date.now(),
    maxAge: surroundings.maxAge,
  })
}

/** Whether somebody has said that workspaces are made ahead; see told.ts. */
export async function readTold(state: string, store: Store | null): Promise<boolean> {
  const ledger = store === null ? null : new RunLedger(store)
  ledger?.catchUp()
  return isTold(await loadPoolRecord(state), ledger)
}
