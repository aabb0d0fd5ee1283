// Says when a session degrades, and why. Events go in one by one; every finished action is shown to all rules (symptoms/),
// which find, and this file decides what becomes an alarm: one for each span of a family, again when there is twice as much
// evidence (2x, 4x …), after progress, after a word of the operator or after a quiet while. A new best state (progress.ts) ends every span: what led to it was work.
// Five states that look alike from outside are told apart: stuck, polling, held up by infrastructure, waiting for the
// operator, idle. No clock, no randomness; memory does not grow with the session.
import type { Activity, Alarm } from '../contract/health.ts'
import type { TraceCall, TraceEvent, TraceResult } from '../contract/trace.ts'
import { isCorrection } from './ledger/corrections.ts'
import type { BestState } from './progress.ts'
import { Progress } from './progress.ts'
import type { Action } from './symptoms/action.ts'
import { readAction } from './symptoms/action.ts'
import { readCommand } from './symptoms/command.ts'
import { noEffect, verifyStall } from './symptoms/check-stall.ts'
import { editOscillation, revertedOwn, rewriteChurn, treeSeen } from './symptoms/edits.ts'
import { errorRecurs } from './symptoms/error-recurs.ts'
import { failDensity } from './symptoms/fail-density.ts'
import { circular, generic } from './symptoms/narration.ts'
import type { Constraint } from './symptoms/operator.ts'
import { Constraints, corrections } from './symptoms/operator.ts'
import { repeat } from './symptoms/repeat.ts'
import type { Finding, Operator, Rule, Seen, Slack } from './symptoms/rule.ts'
import { remember, seen } from './symptoms/rule.ts'
import { absentPlaces, searchChurn } from './symptoms/search-churn.ts'

/** A span is over when its family found nothing for so many actions. */
const QUIET = 20
/** Calls under way at a time; agents make a dozen at most. */
const OPEN_CALLS = 64
/** No model answers faster: a call that follows a result sooner was made together with the call before. */
const TOGETHER_MS = 1000
const TRIED = 8
/** Of a loop that counts fewer, twice as many are not much. */
const LEAST_TOLD = 3
const NOISE = 64
/** How far back an alarm lends weight to a measure that proves nothing alone. */
const NEAR = 40
/** Families whose evidence is what the agent remembers; a compaction makes it new again. */
const REMEMBERED = new Set(['repetition', 'search', 'narration'])

export type { Constraint } from './symptoms/operator.ts'
export type { BestState } from './progress.ts'

export interface DetectorOptions {
  /** Constraints that can be checked on a call alone. */
  readonly constraints?: readonly Constraint[]
  /** All of them by default. */
  readonly rules?: readonly Rule[]
}

/** What is known of a whole trace. */
export interface Diagnosis {
  readonly alarms: readonly Alarm[]
  readonly activity: Activity
  readonly best: BestState
  readonly actions: number
  readonly turns: number
  /** First action of what went wrong; null when nothing did. */
  readonly pollutedSince: number | null
}

interface OpenCall {
  readonly call: TraceCall
  readonly turn: number
  readonly batch: number
}

interface Span {
  lastA: number
  strength: Alarm['strength']
  /** What was counted in it; it goes on where the window of a rule ends. */
  count: number
  /** The count at its last alarm. */
  told: number
}

/** The rules, each with its own fresh memory. */
export function symptomRules(): readonly Rule[] {
  return [
    errorRecurs(),
    verifyStall(),
    noEffect(),
    failDensity(),
    repeat(),
    editOscillation(),
    treeSeen(),
    rewriteChurn(),
    revertedOwn(),
    searchChurn(),
    absentPlaces(),
    circular(),
    generic(),
    corrections(),
  ]
}

/** Alarms of one session, as its events come in. */
export class Detector {
  readonly #rules: readonly Rule[]
  readonly #progress = new Progress()
  readonly #constraints: Constraints
  readonly #open = new Map<string, OpenCall>()
  readonly #spans = new Map<string, Span>()
  readonly #batches = new Batches()
  readonly #noise = new Map<string, true>()
  #slack: Slack = 0
  #turn = 1
  #nextA = 0
  #last: Action | null = null
  #ended: Action | null = null
  #moved = false
  #activity: Activity = 'idle'
  #firstAlarm: number | null = null
  #lastAlarm: number | null = null
  #corrected: number | null = null
  #repeated = false
  #compacted: number | null = null

