// A worker: finds workflows that can make progress, claims them and keeps the claims alive while they do. It looks when
// something was written (at once for this process, by the poll of the store for others) and when a time has come.
import { setTimeout as delay } from 'node:timers/promises'
import { QuintetError } from '../../contract/errors.ts'
import type { Json } from '../../contract/json.ts'
import type { OpenClaim } from '../../store/claims.ts'
import { isPassing } from '../../store/failures.ts'
import { watchStore, type StoreWatch } from '../../store/watch.ts'
import type { Engine, WorkflowResult, WorkflowStart } from '../port.ts'
import { Execution } from './execution.ts'
import { claimLost, shutdown } from './failures.ts'
import { ForeignClaims } from './foreign.ts'
import { Heart } from './heart.ts'
import { leaseTerms, Tenure, type LeaseTerms, type Now } from './lease.ts'
import type { EngineOptions } from './options.ts'
import { thisOwner, type Owner } from './owner.ts'
import { resultOfClaim } from './recorded.ts'

/** How long a sleeper is left to the process that has it in memory. */
const WAKE_SLACK_MS = 250
/** How long a workflow that this process had to let go is left to others. */
const HOLD_OFF_MS = 1_000
const SHORTEST_DELAY_MS = 10
const RETRY_MS = 250

interface Crew {
  readonly owner: Owner
  readonly heart: Heart
  readonly foreign: ForeignClaims
}

interface ResultWaiter {
  readonly id: string
  readonly resolve: (result: WorkflowResult) => void
  readonly reject: (reason: unknown) => void
}

export class Worker implements Engine {
  readonly #options: Required<EngineOptions>
  readonly #terms: LeaseTerms
  readonly #executions = new Map<string, Execution>()
  readonly #heldOff = new Map<string, number>()
  readonly #resultWaiters = new Set<ResultWaiter>()
  readonly #restWaiters = new Set<() => void>()
  readonly #watch: StoreWatch
  readonly #introduced: Promise<void>
  #crew: Crew | null = null
  #scan: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false
  #retired = false

