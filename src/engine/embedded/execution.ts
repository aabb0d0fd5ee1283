// One workflow in this process, from its claim until it ends, waits or is stopped. It advances in turns: what has happened
// is written to the log, then told to the function, then the function runs until it has nothing left to do. As a replay
// does the same from the log, the function sees the same order every time.
import { setTimeout as delay } from 'node:timers/promises'
import { errorFromData, QuintetError } from '../../contract/errors.ts'
import type { Json } from '../../contract/json.ts'
import { isPassing } from '../../store/failures.ts'
import type { Store } from '../../store/store.ts'
import type { Workflow } from '../port.ts'
import { workflowContext } from './context.ts'
import { Effects, type EffectEnd } from './effects.ts'
import {
  abandoned,
  cancelled,
  claimLost,
  effectFailure,
  isInterruption,
  resultOf,
  type Outcome,
} from './failures.ts'
import { Journal } from './journal.ts'
import type { Tenure } from './lease.ts'
import { isShielded, type Operation, type Request } from './operations.ts'
import { Pending } from './pending.ts'
import { drained, requestedBy, turns } from './replay.ts'

/**
 * replaying → live ⇄ waiting     live → ended     any but ended → stopped
 * waiting: without a claim, kept in memory. stopped: let go, the workflow goes on elsewhere or later.
 */
type Phase = 'replaying' | 'live' | 'waiting' | 'ended' | 'stopped'

/** Something to be written, and then told. */
interface Turn {
  readonly write: () => void
  readonly tell: () => void
}

/** What an execution needs from its worker. */
export interface Surroundings {
  readonly store: Store
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Tries a heartbeat. */
  readonly renew: () => void
  /** Told when the execution waits, has ended or was stopped: nothing of it is in flight any more. `problem`: what made
   *  it stop by itself. */
  readonly onRest: (execution: Execution, problem: Error | null) => void
  /** An effect waits until this passes. */
  readonly onBlocked: (problem: Error) => void
  /** Asks for a look at the store soon: `nextWake` has changed, or something has arrived. */
  readonly look: () => void
  /** Asks for the claim back, because the function goes on by itself while it was put to rest. */
  readonly reclaim: (execution: Execution) => void
}

const RETRY_MS = 200

export class Execution {
  readonly id: string
  readonly #around: Surroundings
  readonly #workflow: Workflow
  readonly #effects: Effects
  readonly #pending: Pending
  readonly #controller = new AbortController()
  readonly #ends: EffectEnd[] = []
  #tenure: Tenure
  #journal: Journal
  #phase: Phase = 'replaying'
  #outcome: Outcome | null = null
  #cancelReason: string | null = null
  /** Set once the cancellation has reached the function. */
  #cancellation: QuintetError | null = null
  #stopped: Promise<void> | null = null
  #driving = false
  #poked = false

