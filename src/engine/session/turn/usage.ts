// Context utilisation as facts: not every report, only what changes the picture; and at the end of a turn what it has used.
import type { AgentEvent, ContextUsage, TurnOutcome } from '../../../contract/agent.ts'
import type { EffectContext } from '../../port.ts'
import { record } from '../../record.ts'

/** Share of the window that must have changed before it is written down. */
const STEP = 0.02

export class UsageRecorder {
  readonly #effect: EffectContext
  readonly #at: { readonly attempt: number; readonly turn: number }
  #written: ContextUsage | null = null
  #peak: number | null = null

  constructor(effect: EffectContext, { attempt, turn }: { readonly attempt: number; readonly turn: number }) {
    this.#effect = effect
    this.#at = { attempt, turn }
  }

  /** Takes in any event of the agent. */
  note(event: AgentEvent): void {
    if (event.kind !== 'usage') return
    this.#peak = Math.max(this.#peak ?? 0, event.usage.used)
    if (!this.#worthWriting(event.usage)) return
    this.#written = event.usage
    record(
      this.#effect,
      'usage.reported',
      `${this.#at.turn}:${event.usage.used}:${event.usage.size ?? 0}`,
      event.usage,
    )
  }

  /** The turn is over; nothing is written when its agent has told nothing. */
  end(outcome: TurnOutcome): void {
    const output = outcome.kind === 'stopped' ? (outcome.output ?? null) : null
    if (output === null && this.#peak === null) return
    record(this.#effect, 'usage.spent', String(this.#at.turn), { ...this.#at, output, peak: this.#peak })
  }

  #worthWriting({ used, size }: ContextUsage): boolean {
    const last = this.#written
    if (last === null || last.size !== size || size === null) return last?.used !== used
    return Math.abs(used - last.used) >= size * STEP
  }
}
