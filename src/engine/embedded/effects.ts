// The effects of one execution that are in flight: starting them, aborting them, waiting until all have come to their end.
import type { Json } from '../../contract/json.ts'
import { jsonText, parseJson } from '../../store/rows.ts'
import type { Store } from '../../store/store.ts'
import type { EffectContext, Signal } from '../port.ts'
import type { Journal } from './journal.ts'
import type { Operation, StepRequest } from './operations.ts'

export type EffectEnd =
  | { readonly operation: Operation<StepRequest>; readonly kind: 'returned'; readonly output: Json }
  | { readonly operation: Operation<StepRequest>; readonly kind: 'threw'; readonly error: unknown }

interface Flight {
  readonly operation: Operation<StepRequest>
  readonly controller: AbortController
  readonly watches: Set<() => void>
}

/** Effects in flight of one workflow. */
export class Effects {
  readonly #workflow: string
  readonly #store: Store
  readonly #onEnd: (end: EffectEnd) => void
  readonly #flights = new Set<Flight>()
  readonly #settled = new Set<Promise<void>>()

  constructor(workflow: string, store: Store, onEnd: (end: EffectEnd) => void) {
    this.#workflow = workflow
    this.#store = store
    this.#onEnd = onEnd
  }

  /** Number of effects that have not come to their end. */
  get size(): number {
    return this.#flights.size
  }

  /** Starts the effect of a step; its end is told once. */
  start(operation: Operation<StepRequest>, journal: Journal): void {
    const flight: Flight = { operation, controller: new AbortController(), watches: new Set() }
    this.#flights.add(flight)
    const settled = this.#fly(flight, journal).then((end) => {
      this.#flights.delete(flight)
      this.#settled.delete(settled)
      flight.watches.clear()
      this.#onEnd(end)
    })
    this.#settled.add(settled)
  }

  /** Aborts effects in flight; `spare` are the ones that go on. */
  abort(reason: Error, spare: 'none' | 'shielded'): void {
    for (const { operation, controller } of this.#flights) {
      if (spare === 'none' || !operation.request.shielded) controller.abort(reason)
    }
  }

  /** Resolves when every effect has come to its end. */
  async settled(): Promise<void> {
    await Promise.all(this.#settled)
  }

  /** Tells the watching effects of signals that have arrived. */
  deliverSignals(): void {
    for (const { watches } of this.#flights) for (const deliver of watches) deliver()
  }

  async #fly(flight: Flight, journal: Journal): Promise<EffectEnd> {
    const { operation } = flight
    try {
      const output = await operation.request.effect(this.#context(flight, journal))
      // What the workflow sees now is what it will see on replay.
      return { operation, kind: 'returned', output: parseJson(jsonText(output)) }
    } catch (error) {
      return { operation, kind: 'threw', error }
    }
  }

  #context(flight: Flight, journal: Journal): EffectContext {
    return {
      signal: flight.controller.signal,
      record: (fact) => journal.fact(fact),
      watchSignals: (listener, until) => this.#watch(flight, listener, until),
    }
  }

  #watch(flight: Flight, listener: (signal: Signal) => void, until: AbortSignal): void {
    let last = 0
    const deliver = (): void => {
      for (
        let batch = this.#store.outbox.untaken(this.#workflow, last);
        batch.length > 0;
        batch = this.#store.outbox.untaken(this.#workflow, last)
      ) {
        for (const signal of batch) {
          if (!flight.watches.has(deliver)) return
          last = signal.id
          this.#tell(flight, listener, signal)
        }
      }
    }
    if (until.aborted) return
    flight.watches.add(deliver)
    until.addEventListener('abort', () => flight.watches.delete(deliver), { once: true })
    queueMicrotask(deliver)
  }

  /** A listener that throws fails its effect. */
  #tell(flight: Flight, listener: (signal: Signal) => void, signal: Signal): void {
    try {
      listener(signal)
    } catch (error) {
      flight.controller.abort(error)
    }
  }
}
