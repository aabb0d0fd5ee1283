// The health of one attempt as its trace tells it: events go in one by one, what they amount to comes out. The same events
// give the same result, so after a crash it is made again from the trace's file. Pure, and bounded in memory.
import type { ContextUsage } from '../../contract/agent.ts'
import type { Activity, Alarm } from '../../contract/health.ts'
import type { TraceCall, TraceEvent, TraceResult } from '../../contract/trace.ts'
import type { Handoff } from '../../contract/handoff.ts'
import type { Known } from '../../health/compaction/known.ts'
import { CompactionWatch, type Compacted } from '../../health/compaction/watch.ts'
import { Detector, type BestState } from '../../health/detector.ts'
import { compactionReserve, EMPTY_GAUGE, gaugeAfter, reading, type Gauge } from '../../health/gauge.ts'
import type { GaugeLimits, Reading } from '../../health/gauge.ts'
import { Opening } from '../../health/handoff/opening.ts'
import { checkers, type Ledger } from '../../health/ledger/ledger.ts'
import { Statements } from '../../health/ledger/stated.ts'
import { NUDGE_OPENING } from '../../health/nudge.ts'
import { OpenCalls } from '../../health/open-calls.ts'
import type { Action } from '../../health/symptoms/action.ts'

/** Operator messages kept to tell another topic by. */
const MESSAGES = 20
/** What is kept of each. */
export const MESSAGE_CHARS = 2_000

const SOURCES = ['provider', 'estimate', 'derived'] as const

export interface AttemptStart {
  /** As the agent calls itself. */
  readonly agent: string
  /** Absolute path of the worktree. */
  readonly root: string
  readonly limits: GaugeLimits
  readonly ledger: Ledger
  readonly decisions: readonly string[]
  /** What it began with; null or absent: with nothing. */
  readonly handoff?: Handoff | null
}

/** What an event amounts to; `a` counts within the attempt. */
export type Happening =
  | { readonly kind: 'alarm'; readonly alarm: Alarm }
  | { readonly kind: 'context'; readonly a: number; readonly reading: Reading }
  | { readonly kind: 'progress'; readonly a: number }
  | { readonly kind: 'fix iteration'; readonly a: number }
  | { readonly kind: 'misunderstanding'; readonly a: number }
  | { readonly kind: 'compaction'; readonly a: number }
  /** A compaction is over: with the summary that the agent goes on with, or without one. */
  | ({ readonly kind: 'compacted'; readonly a: number } & Compacted)

export class AttemptHealth {
  readonly #start: AttemptStart
  readonly #detector: Detector
  readonly #compaction: CompactionWatch
  readonly #statements = new Statements()
  readonly #open = new OpenCalls<TraceCall>()
  #gauge: Gauge = gaugeAfter(EMPTY_GAUGE, { kind: 'constraints stated' })
  #changed = false
  #failures = 0
  #startedAt: string | null = null
  readonly #opening: Opening
  readonly #messages: string[] = []

  constructor(start: AttemptStart) {
    this.#start = start
    this.#detector = new Detector()
    this.#compaction = new CompactionWatch(start.ledger, start.decisions)
    this.#opening = new Opening(start.handoff ?? null)
    this.#heedLedger()
  }

  get activity(): Activity {
    return this.#detector.activity
  }

  get best(): BestState {
    return this.#detector.best
  }

  /** The action that the last event has ended; null when it ended none. */
  get ended(): Action | null {
    return this.#detector.ended
  }

  /** First action of what went wrong; null when nothing did. */
  get pollutedSince(): number | null {
    return this.#detector.pollutedSince()
  }

  /** A call is under way: however long it takes, that is work. */
  get isCalling(): boolean {
    return this.#open.size > 0
  }

  get actions(): number {
    return this.#detector.actions
  }

  /** Failing commands that judge the work, since the last better state. */
  get failuresSinceBest(): number {
    return this.#failures
  }

  /** ISO 8601; null before its first event. */
  get startedAt(): string | null {
    return this.#startedAt
  }

  get messages(): readonly string[] {
    return this.#messages
  }

  get known(): Known {
    return this.#compaction.known
  }

  get reading(): Reading {
    return reading(
      this.#gauge,
      this.#start.limits,
      compactionReserve(this.#start.agent, this.#gauge.usage?.size ?? null),
    )
  }

  /** The first actions of the attempt, and what failed in them. */
  get opening(): Pick<Opening, 'events' | 'failures'> {
    const { events, failures } = this.#opening
    return { events, failures }
  }

  /** Takes in the decisions that are in force; those that are known already change nothing. */
  decide(decisions: readonly { readonly n: number; readonly text: string }[]): void {
    this.#compaction.decide(decisions)
    this.#heedLedger()
  }

  /** From now on calls are held against what is demanded now. What the scope forbids is held by the box and judged at the
   *  gate; to be refused is no forgetting. */
  #heedLedger(): void {
    const spoken = this.known.ledger.filter(({ source }) => source !== 'scope')
    this.#detector.heed(checkers(spoken, { root: this.#start.root }))
  }

