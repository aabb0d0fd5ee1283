// What was decided in a turn and lost with it: the daemon was killed before the turn's result was written down. The ladder
// remembers that something is due, and the log remembers why.
import * as v from 'valibot'
import { FACTS } from '../../contract/facts.ts'
import type { Ladder } from '../../health/ladder.ts'
import { nudgeText } from '../../health/nudge.ts'
import type { Store } from '../../store/store.ts'
import { isFromOutside } from '../session/next.ts'
import type { TurnInput } from '../session/turn/input.ts'
import type { HealthAdvice } from './advice.ts'
import { storedLadder } from './log.ts'
import { healthPolicy } from './policy.ts'

type Opened = Pick<TurnInput, 'session' | 'attempt' | 'prompt'>

/** What takes the place of a turn because it was decided in this attempt and never carried out; null: nothing. */
export function lostAdvice(store: Store, { session, attempt, prompt }: Opened): HealthAdvice | null {
  const { pending } = storedLadder(store, session.stream)
  // A word from outside is an answer to it.
  if (pending === null || isFromOutside(prompt)) return null
  const policy = healthPolicy(session.run.plan)
  if (policy[pending] !== 'auto') return null
  const why = pending === 'reset' ? resetDue(store, session, attempt) : endDue(store, session, attempt)
  if (why === null) return null
  if (pending === 'abandon') return { kind: 'abandon', cut: true, auto: true, why }
  return { kind: 'reset', cut: true, reason: 'stuck', why }
}

/** The ladder without a reset that waits for nobody: it was decided in an attempt that is over by now. */
export function withoutLostReset(ladder: Ladder, { session }: Pick<TurnInput, 'session'>): Ladder {
  if (ladder.pending !== 'reset' || healthPolicy(session.run.plan).reset === 'ask') return ladder
  return { ...ladder, pending: null, rung: ladder.alarms.length > 0 ? 'nudge' : 'watch' }
}

/** The nudge that was decided in a turn that a crash cut off before the agent was told; null: none. */
export function lostNudge(store: Store, { session }: Pick<TurnInput, 'session'>): string | null {
  const types = ['health.ladder', 'health.nudged', 'turn.ended']
  let nudgedAt: number | null = null
  let lost: Ladder | null = null
  for (const { type, data } of store.events({ stream: session.stream, types })) {
    if (type !== 'health.ladder') {
      // A turn that has ended hands on what was decided in it.
      lost = null
      continue
    }
    const { ladder } = v.parse(FACTS['health.ladder'], data)
    if (ladder.nudgedAt === null) lost = null
    else if (ladder.nudgedAt !== nudgedAt) lost = ladder
    nudgedAt = ladder.nudgedAt
  }
  const alarm = lost?.alarms.at(-1)
  return alarm === undefined || healthPolicy(session.run.plan).nudge !== 'auto' ? null : nudgeText([alarm])
}

function resetDue(store: Store, { stream }: TurnInput['session'], attempt: number): string | null {
  let why: string | null = null
  for (const { data } of store.events({ stream, types: ['health.reset-due'] })) {
    const due = v.parse(FACTS['health.reset-due'], data)
    if (due.attempt === attempt && due.reason === 'stuck') why = due.why
  }
  return why
}

function endDue(store: Store, { stream }: TurnInput['session'], attempt: number): string | null {
  let why: string | null = null
  for (const { data } of store.events({ stream, types: ['health.proposed'] })) {
    const proposed = v.parse(FACTS['health.proposed'], data)
    if (proposed.attempt === attempt && proposed.what === 'abandon') why = proposed.reasons.join(' ')
  }
  return why
}
