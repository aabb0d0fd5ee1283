// What every rule is. A rule sees actions, narration and operator messages in their order, keeps a bounded memory of
// them, and says when what it looks for is there, with the evidence. It knows nothing of other rules: the detector
// decides what becomes an alarm. Rules of one family prove one thing; two families are independent evidence.
import type { Alarm, Symptom } from '../../contract/health.ts'
import type { Step } from '../progress.ts'
import type { Action } from './action.ts'

type Strength = Alarm['strength']

export interface Finding {
  readonly signature: string | null
  /** What the count in the sentence is of, oldest first. */
  readonly actions: readonly Seen[]
  /** One sentence without full stop: "4 runs, same failure". */
  readonly text: string
  readonly strength: Strength
}

/** One while the session is watched: thresholds of four and more are one lower then. Two of a kind are never a loop. */
export type Slack = 0 | 1

/** An action as evidence remembers it. */
export interface Seen {
  readonly a: number
  readonly turn: number
  readonly label: string
}

export interface Operator {
  readonly text: string
  readonly turn: number
  /** Index of the action that comes next. */
  readonly a: number
}

export interface Narration extends Operator {
  /** The reply it is part of; null when the recorder does not say. */
  readonly message: string | null
}

export interface Rule {
  readonly name: string
  readonly family: string
  readonly symptom: Symptom
  /** A finished action, and what it did to the state of the work. `slack`: how much less than usual is enough. */
  action?(action: Action, step: Step, slack: Slack): Finding | null
  say?(narration: Narration): Finding | null
  user?(message: Operator): Finding | null
  tree?(tree: { hash: string; seen: Seen; moved: boolean }): Finding | null
  /** A new best state, or everything that was known is gone (compaction): begin anew. */
  reset(why: 'progress' | 'compaction'): void
  /** Things remembered: bounded, whatever the length of the session. */
  size(): number
}

/** An action as evidence. */
export function seen({ a, turn, label }: Action): Seen {
  return { a, turn, label }
}

/** How many different batches: calls made at once have one vote. */
export function votes(entries: readonly { readonly batch: number }[]): number {
  let count = 0
  let last = -1
  for (const { batch } of entries) {
    if (batch === last) continue
    count++
    last = batch
  }
  return count
}

/** Adds to the end, and drops from the start whatever is too much. */
export function push<T>(list: T[], item: T, most: number): void {
  list.push(item)
  if (list.length > most) list.splice(0, list.length - most)
}

/** Sets a key as the youngest, and drops the oldest ones. */
export function remember<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= most) return
  const oldest = map.keys().next()
  if (!oldest.done) map.delete(oldest.value)
}

/** An output of another length says something else as well (a log, a trace), though the error is the same: that is looking into it. */
export function isAsLong(before: number, now: number, share = 0.05): boolean {
  return Math.abs(before - now) <= 20 + before * share
}
