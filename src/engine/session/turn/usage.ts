// Context utilisation as facts: not every report, only what changes the picture.
import type { AgentEvent, ContextUsage } from '../../../contract/agent.ts'
import type { EffectContext } from '../../port.ts'
import { record } from '../../record.ts'

/** Share of the window that must have changed before it is written down. */
const STEP = 0.02

export class UsageRecorder {
  readonly #effect: EffectContext
  readonly #turn: number
  #written: ContextUsage | null = null

  constructor(effect: EffectContext, turn: number) {
    this.#effect = effect
    this.#turn = turn
  }

  /** Takes in any event of the agent. */
  note(event: AgentEvent): void {
    if (event.kind !== 'usage' || !this.#worthWriting(event.usage)) return
    this.#written = event.usage
    record(
      this.#effect,
      'usage.reported',
      `${this.#turn}:${event.usage.used}:${event.usage.size ?? 0}`,
      event.usage,
    )
  }

  #worthWriting({ used, size }: ContextUsage): boolean {
    const last = this.#written
    if (last === null || last.size !== size || size === null) return last?.used !== used
    return Math.abs(used - last.used) >= size * STEP
  }
}
