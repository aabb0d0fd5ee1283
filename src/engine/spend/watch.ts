// Counts what a turn spends while it goes on, and ends it where that reaches a limit: only between two calls of tools,
// never in the middle of one. Time passes also while an agent says nothing, so it is looked at by the clock as well. What was counted is written down as it grows, so that a crash loses little of it.
import * as v from 'valibot'
import type { AgentEvent, TurnOutcome } from '../../contract/agent.ts'
import { QuintetError } from '../../contract/errors.ts'
import { FACTS } from '../../contract/facts.ts'
import type { SpendKind, SpendReached } from '../../contract/spend.ts'
import type { EffectContext } from '../port.ts'
import { record } from '../record.ts'
import type { Services } from '../services.ts'
import type { SessionSpec } from '../session/spec.ts'
import { NOTHING_SPENT, bothSpent, reachedLimits } from './limits.ts'
import { TurnMeter } from './meter.ts'
import { costTold, runTotal, sessionTotal, spendLimits, type LimitsOf, type SpendTotal } from './standing.ts'
import { raiseWords, reachedText } from './words.ts'

/** Growth that is written down while a turn goes on; where a limit is smaller, a share of it. */
const TOKENS_STEP = 20_000
const LIMIT_SHARE = 0.05
const MS_STEP = 60_000
const MINUTE_MS = 60_000

/** What can be reached while a turn is under way: that turn itself is one that may be. */
const DURING: readonly SpendKind[] = ['tokens', 'cost', 'minutes']

export interface SpendingTurn {
  readonly session: SessionSpec
  readonly attempt: number
  readonly turn: number
  readonly conversation: string
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Calls once after so many milliseconds, unless disposed before. */
  readonly after: (ms: number, call: () => void) => Disposable
}

/** The system's timer; keeps no process alive. */
export function afterMs(ms: number, call: () => void): Disposable {
  const timer = setTimeout(call, ms).unref()
  return { [Symbol.dispose]: () => clearTimeout(timer) }
}

interface Written {
  readonly tokens: number | null
  readonly cost: number | null
  readonly ms: number
  /** Part of the tokens that is our sum. */
  readonly derived: number
  /** Part of it that rests on the agent's own estimate. */
  readonly estimated: number
}

export class SpendWatch implements Disposable {
  readonly #effect: EffectContext
  readonly #turn: SpendingTurn
  readonly #meter: TurnMeter
  readonly #readLimits: () => LimitsOf
  #limits: LimitsOf
  readonly #totals: { readonly session: SpendTotal; readonly run: SpendTotal }
  readonly #stop = new AbortController()
  readonly #began: number
  #waited = 0
  /** How many waits are under way, and since when there is one. */
  #waits = 0
  #waitsSince = 0
  #timer: Disposable | null = null
  #over = false
  #written: Written = { tokens: null, cost: null, ms: 0, derived: 0, estimated: 0 }
  #writes = 0
  #reached: readonly SpendReached[] = []

