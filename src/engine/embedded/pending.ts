// What a workflow has asked for and has no answer to yet, in the order in which it asked.
import type { Json } from '../../contract/json.ts'
import type { Waits } from '../../store/claims.ts'
import type { Store } from '../../store/store.ts'
import { nondeterministic } from './failures.ts'
import type { Journal } from './journal.ts'
import { isShielded, isStep, isWait, type Operation, type Request, type StepRequest } from './operations.ts'
import { resultOfClaim } from './recorded.ts'

/** An operation that can be settled now: first write, then tell. */
export interface Answer {
  readonly operation: Operation
  readonly write: (journal: Journal) => void
  readonly output: Json
}

export class Pending {
  readonly #workflow: string
  readonly #operations = new Map<string, Operation>()
  readonly #asked = new Set<string>()
  /** By key of the sleep, milliseconds since 1970. */
  readonly #wakes = new Map<string, number>()

  constructor(workflow: string) {
    this.#workflow = workflow
  }

  get size(): number {
    return this.#operations.size
  }

  /** When a sleep ends next, milliseconds since 1970. */
  get nextWake(): number | null {
    return this.#wakes.size === 0 ? null : Math.min(...this.#wakes.values())
  }

  /** Takes a request in; `cancellation` refuses it unless it is shielded. */
  add(request: Request, cancellation: Error | null): Promise<Json> {
    const { promise, resolve, reject } = Promise.withResolvers<Json>()
    // A workflow may well drop an operation, say after a race; that must not end the process.
    promise.catch(() => undefined)
    if (this.#asked.has(request.key)) {
      reject(nondeterministic(this.#workflow, `the key ${request.key} is used twice.`))
    } else if (cancellation !== null && !isShielded(request)) {
      reject(cancellation)
    } else {
      this.#operations.set(request.key, { request, started: false, resolve, reject })
    }
    this.#asked.add(request.key)
    return promise
  }

  /** The operation with this key. */
  operation(key: string): Operation | undefined {
    return this.#operations.get(key)
  }

  /** Answers an operation. */
  resolve(operation: Operation, output: Json): void {
    this.#forget(operation)
    operation.resolve(output)
  }

  /** Fails an operation. */
  reject(operation: Operation, error: Error): void {
    this.#forget(operation)
    operation.reject(error)
  }

  /** Fails everything but steps, which settle when their effects have come to their end. */
  rejectWaits(error: Error): void {
    for (const operation of this.#operations.values()) if (isWait(operation)) this.reject(operation, error)
  }

  /** Fails everything. */
  rejectAll(error: Error): void {
    for (const operation of this.#operations.values()) this.reject(operation, error)
  }

  /** Steps whose effects have not begun. */
  unstarted(): Operation<StepRequest>[] {
    return [...this.#operations.values()]
      .filter((operation) => isStep(operation))
      .filter(({ started }) => !started)
  }

  /** Fixes when each sleep ends; false when that was known of all. */
  setTimers(journal: Journal): boolean {
    let set = false
    for (const { request } of this.#operations.values()) {
      if (request.kind !== 'sleep' || this.#wakes.has(request.key)) continue
      this.#wakes.set(request.key, journal.wakeTime(request.key, request.ms))
      set = true
    }
    return set
  }

  /** The first operation that can be settled by what is in the store at `now`, milliseconds since 1970. */
  answer(store: Store, now: number): Answer | null {
    for (const operation of this.#operations.values()) {
      const answer = this.#answer(operation, store, now)
      if (answer !== null) return answer
    }
    return null
  }

  /** What has to happen before there is something to do. */
  waits(): Waits {
    const requests = [...this.#operations.values()].map((operation) => operation.request)
    return {
      wake: this.nextWake,
      signals: requests.flatMap((request) => (request.kind === 'signal' ? request.names : [])),
      results: requests.flatMap((request) => (request.kind === 'result' ? [request.workflow] : [])),
    }
  }

  #answer(operation: Operation, store: Store, now: number): Answer | null {
    const { request } = operation
    if (request.kind === 'step') return null
    if (request.kind === 'child') {
      return { operation, write: (journal) => journal.startChild(request, request.start), output: null }
    }
    if (request.kind === 'signal') {
      const signal = store.outbox.oldest(this.#workflow, request.names)
      if (signal === undefined) return null
      return { operation, write: (journal) => journal.takeSignal(request, signal), output: { ...signal } }
    }
    const output =
      request.kind === 'sleep'
        ? this.#elapsed(request.key, now)
        : resultOfClaim(store.claims.claim(request.workflow))
    return output === undefined
      ? null
      : { operation, write: (journal) => journal.complete(request, output), output }
  }

  #elapsed(key: string, now: number): null | undefined {
    return now >= (this.#wakes.get(key) ?? Number.POSITIVE_INFINITY) ? null : undefined
  }

  #forget({ request }: Operation): void {
    this.#operations.delete(request.key)
    this.#wakes.delete(request.key)
  }
}