  constructor(options: Required<EngineOptions>) {
    this.#options = options
    this.#terms = leaseTerms(options.leaseMs)
    this.#watch = watchStore(options.store, (change) => {
      if (change !== 'events') this.#lookSoon()
    })
    this.#introduced = this.#introduce()
  }

  start(start: WorkflowStart): boolean {
    this.#requireOpen()
    return this.#options.store.claims.create(start)
  }

  signal(id: string, signal: { readonly name: string; readonly data: Json; readonly dedupe?: string }): void {
    this.#requireOpen()
    this.#options.store.send({ target: id, ...signal })
  }

  cancel(id: string, reason: string): void {
    this.#requireOpen()
    if (this.#options.store.claims.cancel(id, reason) !== 'unknown') return
    throw new QuintetError('E_WORKFLOW_UNKNOWN', 'precondition', `There is no workflow ${id}.`, {
      hints: [{ text: 'See what is there.', command: 'quintet status' }],
    })
  }

  async result(id: string, signal?: AbortSignal): Promise<WorkflowResult> {
    this.#requireOpen()
    signal?.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<WorkflowResult>()
    const waiter: ResultWaiter = { id, resolve, reject }
    const abort = (): void => reject(signal?.reason)
    this.#resultWaiters.add(waiter)
    signal?.addEventListener('abort', abort, { once: true })
    try {
      this.#lookSoon()
      return await promise
    } finally {
      this.#resultWaiters.delete(waiter)
      signal?.removeEventListener('abort', abort)
      this.#keepAlive()
    }
  }

  async idle(): Promise<void> {
    await this.#introduced
    for (;;) {
      this.#look()
      if (this.#closed || (this.#running().length === 0 && this.#heldOff.size === 0)) return
      await new Promise<void>((resolve) => {
        this.#restWaiters.add(resolve)
      })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#introduced
    this.#watch[Symbol.dispose]()
    clearTimeout(this.#timer)
    clearImmediate(this.#scan)
    const reason = shutdown()
    const stopped = Promise.all([...this.#executions.values()].map((execution) => execution.stop(reason)))
    const grace = new AbortController()
    await Promise.race([
      stopped,
      delay(this.#options.graceMs, undefined, { signal: grace.signal }).catch(() => undefined),
    ])
    grace.abort()
    this.#retired = true
    // What has not come to its end keeps its claim until this process is dead or the lease is over.
    for (const execution of this.#executions.values()) this.#crew?.heart.remove(execution.tenure)
    for (const waiter of this.#resultWaiters) waiter.reject(reason)
    this.#tellRest()
  }

  async #introduce(): Promise<void> {
    const { store, leaseMs, isOwnerAlive, onProblem } = this.#options
    const owner = await thisOwner()
    const foreign = new ForeignClaims({ owner, leaseMs, isOwnerAlive, onDeath: () => this.#lookSoon() })
    const heart = new Heart({
      claims: store.claims,
      owner: owner.id,
      terms: this.#terms,
      onLost: (tenure) => this.#lose(tenure),
      onProblem: (error) => onProblem(asError(error)),
    })
    this.#crew = { owner, heart, foreign }
    this.#lookSoon()
  }

  #lookSoon(): void {
    if (this.#closed) return
    this.#scan ??= setImmediate(() => {
      this.#scan = undefined
      this.#look()
    })
  }

  /** Looks at everything that is open; what cannot be written now is tried again soon. */
  #look(): void {
    const crew = this.#crew
    if (this.#closed || crew === null) return
    const now = { wall: this.#options.clock(), monotonic: performance.now() }
    try {
      const open = this.#options.store.claims
        .open()
        .filter((claim) => Object.hasOwn(this.#options.workflows, claim.workflow))
      const others = open.filter((claim) => claim.owner !== null && claim.owner !== crew.owner.id)
      crew.foreign.observe(others, now)
      this.#forget(open)
      for (const claim of open) this.#consider(claim, crew, now)
      this.#passOn(crew)
      this.#arm(this.#nextIn(open, crew, now))
      this.#tellRest()
    } catch (error) {
      if (!isPassing(error)) this.#options.onProblem(asError(error))
      this.#arm(RETRY_MS)
    }
  }

  /** What another process has driven on since it was put to rest here is of no use any more. */
  #forget(open: readonly OpenClaim[]): void {
    const epochs = new Map(open.map(({ id, epoch }) => [id, epoch]))
    for (const execution of this.#executions.values()) {
      const { id, phase, tenure } = execution
      if (phase !== 'waiting' || epochs.get(id) === tenure.fence.epoch) continue
      this.#executions.delete(id)
      void execution.stop(claimLost(id))
    }
  }

  #consider(claim: OpenClaim, crew: Crew, now: Now): void {
    if (now.monotonic < (this.#heldOff.get(claim.id) ?? 0)) return
    const known = this.#executions.get(claim.id)
    const own = claim.owner === crew.owner.id
    if (own && known !== undefined) return
    if (known !== undefined && known.phase !== 'waiting') {
      known.tenure.lose()
      void known.stop(claimLost(claim.id))
      return
    }
    if (claim.owner !== null && !own && !crew.foreign.isFree(claim, now)) return
    if (claim.status === 'waiting' && now.wall < this.#wakeOf(claim)) return
    this.#take(claim, crew)
  }

  /** When this process should drive a waiting workflow, milliseconds since 1970. */
  #wakeOf(claim: OpenClaim): number {
    if (claim.wake === null) return Number.POSITIVE_INFINITY
    return this.#executions.has(claim.id) ? claim.wake : claim.wake + WAKE_SLACK_MS
  }

  #take(claim: OpenClaim, { owner, heart }: Crew): void {
    const { store, leaseMs } = this.#options
    const from = performance.now()
    const taken = store.claims.take(claim, { owner: owner.id, host: owner.host, leaseMs })
    const workflow = this.#options.workflows[claim.workflow]
    if (taken === undefined || workflow === undefined) return
    const fence = { workflow: taken.id, owner: owner.id, epoch: taken.epoch }
    const tenure = new Tenure(fence, this.#terms.patienceMs, from)
    heart.add(tenure)
    const known = this.#executions.get(taken.id)
    if (known !== undefined && known.tenure.fence.epoch === claim.epoch) known.resume(tenure)
    else this.#begin(new Execution(workflow, tenure, this.#surroundings()), taken.input)
    if (taken.cancel !== null) this.#executions.get(taken.id)?.cancel(taken.cancel)
  }

  #begin(execution: Execution, input: Json): void {
    this.#executions.set(execution.id, execution)
    execution.begin(input)
  }

  #surroundings() {
    return {
      store: this.#options.store,
      clock: this.#options.clock,
      renew: () => this.#crew?.heart.beat(),
      onRest: (execution: Execution, problem: Error | null) => this.#rest(execution, problem),
      onBlocked: this.#options.onProblem,
      look: () => this.#lookSoon(),
      reclaim: (execution: Execution) => this.#reclaim(execution),
    }
  }

  #rest(execution: Execution, problem: Error | null): void {
    const { tenure, id, phase } = execution
    if (this.#retired || this.#executions.get(id) !== execution) return
    this.#crew?.heart.remove(tenure)
    if (phase !== 'waiting') this.#executions.delete(id)
    if (phase === 'stopped') {
      this.#heldOff.set(id, performance.now() + HOLD_OFF_MS)
      this.#release(tenure)
    }
    if (problem !== null) this.#options.onProblem(problem)
    this.#lookSoon()
    this.#tellRest()
  }

  #release(tenure: Tenure): void {
    try {
      this.#options.store.claims.release(tenure.fence)
    } catch (error) {
      // A claim of this process that it does not drive is taken again.
      if (!isPassing(error)) this.#options.onProblem(asError(error))
    }
  }

  #reclaim(execution: Execution): void {
    const claim = this.#options.store.claims.claim(execution.id)
    if (claim === undefined || this.#crew === null || this.#closed || claim.owner !== null) return
    this.#take(claim, this.#crew)
  }

  #lose(tenure: Tenure): void {
    const execution = this.#executions.get(tenure.fence.workflow)
    if (execution?.tenure === tenure) void execution.stop(claimLost(execution.id))
  }

  /** Passes on what has arrived for workflows that run here, and the results that callers wait for. */
  #passOn({ owner }: Crew): void {
    const { claims } = this.#options.store
    for (const { id, reason } of claims.cancellations(owner.id)) this.#executions.get(id)?.cancel(reason)
    for (const execution of this.#running()) {
      execution.deliverSignals()
      execution.poke()
    }
    for (const { id, resolve } of this.#resultWaiters) {
      const result = resultOfClaim(claims.claim(id))
      if (result !== undefined) resolve(result)
    }
  }

  /** Milliseconds until there may be something to do without anybody writing; null when there will not. */
  #nextIn(open: readonly OpenClaim[], { foreign }: Crew, now: Now): number | null {
    const wakes = open.map((claim) =>
      claim.status === 'waiting' ? this.#wakeOf(claim) - now.wall : Infinity,
    )
    const running = this.#running().map((execution) => (execution.nextWake ?? Infinity) - now.wall)
    const heldOff = [...this.#heldOff].map(([id, until]) => {
      if (until <= now.monotonic) this.#heldOff.delete(id)
      return until - now.monotonic
    })
    const next = Math.min(foreign.nextIn(now) ?? Infinity, ...wakes, ...running, ...heldOff)
    return next === Infinity ? null : next
  }

  #arm(delayMs: number | null): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (delayMs !== null) {
      const bounded = Math.min(Math.max(delayMs, SHORTEST_DELAY_MS), 2 ** 31 - 1)
      this.#timer = setTimeout(() => this.#look(), bounded)
    }
    this.#keepAlive()
  }

  /** The process stays alive while something runs here or somebody waits for a result; workflows that wait do not need it. */
  #keepAlive(): void {
    const alive = !this.#closed && (this.#running().length > 0 || this.#resultWaiters.size > 0)
    this.#watch.keepAlive(alive)
    if (alive) this.#timer?.ref()
    else this.#timer?.unref()
  }

  #running(): Execution[] {
    return [...this.#executions.values()].filter((execution) => execution.phase !== 'waiting')
  }

  #tellRest(): void {
    for (const tell of this.#restWaiters) tell()
    this.#restWaiters.clear()
  }

  #requireOpen(): void {
    if (this.#closed) throw shutdown()
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
