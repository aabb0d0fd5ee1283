// The health of a terminal's conversation, judged as that of any attempt is. What would be done to a driven agent is only
// advised here, to the operator: nothing is typed into a terminal, and nothing is cut.
import type { FactData, FactType } from '../../contract/facts.ts'
import type { TraceEvent } from '../../contract/trace.ts'
import { due } from '../../health/gauge.ts'
import {
  FIRST_RUNG,
  ladderAfter,
  type Ladder,
  type LadderEvent,
  type Tolerances,
} from '../../health/ladder.ts'
import type { AttemptHealth, Happening } from '../health/attempt-health.ts'
import { storableAlarm } from '../health/log.ts'

export interface JudgedTerminal {
  /** Its key. */
  readonly terminal: string
  readonly health: AttemptHealth
  readonly tolerances: () => Tolerances
  readonly write: <T extends FactType>(type: T, data: FactData<T>) => void
}

export class TerminalHealth {
  readonly #judged: JudgedTerminal
  #ladder: Ladder = FIRST_RUNG
  #full = false

  constructor(judged: JudgedTerminal) {
    this.#judged = judged
  }

  /** Takes in what the recorder of its trace makes. */
  note(event: TraceEvent): void {
    for (const happening of this.#judged.health.note(event)) this.#happened(happening)
  }

  #happened(happening: Happening): void {
    const { terminal, write } = this.#judged
    switch (happening.kind) {
      case 'alarm': {
        const { alarm } = happening
        write('terminal.alarm', { terminal, alarm: storableAlarm(alarm) })
        return this.#climb({ kind: 'alarm', alarm })
      }
      case 'context':
        return this.#context(happening.a)
      case 'progress':
      case 'compaction':
      case 'fix iteration':
      case 'misunderstanding':
        return this.#climb({ kind: happening.kind, a: happening.a })
      case 'compacted':
        return
    }
  }

  #context(a: number): void {
    const now = this.#judged.health.reading
    const full = now.reached.length > 0
    if (full === this.#full) return
    this.#full = full
    this.#climb({ kind: 'utilisation', a, over: full })
    const reset = due(now, { turnEnded: true, resets: true })
    if (reset.kind !== 'none') this.#advise('reset', reset.reasons)
  }

  #climb(event: LadderEvent): void {
    const tolerances = event.kind === 'alarm' ? { tolerances: this.#judged.tolerances() } : {}
    const { ladder, advice } = ladderAfter(this.#ladder, event, tolerances)
    this.#ladder = ladder
    if (advice === null) return
    this.#advise(advice.kind, advice.reasons)
    // The same is not said again at once: it counts as said.
    if (advice.kind === 'nudge') this.#climb({ kind: 'nudged', a: this.#a() })
  }

  #advise(what: FactData<'terminal.advice'>['what'], why: readonly string[]): void {
    const { terminal, write } = this.#judged
    write('terminal.advice', { terminal, what, why: [...why] })
  }

  #a(): number {
    return Math.max(0, this.#judged.health.actions - 1)
  }
}
