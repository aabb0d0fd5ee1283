// The pool as people see it. Pure, but for reading what workspaces have cost from the log.
import type { PoolCosts, PoolFailureView, PoolSlotView, PoolView } from '../../contract/pool.ts'
import { parseFact } from '../../contract/facts.ts'
import type { Store } from '../../store/store.ts'
import type { Slot } from '../../workspace/pool/slot.ts'
import { allot, bytesOf, diskBudget, hasAged, sameSource, type Job, type Want } from './actions.ts'
import type { PoolRecord } from './record.ts'

/** Workspaces whose costs are remembered. */
const LAST = 20

/** A fill or a move as it goes on. */
export interface ShownJob extends Job {
  /** Milliseconds since the epoch. */
  readonly begun: number
  /** A session waits for it. */
  readonly awaited: boolean
  /** What is being done, a short phrase. */
  readonly doing: string
}

/** Why something that is wanted is not made. */
export interface Waiting {
  readonly why: string
  /** It does not pass by itself. */
  readonly lasting: boolean
}

/** Why nothing at all is made. */
export type Failure = Omit<PoolFailureView, 'base' | 'who'>

export interface PoolState {
  readonly on: boolean
  readonly slots: readonly Slot[]
  readonly wants: readonly Want[]
  readonly jobs: readonly ShownJob[]
  readonly record: PoolRecord
  readonly waiting: readonly Waiting[]
  /** Of the last look; null: it has not failed, or nobody looks. */
  readonly failure: Failure | null
  readonly disk: { readonly free: number; readonly limit: number | null }
  readonly costs: PoolView['costs']
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Milliseconds after which a slot that nobody took goes. */
  readonly maxAge: number
}

/** Everything about the pool. */
export function poolView(state: PoolState): PoolView {
  const { on, slots, wants, jobs, waiting, disk, costs } = state
  const { taken } = allot(slots, wants, [])
  const used = bytesOf(slots)
  const doing = (slot: Slot): string | null =>
    jobs.find((job) => job.slot === slot.id)?.doing ??
    (slot.state === 'filling' ? (jobs.find((job) => job.slot === null)?.doing ?? null) : null)
  const coming = ({ id, base, state }: Slot): string | null => {
    const aim = jobs.find((job) => job.slot === id)?.base ?? (state === 'filling' ? base : null)
    return wants.find((want) => want.base === aim)?.who ?? null
  }
  return {
    on,
    slots: slots.map((slot) =>
      slotView(slot, { wanted: taken.get(slot.id)?.who ?? coming(slot), doing: doing(slot) }),
    ),
    wants: wants.map((want) => ({
      who: want.who,
      others: want.others ?? [],
      base: want.base,
      count: want.count,
      ready: [...taken.values()].filter((one) => one === want).length,
    })),
    failures: failuresOf(state),
    waiting: [...new Set(waiting.map(({ why }) => why))],
    underWay: jobs.length,
    doing: jobs.map((job) => job.doing),
    stuck: waiting.some(({ lasting }) => lasting),
    old: oldOf(state, taken),
    disk: { used, budget: diskBudget(used, disk), free: disk.free },
    costs,
  }
}

function failuresOf({ record, failure, slots, wants, jobs }: PoolState): PoolView['failures'] {
  const setbacks = record.setbacks.map((setback) => {
    const who = wants.filter((want) => sameSource(want, setback))
    return shown(setback, who)
  })
  if (failure === null) return setbacks
  const { missing } = allot(slots, wants, jobs)
  return [...setbacks, ...missing.map((want) => shown({ ...failure, base: want.base }, [want]))]
}

function shown(
  { base, at, code, message, hints, next }: Omit<PoolFailureView, 'who'>,
  wants: readonly Want[],
): PoolFailureView {
  const who = wants.flatMap((want) => [want.who, ...(want.others ?? [])])
  return { base, who, at, code, message, hints, next }
}

function oldOf({ slots, now, maxAge }: PoolState, taken: ReadonlyMap<string, Want>): PoolView['old'] {
  const old = slots.filter(
    (slot) => slot.state === 'ready' && hasAged(slot, { now, maxAge, wanted: taken.has(slot.id) }),
  )
  return { count: old.length, bytes: bytesOf(old) }
}

function slotView(
  slot: Slot,
  { wanted, doing }: { readonly wanted: string | null; readonly doing: string | null },
): PoolSlotView {
  const { id, path, state, base, dependencies, setup, filledAt, bytes, kept } = slot
  return { id, path, state, base, dependencies, setup, filledAt, bytes, kept, wanted, doing }
}

/** What the last workspaces have cost, with the pool and without. */
export function poolCosts(store: Pick<Store, 'events'>): PoolView['costs'] {
  const pooled: number[] = []
  const ordinary: number[] = []
  for (const { type, data } of store.events({ types: ['workspace.ready'] })) {
    const fact = parseFact(type, data)
    if (fact?.type !== 'workspace.ready' || fact.data.tookMs === undefined) continue
    const kind = fact.data.fromPool === true ? pooled : ordinary
    kind.push(fact.data.tookMs)
    if (kind.length > LAST) kind.shift()
  }
  return {
    ...(pooled.length === 0 ? {} : { pooled: costs(pooled) }),
    ...(ordinary.length === 0 ? {} : { ordinary: costs(ordinary) }),
  }
}

function costs(times: readonly number[]): PoolCosts {
  const sorted = times.toSorted((a, b) => a - b)
  return { count: sorted.length, ms: Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0) }
}
