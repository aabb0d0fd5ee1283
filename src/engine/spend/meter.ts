// What one turn uses, from what its agent tells while it goes on. Agents tell how full the context is with every call of the
// model, some at its beginning and at its end: the largest figure between two results of tools is one call, counted once.
// At the end most tell the total, which then holds. The cost that they tell is of the whole conversation so far and is never
// added up. Pure.
import type { AgentEvent, TurnOutcome } from '../../contract/agent.ts'

export interface Metered {
  /** Of the turn so far; null: nothing was told. */
  readonly tokens: number | null
  /** The tokens are our sum, not the agent's own total. */
  readonly derived: boolean
  /** The figures that we summed are the agent's own estimate, not its provider's. */
  readonly estimated: boolean
  /** Of the turn so far. */
  readonly cost: number | null
  readonly currency: string | null
  /** Of the conversation, as the agent told it last. */
  readonly costTold: number | null
}

/** Calls of tools that are remembered as open; no agent has more at once. */
const MOST_OPEN = 64

export class TurnMeter {
  readonly #open = new Set<string>()
  #calls = 0
  #call: number | null = null
  #compacting = false
  #estimates = false
  #told: number | null = null
  #cost: number | null = null
  #costTold: number | null
  #currency: string | null = null

  /** `costBefore`: what the conversation had cost when the turn began, as it was told last. */
  constructor(costBefore: number | null) {
    this.#costTold = costBefore
  }

  get metered(): Metered {
    const seen = this.#call === null && this.#calls === 0 ? null : this.#calls + (this.#call ?? 0)
    const derived = this.#told === null && seen !== null
    return {
      tokens: this.#told ?? seen,
      derived,
      estimated: derived && this.#estimates,
      cost: this.#cost,
      currency: this.#currency,
      costTold: this.#costTold,
    }
  }

  /** No tool is at work. */
  get isBetweenTools(): boolean {
    return this.#open.size === 0
  }

  /** Takes in any event of the agent; true when the last open tool has come to its end with it. */
  note(event: AgentEvent): boolean {
    switch (event.kind) {
      case 'usage':
        if (!this.#compacting) this.#call = Math.max(this.#call ?? 0, event.usage.used)
        if (event.usage.source === 'estimate') this.#estimates = true
        if (event.cost !== undefined) this.#noteCost(event.cost)
        return false
      case 'compaction':
        this.#closeCall()
        // What is told meanwhile is what is left, no call.
        this.#compacting = event.phase === 'started'
        return false
      case 'tool':
        return this.#noteTool(event)
      default:
        return false
    }
  }

  /** The turn is over. */
  end(outcome: TurnOutcome): void {
    if (outcome.kind === 'stopped') this.#told = outcome.tokens ?? null
  }

  #noteTool({ id, status }: Extract<AgentEvent, { kind: 'tool' }>): boolean {
    if (status === 'pending' || status === 'running') {
      if (this.#open.size < MOST_OPEN) this.#open.add(id)
      return false
    }
    const ended = this.#open.delete(id)
    if (ended) this.#closeCall()
    return ended && this.isBetweenTools
  }

  #closeCall(): void {
    this.#calls += this.#call ?? 0
    this.#call = null
  }

  /** A conversation that goes on in a new process may count from nothing again. */
  #noteCost({ amount, currency }: { readonly amount: number; readonly currency: string }): void {
    const before = this.#costTold ?? 0
    this.#cost = (this.#cost ?? 0) + (amount >= before ? amount - before : amount)
    this.#costTold = amount
    this.#currency = currency
  }
}