  constructor(services: Pick<Services, 'store' | 'config'>, effect: EffectContext, turn: SpendingTurn) {
    const { session, conversation } = turn
    this.#effect = effect
    this.#turn = turn
    this.#meter = new TurnMeter(costTold(services.store, session.stream, conversation))
    this.#readLimits = () => spendLimits(services, session)
    this.#limits = this.#readLimits()
    this.#totals = { session: sessionTotal(services, session), run: runTotal(services, session) }
    this.#began = turn.now()
    noteLimits(services, effect, { session, turn: turn.turn, limits: this.#limits })
    this.#arm()
  }

  /** Aborts when the turn is to be ended, between two calls of tools. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Why it was ended by this watch, and the raise that would let it go on; null: it was not. */
  get spent(): { readonly why: string; readonly raise: string } | null {
    const reached = this.#reached
    return reached.length === 0 ? null : { why: reachedText(reached), raise: raiseWords(reached) }
  }

  /** Takes in any event of the agent. */
  note(event: AgentEvent): void {
    if (this.#effect.signal.aborted) return
    const between = this.#meter.note(event)
    if (this.#isWorthWriting()) this.#write()
    if (between && !this.#stop.signal.aborted) this.#look(DURING)
  }

  /** Waits for `work` without counting the time. */
  async waiting<T>(work: Promise<T>): Promise<T> {
    if (this.#waits === 0) this.#waitsSince = this.#turn.now()
    this.#waits += 1
    this.#disarm()
    try {
      return await work
    } finally {
      this.#waits -= 1
      if (this.#waits === 0) {
        this.#waited += this.#turn.now() - this.#waitsSince
        this.#arm()
      }
    }
  }

  /** The turn is over. */
  end(outcome: TurnOutcome): void {
    this[Symbol.dispose]()
    this.#meter.end(outcome)
    this.#write()
  }

  /** Looks at the clock no more. */
  [Symbol.dispose](): void {
    this.#over = true
    this.#disarm()
  }

  #disarm(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
  }

  /** Looks at the clock when the minutes that are left are over, and before that now and then: all sessions of a run use up
   *  its minutes together. */
  #arm(): void {
    const left = this.#msLeft()
    if (left === null || this.#over || this.#stop.signal.aborted) return
    const ms = left > 0 ? Math.min(left, MS_STEP) : MS_STEP
    this.#timer = this.#turn.after(Math.ceil(ms), () => this.#tick())
  }

  #tick(): void {
    if (this.#over || this.#effect.signal.aborted) return
    try {
      // What an agent uses up without a word is seen by the other sessions of the run, too.
      if (this.#isWorthWriting()) this.#write()
      // Of an open tool the end is waited for, which looks by itself.
      if (this.#meter.isBetweenTools) this.#look(['minutes'])
      this.#arm()
    } catch (error) {
      // The effect begins again for it, or it is said at the end of the turn.
      if (!(error instanceof QuintetError)) throw error
    }
  }

  /** Milliseconds at work until a limit is reached; null: none is set. */
  #msLeft(): number | null {
    const pending = this.#growth().ms
    const left = (['session', 'run'] as const).flatMap((of) => {
      const { minutes } = this.#limits[of]
      return minutes === undefined ? [] : [minutes * MINUTE_MS - this.#totals[of].read().ms - pending]
    })
    return left.length === 0 ? null : Math.min(...left)
  }

  #look(kinds: readonly SpendKind[]): void {
    if (this.#reachedBy(kinds).length === 0) return
    // More may have been allowed meanwhile.
    this.#limits = this.#readLimits()
    this.#reached = this.#reachedBy(kinds)
    if (this.#reached.length === 0) return
    this.#stop.abort(new QuintetError('E_BUDGET_SPENT', 'internal', 'The turn is ended for its budget.'))
  }

  /** Limits of these kinds that are reached by now. */
  #reachedBy(kinds: readonly SpendKind[]): readonly SpendReached[] {
    const { tokens, cost, ms } = this.#growth()
    const unwritten = { ...NOTHING_SPENT, tokens, cost, currency: this.#meter.metered.currency, ms }
    const reached = (['session', 'run'] as const).flatMap((of) =>
      reachedLimits(bothSpent(this.#totals[of].read(), unwritten), this.#limits[of], of),
    )
    return reached.filter(({ kind }) => kinds.includes(kind))
  }

  #growth(): Written {
    const { tokens, cost, ms, derived, estimated } = this.#now()
    return {
      tokens: since(tokens, this.#written.tokens),
      cost: since(cost, this.#written.cost),
      ms: ms - this.#written.ms,
      derived: derived - this.#written.derived,
      estimated: estimated - this.#written.estimated,
    }
  }

  #isWorthWriting(): boolean {
    const { tokens, cost, ms } = this.#growth()
    const { session, run } = this.#limits
    const limit = Math.min(session.tokens ?? Infinity, run.tokens ?? Infinity)
    const step = Math.min(TOKENS_STEP, limit * LIMIT_SHARE)
    return (tokens ?? 0) >= step || (cost ?? 0) > 0 || ms >= MS_STEP
  }

  #write(): void {
    const { attempt, turn, conversation } = this.#turn
    const growth = this.#growth()
    const { currency, costTold: told } = this.#meter.metered
    this.#writes += 1
    record(this.#effect, 'spend.counted', `${turn}:${this.#began}:${this.#writes}`, {
      attempt,
      turn,
      ...growth,
      currency,
      conversation,
      costTold: told,
    })
    this.#written = this.#now()
  }

  #now(): Written {
    const { tokens, cost, derived, estimated } = this.#meter.metered
    const share = (part: boolean): number => (part ? (tokens ?? 0) : 0)
    return { tokens, cost, ms: this.#ms(), derived: share(derived), estimated: share(estimated) }
  }

  #ms(): number {
    const now = this.#turn.now()
    const waiting = this.#waits === 0 ? 0 : now - this.#waitsSince
    return Math.max(0, now - this.#began - this.#waited - waiting)
  }
}

function since(now: number | null, before: number | null): number | null {
  return now === null && before === null ? null : (now ?? 0) - (before ?? 0)
}

/** Writes down what may be spent, where that is not what was written down before. */
export function noteLimits(
  { store }: Pick<Services, 'store'>,
  effect: EffectContext,
  {
    session,
    turn,
    limits,
  }: { readonly session: SessionSpec; readonly turn: number; readonly limits: LimitsOf },
): void {
  let before = JSON.stringify({ session: {}, run: {} })
  for (const { data } of store.events({ stream: session.stream, types: ['spend.limited'] }))
    before = JSON.stringify(v.parse(FACTS['spend.limited'], data))
  if (JSON.stringify(limits) !== before) record(effect, 'spend.limited', `${turn}:${Date.now()}`, limits)
}
