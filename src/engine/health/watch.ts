// Watches a turn while it goes on: what the recorder hears is judged at once (attempt-health.ts), written to the log
// (turn-log.ts), and taken up the ladder. Where that asks for it the turn is ended; what is then to be done is the turn's
// result. What the prompt itself gives rise to never ends the turn: the agent has to hear the prompt first. Decisions are
// made here, inside the turn's step: the workflow only carries them out.
import type { Alarm, HealthWord } from '../../contract/health.ts'
import { errorData, QuintetError } from '../../contract/errors.ts'
import type { TraceEvent } from '../../contract/trace.ts'
import { due, type Reading } from '../../health/gauge.ts'
import {
  isWatchful,
  ladderAfter,
  type Advice,
  type Ladder,
  type LadderEvent,
  type Tolerances,
} from '../../health/ladder.ts'
import { nudgeText } from '../../health/nudge.ts'
import { dueAtEnd } from '../../health/resets.ts'
import { isControl } from '../breakdown.ts'
import type { EffectContext } from '../port.ts'
import type { HealthAdvice } from './advice.ts'
import type { AttemptHealth, Happening } from './attempt-health.ts'
import type { AttemptBudget } from './budget.ts'
import { localMinutes } from './clock.ts'
import { withAnswer } from './log.ts'
import type { HealthPolicy } from './policy.ts'
import { Silence } from './silence.ts'
import { TurnLog } from './turn-log.ts'

/** An agent that says and does nothing for so long, with no call under way, is idle. */
const IDLE_MS = 120_000

export interface WatchedTurn {
  readonly attempt: number
  readonly turn: number
  readonly policy: HealthPolicy
  readonly health: AttemptHealth
  /** As the log has it. */
  readonly ladder: Ladder
  readonly tolerances: () => Tolerances
  /** What the operator has said to alarms of the session; read anew as it may grow meanwhile. */
  readonly answers: () => readonly HealthWord[]
  /** What the prompt holds that a rule led to. */
  readonly nudges: readonly string[]
  /** Decided before a crash, and never sent. */
  readonly lostNudge: string | null
  /** Actions of the attempts before. */
  readonly before: number
  /** Phase that the session has reported as completed in this turn. */
  readonly phase: () => Promise<string | null>
  /** Whether the next attempt would know more than this one did when it began. */
  readonly learned: () => boolean
  readonly budget: AttemptBudget
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly tell: (text: string) => void
}

export class TurnWatch implements Disposable {
  readonly #effect: EffectContext
  readonly #turn: WatchedTurn
  readonly #log: TurnLog
  readonly #silence: Silence
  readonly #stop = new AbortController()
  #ladder: Ladder
  #answered: number
  #advice: HealthAdvice | null = null
  /** What the prompt has to say besides; null once it is on its way. */
  #additions: string[] | null
  #warned = false
  #over = false

  constructor(effect: EffectContext, turn: WatchedTurn) {
    this.#effect = effect
    this.#turn = turn
    this.#ladder = turn.ladder
    this.#answered = turn.answers().length
    this.#additions = turn.lostNudge === null ? [] : [turn.lostNudge]
    this.#log = new TurnLog(effect, turn, turn.ladder)
    this.#silence = new Silence(IDLE_MS, turn.now, () => this.#following(() => this.#noteSilence()))
    turn.health.watchful(isWatchful(turn.ladder, this.#a()))
  }

  /** Aborts when the turn is to be ended; never before the prompt is on its way. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Takes in what the recorder hears. What goes wrong with it is told and costs the turn nothing. */
  note(event: TraceEvent): void {
    const happenings = this.#turn.health.note(event)
    this.#silence.heard()
    this.#following(() => {
      for (const happening of happenings) this.#happened(happening)
      this.#noteBudget()
      this.#log.activity(this.#turn.health.activity)
    })
  }

