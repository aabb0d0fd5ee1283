// Whether a drafted plan may stand beside the mechanical ones: it must be a plan, pass the check, own what the goal is about,
// and cost no more. What keeps it from that is told as its defects. Pure.
import { QuintetError } from '../../contract/errors.ts'
import type { PlanFile } from '../../contract/plan.ts'
import { ownerName, ownershipInForce } from '../../scope/ownership.ts'
import type { PlanReport } from '../check.ts'
import { parsePlan } from '../load.ts'
import type { Division } from '../suggest/division.ts'
import type { Ground } from '../suggest/ground.ts'
import { scoreOf, type Score } from '../suggest/score.ts'

/** The plan that a text says, or why it says none, in one sentence. */
export function parseDraft(
  text: string,
  name: string,
): { readonly plan: PlanFile } | { readonly failed: string } {
  try {
    return { plan: parsePlan(text, name) }
  } catch (error) {
    if (error instanceof QuintetError) return { failed: error.message }
    throw error
  }
}

export interface DraftInput {
  readonly plan: PlanFile
  /** The check of the plan. */
  readonly report: PlanReport
  readonly ground: Ground
  /** Cost of the best mechanical candidate. */
  readonly best: number
  readonly ignoreCase: boolean
}

export interface Judgement {
  readonly score: Score
  /** One sentence each; none: it is as good as the best. */
  readonly defects: readonly string[]
}

/** Rounding apart. */
const NEXT_TO_NOTHING = 1e-9

/** Judges a plan by the numbers of the suggestions. */
export function judgeDraft({ plan, report, ground, best, ignoreCase }: DraftInput): Judgement {
  const patterns = plan.pieces.map(({ scope }) => scope.include.length + scope.exclude.length)
  const score = scoreOf(ground, divisionOf(plan, ground, ignoreCase), patterns)
  const errors = report.findings.filter(({ severity }) => severity === 'error').map(({ message }) => message)
  const map = ownershipInForce(plan, [], { ignoreCase })
  const nobodys = ground.files.filter((file) => ownerName(map.ownerOf(ground.paths[file] ?? '')) === null)
  const first = ground.paths[nobodys[0] ?? -1]
  const unowned =
    first === undefined
      ? []
      : [`${nobodys.length} files of the goal belong to no piece and are not shared, ${first} for one.`]
  const dearer =
    score.cost > best + NEXT_TO_NOTHING
      ? [`Its cost is ${score.cost.toFixed(3)}, that of the best mechanical plan ${best.toFixed(3)}.`]
      : []
  return { score, defects: [...errors, ...unowned, ...dearer] }
}

/** Every file that a piece owns, given to it by itself. */
function divisionOf({ pieces, shared }: PlanFile, { paths }: Ground, ignoreCase: boolean): Division {
  const map = ownershipInForce({ pieces, shared }, [], { ignoreCase })
  const index = new Map(pieces.map(({ id }, at) => [id, at]))
  const given = paths.flatMap((path) => {
    const piece = index.get(ownerName(map.ownerOf(path)) ?? '')
    return piece === undefined ? [] : [{ place: { kind: 'file' as const, path }, piece }]
  })
  return { pieces: pieces.length, given }
}
