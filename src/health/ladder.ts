// The ladder from `ok` to `abandon` as an explicit machine. An alarm says "look", not "dead": on unseen runs alarms did
// not predict failure, so alarms alone never end an attempt for good. Weak alarms only mark. The first strong one leads
// to a nudge. Nothing but two independent families leads beyond that: a context over its limit, or compacted within the
// last 15 actions, only lowers the thresholds of the rules (`isWatchful`). What a full context asks for is a policy of
// its own, at the end of a turn (resets.ts). To abandon is proposed for what no rule has found: three fix iterations
// without a new best state after a reset, a second reset with nothing changed, or a correction that the operator had to
// repeat; or the operator says so. Pure: a reducer.
import type { Alarm, Rung } from '../contract/health.ts'

/** Actions after a compaction in which the rules are to look closer. */
const AFTER_COMPACTION = 15

/** Actions after which an alarm no longer counts together with another: evidence decays. */
const ALARM_LASTS = 100

/** Actions that a nudge is given to work before the same family leads to another one. */
const NUDGE_WORKS = 15
const MOST_NUDGES = 2
const FIX_ITERATIONS = 3
/** Repeated corrections that end it: fewer once a new conversation has not helped. */
const MISUNDERSTANDINGS = { afterReset: 2, before: 3 }
const ALARMS_KEPT = 20
/** Actions remembered of a rule that speaks again and again. */
const ACTIONS_KEPT = 64
/** Fewest actions that each rule can speak of; fewer, where its evidence has fewer. */
const LEAST: Readonly<Record<string, number>> = {
  constraint: 1,
  corrections: 2,
  editOscillation: 2,
  treeSeen: 2,
  searchChurn: 4,
  absentPlaces: 4,
  rewriteChurn: 4,
  failDensity: 5,
}
const LEAST_OF_OTHERS = 3

/** How many a rule must count in this repository before it is believed again, by rule; learned from "not stuck". */
export type Tolerances = Readonly<Record<string, number>>

export interface Ladder {
  readonly rung: Rung
  /** Strong alarms that still count, oldest first. */
  readonly alarms: readonly Alarm[]
  /** Last weak mark; null when it has faded. */
  readonly markedAt: number | null
  /** Nudges sent since the last progress or reset. */
  readonly nudges: number
  readonly nudgedAt: number | null
  readonly resets: number
  /** Resets after which nothing was different: at most one. */
  readonly unchanged: number
  readonly compactedAt: number | null
  readonly overLimit: boolean
  /** Fix iterations without a new best state since the last reset or progress. */
  readonly iterations: number
  /** Corrections said again since the last reset. */
  readonly misunderstandings: number
  /** A reset or an end that was advised and not yet carried out or refused. */
  readonly pending: 'reset' | 'abandon' | null
}

/** At the start of a session. It outlives its attempts. */
export const FIRST_RUNG: Ladder = {
  rung: 'ok',
  alarms: [],
  markedAt: null,
  nudges: 0,
  nudgedAt: null,
  resets: 0,
  unchanged: 0,
  compactedAt: null,
  overLimit: false,
  iterations: 0,
  misunderstandings: 0,
  pending: null,
}

export const LADDER_ANSWERS = ['nudge', 'reset', 'abandon', 'not stuck'] as const
export type LadderAnswer = (typeof LADDER_ANSWERS)[number]