  constructor(options: DetectorOptions = {}) {
    this.#rules = options.rules ?? symptomRules()
    this.#constraints = new Constraints(options.constraints ?? [])
  }

  /** What the attempt is doing; `stuck` as long as a span of strong evidence is open. */
  get activity(): Activity {
    const quiet = this.#activity !== 'working' && this.#activity !== 'polling'
    return !quiet && this.#isStuck() ? 'stuck' : this.#activity
  }

  get best(): BestState {
    return this.#progress.best
  }

  get turns(): number {
    return this.#turn
  }

  get actions(): number {
    return this.#nextA
  }

  /** Things remembered, over all rules; it has a ceiling. */
  get size(): number {
    let size =
      this.#open.size + this.#spans.size + this.#noise.size + this.#progress.size + this.#constraints.size
    for (const rule of this.#rules) size += rule.size()
    return size
  }

  /** First action of the earliest alarm; else the correction that was repeated; else the last compaction; else null. */
  pollutedSince(): number | null {
    if (this.#firstAlarm !== null) return this.#firstAlarm
    return this.#repeated ? this.#corrected : this.#compacted
  }

  /** The constraints that calls are held against from now on. */
  heed(constraints: readonly Constraint[]): void {
    this.#constraints.heed(constraints)
  }

  /** While on, thresholds of four and more are one lower: for a session that is watched already, because of a weak sign,
   *  a context that is nearly full, or a compaction. Off at first; what was counted stays counted. */
  watchful(on: boolean): void {
    this.#slack = on ? 1 : 0
  }

  /** The agent is told what was seen: from here on only what it does now is evidence. */
  nudged(): void {
    this.#ended = null
    this.#turn++
    this.#batches.divide()
    this.#activity = 'working'
    for (const rule of this.#rules) {
      if (rule.action !== undefined || rule.tree !== undefined) rule.reset('progress')
    }
    for (const family of this.#spans.keys()) if (family !== 'operator') this.#spans.delete(family)
  }

  /** The action that the last event has ended; null when it ended none. */
  get ended(): Action | null {
    return this.#ended
  }

  /** Takes the next event in; the alarms that it raises, mostly none. */
  note(event: TraceEvent): readonly Alarm[] {
    this.#ended = null
    switch (event.t) {
      case 'call':
        return this.#call(event)
      case 'result':
        return this.#result(event)
      case 'user':
        return event.meta === true ? [] : this.#user(event.text)
      case 'say':
      case 'think':
        return this.#say(event)
      case 'tests':
        return this.#tests(event)
      case 'tree':
        return this.#tree(event.hash, event.a)
      case 'usage':
        this.#batches.divide()
        return []
      case 'compact':
        this.#compact()
        return []
      case 'retry':
        this.#activity = 'infrastructure'
        return []
      case 'interrupt':
        this.#activity = 'waiting for the operator'
        return []
      case 'end':
        this.#activity = 'idle'
        return []
      case 'session':
      case 'meta':
      case 'summary':
        return []
    }
  }

  #call(call: TraceCall): readonly Alarm[] {
    const batch = this.#batches.of(call)
    this.#open.set(call.id, { call, turn: this.#turn, batch })
    if (this.#open.size > OPEN_CALLS) this.#open.delete(this.#open.keys().next().value ?? '')
    this.#nextA = Math.max(this.#nextA, call.a + 1)
    this.#activity =
      call.kind === 'ask' ? 'waiting for the operator' : call.kind === 'poll' ? 'polling' : 'working'
    const at = { a: call.a, turn: this.#turn, label: call.cmd?.slice(0, 90) ?? call.path ?? call.tool }
    return this.#constraints.note(call, at).flatMap((finding) => {
      return [
        this.#alarm(
          {
            name: 'constraint',
            family: 'constraints',
            symptom: finding.decided ? 'inconsistent behaviour' : 'forgotten instructions',
          },
          finding,
        ),
      ]
    })
  }

  #result(result: TraceResult): readonly Alarm[] {
    const open = this.#opened(result)
    if (open === undefined) return []
    this.#open.delete(open.call.id)
    this.#batches.ended(result)
    const action = this.#withoutNoise(readAction(open.call, result, open))
    this.#last = action
    this.#ended = action
    if (action.command?.moves === true) this.#moved = true
    this.#activity = activityAfter(action)
    const step = this.#progress.note(action)
    if (step === 'best') this.#improved()
    return this.#ask((rule) => rule.action?.(action, step, this.#slack) ?? null)
  }

