// What is proposed: the drafts of a suggestion as plans that were written down and checked. Pure; `plan/propose.ts` makes it.
import type { PlanReport } from '../check.ts'
import type { Draft } from './draft.ts'
import type { Suggestion } from './suggest.ts'

/** A candidate as a plan that was checked. */
export interface Proposal {
  readonly draft: Draft
  /** The text of the plan file. */
  readonly text: string
  /** The check of exactly this text. */
  readonly report: PlanReport
}

export interface Proposals {
  readonly suggestion: Suggestion
  /** The best first; never empty. */
  readonly proposals: readonly Proposal[]
}