/** `a`: index of the action at which it happened; actions count through all attempts of the session. */
export type LadderEvent =
  | { readonly kind: 'alarm'; readonly alarm: Alarm }
  | { readonly kind: 'utilisation'; readonly a: number; readonly over: boolean }
  | { readonly kind: 'compaction'; readonly a: number }
  /** A new best state. */
  | { readonly kind: 'progress'; readonly a: number }
  /** Something was changed and checked, and it was no new best state. */
  | { readonly kind: 'fix iteration'; readonly a: number }
  /** The operator corrected the same thing again. */
  | { readonly kind: 'misunderstanding'; readonly a: number }
  | { readonly kind: 'nudged'; readonly a: number }
  /** `changed`: failed approaches listed, scope cut, or another agent. */
  | { readonly kind: 'reset'; readonly a: number; readonly changed: boolean }
  /** A reset is due, and the next attempt would begin as this one did. */
  | { readonly kind: 'nothing to change'; readonly a: number }
  | { readonly kind: 'turn ended'; readonly a: number }
  /** The attempt takes longer than those that landed here. */
  | { readonly kind: 'over budget'; readonly a: number }
  /** `rule`: what "not stuck" is about; null: all alarms that count. */
  | {
      readonly kind: 'answer'
      readonly a: number
      readonly answer: LadderAnswer
      readonly rule: string | null
    }

export type Advice =
  | { readonly kind: 'nudge'; readonly reasons: readonly string[]; readonly alarms: readonly Alarm[] }
  | { readonly kind: 'reset'; readonly reasons: readonly string[]; readonly alarms: readonly Alarm[] }
  | {
      readonly kind: 'abandon'
      readonly reasons: readonly string[]
      readonly alarms: readonly Alarm[]
      /** Shown to the operator, who decides; false only when the operator has decided. */
      readonly proposed: boolean
    }

export interface LadderStep {
  readonly ladder: Ladder
  /** What to do now; null: nothing. */
  readonly advice: Advice | null
}

export interface LadderRules {
  /** This repository's. */
  readonly tolerances?: Tolerances
  /** False: no way leads to a reset, and what would be ground for one is ground for a nudge. */
  readonly resets?: boolean
}

/** One step. */
export function ladderAfter(ladder: Ladder, event: LadderEvent, rules: LadderRules = {}): LadderStep {
  switch (event.kind) {
    case 'alarm':
      return afterAlarm(faded(ladder, event.alarm.a), event.alarm, rules)
    case 'utilisation':
      return stay(afterUtilisation(faded(ladder, event.a), event))
    case 'compaction':
      return stay({ ...faded(ladder, event.a), compactedAt: event.a })
    case 'progress':
      return stay(afterProgress(ladder))
    case 'fix iteration':
      return afterIteration(faded(ladder, event.a))
    case 'misunderstanding':
      return afterMisunderstanding(faded(ladder, event.a))
    case 'nudged':
      return stay(afterNudge(ladder, event.a))
    case 'reset':
      return stay(afterReset(ladder, event.changed))
    case 'nothing to change':
      return afterNothingToChange(ladder)
    case 'turn ended':
      return stay(faded(ladder, event.a))
    case 'over budget':
      return stay(marked(faded(ladder, event.a), event.a))
    case 'answer':
      return afterAnswer(ladder, event)
  }
}

/** Whether the rules are to look closer at action `a`: something was seen, the context is full or was just compacted. */
export function isWatchful({ rung, overLimit, compactedAt }: Ladder, a: number): boolean {
  const compacted = compactedAt !== null && a >= compactedAt && a - compactedAt <= AFTER_COMPACTION
  return rung !== 'ok' || overLimit || compacted
}

function marked(ladder: Ladder, a: number): Ladder {
  return { ...ladder, rung: higher(ladder.rung, 'watch'), markedAt: a }
}

function stay(ladder: Ladder): LadderStep {
  return { ladder, advice: null }
}

const ORDER: Readonly<Record<Rung, number>> = { ok: 0, watch: 1, nudge: 2, reset: 3, abandon: 4 }

function higher(left: Rung, right: Rung): Rung {
  return ORDER[left] >= ORDER[right] ? left : right
}

