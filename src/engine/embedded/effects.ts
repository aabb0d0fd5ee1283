// The effects of one execution that are in flight: starting them, aborting them, waiting until all have come to their end.
// An effect that meets a full disk or a locked file is not over: it begins again after a pause.
import { setTimeout as delay } from 'node:timers/promises'
import type { Json } from '../../contract/json.ts'
import { jsonText, parseJson } from '../../store/rows.ts'
import { isPassing } from '../../store/failures.ts'
import type { Store } from '../../store/store.ts'
import type { EffectContext, Fact, Signal } from '../port.ts'
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

/** One beginning of an effect. */
interface Try {
  readonly flight: Flight
  /** Aborted when something could not be written for a reason that will pass. */
  readonly blocked: AbortController
}

export interface EffectsOptions {
  readonly workflow: string
  readonly store: Store
  readonly onEnd: (end: EffectEnd) => void
  /** An effect waits until this passes. */
  readonly onBlocked: (problem: Error) => void
}

const FIRST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 5_000

/** Effects in flight of one workflow. */
export class Effects {
  readonly #workflow: string
  readonly #store: Store
  readonly #onEnd: (end: EffectEnd) => void
  readonly #onBlocked: (problem: Error) => void
  readonly #flights = new Set<Flight>()
  readonly #settled = new Set<Promise<void>>()

  constructor({ workflow, store, onEnd, onBlocked }: EffectsOptions) {
    this.#workflow = workflow
    this.#store = store
    this.#onEnd = onEnd
    this.#onBlocked = onBlocked
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
    const { signal } = flight.controller
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const blocked = new AbortController()
      const end = await this.#try({ flight, blocked }, journal)
      const problem = passingProblem(end, blocked.signal)
      if (problem === null) return end
      if (pauseMs === FIRST_PAUSE_MS) this.#onBlocked(problem)
      if (!signal.aborted) await elapsed(pauseMs, signal)
      if (signal.aborted) return { operation: flight.operation, kind: 'threw', error: problem }
    }
  }

  async #try(one: Try, journal: Journal): Promise<EffectEnd> {
    const { operation, watches } = one.flight
    try {
      const output = await operation.request.effect(this.#context(one, journal))
      // What the workflow sees now is what it will see on replay.
      return { operation, kind: 'returned', output: parseJson(jsonText(output)) }
    } catch (error) {
      return { operation, kind: 'threw', error }
    } finally {
      watches.clear()
    }
  }

  #context(one: Try, journal: Journal): EffectContext {
    return {
      signal: AbortSignal.any([one.flight.controller.signal, one.blocked.signal]),
      record: (fact) => record(one, journal, fact),
      watchSignals: (listener, until) => this.#watch(one, listener, until),
    }
  }

  #watch(one: Try, listener: (signal: Signal) => void, until: AbortSignal): void {
    const { watches } = one.flight
    let last = 0
    const deliver = (): void => {
      for (
        let batch = this.#store.outbox.untaken(this.#workflow, last);
        batch.length > 0;
        batch = this.#store.outbox.untaken(this.#workflow, last)
      ) {
        for (const signal of batch) {
          if (!watches.has(deliver)) return
          last = signal.id
          tell(one, listener, signal)
        }
      }
    }
    if (until.aborted) return
    watches.add(deliver)
    until.addEventListener('abort', () => watches.delete(deliver), { once: true })
    queueMicrotask(deliver)
  }
}

/** A fact that is missing makes the effect begin again, whatever the effect makes of the failure. */
function record({ blocked }: Try, journal: Journal, fact: Fact): boolean {
  try {
    return journal.fact(fact)
  } catch (error) {
    if (isPassing(error)) blocked.abort(error)
    throw error
  }
}

/** A listener that throws fails its effect. */
function tell({ flight, blocked }: Try, listener: (signal: Signal) => void, signal: Signal): void {
  try {
    listener(signal)
  } catch (error) {
    const over = isPassing(error) ? blocked : flight.controller
    over.abort(error)
  }
}

/** Why an effect that came back so has to begin again; null when it has not. */
function passingProblem(end: EffectEnd, blocked: AbortSignal): Error | null {
  if (blocked.aborted && blocked.reason instanceof Error) return blocked.reason
  return end.kind === 'threw' && end.error instanceof Error && isPassing(end.error) ? end.error : null
}

async function elapsed(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
