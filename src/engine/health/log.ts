// What the log remembers of a session's health: where it stands on the ladder, and what the operator has said to alarms.
import * as v from 'valibot'
import type { Alarm, HealthWord } from '../../contract/health.ts'
import { FACTS, type FactData } from '../../contract/facts.ts'
import { tolerancesAt, type Tolerance, type ToleranceEvent } from '../../health/tolerance.ts'
import { FIRST_RUNG, ladderAfter, type Ladder, type Tolerances } from '../../health/ladder.ts'
import type { Store } from '../../store/store.ts'

/** A ladder as a fact holds it. */
export function storable(ladder: Ladder): FactData<'health.ladder'>['ladder'] {
  return { ...ladder, alarms: ladder.alarms.map(storableAlarm) }
}

/** An alarm as a fact holds it. */
export function storableAlarm(alarm: Alarm): Alarm {
  return { ...alarm, evidence: { ...alarm.evidence } }
}

/** The ladder after everything that the log holds. */
export function storedLadder(store: Store, stream: string): Ladder {
  let ladder: Ladder = FIRST_RUNG
  for (const { type, data } of store.events({ stream, types: ['health.ladder', 'health.answered'] })) {
    if (type === 'health.ladder') ladder = v.parse(FACTS['health.ladder'], data).ladder
    else ladder = withAnswer(ladder, v.parse(FACTS['health.answered'], data).answer)
  }
  return ladder
}

/** Everything that the operator has said to a session's alarms, oldest first. */
export function storedAnswers(store: Store, stream: string): readonly HealthWord[] {
  return [...store.events({ stream, types: ['health.answered'] })].map(
    ({ data }) => v.parse(FACTS['health.answered'], data).answer,
  )
}

/** The ladder after a word of the operator. A reset or an end moves it only when it is carried out. */
export function withAnswer(ladder: Ladder, answer: HealthWord): Ladder {
  if (answer === 'not-stuck') return answered(ladder)
  if (answer !== 'nudge') return ladder
  return ladderAfter(ladder, { kind: 'answer', a: lastAction(ladder), answer, rule: null }).ladder
}

/** "Not stuck": all alarms are answered, and nothing is proposed any more. */
export function answered(ladder: Ladder): Ladder {
  const a = lastAction(ladder)
  return ladderAfter(ladder, { kind: 'answer', a, answer: 'not stuck', rule: null }).ladder
}

/** The last action that the ladder knows of. */
export function lastAction(ladder: Ladder): number {
  return ladder.alarms.at(-1)?.a ?? 0
}

/** How many each rule must count in this repository at `now` (milliseconds since 1970). */
export function storedTolerances(store: Store, now = Date.now()): Tolerances {
  return Object.fromEntries(toleratedRules(store, now).map(({ rule, count }) => [rule, count]))
}

/** What this repository tolerates, learned from every "not stuck" of every run, less what has faded or was forgotten. */
export function toleratedRules(store: Store, now: number): readonly Tolerance[] {
  return tolerancesAt(toleranceEvents(store), now)
}

function* toleranceEvents(store: Store): Generator<ToleranceEvent> {
  for (const { type, at, data } of store.events({ types: ['health.answered', 'health.forgotten'] })) {
    if (type === 'health.forgotten') {
      yield { kind: 'forgotten', at, rule: v.parse(FACTS['health.forgotten'], data).rule }
      continue
    }
    const { answer, rules } = v.parse(FACTS['health.answered'], data)
    if (answer === 'not-stuck') yield { kind: 'not stuck', at, rules }
  }
}

/** Believes a rule again from its own threshold on, whatever "not stuck" was said before; null: every rule. */
export function forgetTolerance(
  store: Store,
  rule: string | null,
): { readonly forgotten: readonly string[] } {
  const now = Date.now()
  const forgotten = toleratedRules(store, now)
    .map((tolerance) => tolerance.rule)
    .filter((known) => rule === null || known === rule)
  if (forgotten.length > 0) {
    const data = { rule }
    store.append({
      stream: 'repository/health',
      key: `health.forgotten:${now}:${rule ?? ''}`,
      type: 'health.forgotten',
      data,
    })
  }
  return { forgotten }
}

/** All alarms of a session, oldest first, with the attempt that raised them. */
export function storedAlarms(
  store: Store,
  stream: string,
): readonly { readonly attempt: number; readonly turn: number; readonly alarm: Alarm }[] {
  return [...store.events({ stream, types: ['health.alarm'] })].map(({ data }) =>
    v.parse(FACTS['health.alarm'], data),
  )
}

/** Whether an attempt leaves something by which the next can do otherwise: ways that failed, or a word from outside. */
export function hasLearned(store: Store, stream: string, attempt: number): boolean {
  const strong = storedAlarms(store, stream).some(
    (one) => one.attempt === attempt && one.alarm.strength === 'strong',
  )
  if (strong) return true
  for (const { data } of store.events({ stream, types: ['turn.started'] })) {
    const { attempt: of, prompt } = v.parse(FACTS['turn.started'], data)
    if (of === attempt && (prompt === 'operator' || prompt === 'handback')) return true
  }
  return false
}
