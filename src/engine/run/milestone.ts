// The signals that a run listens to.
import * as v from 'valibot'
import { runWorkflowId } from '../names.ts'
import { toJson } from '../record.ts'
import type { Services } from '../services.ts'

export const MILESTONE = 'milestone'
export const MERGE = 'merge'
export const STOP = 'stop'
/** The operator gives up a piece that has not started. */
export const DROP = 'drop'
/** Sent by the engine when a child's workflow ended otherwise than by returning. */
export const CHILD_ENDED = 'child-ended'

/** Sent by an integration when it has come to its end. */
export const INTEGRATED = 'integrated'

export const Integrated = v.object({
  n: v.number(),
  landed: v.array(v.string()),
  /** Pieces that went back to their sessions. */
  back: v.array(v.string()),
  /** Pieces that are not tried again by themselves: the operator decides. */
  held: v.array(v.string()),
  reason: v.nullable(v.string()),
  /** The tips that were integrated, by piece. */
  tips: v.record(v.string(), v.string()),
})
export type Integrated = v.InferOutput<typeof Integrated>

export const DropSignal = v.object({ piece: v.string(), reason: v.string() })
export const ChildEnded = v.object({ id: v.string(), status: v.string() })

/** Sent by a session whenever its standing changes; `tip` and `base` are full hashes once it is finished. */
export const Milestone = v.object({
  piece: v.string(),
  standing: v.picklist(['live', 'waiting', 'finished', 'failed', 'abandoned', 'landed']),
  tip: v.string(),
  base: v.string(),
})
export type Milestone = v.InferOutput<typeof Milestone>

/** Tells the run that a session's standing has changed. `key` makes a repeated notice count once. */
export function notifyRun(services: Services, run: string, key: string, milestone: Milestone): void {
  services.engine().signal(runWorkflowId(run), {
    name: MILESTONE,
    data: toJson(milestone),
    dedupe: `${milestone.piece}:${key}`,
  })
}