  /** The prompt goes to the agent now; what it has to say besides, because of what the operator says in it. */
  sending(): readonly string[] {
    const additions = this.#additions ?? []
    this.#additions = null
    for (const text of [...this.#turn.nudges, ...additions]) this.#log.nudged(text)
    return additions
  }

  /** What is to be done after the turn; `cut`: it was ended by this watch. Nothing is taken in after it. */
  async end(): Promise<HealthAdvice | null> {
    this.#climb({ kind: 'turn ended', a: this.#a() })
    const phase = this.#advice === null ? await this.#turn.phase() : null
    if (this.#advice === null) this.#atEnd(phase)
    // What the turn was interrupted for is not what the agent does.
    if (this.#advice?.cut !== true) this.#log.activity(this.#turn.health.activity, { last: true })
    this.#over = true
    return this.#advice
  }

  [Symbol.dispose](): void {
    this.#silence[Symbol.dispose]()
  }

  #following(work: () => void): void {
    if (this.#over || this.#effect.signal.aborted) return
    try {
      work()
    } catch (error) {
      if (!isControl(error)) this.#turn.tell(`health cannot be followed: ${errorData(error).message}`)
    }
  }

  #happened(happening: Happening): void {
    const { health } = this.#turn
    const a = 'a' in happening ? this.#at(happening.a) : 0
    switch (happening.kind) {
      case 'alarm':
        this.#log.alarm(happening.alarm)
        return this.#climb({ kind: 'alarm', alarm: this.#placed(happening.alarm) })
      case 'context':
        return this.#context(happening.reading)
      case 'compacted':
        return this.#log.compacted(happening, happening.a)
      case 'progress':
        this.#log.best(happening.a, health.best.failing)
        // What was about to be said of a loop is not true any more.
        if (!this.#stop.signal.aborted) this.#advice = null
        return this.#climb({ kind: 'progress', a })
      case 'compaction':
      case 'fix iteration':
      case 'misunderstanding':
        return this.#climb({ kind: happening.kind, a })
    }
  }

  #noteSilence(): void {
    const { isCalling, activity } = this.#turn.health
    if (!isCalling && (activity === 'working' || activity === 'polling')) this.#log.idle()
  }

  /** A sign to look, once: time alone ends nothing. */
  #noteBudget(): void {
    const overrun = this.#turn.budget.overrun(this.#silence.heardAt)
    if (overrun === null) return
    this.#log.overBudget(overrun)
    this.#climb({ kind: 'over budget', a: this.#a() })
  }

  #context(now: Reading): void {
    this.#log.context(now)
    const over = now.reached.length > 0
    if (over && !this.#warned) {
      this.#warned = true
      const warning = due(now, { turnEnded: false, resets: this.#turn.policy.reset === 'auto' })
      if (warning.kind !== 'none') {
        this.#log.resetDue({ reason: 'utilisation', why: warning.reasons.join(' ') })
      }
    }
    if (over !== this.#ladder.overLimit) this.#climb({ kind: 'utilisation', a: this.#a(), over })
  }

  #climb(event: LadderEvent): void {
    this.#heedAnswers()
    const { policy, tolerances, health } = this.#turn
    const rules = {
      resets: policy.reset !== 'off',
      ...(event.kind === 'alarm' ? { tolerances: tolerances() } : {}),
    }
    const step = ladderAfter(this.#ladder, event, rules)
    this.#ladder = step.ladder
    if (step.advice !== null) this.#advised(step.advice)
    health.watchful(isWatchful(this.#ladder, this.#a()))
    this.#log.ladder(this.#ladder)
  }

  #heedAnswers(): void {
    const answers = this.#turn.answers()
    for (const answer of answers.slice(this.#answered)) this.#ladder = withAnswer(this.#ladder, answer)
    this.#answered = answers.length
  }

  #advised(advice: Advice): void {
    const why = advice.reasons.join(' ')
    const way = this.#turn.policy[advice.kind]
    if (advice.kind === 'abandon') {
      this.#log.proposed('abandon', advice.reasons)
      // What is only proposed interrupts nobody.
      return this.#want({ kind: 'abandon', cut: way === 'auto', auto: way === 'auto', why })
    }
    if (way === 'off') return
    if (way === 'ask') return this.#log.proposed(advice.kind, advice.reasons)
    if (advice.kind === 'nudge') return this.#nudge(advice)
    this.#log.resetDue({ reason: 'stuck', why })
    this.#want({ kind: 'reset', cut: true, reason: 'stuck', why })
  }

  #nudge({ alarms }: Advice): void {
    const text = nudgeText(alarms)
    this.#ladder = ladderAfter(this.#ladder, { kind: 'nudged', a: this.#a() }).ladder
    if (this.#additions === null) this.#want({ kind: 'nudge', cut: true, text })
    else this.#additions.push(text)
  }

  /** More weight goes before less: an end before a reset, a reset before a nudge. */
  #want(advice: HealthAdvice): void {
    const weight = { nudge: 0, reset: 1, abandon: 2 } as const
    if (this.#advice !== null && weight[this.#advice.kind] >= weight[advice.kind]) return
    const cut = advice.cut && this.#additions === null
    this.#advice = { ...advice, cut: cut || this.#stop.signal.aborted }
    if (!cut) return
    this.#stop.abort(
      new QuintetError('E_HEALTH', 'internal', 'The turn is ended for the health of its context.'),
    )
  }

  /** Resets that wait for the end of a turn. */
  #atEnd(phaseCompleted: string | null): void {
    const { policy, health, now } = this.#turn
    const minute = localMinutes(now())
    const [first] = dueAtEnd(policy.resets, {
      phaseCompleted,
      failuresSinceBest: health.failuresSinceBest,
      startedAt: health.startedAt === null ? minute : localMinutes(Date.parse(health.startedAt)),
      now: minute,
      limitsReached: health.reading.reached,
      actions: health.actions,
    })
    if (first === undefined || policy.reset === 'off') return
    if (first.reason === 'errors' && !this.#turn.learned()) {
      this.#climb({ kind: 'nothing to change', a: this.#a() })
      if (this.#advice !== null) return
    }
    if (!(first.reason === 'utilisation' && this.#warned)) this.#log.resetDue(first)
    if (policy.reset === 'auto') this.#advice = { kind: 'reset', cut: false, ...first }
    else this.#log.proposed('reset', [first.why])
  }

  /** With its actions counted through all attempts, as the ladder does. */
  #placed(alarm: Alarm): Alarm {
    const actions = alarm.evidence.actions.map((a) => this.#at(a))
    return { ...alarm, a: this.#at(alarm.a), evidence: { ...alarm.evidence, actions } }
  }

  #at(a: number): number {
    return this.#turn.before + a
  }

  #a(): number {
    return this.#at(Math.max(0, this.#turn.health.actions - 1))
  }
}
