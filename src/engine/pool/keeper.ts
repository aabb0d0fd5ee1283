// Keeps the warm pool of a repository: remembers who wants workspaces ahead, and fills, moves and removes slots when
// something has happened that bears on it (an ask, a fact in the log, the end of a fill), and now and then, since nobody
// tells when a branch has moved. What is to be done is decided in actions.ts. A failure costs a slot, never a run.
import type { CleanItem } from '../../contract/api.ts'
import { errorData, QuintetError, type ErrorData } from '../../contract/errors.ts'
import type { PoolAnswer, PoolRequest, PoolView, TrimRequest } from '../../contract/pool.ts'
import { emptyTrash } from '../../store/trash.ts'
import { watchStore } from '../../store/watch.ts'
import { recoverPool } from '../../workspace/pool/recover.ts'
import { recycleWorkspace } from '../../workspace/pool/recycle.ts'
import { removeSlot } from '../../workspace/pool/remove.ts'
import type { Slot } from '../../workspace/pool/slot.ts'
import { strandedSlots } from '../../workspace/pool/stranded.ts'
import type { SessionPlace, WorkspaceSpec } from '../../workspace/spec.ts'
import type { Services } from '../services.ts'
import {
  allot,
  poolActions,
  sameSource,
  type PoolAction,
  type PoolSituation,
  type Source,
} from './actions.ts'
import { claimFor } from './claims.ts'
import { Jobs, type JobEnd, type JobRequest } from './jobs.ts'
import { RunLedger } from './ledger.ts'
import { patience } from './patience.ts'
import { loadPoolRecord, savePoolRecord, type PoolRecord } from './record.ts'
import { keptItems, recoveredLine, removalItem, trimSlots } from './removals.ts'
import { withSetback, without } from './setbacks.ts'
import { Surroundings, type PoolWants } from './surroundings.ts'
import { isTold, untold } from './told.ts'
import { FillTurn } from './turn.ts'
import { poolCosts, poolView, type Failure, type ShownJob, type Waiting } from './view.ts'
import { requireResolved, wishOf } from './wanted.ts'
import type { WarmPool } from './warm-pool.ts'
import { standing, wisher, withWish, type ResolvedWant, type Wish } from './wishes.ts'
import { isWorth } from './worth.ts'

type PoolServices = Pick<Services, 'repo' | 'state' | 'store' | 'config' | 'reloadConfig'>

const FOR_THE_NEXT = 'it stands ready for the next session; quintet pool trim removes it'
const ASLEEP =
  'The daemon was started for something else; the next run, plan check or pool fill goes on with it.'
const ELSEWHERE = 'Workspaces of another repository are being made; these come next.'
/** Several facts come together. */
const SOON_MS = 300
/** While something is wanted: a branch may have moved, and what was busy may have come to rest. */
const LOOK_MS = 10_000
/** While nothing is: slots grow old. */
const REST_MS = 60 * 60_000
/** A slot in which somebody works, or that could not be removed, is left alone so long. */
const SHUN_MS = 10 * 60_000

export class PoolKeeper implements WarmPool, AsyncDisposable {
  readonly #services: PoolServices
  readonly #jobs: Jobs
  readonly #ledger: RunLedger
  readonly #surroundings: Surroundings
  readonly #closed = new AbortController()
  #record: PoolRecord
  /** Slots that are left alone, until when and why. */
  readonly #shunned = new Map<string, { readonly until: number; readonly why: string }>()
  #waiting: readonly Waiting[] = []
  readonly #turn = new FillTurn()
  /** Who starts a daemon to clean up, or to look, does not want it to install anything. */
  #awake = false
  /** Why the last look has failed; null: it has not. */
  #failure: Failure | null = null
  /** By what failed: what was told of it last. */
  readonly #told = new Map<string, string>()
  #watch: Disposable | null = null
  #timer: { readonly at: number; readonly timer: NodeJS.Timeout } | null = null
  #work: Promise<void> = Promise.resolve()
  #saving: Promise<void> = Promise.resolve()
  #sweeping: Promise<void> = Promise.resolve()

  private constructor(services: PoolServices, record: PoolRecord) {
    this.#services = services
    this.#record = record
    this.#jobs = new Jobs(services)
    this.#ledger = new RunLedger(services.store)
    this.#surroundings = new Surroundings(services)
  }

