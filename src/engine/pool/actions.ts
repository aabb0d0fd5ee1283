// What is done about the warm pool now: which workspaces are made, moved to another base or removed, and why the rest
// waits. Pure; the clock and the state of the machine come in as values.

/** What a workspace is made from. */
export interface Source {
  readonly base: string
  /** Hash of the set-up command; null: there is none. */
  readonly setupHash: string | null
}

/** Whether a workspace that was made from the one serves who wants the other. */
export const sameSource = (a: Source, b: Source): boolean => a.base === b.base && a.setupHash === b.setupHash

export interface PoolSlot extends Source {
  readonly id: string
  readonly state: 'filling' | 'ready' | 'advancing' | 'claiming' | 'removing'
  /** Why no session is given it; null when it may be. */
  readonly kept: string | null
  /** When it was filled or last moved; milliseconds since the epoch. */
  readonly filledAt: number | null
  readonly bytes: number | null
}

/** So many workspaces from one source. */
export interface Want extends Source {
  /** Who wants them, as people are told. */
  readonly who: string
  readonly count: number
  /** Others who are served by the same ones. */
  readonly others?: readonly string[]
  /** Nothing is made or moved for it before: its base has just moved. Milliseconds since the epoch. */
  readonly notBefore?: number
}

/** A fill, or the move of a slot, that has not ended. */
export interface Job extends Source {
  /** The slot that is moved; null while one is made. */
  readonly slot: string | null
}

/** A source from which a fill has failed. */
export interface Setback extends Source {
  /** Nothing is tried before; null: not until somebody asks. */
  readonly next: number | null
}

export interface PoolSituation {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** False: turned off; what stands ready goes. */
  readonly on: boolean
  /** Why nothing at all is made or moved now, a sentence; null when it may be. */
  readonly held: string | null
  readonly slots: readonly PoolSlot[]
  /** The most urgent first. */
  readonly wants: readonly Want[]
  readonly jobs: readonly Job[]
  readonly setbacks: readonly Setback[]
  readonly disk: {
    /** Bytes that are free where slots stand. */
    readonly free: number
    /** Bytes that slots may take together, as configured; null: not configured. */
    readonly limit: number | null
    /** Bytes that one more is expected to take. */
    readonly each: number
    /** Whether that was measured of one; its files alone are not all that it takes. */
    readonly measured: boolean
  }
  readonly load: {
    /** Workspaces of sessions that are being prepared. */
    readonly preparing: number
    readonly integrating: number
    /** Sessions with a workspace that have not ended. */
    readonly working: number
  }
  readonly cores: number
  /** Milliseconds after which a slot that nobody took goes. */
  readonly maxAge: number
}

export type PoolAction =
  | ({ readonly kind: 'fill'; readonly who: string } & Source)
  | ({ readonly kind: 'advance'; readonly slot: string } & Source)
  | { readonly kind: 'evict'; readonly slot: string; readonly why: string }
  /** `lasting`: it does not pass by itself. */
  | { readonly kind: 'wait'; readonly why: string; readonly lasting: boolean }

/** Of what is free together with what slots take already. */
const DISK_SHARE = 0.2
/** A slot that nobody wants may be wanted again: the next plan begins where the last one ended. */
const UNWANTED_MS = 24 * 60 * 60_000

/** Bytes that slots may take together. */
export function diskBudget(
  used: number,
  { free, limit }: Pick<PoolSituation['disk'], 'free' | 'limit'>,
): number {
  return Math.min(limit ?? Number.POSITIVE_INFINITY, Math.floor((free + used) * DISK_SHARE))
}

/** Bytes that these slots take, as far as they were measured. */
export function bytesOf(slots: readonly Pick<PoolSlot, 'bytes'>[]): number {
  return slots.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0)
}

/** Fills and moves at the same time: none while sessions are prepared or integrated, one while agents work, and half of
 *  the cores otherwise. */
export function widthOf(load: PoolSituation['load'], cores: number): number {
  if (load.preparing > 0 || load.integrating > 0) return 0
  return load.working > 0 ? 1 : Math.max(1, Math.floor(cores / 2))
}