  /** Whether the rules are to look closer: something was seen that proves nothing yet. */
  watchful(on: boolean): void {
    this.#detector.watchful(on)
  }

  /** Takes the next event in; what it amounts to, mostly nothing. */
  note(event: TraceEvent): readonly Happening[] {
    this.#startedAt ??= event.ts ?? null
    this.#opening.note(event)
    const before = this.#detector.best.a
    // After a nudge the evidence begins anew, in all rules.
    const nudge = event.t === 'user' && event.meta === true && event.text.includes(NUDGE_OPENING)
    if (nudge) this.#detector.nudged()
    const alarms = nudge ? [] : this.#detector.note(event)
    const found: Happening[] = alarms.map((alarm) => ({ kind: 'alarm', alarm }))
    const better = this.#detector.best.a !== before
    if (better) {
      this.#failures = 0
      found.unshift({ kind: 'progress', a: this.#at() })
    }
    found.push(...this.#follow(event, better))
    const compacted = this.#compaction.note(event)
    if (compacted !== null) found.push({ kind: 'compacted', a: this.#at(), ...compacted })
    if (event.t === 'user' && event.meta !== true) this.#heedLedger()
    if (event.t === 'user' || event.t === 'summary') found.push(...this.#stated(event.text, compacted))
    if (alarms.some(({ rule }) => rule === 'corrections')) {
      found.push({ kind: 'misunderstanding', a: this.#at() })
    }
    return found
  }

  #follow(event: TraceEvent, better: boolean): readonly Happening[] {
    switch (event.t) {
      case 'call':
        this.#open.begin(event.id, event)
        return []
      case 'result':
        return this.#result(event, better)
      case 'usage':
        return event.ctx === null ? [] : this.#usage({ ...event, ctx: event.ctx })
      case 'compact': {
        const automatic = event.trigger !== 'manual'
        const { compactions } = this.#gauge
        this.#gauge = gaugeAfter(this.#gauge, { kind: 'compaction', automatic, before: event.pre ?? null })
        // What was concluded from the fall of the context before is announced now.
        if (this.#gauge.compactions === compactions) return [this.#context()]
        this.#compaction.compacted()
        return [{ kind: 'compaction', a: this.#at() }, this.#context()]
      }
      case 'user':
        if (event.meta !== true) {
          this.#messages.push(event.text.slice(0, MESSAGE_CHARS))
          if (this.#messages.length > MESSAGES) this.#messages.shift()
        }
        return []
      default:
        return []
    }
  }

  #result(event: TraceResult, better: boolean): readonly Happening[] {
    const call = this.#open.end(event.id)
    if (call === undefined) return []
    const action = this.#detector.ended
    if (action === null) return []
    const again = this.#opening.ended(action)
    if (action.changed) this.#changed = true
    return [
      ...(again === null ? [] : [{ kind: 'alarm', alarm: again } as const]),
      ...(action.verify ? this.#judged(action, better) : []),
    ]
  }

  #judged({ a, state }: Action, better: boolean): readonly Happening[] {
    if (state === 'ok') this.#failures = 0
    if (state !== 'failed') return []
    const tried = this.#changed && !better
    this.#changed = false
    if (!better) this.#failures++
    return tried ? [{ kind: 'fix iteration', a }] : []
  }

  #usage(event: {
    ctx: number
    window?: number | null | undefined
    source?: string | undefined
  }): readonly Happening[] {
    const source = SOURCES.find((known) => known === event.source) ?? 'unknown'
    const usage: ContextUsage = { used: event.ctx, size: event.window ?? null, source }
    const { compactions } = this.#gauge
    this.#gauge = gaugeAfter(this.#gauge, { kind: 'usage', usage })
    this.#statements.used(event.ctx)
    const unannounced = this.#gauge.compactions > compactions
    if (unannounced) this.#compaction.compacted()
    return [...(unannounced ? [{ kind: 'compaction', a: this.#at() } as const] : []), this.#context()]
  }

  /** A prompt states what it holds word for word; a summary also what of a demand it keeps. */
  #stated(text: string, compacted: Compacted | null): readonly Happening[] {
    const { ledger } = this.known
    const kept = compacted?.lost?.constraints.kept.map(({ id }) => id) ?? []
    const said = this.#statements.said(ledger, text)
    if (!this.#statements.stated(kept) && !said) return []
    this.#gauge = gaugeAfter(this.#gauge, {
      kind: 'constraints stated',
      tokensAgo: this.#statements.since(ledger),
    })
    return this.#gauge.usage === null ? [] : [this.#context()]
  }

  #context(): Happening {
    return { kind: 'context', a: this.#at(), reading: this.reading }
  }

  #at(): number {
    return Math.max(0, this.actions - 1)
  }
}
