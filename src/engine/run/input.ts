// What a run was started with, as it is stored: the checked plan and everything that was resolved then. It is read
// back on every replay, so a field once written is never re-interpreted.
import * as v from 'valibot'
import { PlanFile } from '../../contract/plan.ts'

export const RunInput = v.object({
  version: v.literal(1),
  run: v.string(),
  /** Name of the plan. */
  name: v.string(),
  plan: PlanFile,
  /** Piece ids in dependency order. */
  order: v.array(v.string()),
  base: v.object({ ref: v.string(), commit: v.string() }),
  /** Branch name without refs/heads/. */
  target: v.string(),
  coordination: v.object({ on: v.boolean(), why: v.string() }),
  rehearsal: v.boolean(),
  /** The file system takes names that differ in case for one. */
  ignoreCase: v.optional(v.boolean(), false),
})
export type RunInput = v.InferOutput<typeof RunInput>

export const SessionInput = v.object({ run: v.string(), piece: v.string() })

export const IntegrationInput = v.object({
  run: v.string(),
  n: v.number(),
  /** Finished pieces in merge order with the tips that are to land. */
  branches: v.array(v.object({ piece: v.string(), title: v.string(), tip: v.string(), base: v.string() })),
  leftOut: v.array(v.object({ piece: v.string(), reason: v.string() })),
})
export type IntegrationInput = v.InferOutput<typeof IntegrationInput>