  /** The call of a result: by its id, and where one of them has none by its action. */
  #opened({ id, a }: TraceResult): OpenCall | undefined {
    const named = this.#open.get(id)
    if (named !== undefined) return named
    for (const open of this.#open.values()) if (open.call.a === a) return open
    return undefined
  }

  /** Error lines that a green check printed as well name no failure. */
  #withoutNoise(action: Action): Action {
    for (const line of action.noise) remember(this.#noise, line, true, NOISE)
    if (this.#noise.size === 0 || action.signatures.length === 0) return action
    return { ...action, signatures: action.signatures.filter((line) => !this.#noise.has(line)) }
  }

  #user(text: string): readonly Alarm[] {
    this.#turn++
    this.#batches.divide()
    this.#activity = 'working'
    const message: Operator = { text, turn: this.#turn, a: this.#nextA }
    // After a word of the operator the evidence begins anew, in the families that have told what they had.
    for (const rule of this.#rules) if (this.#spans.has(rule.family)) rule.reset('progress')
    for (const family of this.#spans.keys()) if (family !== 'operator') this.#spans.delete(family)
    if (isMachine(text)) return []
    if (isCorrection(text)) this.#corrected ??= this.#nextA
    return this.#ask((rule) => rule.user?.(message) ?? null)
  }

  #say({
    text,
    message,
  }: {
    readonly text: string
    readonly message?: string | null | undefined
  }): readonly Alarm[] {
    this.#batches.divide()
    const narration = { text, turn: this.#turn, a: this.#nextA, message: message ?? null }
    return this.#ask((rule) => rule.say?.(narration) ?? null)
  }

  #tests(event: Extract<TraceEvent, { t: 'tests' }>): readonly Alarm[] {
    const count = event.failed ?? event.failing?.length ?? null
    if (count === null) return []
    const command = readCommand(event.command)
    const failing = { count, names: (event.failing ?? []).slice(0, 60) }
    const step = this.#progress.noteTests(event.a, {
      key: `report ${command.key}`,
      family: command.family,
      failing,
    })
    if (step === 'best') this.#improved()
    return []
  }

  #tree(hash: string, a: number): readonly Alarm[] {
    this.#progress.noteTree(hash, a)
    const at: Seen = this.#last === null ? { a: 0, turn: this.#turn, label: '' } : seen(this.#last)
    const moved = this.#moved
    this.#moved = false
    return this.#ask((rule) => rule.tree?.({ hash, seen: at, moved }) ?? null)
  }

  #compact(): void {
    this.#compacted = this.#nextA
    for (const rule of this.#rules) if (REMEMBERED.has(rule.family)) rule.reset('compaction')
  }

  #improved(): void {
    this.#spans.clear()
    for (const rule of this.#rules) rule.reset('progress')
  }

