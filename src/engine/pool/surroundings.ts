// What the pool's rule is told: the slots that are there, what is wanted of them at the commits where branches stand now,
// and what the machine has left.
import { availableParallelism } from 'node:os'
import { gently } from '../../process/gentle.ts'
import { diskSpace, treeSize } from '../../workspace/disk.ts'
import { verifySlot } from '../../workspace/pool/advance.ts'
import { listSlots } from '../../workspace/pool/records.ts'
import type { Slot } from '../../workspace/pool/slot.ts'
import type { Services } from '../services.ts'
import type { Job, PoolSituation } from './actions.ts'
import type { PoolRecord } from './record.ts'
import { followedFrom, paidOff, settling, type Settling } from './settling.ts'
import { slotSpace } from './slot-spec.ts'
import { resolved, RunWants, settingWish } from './wanted.ts'
import { allWants, wisher, type OpenRun, type ResolvedWant, type Wish } from './wishes.ts'

const MB = 1024 ** 2
const DAY_MS = 24 * 60 * 60_000
/** A slot was looked at as a whole when it was filled; somebody may have been in it since. */
const VERIFY_MS = 60 * 60_000
/** One that no session is given may be clean again. */
const VERIFY_KEPT_MS = 10 * 60_000
const SETTING = 'the setting pool.slots'

export interface PoolWants {
  /** The oldest first. */
  readonly slots: readonly Slot[]
  /** The most urgent first. */
  readonly wants: readonly ResolvedWant[]
}

export interface Wanting {
  readonly wishes: readonly Wish[]
  readonly runs: readonly OpenRun[]
}

export class Surroundings {
  readonly #services: Pick<Services, 'repo' | 'config'>
  readonly #runWants = new RunWants()
  /** Of the commit that was asked for last. */
  #tree: { readonly commit: string; readonly bytes: number } | null = null
  /** By what wishes are called: where their bases stand. */
  #bases: ReadonlyMap<string, Settling> = new Map()
  /** When slots were looked at by us, whatever came of it; by their ids. */
  #looked: ReadonlyMap<string, number> = new Map()

  constructor(services: Pick<Services, 'repo' | 'config'>) {
    this.#services = services
  }

  /** Slots, and what is wanted; null: nothing is. */
  async wants(wanting: Wanting | null): Promise<PoolWants> {
    const slots = await listSlots(this.#services.repo)
    if (wanting === null) return { slots, wants: [] }
    const kept = settingWish(this.#services)
    const asked: ResolvedWant[] = []
    const bases = new Map<string, Settling>()
    for (const wish of [...wanting.wishes, ...(kept === null ? [] : [kept])]) {
      const want = await resolved(this.#services, wish)
      if (want === null) continue
      const who = wish === kept ? SETTING : want.who
      const base = settling(this.#bases.get(who), want.base, Date.now())
      bases.set(who, base)
      asked.push({ ...want, who, notBefore: followedFrom(base) })
    }
    this.#bases = bases
    return { slots, wants: allWants(await this.#runWants.of(this.#services, wanting.runs), asked) }
  }

  /** Somebody asks for it as it is now: its base is not waited for. */
  asked(wish: Wish): void {
    this.#bases = new Map([...this.#bases].filter(([who]) => who !== wisher(wish)))
  }

  /** A session has taken a slot. */
  taken(): void {
    this.#bases = new Map([...this.#bases].map(([who, base]) => [who, paidOff(base)]))
  }

  /** Milliseconds after which a slot that nobody took goes. */
  get maxAge(): number {
    return this.#services.config.pool.days * DAY_MS
  }

  /** Bytes that are free where slots stand, and what the configuration lets them take. */
  async disk(): Promise<{ readonly free: number; readonly limit: number | null }> {
    const { disk } = this.#services.config.pool
    const { free } = await diskSpace(await slotSpace(this.#services))
    return { free, limit: disk === undefined ? null : disk * MB }
  }

  /** Everything that the rule goes by. */
  async situation(
    { slots, wants }: PoolWants,
    known: {
      readonly jobs: readonly Job[]
      readonly record: PoolRecord
      readonly load: PoolSituation['load']
      readonly held: string | null
    },
  ): Promise<PoolSituation> {
    const { jobs, record, load, held } = known
    const measured = Math.max(record.bytes ?? 0, ...slots.map(({ bytes }) => bytes ?? 0))
    const each = measured > 0 ? measured : await this.#filesAt(wants[0]?.base)
    return {
      now: Date.now(),
      on: this.#services.config.pool.slots !== 0,
      held,
      slots,
      wants,
      jobs,
      setbacks: record.setbacks,
      disk: { ...(await this.disk()), each, measured: measured > 0 },
      load,
      cores: availableParallelism(),
      maxAge: this.maxAge,
    }
  }

  /** Bytes that the files of a commit take. */
  async #filesAt(base: string | undefined): Promise<number> {
    if (base === undefined) return 0
    if (this.#tree?.commit !== base)
      this.#tree = { commit: base, bytes: (await treeSize(this.#services.repo.root, base)).bytes }
    return this.#tree.bytes
  }

  /** Looks at all of the slot that was not looked at for the longest time, if that is long ago. */
  async verify(slots: readonly Slot[], signal: AbortSignal): Promise<void> {
    const now = Date.now()
    const seen = ({ id, verifiedAt }: Slot): number => Math.max(verifiedAt ?? 0, this.#looked.get(id) ?? 0)
    const due = slots
      .filter((slot) => slot.state === 'ready')
      .filter((slot) => now - seen(slot) > (slot.kept === null ? VERIFY_MS : VERIFY_KEPT_MS))
      .toSorted((a, b) => seen(a) - seen(b))[0]
    if (due === undefined) return
    const left = slots.flatMap(({ id }) => {
      const at = id === due.id ? now : this.#looked.get(id)
      return at === undefined ? [] : [[id, at] as const]
    })
    this.#looked = new Map(left)
    await gently(() => verifySlot(this.#services.repo, due, signal))
  }
}
