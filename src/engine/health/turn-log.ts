// What a watch writes to the log about one turn: every fact once, and of what changes all the time only what changes the
// picture.
import type { FactData } from '../../contract/facts.ts'
import type { Activity, Alarm } from '../../contract/health.ts'
import type { Survival } from '../../health/compaction/survival.ts'
import type { Compacted } from '../../health/compaction/watch.ts'
import type { Reading } from '../../health/gauge.ts'
import type { Ladder } from '../../health/ladder.ts'
import type { EffectContext } from '../port.ts'
import { record } from '../record.ts'
import type { Overrun } from './budget.ts'
import { storable, storableAlarm } from './log.ts'

/** Between two notes of what the agent is doing, milliseconds. */
const ACTIVITY_PAUSE_MS = 2_000

/** Tokens that make a difference where no percentage is known. */
const STEP = 2_000

type Lost = NonNullable<FactData<'health.compacted'>['lost']>

export interface LoggedTurn {
  readonly attempt: number
  readonly turn: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export class TurnLog {
  readonly #effect: EffectContext
  readonly #at: { readonly attempt: number; readonly turn: number }
  readonly #now: () => number
  #count = 0
  #nudges = 0
  #reading = ''
  #sinceStated = 0
  #ladder: string
  #activity: { readonly now: Activity | null; readonly at: number } = { now: null, at: 0 }

  /** `ladder`: as the log has it. */
  constructor(effect: EffectContext, { attempt, turn, now }: LoggedTurn, ladder: Ladder) {
    this.#effect = effect
    this.#at = { attempt, turn }
    this.#now = now
    this.#ladder = JSON.stringify(ladder)
  }

  alarm(alarm: Alarm): void {
    const { attempt } = this.#at
    const key = `${attempt}:${alarm.rule}:${alarm.a}`
    record(this.#effect, 'health.alarm', key, { ...this.#at, alarm: storableAlarm(alarm) })
  }

  context({ used, percent, compactions, reached, ...reading }: Reading): void {
    const { announced, effective, source, trend, sinceStated } = reading
    const stand = JSON.stringify([percent ?? Math.round((used ?? 0) / STEP), compactions, reached.length])
    const restarted = (sinceStated ?? 0) < this.#sinceStated
    this.#sinceStated = sinceStated ?? 0
    if (stand === this.#reading && !restarted) return
    this.#reading = stand
    record(this.#effect, 'health.context', this.#key(), {
      attempt: this.#at.attempt,
      used,
      announced,
      effective,
      percent,
      source,
      trend,
      compactions,
      sinceStated,
      reached: [...reached],
    })
  }

  compacted({ lost, restated, binding }: Compacted, a: number): void {
    record(this.#effect, 'health.compacted', `${this.#at.attempt}:${a}:${this.#key()}`, {
      ...this.#at,
      a,
      lost: lost === null ? null : whatWasLost(lost),
      restated,
      binding,
    })
  }

  best(a: number, failing: number | null): void {
    record(this.#effect, 'health.best', `${this.#at.attempt}:${a}`, { ...this.#at, a, failing })
  }

  overBudget(overrun: Overrun): void {
    record(this.#effect, 'health.over-budget', String(this.#at.attempt), { ...this.#at, ...overrun })
  }

  resetDue({ reason, why }: Pick<FactData<'health.reset-due'>, 'reason' | 'why'>): void {
    record(this.#effect, 'health.reset-due', this.#key(), { ...this.#at, reason, why })
  }

  proposed(what: FactData<'health.proposed'>['what'], reasons: readonly string[]): void {
    record(this.#effect, 'health.proposed', this.#key(), { ...this.#at, what, reasons: [...reasons] })
  }

  /** A nudge goes to the agent; once, also when the turn is played again. */
  nudged(text: string): void {
    const key = `${this.#at.turn}:${this.#nudges++}`
    record(this.#effect, 'health.nudged', key, { ...this.#at, text, by: 'rule' })
  }

  ladder(ladder: Ladder): void {
    const text = JSON.stringify(ladder)
    if (text === this.#ladder) return
    this.#ladder = text
    record(this.#effect, 'health.ladder', this.#key(), { ladder: storable(ladder) })
  }

  /** What the agent is doing, if it is something else; not too often, unless it is the `last` word of the turn. */
  activity(activity: Activity, { last = false }: { readonly last?: boolean } = {}): void {
    const { now: before, at } = this.#activity
    if (activity === before || (before === null && (activity === 'working' || activity === 'idle'))) return
    if (last || this.#now() - at >= ACTIVITY_PAUSE_MS) this.#doing(activity)
  }

  /** The agent has done nothing for long. */
  idle(): void {
    if (this.#activity.now !== 'idle') this.#doing('idle')
  }

  #doing(activity: Activity): void {
    this.#activity = { now: activity, at: this.#now() }
    record(this.#effect, 'health.activity', this.#key(), { attempt: this.#at.attempt, activity })
  }

  /** Played again after a crash, a turn writes anew what it sees anew. */
  #key(): string {
    return `${this.#now()}:${this.#at.turn}:${this.#count++}`
  }
}

function whatWasLost({ constraints, decisions, filesEdited, operatorMessages }: Survival): Lost {
  return {
    constraints: constraints.lost.map(({ text }) => text),
    decisions: [...decisions.lost],
    files: [...filesEdited.lost],
    messages: [...operatorMessages.lost],
  }
}
