// Everything an execution writes: fenced, each turn in one commit. A fence that does not hold ends the execution here.
import { QuintetError, type ErrorData } from '../../contract/errors.ts'
import type { Json } from '../../contract/json.ts'
import type { Waits } from '../../store/claims.ts'
import type { NewEvent } from '../../store/events.ts'
import type { Store } from '../../store/store.ts'
import type { Fact, Signal, WorkflowResult, WorkflowStart } from '../port.ts'
import { claimLost } from './failures.ts'
import type { Tenure } from './lease.ts'
import type { RequestKind } from './operations.ts'
import { cancellation, childEnded, completion, failure, isFree, timer, timerKey, wakeOf } from './recorded.ts'

type Settled = { readonly key: string; readonly kind: RequestKind }

export interface JournalOptions {
  readonly store: Store
  readonly tenure: Tenure
  /** Tries a heartbeat, for the case that only the wall clock says that the lease is over. */
  readonly renew: () => void
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** The log of one workflow during one claim. Every method throws `E_CLAIM_LOST` once another worker may have taken over. */
export class Journal {
  readonly #store: Store
  readonly #tenure: Tenure
  readonly #renew: () => void
  readonly #clock: () => number
  readonly #id: string

  constructor({ store, tenure, renew, clock }: JournalOptions) {
    this.#store = store
    this.#tenure = tenure
    this.#renew = renew
    this.#clock = clock
    this.#id = tenure.fence.workflow
  }

  /** Throws `E_CLAIM_LOST` when this process may no longer act. */
  requireHeld(): void {
    if (!this.#tenure.held(performance.now()) && !this.#stillHeld()) throw claimLost(this.#id)
  }

  /** Appends a fact of an effect; false when its key is there already. */
  fact({ type, key, data }: Fact): boolean {
    if (!isFree(key)) {
      throw new QuintetError(
        'E_FACT_KEY',
        'internal',
        `The key ${key} is reserved for the engine's own events.`,
      )
    }
    return this.#append({ stream: this.#id, key, type, data })
  }

  /** An operation has its result. */
  complete(request: Settled, output: Json): void {
    this.#append(completion(this.#id, request, output))
  }

  /** An operation has failed for good. */
  fail(request: Settled, error: ErrorData): void {
    this.#append(failure(this.#id, request, error))
  }

  /** The cancellation has reached the workflow. */
  cancel(reason: string): void {
    this.#append(cancellation(this.#id, reason))
  }

  /** Takes a signal and remembers it as the result of the wait. */
  takeSignal(request: Settled, signal: Signal): void {
    this.#store.transaction(() => {
      this.#append(completion(this.#id, request, { ...signal }))
      this.#store.outbox.take(signal.id, request.key)
    })
  }

  /** Creates a child and remembers that. */
  startChild(request: Settled, start: WorkflowStart): void {
    this.#store.transaction(() => {
      this.#append(completion(this.#id, request, null))
      this.#store.claims.create({ ...start, parent: this.#id })
    })
  }

  /** When a sleep ends, milliseconds since 1970; fixed by the first call. */
  wakeTime(key: string, ms: number): number {
    const set = this.#store.event(this.#id, timerKey(key))
    if (set !== undefined) return wakeOf(set)
    const wake = this.#clock() + ms
    this.#append(timer(this.#id, key, wake))
    return wake
  }

  /** Gives up the claim until something arrives; false when it is there already. */
  rest(waits: Waits): boolean {
    let answer = this.#store.claims.wait(this.#tenure.fence, waits)
    if (answer === 'fenced' && this.#stillHeld()) answer = this.#store.claims.wait(this.#tenure.fence, waits)
    if (answer === 'fenced') throw claimLost(this.#id)
    return answer === 'waiting'
  }

  /** The workflow has ended; one that did not come to a good end tells its parent, which may not be waiting for it. */
  end(result: WorkflowResult): void {
    const output =
      result.status === 'done' ? result.output : result.status === 'failed' ? result.error : result.reason
    const { fence } = this.#tenure
    const end = (): boolean =>
      this.#store.transaction(() => {
        const ended = this.#store.claims.end(fence, result.status, output)
        if (ended && result.status !== 'done') this.#tellParent(result.status)
        return ended
      })
    if (!end() && !(this.#stillHeld() && end())) throw claimLost(this.#id)
  }

  #tellParent(status: 'failed' | 'cancelled'): void {
    const parent = this.#store.claims.claim(this.#id)?.parent ?? null
    if (parent !== null) this.#store.send({ target: parent, ...childEnded(this.#id, status) })
  }

  #append(event: NewEvent): boolean {
    this.requireHeld()
    let answer = this.#store.appendFenced(event, this.#tenure.fence)
    if (answer === 'fenced' && this.#stillHeld()) answer = this.#store.appendFenced(event, this.#tenure.fence)
    if (answer === 'fenced') throw claimLost(this.#id)
    return answer === 'appended'
  }

  #stillHeld(): boolean {
    this.#renew()
    return this.#tenure.held(performance.now())
  }
}
