// What may be spent on a session and on a run, and what was. Not the time that attempts are known to take (health): these
// are limits that the operator sets, and what reaches one waits for the operator.
import * as v from 'valibot'

const Whole = v.pipe(v.number(), v.integer(), v.minValue(0))
const Amount = v.pipe(v.number(), v.minValue(0))

const LIMITS = {
  tokens: v.optional(
    v.pipe(
      Whole,
      v.description(
        'Tokens of all calls of the model, put in and put out, those from the cache too. 0: no limit.',
      ),
    ),
  ),
  cost: v.optional(
    v.pipe(
      Amount,
      v.description(
        'Money, in the currency that the agent tells; counts where it tells. Several currencies are never added up: each is held against the limit by itself. 0: no limit.',
      ),
    ),
  ),
  turns: v.optional(v.pipe(Whole, v.description('Prompts that an agent was given. 0: no limit.'))),
  minutes: v.optional(v.pipe(Amount, v.description('Time at work, without what was waited. 0: no limit.'))),
}

/** What one session may spend. */
export const SpendLimits = v.strictObject(LIMITS)
export type SpendLimits = v.InferOutput<typeof SpendLimits>

/** What every session may spend, and all sessions of a run together. */
export const SpendPlan = v.strictObject({
  ...LIMITS,
  run: v.optional(
    v.pipe(v.strictObject(LIMITS), v.description('What all sessions of a run may spend together.')),
  ),
})
export type SpendPlan = v.InferOutput<typeof SpendPlan>

export const SPEND_KINDS = ['tokens', 'cost', 'turns', 'minutes'] as const
export type SpendKind = (typeof SPEND_KINDS)[number]

/** By how much what may be spent is raised; every figure is in the unit of its limit. */
export const SpendRaise = v.strictObject({
  tokens: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  cost: v.optional(v.pipe(v.number(), v.gtValue(0))),
  turns: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  minutes: v.optional(v.pipe(v.number(), v.gtValue(0))),
})
export type SpendRaise = v.InferOutput<typeof SpendRaise>

/** What was spent. Null: no agent has told any of it. */
export interface Spent {
  readonly tokens: number | null
  readonly cost: number | null
  /** Of `cost`. */
  readonly currency: string | null
  /** Costs in other currencies, by currency; they are never added to `cost`. Absent: there are none. */
  readonly otherCosts?: Readonly<Record<string, number>>
  readonly turns: number
  /** Time at work. */
  readonly ms: number
  /** Part of the tokens that is our sum over the agent's figures, not its own total. */
  readonly derived: number
  /** Part of that sum that rests on the agent's own estimate instead of its provider's figures. */
  readonly estimated: number
}

/** A limit that is reached. */
export interface SpendReached {
  readonly of: 'session' | 'run'
  readonly kind: SpendKind
  readonly spent: number
  readonly limit: number
}

/** What was spent against what may be; a limit that is not there is not set. */
export interface SpendView extends Spent {
  readonly limits: SpendLimits
  readonly reached: readonly SpendReached[]
}