/** Drops what is too long ago; a rung that rests on nothing any more is left. */
function faded(ladder: Ladder, a: number): Ladder {
  const alarms = ladder.alarms.filter((alarm) => a - alarm.a <= ALARM_LASTS)
  const markedAt = ladder.markedAt !== null && a - ladder.markedAt <= ALARM_LASTS ? ladder.markedAt : null
  if (ladder.pending !== null || alarms.length > 0) return { ...ladder, alarms, markedAt }
  const rung = markedAt !== null || ladder.overLimit ? 'watch' : 'ok'
  return { ...ladder, alarms, markedAt, rung, nudges: 0, nudgedAt: null }
}

function afterAlarm(
  ladder: Ladder,
  alarm: Alarm,
  { tolerances = {}, resets = true }: LadderRules,
): LadderStep {
  const tolerated = alarm.evidence.count < (tolerances[alarm.rule] ?? 0)
  if (alarm.strength === 'weak' || tolerated) return stay(marked(ladder, alarm.a))
  const known = ladder.alarms.filter(({ rule }) => rule !== alarm.rule)
  const whole = withEarlier(alarm, ladder.alarms)
  const next: Ladder = { ...ladder, alarms: [...known, whole].slice(-ALARMS_KEPT) }
  const other = known.findLast(
    (one) => isIndependent(one, whole) && standsWithout(one, alarm, ladder.nudgedAt),
  )
  if (resets && other !== undefined && next.pending === null) {
    return adviseReset(next, [`${other.evidence.text} And independently of that: ${alarm.evidence.text}`])
  }
  const nudge: LadderStep = {
    ladder: { ...next, rung: higher(next.rung, 'nudge') },
    advice: { kind: 'nudge', reasons: [alarm.evidence.text], alarms: [alarm] },
  }
  const rests = next.nudgedAt !== null && alarm.a - next.nudgedAt < NUDGE_WORKS
  // A reset that waits for the operator is no reason to be silent; an end that does is.
  const silent = rests || next.nudges >= MOST_NUDGES || next.pending === 'abandon'
  return silent ? stay(nudge.ladder) : nudge
}

/** An alarm with the actions that its rule has spoken of before. */
function withEarlier(alarm: Alarm, known: readonly Alarm[]): Alarm {
  const earlier = known.findLast(({ rule }) => rule === alarm.rule)?.evidence.actions ?? []
  const actions = [...new Set([...earlier, ...alarm.evidence.actions])].slice(-ACTIONS_KEPT)
  return { ...alarm, evidence: { ...alarm.evidence, actions } }
}

/** Whether an alarm would have been raised had the actions of the other one, and those before the nudge, not been: what
 *  the agent did before it was told is no evidence that telling it was in vain. */
function standsWithout(one: Alarm, { rule, evidence }: Alarm, nudgedAt: number | null): boolean {
  const taken = new Set(one.evidence.actions)
  const left = evidence.actions.filter((a) => !taken.has(a) && (nudgedAt === null || a > nudgedAt))
  return left.length >= Math.min(LEAST[rule] ?? LEAST_OF_OTHERS, Math.max(1, evidence.actions.length))
}

/** Two rules that read the same actions tell one thing twice, whatever their families. */
function isIndependent(one: Alarm, other: Alarm): boolean {
  if (one.family === other.family) return false
  const [fewer, more] = [one.evidence.actions, other.evidence.actions].toSorted((a, b) => a.length - b.length)
  const known = new Set(more)
  const common = fewer?.filter((action) => known.has(action)).length ?? 0
  return common === 0 || common * 2 < (fewer?.length ?? 0)
}

function afterNudge(ladder: Ladder, a: number): Ladder {
  return { ...ladder, rung: higher(ladder.rung, 'nudge'), nudges: ladder.nudges + 1, nudgedAt: a }
}

function adviseReset(ladder: Ladder, reasons: readonly string[]): LadderStep {
  return {
    ladder: { ...ladder, rung: higher(ladder.rung, 'reset'), pending: 'reset' },
    advice: { kind: 'reset', reasons, alarms: ladder.alarms },
  }
}

