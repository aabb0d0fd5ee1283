// Strategic resets: when a new attempt is due although nothing is broken. Each policy can be switched off. They apply at
// the end of a turn, or before a prompt that has not reached the agent; a turn is never cut short. Pure: the time is
// handed in.
import type { HandoffReason } from '../contract/handoff.ts'
import { contentWords, wordOverlap } from './words.ts'

const MINUTES_PER_DAY = 24 * 60

/** Below this overlap with all that was spoken of before, a prompt of some length is about something else. */
const OTHER_TOPIC = 0.05

/** Shorter prompts ("go on", "and now the tests") say nothing about the topic. */
const TOPIC_WORDS = 8

export interface ResetPolicies {
  /** After a phase of the plan, or a checkpoint that the agent reports. */
  readonly phase: boolean
  /** After so many failing actions without a new best state; null: off. */
  readonly errors: number | null
  readonly topic: boolean
  /** Minute of the local day at which a new day begins; null: off. */
  readonly daily: number | null
  readonly utilisation: boolean
}

export const DEFAULT_RESET_POLICIES: ResetPolicies = {
  phase: true,
  errors: 20,
  topic: false,
  daily: null,
  utilisation: true,
}

/** An attempt between two prompts. */
interface Between {
  /** Local minutes since any fixed midnight. */
  readonly startedAt: number
  readonly now: number
  /** Actions of this attempt: one that has done nothing yet has nothing to hand on. */
  readonly actions: number
}

/** The attempt at the end of a turn. */
export interface AttemptState extends Between {
  /** Phase that was completed in this turn; null: none. */
  readonly phaseCompleted: string | null
  readonly failuresSinceBest: number
  /** Limits that are reached, as the gauge words them. */
  readonly limitsReached: readonly string[]
}

/** The attempt before a prompt. */
export interface PromptState extends Between {
  /** What the operator says with it. */
  readonly words: readonly string[]
  /** What was spoken of before. */
  readonly earlier: readonly string[]
}

export interface DueReset {
  readonly reason: Extract<HandoffReason, 'phase' | 'errors' | 'topic' | 'daily' | 'utilisation'>
  /** One sentence for the operator and the handoff. */
  readonly why: string
}

/** All resets that are due at the end of a turn, most urgent first; empty: none. */
export function dueAtEnd(policies: ResetPolicies, state: AttemptState): readonly DueReset[] {
  if (state.actions === 0) return []
  const found: DueReset[] = []
  if (policies.utilisation && state.limitsReached.length > 0) {
    found.push({ reason: 'utilisation', why: state.limitsReached.join(' ') })
  }
  if (policies.errors !== null && state.failuresSinceBest >= policies.errors) {
    const why = `${state.failuresSinceBest} actions failed since the best state so far.`
    found.push({ reason: 'errors', why })
  }
  if (policies.phase && state.phaseCompleted !== null) {
    found.push({ reason: 'phase', why: `The phase "${state.phaseCompleted}" is complete.` })
  }
  return [...found, ...newDay(policies, state)]
}

/** The reset that is due before a prompt reaches the agent; null: none. */
export function dueBefore(policies: ResetPolicies, state: PromptState): DueReset | null {
  if (state.actions === 0) return null
  if (policies.topic && state.words.some((text) => isOtherTopic(text, state.earlier))) {
    return { reason: 'topic', why: 'The operator speaks of something else than all before.' }
  }
  return newDay(policies, state)[0] ?? null
}

function newDay({ daily }: ResetPolicies, { startedAt, now }: Between): readonly DueReset[] {
  if (daily === null || dayOf(startedAt, daily) >= dayOf(now, daily)) return []
  return [{ reason: 'daily', why: 'A new day has begun since the attempt started.' }]
}

function dayOf(minute: number, boundary: number): number {
  return Math.floor((minute - boundary) / MINUTES_PER_DAY)
}

/** Whether a prompt shares next to nothing with what was spoken of before. */
export function isOtherTopic(prompt: string, earlier: readonly string[]): boolean {
  if (earlier.length === 0 || contentWords(prompt).size < TOPIC_WORDS) return false
  const paths = [...contentWords(prompt)].filter((word) => word.includes('/'))
  if (earlier.some((text) => paths.some((path) => text.toLowerCase().includes(path)))) return false
  return earlier.every((text) => wordOverlap(prompt, text) < OTHER_TOPIC)
}
