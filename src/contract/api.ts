// The daemon's API: HTTP on loopback with a bearer token. Requests are validated with these schemas; answers are
// `{schema, ok, data | error}`.
import * as v from 'valibot'
import type { ErrorData } from './errors.ts'
import { HEALTH_WORDS } from './health.ts'
import { SpendRaise } from './spend.ts'

const Text = v.pipe(v.string(), v.nonEmpty())

export const StartRunRequest = v.strictObject({
  /** Name of a plan under .quintet/plans, or a path. */
  plan: Text,
  rehearse: v.optional(v.boolean(), false),
  /** Continue an unfinished run of the same plan instead of refusing. */
  fresh: v.optional(v.boolean(), false),
})
export const DecideRequest = v.strictObject({ text: Text })
export const AnswerRequest = v.strictObject({ question: v.optional(Text), answer: v.string() })
export const ReasonRequest = v.strictObject({ reason: Text })
export const RetryRequest = v.strictObject({ reason: Text, budget: v.optional(SpendRaise) })
export const HealthAnswerRequest = v.strictObject({
  answer: v.picklist(HEALTH_WORDS),
  /** Empty: none given. */
  reason: v.string(),
})
/** `rule` null: what is tolerated of every rule. */
export const ForgetRequest = v.strictObject({ rule: v.nullable(Text) })
/** What the operator can do about paths that a session asks for. */
export const SCOPE_WORDS = ['grant', 'hand', 'refuse'] as const
export type ScopeWord = (typeof SCOPE_WORDS)[number]

/** No path: everything the session has asked for and nobody has decided on. */
export const ScopeMoveRequest = v.strictObject({
  paths: v.pipe(v.array(v.pipe(Text, v.maxLength(1_000))), v.maxLength(100)),
  reason: v.string(),
})
export const CleanRequest = v.strictObject({
  run: v.optional(Text),
  dryRun: v.optional(v.boolean(), false),
  /** Also worktrees that agents have left outside of ours. */
  foreign: v.optional(v.boolean(), false),
})

/** What became of some paths that a session asked for, or that were found on its branch. */
export interface ScopeOutcomeItem {
  /** Number of the request. */
  readonly n: number
  readonly paths: readonly string[]
  readonly outcome: 'granted' | 'refused' | 'handed'
  /** Who owned them; `operator` for a shared file, null for nobody. */
  readonly owner: string | null
  /** Piece that owns them now, or is to make the change. */
  readonly to?: string
  /** File with what was taken off the branch; absolute. */
  readonly patch?: string
  /** What a session at work loses with a folder; absent when it is no more than one file. */
  readonly loss?: ScopeLoss
}

/** What goes with a folder that moves. */
export interface ScopeLoss {
  /** Piece that owned it until now. */
  readonly from: string
  /** Nothing is left that it may write. */
  readonly whole: boolean
  /** Tracked files of it that move. */
  readonly count: number
  /** The first of them. */
  readonly files: readonly string[]
}

/** How one thing was cleaned, or why it was kept. */
export interface CleanItem {
  readonly what: string
  /** `removable`: a dry run would be followed by its removal. */
  readonly outcome: 'removed' | 'removable' | 'kept' | 'busy' | 'half'
  readonly reason?: string
  readonly backup?: string
  /** What shows that nothing is lost, one sentence each. */
  readonly proof?: readonly string[]
}

export type Answer<T> =
  | { readonly schema: number; readonly ok: true; readonly data: T }
  | { readonly schema: number; readonly ok: false; readonly error: ErrorData }

export interface DaemonInfo {
  readonly pid: number
  readonly version: string
  readonly startedAt: number
  readonly repository: string
}

/** One message of the event stream. Only facts have a sequence number; live output is not stored. `ending` is the last
 *  one of a daemon that was told to end; one that dies says nothing. */
export type StreamMessage =
  | {
      readonly kind: 'fact'
      readonly seq: number
      readonly stream: string
      readonly type: string
      readonly at: number
      readonly data: unknown
    }
  | { readonly kind: 'activity'; readonly session: string; readonly text: string }
  | { readonly kind: 'ending' }