export interface Allotment {
  /** By the id of a slot: who has it. */
  readonly taken: ReadonlyMap<string, Want>
  /** Ready slots from a source that nobody wants, or of which there are enough; the oldest first. */
  readonly spare: readonly PoolSlot[]
  /** What is under way and wanted by nobody. */
  readonly unwanted: readonly Job[]
  /** What is wanted and neither there nor under way. */
  readonly missing: readonly Want[]
}

/** Gives ready slots, and what is under way, to who wants them. */
export function allot(slots: readonly PoolSlot[], wants: readonly Want[], jobs: readonly Job[]): Allotment {
  const moved = new Set(jobs.map(({ slot }) => slot))
  const free = slots
    .filter(({ id, state, kept }) => state === 'ready' && kept === null && !moved.has(id))
    .toSorted((a, b) => ageKey(a) - ageKey(b))
  const coming = [...jobs]
  const taken = new Map<string, Want>()
  const missing = wants.flatMap((want) => {
    let count = want.count
    // The youngest first: the others are the next to go.
    for (const slot of free.toReversed()) {
      if (count === 0) break
      if (!sameSource(slot, want) || taken.has(slot.id)) continue
      taken.set(slot.id, want)
      count -= 1
    }
    for (; count > 0; count -= 1) {
      const found = coming.findIndex((job) => sameSource(job, want))
      if (found === -1) break
      coming.splice(found, 1)
    }
    return count === 0 ? [] : [{ ...want, count }]
  })
  return { taken, spare: free.filter(({ id }) => !taken.has(id)), unwanted: coming, missing }
}

const ageKey = ({ filledAt }: PoolSlot): number => filledAt ?? 0

/** What is done now. Slots that go come first, for they make room. */
export function poolActions(situation: PoolSituation): readonly PoolAction[] {
  if (!situation.on) return turnedOff(situation)
  const old = tooOld(situation)
  const slots = situation.slots.filter(({ id }) => !names(old, id))
  const { taken, spare, missing } = allot(slots, situation.wants, situation.jobs)
  const budget = new Budget(situation, slots)
  const pressed = budget.relieve([...spare, ...slots.filter(({ id }) => taken.has(id))])
  const left = spare.filter(({ id }) => !names(pressed, id))
  const made = making(situation, { missing, spare: left, budget })
  const unwanted = left.filter(({ id }) => !names(made, id)).flatMap((slot) => idle(situation, slot))
  return [...old, ...pressed, ...unwanted, ...made]
}

const names = (actions: readonly PoolAction[], slot: string): boolean =>
  actions.some((action) => 'slot' in action && action.slot === slot)

type Eviction = Extract<PoolAction, { kind: 'evict' }>

const evict = (slot: string, why: string): Eviction => ({ kind: 'evict', slot, why })

function isRemovable({ jobs }: PoolSituation, { id, state, kept }: PoolSlot): boolean {
  return state === 'ready' && kept === null && !jobs.some(({ slot }) => slot === id)
}

function turnedOff(situation: PoolSituation): readonly Eviction[] {
  return situation.slots
    .filter((slot) => isRemovable(situation, slot))
    .map(({ id }) => evict(id, 'the pool is turned off'))
}

/** Whether a slot has stood so long that it goes, or is told of where nobody removes it. */
export function hasAged(
  { filledAt }: Pick<PoolSlot, 'filledAt'>,
  { now, maxAge, wanted }: { readonly now: number; readonly maxAge: number; readonly wanted: boolean },
): boolean {
  const age = now - (filledAt ?? now)
  return age > maxAge || (!wanted && age > UNWANTED_MS)
}

function tooOld(situation: PoolSituation): readonly Eviction[] {
  const { now, maxAge } = situation
  return situation.slots
    .filter((slot) => isRemovable(situation, slot) && hasAged(slot, { now, maxAge, wanted: true }))
    .map(({ id }) => evict(id, `it is older than ${days(maxAge)}`))
}

function idle({ now, maxAge }: PoolSituation, slot: PoolSlot): readonly Eviction[] {
  const aged = hasAged(slot, { now, maxAge, wanted: false })
  return aged ? [evict(slot.id, 'nobody wants a workspace at its base')] : []
}

/** What slots may still take of the disk. */
class Budget {
  readonly #budget: number
  readonly #each: number
  readonly #configured: boolean
  #used: number

