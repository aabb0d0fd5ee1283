// What the operator, or the merge queue, can tell a session, as it travels in a signal.
import * as v from 'valibot'

export const OPERATOR = 'operator'
export const ANSWER = 'answer'
export const LANDED = 'landed'
export const SCOPE = 'scope'

export const OperatorSignal = v.variant('kind', [
  v.object({ kind: v.literal('retry'), reason: v.string() }),
  v.object({ kind: v.literal('reset'), reason: v.string() }),
  v.object({ kind: v.literal('abandon'), reason: v.string() }),
  /** Look at the branch again: somebody else has worked on it. */
  v.object({ kind: v.literal('look'), reason: v.string() }),
  /** Evidence of going round in circles, or what was forgotten, to be told as it is. */
  v.object({
    kind: v.literal('nudge'),
    reason: v.string(),
    text: v.string(),
    /** What of the text the operator has said; absent: nothing. */
    words: v.optional(v.string()),
  }),
  /** From the merge queue: the branch did not land; `text` says what was found and what is to be done. */
  v.object({ kind: v.literal('handback'), reason: v.string(), text: v.string() }),
])
export type OperatorSignal = v.InferOutput<typeof OperatorSignal>

export const AnswerSignal = v.object({ question: v.string(), answer: v.string() })
export const LandedSignal = v.object({ commit: v.string() })

/** A request was settled. `judge`: the branch or the map has changed, look again; `tell`: there is something to be told. */
export const ScopeSignal = v.object({ n: v.number(), next: v.picklist(['judge', 'tell']) })
export type ScopeSignal = v.InferOutput<typeof ScopeSignal>