  constructor(workflow: Workflow, tenure: Tenure, around: Surroundings) {
    this.id = tenure.fence.workflow
    this.#workflow = workflow
    this.#around = around
    this.#tenure = tenure
    this.#journal = this.#journalOf(tenure)
    this.#pending = new Pending(this.id)
    this.#effects = new Effects({
      workflow: this.id,
      store: around.store,
      onEnd: (end) => {
        this.#ends.push(end)
        this.poke()
      },
      onBlocked: around.onBlocked,
    })
  }

  get tenure(): Tenure {
    return this.#tenure
  }

  get phase(): Phase {
    return this.#phase
  }

  /** When a sleep ends next, milliseconds since 1970. */
  get nextWake(): number | null {
    return this.#pending.nextWake
  }

  /** Calls the function and replays what the log holds. */
  begin(input: Json): void {
    const context = workflowContext(this.id, this.#controller.signal, (request) => this.#ask(request))
    const call = async (): Promise<Json> => (await this.#workflow(context, input)) ?? null
    void call().then(
      (output) => this.#comeBack({ kind: 'returned', output }),
      (error: unknown) => this.#comeBack({ kind: 'threw', error }),
    )
    this.poke()
  }

  /** Goes on after a wait, with a new claim. */
  resume(tenure: Tenure): void {
    this.#tenure = tenure
    this.#journal = this.#journalOf(tenure)
    this.#phase = 'live'
    this.poke()
  }

  /** Something may have happened that this workflow waits for. */
  poke(): void {
    this.#poked = true
    if (!this.#driving && (this.#phase === 'replaying' || this.#phase === 'live')) void this.#drive()
  }

  /** Signals may have arrived that an effect watches. */
  deliverSignals(): void {
    this.#effects.deliverSignals()
  }

  /** The workflow is to be cancelled; the first reason stays. */
  cancel(reason: string): void {
    this.#cancelReason ??= reason
    this.poke()
  }

  /** Lets go: effects are aborted, nothing is written any more. Resolves when all effects have come to their end. */
  async stop(reason: Error): Promise<void> {
    if (this.#phase === 'ended') return
    this.#stopped ??= this.#letGo(reason)
    await this.#stopped
  }

  async #letGo(reason: Error): Promise<void> {
    this.#phase = 'stopped'
    this.#controller.abort(reason)
    this.#effects.abort(reason, 'none')
    this.#pending.rejectAll(reason)
    await this.#effects.settled()
    this.#around.onRest(this, isInterruption(reason) ? null : reason)
  }

  /** After a stop nothing is answered any more: the function stands still and is forgotten. */
  #ask(request: Request): Promise<Json> {
    if (this.#phase === 'stopped' || this.#phase === 'ended') return Promise.withResolvers<Json>().promise
    const answer = this.#pending.add(request, this.#cancellation)
    this.#continue()
    return answer
  }

  #comeBack(outcome: Outcome): void {
    this.#outcome ??= outcome
    this.#continue()
  }

  #continue(): void {
    if (this.#phase === 'waiting') this.#around.reclaim(this)
    this.poke()
  }

  async #drive(): Promise<void> {
    this.#driving = true
    try {
      if (this.#phase === 'replaying') await this.#replay()
      while (this.#is('live')) {
        this.#poked = false
        await drained()
        if (!this.#is('live')) break
        if (!(await this.#advance()) && !this.#poked) break
      }
    } catch (error) {
      await this.stop(error instanceof Error ? error : claimLost(this.id))
    } finally {
      this.#driving = false
    }
  }

  async #replay(): Promise<void> {
    const look = {
      pending: (key: string) => this.#pending.operation(key),
      over: () => this.#outcome !== null || this.#is('stopped'),
    }
    try {
      for (const turn of turns(this.#around.store, this.id)) {
        await drained()
        const operation = turn.kind === 'cancelled' ? null : await requestedBy(this.id, turn, look)
        if (this.#is('stopped')) return
        if (turn.kind === 'cancelled') this.#tellCancelled(turn.reason)
        else if (operation !== null && turn.kind === 'completed')
          this.#pending.resolve(operation, turn.output)
        else if (operation !== null && turn.kind === 'failed')
          this.#pending.reject(operation, errorFromData(turn.error))
      }
    } catch (error) {
      if (!(error instanceof QuintetError) || error.code !== 'E_WORKFLOW_NONDETERMINISTIC') throw error
      this.#outcome = { kind: 'threw', error }
    }
    if (this.#is('replaying')) this.#phase = 'live'
  }

  /** One turn; false when there is nothing to do before something happens. */
  async #advance(): Promise<boolean> {
    this.#journal.requireHeld()
    if (this.#outcome !== null) {
      await this.#end(this.#outcome)
      return false
    }
    let turn = this.#cancelTurn() ?? this.#effectTurn() ?? this.#refusalTurn()
    if (turn === null) {
      this.#startSteps()
      if (await this.#persist(() => this.#pending.setTimers(this.#journal))) this.#around.look()
      turn = this.#answerTurn()
    }
    if (turn === null) return await this.#rest()
    await this.#persist(turn.write)
    turn.tell()
    return true
  }

  #cancelTurn(): Turn | null {
    const reason = this.#cancelReason
    if (reason === null || this.#cancellation !== null) return null
    return { write: () => this.#journal.cancel(reason), tell: () => this.#tellCancelled(reason) }
  }

  /** An effect has come to its end. */
  #effectTurn(): Turn | null {
    const end = this.#ends.shift()
    if (end === undefined) return null
    const { operation } = end
    if (end.kind === 'returned') {
      return {
        write: () => this.#journal.complete(operation.request, end.output),
        tell: () => this.#pending.resolve(operation, end.output),
      }
    }
    if (isInterruption(end.error)) throw end.error
    return this.#failureTurn(operation, end.error)
  }

  /** A step that was asked for before the cancellation and has not begun does not begin. */
  #refusalTurn(): Turn | null {
    if (this.#cancellation === null) return null
    const refused = this.#pending.unstarted().find(({ request }) => !request.shielded)
    return refused === undefined ? null : this.#failureTurn(refused, this.#cancellation)
  }

  #failureTurn(operation: Operation, error: unknown): Turn {
    const data = effectFailure(error, isShielded(operation.request) ? null : this.#cancellation)
    return {
      write: () => this.#journal.fail(operation.request, data),
      tell: () => this.#pending.reject(operation, errorFromData(data)),
    }
  }

  #answerTurn(): Turn | null {
    const answer = this.#pending.answer(this.#around.store, this.#around.clock())
    if (answer === null) return null
    return {
      write: () => answer.write(this.#journal),
      tell: () => this.#pending.resolve(answer.operation, answer.output),
    }
  }

  #startSteps(): void {
    for (const operation of this.#pending.unstarted()) {
      operation.started = true
      this.#effects.start(operation, this.#journal)
    }
  }

  /** Gives up the claim while there is nothing but waiting; true when what is waited for is there already. */
  async #rest(): Promise<boolean> {
    const busy = this.#effects.size > 0 || this.#ends.length > 0 || this.#poked
    if (busy || this.#pending.size === 0) return false
    if (!(await this.#persist(() => this.#journal.rest(this.#pending.waits())))) {
      this.#around.look()
      return true
    }
    this.#phase = 'waiting'
    this.#around.onRest(this, null)
    return false
  }

  async #end(outcome: Outcome): Promise<void> {
    this.#effects.abort(abandoned(this.id), 'none')
    await this.#effects.settled()
    if (!this.#is('live')) return
    const reason = this.#cancellation === null ? null : this.#cancelReason
    await this.#persist(() => this.#journal.end(resultOf(outcome, reason)))
    this.#phase = 'ended'
    this.#around.onRest(this, null)
  }

  /** Writes; a full disk or a locked file is waited out as long as the claim lasts. */
  async #persist<T>(write: () => T): Promise<T> {
    for (;;) {
      if (!this.#is('live')) throw claimLost(this.id)
      try {
        return write()
      } catch (error) {
        if (!isPassing(error)) throw error
        await delay(RETRY_MS)
      }
    }
  }

  #tellCancelled(reason: string): void {
    const error = cancelled(reason)
    this.#cancelReason = reason
    this.#cancellation = error
    this.#controller.abort(error)
    this.#effects.abort(error, 'shielded')
    this.#pending.rejectWaits(error)
  }

  #journalOf(tenure: Tenure): Journal {
    const { store, renew, clock } = this.#around
    return new Journal({ store, tenure, renew, clock })
  }

  /** The phase changes while this execution awaits, which the type checker does not know. */
  #is(phase: Phase): boolean {
    return this.#phase === phase
  }
}