  constructor({ disk, jobs }: PoolSituation, slots: readonly PoolSlot[]) {
    const used = bytesOf(slots)
    const filling = jobs.filter(({ slot }) => slot === null).length
    this.#budget = diskBudget(used, disk)
    this.#each = disk.each
    this.#configured = this.#budget === disk.limit
    this.#used = used + filling * disk.each
  }

  /** Slots that have to go before the rest fits, the first of these first. */
  relieve(slots: readonly PoolSlot[]): readonly Eviction[] {
    const gone: Eviction[] = []
    for (const { id, bytes } of slots) {
      if (this.#used <= this.#budget) break
      if (bytes === null || bytes === 0) continue
      this.#used -= bytes
      gone.push(evict(id, `ready workspaces may take ${megabytes(this.#budget)} of the disk`))
    }
    return gone
  }

  /** Takes room for one more; false when there is none. */
  take(): boolean {
    if (this.#used + this.#each > this.#budget) return false
    this.#used += this.#each
    return true
  }

  get sentence(): string {
    const [each, budget, used] = [this.#each, this.#budget, this.#used].map(megabytes)
    const way = this.#configured
      ? 'The setting `disk` of [pool] says how much that is.'
      : 'That is a fifth of what is free; quintet clean may make room.'
    return `One more takes some ${each} of the disk, and of ${budget} that ready workspaces may take ${used} are taken. ${way}`
  }
}

interface Making {
  readonly missing: readonly Want[]
  readonly spare: readonly PoolSlot[]
  readonly budget: Budget
}

/** Moves spare slots to where some are missing, and makes what is missing still, as far as the machine has room. */
function making(situation: PoolSituation, { missing, spare, budget }: Making): readonly PoolAction[] {
  const width = widthOf(situation.load, situation.cores)
  // Until it is known what one takes, the next waits for the first.
  let places = (situation.disk.measured ? width : Math.min(width, 1)) - situation.jobs.length
  const left = [...spare]
  const one = ({ base, setupHash, who }: Want): PoolAction => {
    const slot = left.shift()
    if (slot !== undefined) return { kind: 'advance', slot: slot.id, base, setupHash }
    return budget.take()
      ? { kind: 'fill', base, setupHash, who }
      : { kind: 'wait', why: budget.sentence, lasting: true }
  }
  const actions: PoolAction[] = []
  for (const want of missing) {
    const halted = haltedBy(situation, want)
    if (halted === null && situation.held !== null) return [...actions, waiting(situation.held)]
    if (halted === null && width === 0) return [...actions, waiting(BUSY)]
    const made = halted === null ? upTo(Math.min(want.count, places), () => one(want)) : [halted]
    actions.push(...made)
    places -= made.filter(({ kind }) => kind !== 'wait').length
  }
  return actions
}

/** As many actions, or fewer: the first that has to wait is the last. */
function upTo(count: number, next: () => PoolAction): readonly PoolAction[] {
  const actions: PoolAction[] = []
  while (actions.length < count) {
    const action = next()
    actions.push(action)
    if (action.kind === 'wait') break
  }
  return actions
}

const BUSY = 'Sessions are being prepared or integrated; that comes first.'
const waiting = (why: string): PoolAction => ({ kind: 'wait', why, lasting: false })

function haltedBy({ setbacks, now }: PoolSituation, want: Want): PoolAction | null {
  const { base, notBefore = 0 } = want
  const found = setbacks.find((setback) => sameSource(setback, want))
  if (found === undefined || (found.next !== null && found.next <= now)) {
    return notBefore > now ? waiting(`The base has just moved to ${base.slice(0, 12)}; it may go on.`) : null
  }
  const when =
    found.next === null
      ? 'it is not tried again by itself'
      : `it is tried again in ${minutes(found.next - now)}`
  return {
    kind: 'wait',
    why: `A workspace at ${base.slice(0, 12)} could not be made; ${when}.`,
    lasting: found.next === null,
  }
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2).toLocaleString('en')} MB`
const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
const minutes = (ms: number): string => counted(Math.max(1, Math.ceil(ms / 60_000)), 'minute')
const days = (ms: number): string => counted(Math.round(ms / (24 * 60 * 60_000)), 'day')
