// The warm pool as it is asked for and shown: workspaces that are made before a session wants them.
import * as v from 'valibot'

const Text = v.pipe(v.string(), v.nonEmpty())
/** More at once than one machine has use for. */
export const MOST_SLOTS = 64

/** Asks for workspaces ahead. `check`: a plan was checked, and they are made where that pays. `fill`: a person wants them. */
export const PoolRequest = v.strictObject({
  by: v.picklist(['check', 'fill']),
  /** Name of a plan under .quintet/plans, or a path; absent: the default base, for no plan. */
  plan: v.optional(Text),
  slots: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MOST_SLOTS))),
})
export type PoolRequest = v.InferInput<typeof PoolRequest>

export const TrimRequest = v.strictObject({
  /** Also those that are wanted. */
  all: v.optional(v.boolean(), false),
  dryRun: v.optional(v.boolean(), false),
})
export type TrimRequest = v.InferInput<typeof TrimRequest>

/** What became of the wish. */
export interface PoolAnswer {
  /** The commit at which they are wanted; null when none are made. */
  readonly base: string | null
  /** What the wish is called in `PoolView.wants`; null when none are made. */
  readonly who: string | null
  /** Workspaces that are wanted for it; 0: none are made. */
  readonly wanted: number
  /** How many of them are ready already. */
  readonly ready: number
  /** Why none are made, a sentence; null when they are. */
  readonly why: string | null
  /** What makes them all the same; absent where nothing does, or nothing need. */
  readonly command?: string
}

export interface PoolSlotView {
  readonly id: string
  readonly path: string
  readonly state: 'filling' | 'ready' | 'advancing' | 'claiming' | 'removing'
  /** The commit it stands at. */
  readonly base: string
  readonly dependencies: 'nothing' | 'copied' | 'installed' | null
  /** Whether the set-up command was run in it. */
  readonly setup: boolean
  /** When it was filled, or last moved; milliseconds since the epoch. */
  readonly filledAt: number | null
  readonly bytes: number | null
  /** Who wants a workspace at its base; null: nobody does. */
  readonly wanted: string | null
  /** Why no session is given it, a sentence; null when it may be. */
  readonly kept: string | null
  /** What is being done in it, a short phrase. */
  readonly doing: string | null
}

export interface PoolWantView {
  /** `plan auth`, `run auth-1`, `the setting pool.slots`. */
  readonly who: string
  /** Who is served by the same workspaces, and wants no more of them. */
  readonly others: readonly string[]
  readonly base: string
  readonly count: number
  readonly ready: number
}

/** A fill that did not succeed. */
export interface PoolFailureView {
  readonly base: string
  /** Who wants a workspace that cannot be made for it. */
  readonly who: readonly string[]
  readonly at: number
  readonly code: string
  readonly message: string
  readonly hints: readonly { readonly text: string; readonly command?: string | undefined }[]
  /** When it is tried again, milliseconds since the epoch; null: when somebody asks, or the base moves. */
  readonly next: number | null
}

/** What workspaces have cost lately. */
export interface PoolCosts {
  readonly count: number
  /** Median, milliseconds. */
  readonly ms: number
}

export interface PoolView {
  /** False: turned off by `slots = 0`. */
  readonly on: boolean
  readonly slots: readonly PoolSlotView[]
  readonly wants: readonly PoolWantView[]
  readonly failures: readonly PoolFailureView[]
  /** Why what is wanted is not made at the moment, one sentence each. */
  readonly waiting: readonly string[]
  /** Fills and moves that are under way, those included that have no slot to show yet. */
  readonly underWay: number
  /** What is done in them, a short phrase each. */
  readonly doing: readonly string[]
  /** Nothing more comes before somebody makes room, or asks. */
  readonly stuck: boolean
  /** What stands ready for longer than it should, where nobody is there to remove it. */
  readonly old: { readonly count: number; readonly bytes: number }
  /** Bytes. */
  readonly disk: { readonly used: number; readonly budget: number; readonly free: number }
  /** Absent: none are known. */
  readonly costs: { readonly pooled?: PoolCosts; readonly ordinary?: PoolCosts }
}