function adviseAbandon(ladder: Ladder, reasons: readonly string[]): LadderStep {
  if (ladder.pending === 'abandon') return stay(ladder)
  return {
    ladder: { ...ladder, rung: 'abandon', pending: 'abandon' },
    advice: { kind: 'abandon', reasons, alarms: ladder.alarms, proposed: true },
  }
}

/** Over the limit marks, and lowers thresholds. */
function afterUtilisation(ladder: Ladder, event: { readonly a: number; readonly over: boolean }): Ladder {
  const next: Ladder = { ...ladder, overLimit: event.over }
  return event.over ? marked(next, event.a) : next
}

/** The rung that what is left rests on, when nothing is pending. */
function settled(ladder: Ladder): Ladder {
  const marks = ladder.markedAt !== null || ladder.overLimit
  const rung: Rung = ladder.alarms.length > 0 ? 'nudge' : marks ? 'watch' : 'ok'
  return { ...ladder, rung, iterations: 0, misunderstandings: 0 }
}

/** A new best state answers every alarm and every proposal. */
function afterProgress(ladder: Ladder): Ladder {
  return {
    ...ladder,
    rung: ladder.overLimit ? 'watch' : 'ok',
    alarms: [],
    markedAt: null,
    nudges: 0,
    nudgedAt: null,
    iterations: 0,
    pending: null,
  }
}

function afterIteration(ladder: Ladder): LadderStep {
  if (ladder.resets === 0) return stay(ladder)
  const iterations = ladder.iterations + 1
  const next = { ...ladder, iterations }
  if (iterations < FIX_ITERATIONS) return stay(next)
  return adviseAbandon(next, [
    `${iterations} attempts at a fix since the reset, and none came further than before.`,
  ])
}

/** The operator's word and no rule's finding: it ends what a new conversation did not mend, or what goes on for too long. */
function afterMisunderstanding(ladder: Ladder): LadderStep {
  const misunderstandings = ladder.misunderstandings + 1
  const next = { ...ladder, misunderstandings, rung: higher(ladder.rung, 'watch') }
  const most = ladder.resets > 0 ? MISUNDERSTANDINGS.afterReset : MISUNDERSTANDINGS.before
  if (misunderstandings < most) return stay(next)
  return adviseAbandon(next, [`The operator had to repeat a correction ${misunderstandings} times.`])
}

/** An unchanged re-run after a failure succeeds with a probability of 0.05 to 0.17: a second one is not offered. */
function afterNothingToChange(ladder: Ladder): LadderStep {
  if (ladder.unchanged === 0) return stay(ladder)
  return adviseAbandon(ladder, ['The piece was restarted unchanged once, and nothing is left to change.'])
}

function afterReset(ladder: Ladder, changed: boolean): Ladder {
  return {
    ...FIRST_RUNG,
    resets: ladder.resets + 1,
    unchanged: ladder.unchanged + (changed ? 0 : 1),
  }
}

function afterAnswer(
  ladder: Ladder,
  { a, answer, rule }: Extract<LadderEvent, { kind: 'answer' }>,
): LadderStep {
  const { alarms } = ladder
  const reasons = ['The operator said so.']
  if (answer === 'nudge') {
    const told = settled({ ...ladder, pending: null })
    return { ladder: afterNudge(told, a), advice: { kind: 'nudge', reasons, alarms } }
  }
  if (answer === 'reset') {
    const next: Ladder = { ...ladder, rung: 'reset', pending: 'reset' }
    return { ladder: next, advice: { kind: 'reset', reasons, alarms } }
  }
  if (answer === 'abandon') {
    const next: Ladder = { ...ladder, rung: 'abandon', pending: 'abandon' }
    return { ladder: next, advice: { kind: 'abandon', reasons, alarms, proposed: false } }
  }
  const left = rule === null ? [] : alarms.filter((alarm) => alarm.rule !== rule)
  return stay(settled(faded({ ...ladder, alarms: left, markedAt: null, pending: null }, a)))
}