  #ask(question: (rule: Rule) => Finding | null): readonly Alarm[] {
    let alarms: Alarm[] | null = null
    for (const rule of this.#rules) {
      const finding = question(rule)
      if (finding === null || (rule.name === 'generic' && !this.#isSuspect())) continue
      // Beside strong evidence a weak sign says nothing new.
      if (finding.strength === 'weak' && this.#isStuck() && rule.name !== 'generic') continue
      const count = this.#news(rule.family, finding)
      if (count === null) continue
      if (rule.name === 'corrections') this.#repeated = true
      alarms ??= []
      alarms.push(this.#alarm(rule, finding, count))
    }
    return alarms ?? []
  }

  /** How much a span counts when that is news: at its beginning, when it has become strong, and whenever there is twice
   *  as much as was told. Null: nothing new. */
  #news(family: string, { strength, actions }: Finding): number | null {
    const span = this.#spans.get(family)
    const open = span !== undefined && this.#nextA - span.lastA <= QUIET
    if (!open) {
      const count = actions.length
      this.#spans.set(family, { lastA: this.#nextA, strength, count, told: Math.max(count, LEAST_TOLD) })
      return count
    }
    if (span.lastA !== this.#nextA) span.count = Math.max(span.count + 1, actions.length)
    span.lastA = this.#nextA
    const stronger = span.strength === 'weak' && strength === 'strong'
    if (stronger) span.strength = 'strong'
    const weaker = span.strength === 'strong' && strength === 'weak'
    if (!stronger && (weaker || span.count < span.told * 2)) return null
    span.told = span.count
    return span.count
  }

  #alarm(
    { name, family, symptom }: Pick<Rule, 'name' | 'family' | 'symptom'>,
    finding: Finding,
    count = finding.actions.length,
  ): Alarm {
    const actions = finding.actions.map(({ a }) => a)
    const first = actions[0]
    this.#lastAlarm = this.#nextA
    if (finding.strength === 'strong' && first !== undefined) this.#firstAlarm ??= first
    return {
      a: Math.max(0, this.#last === null ? this.#nextA - 1 : Math.max(this.#last.a, actions.at(-1) ?? 0)),
      symptom,
      rule: name,
      family,
      strength: finding.strength,
      evidence: {
        signature: finding.signature,
        count,
        actions,
        turns: [...new Set(finding.actions.map(({ turn }) => turn))],
        text: count > actions.length ? `${finding.text}; ${count} in all.` : `${finding.text}.`,
        tried: [...new Set(finding.actions.map(({ label }) => label))]
          .filter((label) => label !== '')
          .slice(-TRIED),
      },
    }
  }

  #isSuspect(): boolean {
    return this.#lastAlarm !== null && this.#nextA - this.#lastAlarm <= NEAR
  }

  #isStuck(): boolean {
    for (const { lastA, strength } of this.#spans.values()) {
      if (strength === 'strong' && this.#nextA - lastA <= QUIET) return true
    }
    return false
  }
}

/** Everything a detector says of a trace, in one go. */
export function diagnoseTrace(events: Iterable<TraceEvent>, options: DetectorOptions = {}): Diagnosis {
  const detector = new Detector(options)
  const alarms: Alarm[] = []
  for (const event of events) alarms.push(...detector.note(event))
  const { activity, best, actions, turns } = detector
  return { alarms, activity, best, actions, turns, pollutedSince: detector.pollutedSince() }
}

function activityAfter(action: Action): Activity {
  if (action.state === 'infrastructure') return 'infrastructure'
  if (action.state === 'refused') return 'waiting for the operator'
  return action.poll ? 'polling' : 'working'
}

/** Messages that a program wrote in the operator's name: notices of tools, summaries, commands of the agent's own. */
function isMachine(text: string): boolean {
  return /^\s*(<|\[request interrupted|this session is being continued|caveat:|stop hook|base directory for this skill|# )/i.test(
    text.slice(0, 200),
  )
}

/** Which calls were made at once: as the recorder says; else those with no result between, or in faster succession than an answer takes. */
class Batches {
  #current = 0
  #name: string | null = null
  #divided = true
  /** The last thing was a call, so that the next one did not wait for its result. */
  #calling = false
  #endedAt: number | null = null

  divide(): void {
    this.#divided = true
    this.#calling = false
  }

  ended({ ts }: TraceResult): void {
    this.#calling = false
    this.#endedAt = time(ts)
  }

  of({ batch, ts }: TraceCall): number {
    const named = batch ?? null
    const now = time(ts)
    const swift =
      now !== null && this.#endedAt !== null && now - this.#endedAt < TOGETHER_MS && !this.#divided
    const together = named === null ? this.#calling || swift : named === this.#name
    if (!together) this.#current++
    this.#name = named
    this.#divided = false
    this.#calling = true
    return this.#current
  }
}

function time(ts: string | null | undefined): number | null {
  if (ts === undefined || ts === null) return null
  const value = Date.parse(ts)
  return Number.isNaN(value) ? null : value
}
