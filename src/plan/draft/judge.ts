// Whether a drafted plan may stand beside the mechanical ones: it must be a plan, pass the check, divide what the goal is about
// into as many pieces that wait for each other no more, run no other commands, and cost no more. What keeps it from that is
// told as its defects. Pure.
import { QuintetError } from '../../contract/errors.ts'
import type { PlanFile } from '../../contract/plan.ts'
import { ownerName, ownershipInForce, type OwnershipMap } from '../../scope/ownership.ts'
import type { PlanReport } from '../check.ts'
import { enumerate, isOfEnvironment } from '../findings.ts'
import { pathsOf } from '../forecast/chain.ts'
import { parsePlan } from '../load.ts'
import { capOf } from '../suggest/coupling.ts'
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
  /** The best mechanical plan; it is measured as it is written, like the draft. */
  readonly best: PlanFile
  readonly ignoreCase: boolean
}

export interface Judgement {
  readonly score: Score
  /** The best mechanical plan by the same measure. */
  readonly best: Score
  /** One sentence each; none: it is as good as the best. */
  readonly defects: readonly string[]
}

/** Rounding apart. */
const NEXT_TO_NOTHING = 1e-9

/** Judges a plan by the numbers of the suggestions. */
export function judgeDraft({ plan, report, ground, best, ignoreCase }: DraftInput): Judgement {
  const drafted = measured(plan, ground, ignoreCase)
  const mechanical = measured(best, ground, ignoreCase)
  const errors = report.findings.filter((one) => one.severity === 'error' && !isOfEnvironment(one))
  return {
    score: drafted.score,
    best: mechanical.score,
    defects: [
      ...errors.map(({ message }) => message),
      ...report.findings.filter(({ code }) => code === 'W_OPERATORS').map(({ message }) => message),
      ...pieceDefects(drafted, mechanical),
      ...(errors.length > 0 ? [] : waitDefects(drafted, mechanical)),
      ...commandDefects(plan, best),
      ...ownerDefects(ground, drafted.map, mechanical.map),
      ...costDefects(drafted.score, mechanical.score),
    ],
  }
}

interface Measured {
  readonly plan: PlanFile
  readonly map: OwnershipMap
  /** Files of the goal that each piece owns. */
  readonly files: readonly number[]
  readonly score: Score
}

function measured(plan: PlanFile, ground: Ground, ignoreCase: boolean): Measured {
  const map = ownershipInForce(plan, [], { ignoreCase })
  const division = divisionOf(plan, ground, map)
  const patterns = plan.pieces.map(({ scope }) => scope.include.length + scope.exclude.length)
  const owners = new Map(division.given.map(({ place, piece }) => [place.path, piece]))
  const files = plan.pieces.map(() => 0)
  for (const file of ground.files) {
    const piece = owners.get(ground.paths[file] ?? '') ?? null
    if (piece !== null) files[piece] = (files[piece] ?? 0) + 1
  }
  return { plan, map, files, score: scoreOf(ground, division, patterns) }
}

/** Every file that a piece owns, given to it by itself. */
function divisionOf({ pieces }: PlanFile, { paths }: Ground, map: OwnershipMap): Division {
  const index = new Map(pieces.map(({ id }, at) => [id, at]))
  const given = paths.flatMap((path) => {
    const piece = index.get(ownerName(map.ownerOf(path)) ?? '')
    return piece === undefined ? [] : [{ place: { kind: 'file' as const, path }, piece }]
  })
  return { pieces: pieces.length, given }
}

/** Fewer pieces always cost less, and so do idle ones: a comparison needs as many, each with its part. */
function pieceDefects({ plan, files, score }: Measured, best: Measured): readonly string[] {
  const [drafted, wanted] = [plan.pieces.length, best.plan.pieces.length]
  const count =
    drafted === wanted
      ? []
      : [
          `It has ${drafted === 1 ? 'one piece' : `${drafted} pieces`} where the best mechanical plan has ${wanted}.`,
        ]
  const idle = plan.pieces
    .filter((_, index) => files[index] === 0)
    .map(({ id }) => `The piece ${id} owns no file of the goal.`)
  const cap = Math.max(capOf(wanted), ...best.score.shares)
  const large = plan.pieces.flatMap(({ id }, index) => {
    const share = score.shares[index] ?? 0
    return drafted > 1 && share > cap + NEXT_TO_NOTHING
      ? [`The piece ${id} has ${percent(share)} of the expected work; ${percent(cap)} is the most.`]
      : []
  })
  return [...count, ...idle, ...large]
}