  /** The pool as the last process left it, with what that had begun finished or cleared away. Nothing is made yet. */
  static async open(services: PoolServices): Promise<PoolKeeper> {
    const keeper = new PoolKeeper(services, await loadPoolRecord(services.state))
    await keeper.#unlessFailing('What was left of ready workspaces could not be cleared away', async () => {
      for (const found of await recoverPool(services.repo, keeper.#closed.signal)) {
        const told = recoveredLine(found)
        if (told !== null) process.emitWarning(told)
      }
    })
    return keeper
  }

  /** Keeps it from now on, until disposed. */
  keep(): void {
    this.#watch = watchStore(this.#services.store, () => {
      if (this.#ledger.catchUp()) this.#lookWithin(SOON_MS)
    })
    this.#ledger.catchUp()
    this.#lookWithin(SOON_MS)
  }

  /** Whether something is being made or moved. */
  get busy(): boolean {
    return this.#jobs.list.length > 0
  }

  /** Notes that workspaces are wanted, and begins. Throws what loading a plan throws, `E_BASE_MISSING`, `E_POOL_OFF`. */
  async ask(request: PoolRequest): Promise<PoolAnswer> {
    await this.#services.reloadConfig()
    if (!this.#on) return refused(request)
    this.#ledger.catchUp()
    const wish = this.#joined(await wishOf(this.#services, request, Date.now()))
    const want = await requireResolved(this.#services, wish)
    const why = wish.by === 'fill' ? null : await this.#whyNot(wish, want)
    if (why !== null) return { base: null, who: null, wanted: 0, ready: 0, why }
    if (wish.by === 'check' && !isTold(this.#record, this.#ledger)) return untold(request.plan ?? '')
    this.#awake = true
    this.#waiting = []
    this.#failure = null
    this.#surroundings.asked(wish)
    await this.#update(({ wishes, setbacks, told, ...rest }) => ({
      ...rest,
      wishes: [...withWish(wishes, wish)],
      setbacks: without(setbacks, want),
      told: told || wish.by === 'fill',
      rested: false,
    }))
    this.#lookWithin(0)
    const { slots } = await this.#wants()
    const ready = slots.filter(
      (slot) => sameSource(slot, want) && slot.state === 'ready' && slot.kept === null,
    )
    const { base, count } = want
    return { base, who: wisher(wish), wanted: count, ready: Math.min(ready.length, count), why: null }
  }

  /** What a person has asked for is not made less by a check. */
  #joined(wish: Wish): Wish {
    const said = this.#record.wishes.find(({ plan, by }) => plan === wish.plan && by === 'fill')
    return wish.by === 'fill' || said === undefined ? wish : { ...wish, by: 'fill', count: said.count }
  }

  async #whyNot({ plan, count }: Wish, want: ResolvedWant): Promise<string | null> {
    const { repo, config } = this.#services
    if (count === 0) return 'The plan has no session that begins here.'
    const open = this.#ledger.open().find((run) => run.plan === plan)
    if (open !== undefined) return `The run ${open.run} of it is open.`
    if (config.pool.slots !== undefined || (await isWorth(repo, want))) return null
    return 'A workspace of this repository is made in no time.'
  }

  /** Everything that can be shown of it. */
  async view(): Promise<PoolView> {
    await this.#services.reloadConfig()
    if (!this.#on) this.#lookWithin(0)
    this.#ledger.catchUp()
    const { slots, wants } = await this.#wants()
    return poolView({
      on: this.#on,
      slots: [...slots, ...(await strandedSlots(this.#services.repo))],
      wants,
      jobs: this.#jobs.list,
      record: this.#record,
      waiting: this.#waiting,
      failure: this.#failure,
      disk: await this.#surroundings.disk(),
      costs: poolCosts(this.#services.store),
      now: Date.now(),
      maxAge: this.#surroundings.maxAge,
    })
  }

  /** Removes what nobody wants, or all; then nothing is made before somebody asks. */
  async trim(
    { all = false, dryRun = false }: TrimRequest,
    signal: AbortSignal,
  ): Promise<readonly CleanItem[]> {
    await this.#services.reloadConfig()
    if (all && !dryRun) {
      await this.#update((record) => ({ ...record, wishes: [], rested: true }))
      await this.#jobs.abort()
    }
    const { slots, wants } = await this.#wants()
    const { maxAge } = this.#surroundings
    const trimming = { slots, wants, jobs: this.#jobs.list, all, dryRun, now: Date.now(), maxAge }
    const items = await trimSlots(this.#services.repo, trimming, signal)
    if (!dryRun) this.#sweep()
    return [...items, ...keptItems(await strandedSlots(this.#services.repo))]
  }

  /** Where worktrees are made ready again, those that nobody wants now are kept for whoever comes next. */
  async clean(dryRun: boolean, signal: AbortSignal): Promise<readonly CleanItem[]> {
    if (!this.#services.config.pool.recycle || !this.#on) return await this.trim({ dryRun }, signal)
    const { slots } = await this.#wants()
    const ready = slots.map((slot) => ({ ...slot, kept: FOR_THE_NEXT }))
    return keptItems([...ready, ...(await strandedSlots(this.#services.repo))])
  }

  /** Removes what nobody wants before the daemon ends, which then removes nothing any more. Never rejects. */
  async retire(): Promise<void> {
    await this.#unlessFailing('Ready workspaces could not be put away', async () => {
      await this.clean(false, this.#closed.signal)
      await this.#sweeping
    })
  }

  async claim(spec: WorkspaceSpec, signal: AbortSignal): Promise<string | null> {
    const claiming = {
      jobs: this.#jobs,
      on: this.#on,
      patience: (job: ShownJob) => this.#patience(job),
      drop: (source: Source) => this.#drop(source),
    }
    const path = await claimFor(claiming, spec, signal)
    if (path !== null) this.#surroundings.taken()
    return path
  }

  #patience({ begun }: ShownJob): number {
    const own = poolCosts(this.#services.store).ordinary?.ms ?? null
    return patience({ age: Date.now() - begun, fill: this.#record.fillMs, own })
  }

  async #drop(source: Source): Promise<void> {
    this.#ledger.catchUp()
    const { slots, wants } = await this.#wants()
    const { unwanted } = allot(slots, wants, this.#jobs.list)
    this.#jobs.drop(unwanted.filter((job) => sameSource(job, source)))
  }

  async recycle(place: SessionPlace, tip: string, signal: AbortSignal): Promise<string | null> {
    if (!this.#on || !this.#services.config.pool.recycle) return null
    return (await recycleWorkspace(place, tip, signal))?.path ?? null
  }

  get #on(): boolean {
    return this.#services.config.pool.slots !== 0
  }

  async #wants(): Promise<PoolWants> {
    const now = Date.now()
    const { wishes } = this.#record
    const left = standing(wishes, this.#ledger.begun(), now)
    if (left.length < wishes.length) await this.#update((record) => ({ ...record, wishes: [...left] }))
    const runs = this.#ledger.open()
    if (runs.length > 0) this.#awake = true
    const counts = this.#on && !this.#record.rested && isTold(this.#record, this.#ledger)
    const wanted = counts ? { wishes: left, runs } : null
    const { slots, wants } = await this.#surroundings.wants(wanted)
    return { slots: slots.map((slot) => this.#withShun(slot, now)), wants }
  }

  #withShun(slot: Slot, now: number): Slot {
    const shun = this.#shunned.get(slot.id)
    if (shun === undefined || slot.kept !== null) return slot
    if (shun.until > now) return { ...slot, kept: shun.why }
    this.#shunned.delete(slot.id)
    return slot
  }

  /** Looks after so many milliseconds, or earlier. */
  #lookWithin(ms: number): void {
    const at = performance.now() + ms
    if (this.#closed.signal.aborted || (this.#timer !== null && this.#timer.at <= at)) return
    clearTimeout(this.#timer?.timer)
    const look = (): void => {
      this.#timer = null
      this.#work = this.#work.then(() => this.#round())
    }
    this.#timer = { at, timer: setTimeout(look, ms).unref() }
  }

  async #round(): Promise<void> {
    if (this.#closed.signal.aborted) return
    let next = LOOK_MS
    const error = await this.#unlessFailing('Ready workspaces could not be looked after', async () => {
      // What is written may turn the pool off. A file that is just being edited changes nothing.
      await this.#unlessFailing('The configuration is left as it was', () => this.#services.reloadConfig())
      if (!this.#on) await this.#jobs.abort()
      this.#ledger.catchUp()
      const wanted = await this.#wants()
      await this.#actOn(wanted)
      if (!this.busy) await this.#turn.give()
      next = restUntilNext(wanted, Date.now())
    })
    const now = Date.now()
    this.#failure = error === null ? null : { ...error, at: now, next: now + next }
    this.#lookWithin(next)
  }

  /** A failure is told where the daemon writes, once while it stays the same, and costs nothing else; null: there was none. */
  async #unlessFailing(what: string, work: () => Promise<void>): Promise<ErrorData | null> {
    try {
      await work()
      this.#told.delete(what)
      return null
    } catch (error) {
      const data = errorData(error)
      const { message } = data
      if (!this.#closed.signal.aborted && this.#told.get(what) !== message)
        process.emitWarning(`${what}: ${message}`)
      this.#told.set(what, message)
      return data
    }
  }

  async #actOn(wanted: PoolWants): Promise<void> {
    const { slots, wants } = wanted
    this.#waiting = []
    if (slots.length === 0 && wants.length === 0) return
    const situation = await this.#surroundings.situation(wanted, {
      jobs: this.#jobs.list,
      record: this.#record,
      load: this.#ledger.load(),
      held: this.#awake ? null : ASLEEP,
    })
    const actions = await this.#inTurn(situation)
    this.#waiting = actions.filter((action) => action.kind === 'wait')
    for (const action of actions) await this.#act(action, wanted)
    if (actions.length === 0 && !this.busy) await this.#surroundings.verify(slots, this.#closed.signal)
  }

  async #inTurn(situation: PoolSituation): Promise<readonly PoolAction[]> {
    const actions = poolActions(situation)
    const makes = actions.some(({ kind }) => kind === 'fill' || kind === 'advance')
    return !makes || (await this.#turn.take()) ? actions : poolActions({ ...situation, held: ELSEWHERE })
  }

  async #act(action: PoolAction, { slots, wants }: PoolWants): Promise<void> {
    if (this.#closed.signal.aborted || action.kind === 'wait') return
    const slot = 'slot' in action ? (slots.find(({ id }) => id === action.slot) ?? null) : null
    if (action.kind === 'evict') {
      if (slot !== null) await this.#evict(slot)
      return
    }
    // Somebody may have said so while this was being thought out.
    if (this.#record.rested || !this.#on) return
    const { base, setupHash } = action
    const setup = wants.find((want) => sameSource(want, action))?.setup ?? null
    const request = { base, setupHash, setup, slot }
    this.#jobs.begin(request, (end, begun) => this.#ended(request, end, begun))
  }

  async #evict(slot: Slot): Promise<void> {
    // Until it is gone: one that cannot be removed is not tried again at once.
    this.#shun(slot, 'It could not be removed.')
    const { outcome, reason } = removalItem(await removeSlot(this.#services.repo, slot, this.#closed.signal))
    if (outcome !== 'removed') return this.#shun(slot, reason ?? 'It could not be removed.')
    this.#shunned.delete(slot.id)
    this.#sweep()
  }

  /** What was removed is in the trash, and takes the room still that somebody may wait for. */
  #sweep(): void {
    this.#sweeping = this.#sweeping.then(async () => {
      await this.#unlessFailing('The trash could not be emptied', async () => {
        if (!this.#closed.signal.aborted) await emptyTrash(this.#services.repo, this.#closed.signal)
      })
    })
  }

  #shun({ id }: Slot, why: string): void {
    this.#shunned.set(id, { until: Date.now() + SHUN_MS, why })
  }

  async #ended({ slot, ...source }: JobRequest, end: JobEnd, begun: number): Promise<void> {
    const now = Date.now()
    if (end.kind === 'ready') {
      const { bytes } = end.slot
      await this.#update((record) => ({
        ...record,
        bytes: bytes ?? record.bytes,
        fillMs: slot === null ? now - begun : record.fillMs,
        setbacks: without(record.setbacks, source),
      }))
    } else if (end.kind === 'failed') {
      const { error } = end
      await this.#update((record) => ({
        ...record,
        setbacks: withSetback(record.setbacks, source, { error, begun, now }),
      }))
    } else if (end.kind === 'kept' && slot !== null) {
      this.#shun(slot, end.why)
    }
    this.#lookWithin(0)
  }

  /** Changes what is kept. That it could not be written costs no more than what a restart forgets. */
  async #update(change: (record: PoolRecord) => PoolRecord): Promise<void> {
    this.#record = change(this.#record)
    this.#saving = this.#saving.then(async () => {
      await this.#unlessFailing('Who wants ready workspaces could not be written down', () =>
        savePoolRecord(this.#services.state, this.#record),
      )
    })
    await this.#saving
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort()
    this.#watch?.[Symbol.dispose]()
    clearTimeout(this.#timer?.timer)
    await this.#jobs.abort()
    await this.#work
    await this.#turn[Symbol.asyncDispose]()
    await this.#sweeping
    await this.#saving
  }
}

/** How long until the next look, milliseconds. While slots stand, a configuration that turns the pool off is noticed. */
function restUntilNext({ slots, wants }: PoolWants, now: number): number {
  if (slots.length === 0 && wants.length === 0) return REST_MS
  const due = wants.map(({ notBefore = 0 }) => notBefore - now).filter((ms) => ms > 0)
  return Math.min(LOOK_MS, ...due)
}

/** Who checks a plan did not ask for the pool; who asks for it is told what is in the way. Throws `E_POOL_OFF`. */
function refused({ by }: PoolRequest): PoolAnswer {
  const why = 'No workspaces are made ahead here: `slots` is 0 in the configuration.'
  if (by === 'check') return { base: null, who: null, wanted: 0, ready: 0, why }
  throw new QuintetError('E_POOL_OFF', 'precondition', why, {
    hints: [
      { text: 'Take `slots = 0` out of the table `pool` in .quintet/config.toml, or in your own file.' },
    ],
  })
}