/** Pieces that wait for each other are done one after the other, as if they were one. */
function waitDefects(drafted: Measured, best: Measured): readonly string[] {
  const { pieces, share } = heaviestChain(drafted)
  const most = Math.max(capOf(best.plan.pieces.length), ...best.score.shares, heaviestChain(best).share)
  if (pieces.length < 2 || share <= most + NEXT_TO_NOTHING) return []
  return [
    `The pieces ${enumerate(pieces)} wait for each other and have ${percent(share)} of the expected work; ${percent(most)} is the most.`,
  ]
}

/** Chains are weighed in parts of all work that are this small. */
const FINE = 1e6

function heaviestChain({ plan, score }: Measured): {
  readonly pieces: readonly string[]
  readonly share: number
} {
  const shares = new Map(plan.pieces.map(({ id }, index) => [id, score.shares[index] ?? 0]))
  const { path } = pathsOf(plan.pieces, new Map([...shares].map(([id, share]) => [id, share * FINE])))
  return { pieces: path.pieces, share: path.pieces.reduce((sum, id) => sum + (shares.get(id) ?? 0), 0) }
}

/** What is run on this machine is not the planner's to choose: it has read what anybody may have written. */
function commandDefects(plan: PlanFile, best: PlanFile): readonly string[] {
  const known = new Set(commandsOf(best))
  return [...new Set(commandsOf(plan))]
    .filter((command) => !known.has(command))
    .map((command) => `It runs ${command}, which the best mechanical plan does not.`)
}

function commandsOf({ setup, integration, pieces }: PlanFile): readonly string[] {
  const { checks, generated = [] } = integration
  const all = [...checks, ...generated, ...pieces.flatMap((piece) => piece.checks)].map(({ run }) => run)
  return [...(setup === undefined ? [] : [setup]), ...all].map((words) => JSON.stringify(words))
}

/** As `ownerName` says it; no piece can have this id. */
const OPERATOR = 'operator'

/** What a piece owns in the best plan is owned by a piece here, too. */
function ownerDefects(ground: Ground, draft: OwnershipMap, best: OwnershipMap): readonly string[] {
  const left = ground.files.flatMap((file) => {
    const path = ground.paths[file] ?? ''
    const [owner, wanted] = [ownerName(draft.ownerOf(path)), ownerName(best.ownerOf(path))]
    const isLess = wanted !== null && owner !== wanted && (owner === null || owner === OPERATOR)
    return isLess ? [{ path, to: owner }] : []
  })
  const nobodys = left.filter(({ to }) => to === null).map(({ path }) => path)
  const operators = left.filter(({ to }) => to === OPERATOR).map(({ path }) => path)
  return [
    ...tell(nobodys, ['belongs to no piece and is not shared', 'belong to no piece and are not shared']),
    ...tell(operators, [
      'is left to the operator, which a piece owns in the best mechanical plan',
      'are left to the operator, which pieces own in the best mechanical plan',
    ]),
  ]
}

function tell(
  paths: readonly string[],
  [one, many]: readonly [one: string, many: string],
): readonly string[] {
  const [first] = paths
  if (first === undefined) return []
  return paths.length === 1
    ? [`The file ${first} of the goal ${one}.`]
    : [`${paths.length} files of the goal ${many}, ${first} for one.`]
}

function costDefects({ cost }: Score, best: Score): readonly string[] {
  if (cost <= best.cost + NEXT_TO_NOTHING) return []
  return [`Its cost is ${cost.toFixed(3)}, that of the best mechanical plan ${best.cost.toFixed(3)}.`]
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
