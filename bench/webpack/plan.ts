// The plan of five sessions, one per area, and what each of them plays. Pure.
//
// A session replays the pull requests of its area in list order, those that reach into another area included: it is the
// gate that has to find them. Told what is wrong, it takes those back. Told by the operator that the union is red, it
// takes back the ones that the operator names.
import type { PlanFile } from '../../src/contract/plan.ts'
import type { Script, ScriptStep } from '../../src/contract/script.ts'
import type { Case, CaseBranch } from './case.ts'

export interface PieceScope {
  readonly include: readonly string[]
  readonly exclude: readonly string[]
}

/** How the case writes the area that has no paths of its own. */
const REST = 'everything else'

export const pieceOf = (area: string): string => area.toLowerCase()

/** What each area owns, as gitignore patterns. The area without paths owns what the others do not. */
export function scopes(areas: Case['areas']): Readonly<Record<string, PieceScope>> {
  const named = Object.entries(areas).filter(([, { paths }]) => !paths.includes(REST))
  const others = named.flatMap(([, { paths }]) => paths.map((path) => `/${path}`))
  return Object.fromEntries(
    Object.entries(areas).map(([area, { paths }]) => [
      area,
      paths.includes(REST) ? { include: ['/**'], exclude: others } : scopeOf(paths),
    ]),
  )
}

/** The case means files by `lib/*`; to git the pattern holds the folders as well. */
function scopeOf(paths: readonly string[]): PieceScope {
  const include = paths.map((path) => `/${path}`)
  return { include, exclude: include.filter((path) => /[^*]\*$/.test(path)).map((path) => `${path}/`) }
}

export interface PlanInput {
  readonly spec: Case
  /** Sessions at the same time. */
  readonly sessions: number
  /** Path of the script of a piece. */
  readonly script: (piece: string) => string
  readonly checks: readonly Check[]
  readonly integrationChecks: readonly Check[]
}

type Check = PlanFile['pieces'][number]['checks'][number]

/** The plan as data. */
export function webpackPlan({ spec, sessions, script, checks, integrationChecks }: PlanInput): object {
  const owned = scopes(spec.areas)
  return {
    goal: 'Webpack on ES2015 classes: 147 pull requests of January to April 2017.',
    base: 'main',
    target: 'main',
    // What the union shows is answered by the benchmark itself, as an operator would.
    limits: { sessions, handbacks: 0 },
    integration: { land: 'together', checks: integrationChecks },
    pieces: Object.entries(spec.areas).map(([area, { label }]) => ({
      id: pieceOf(area),
      title: `Pull requests of ${label}`,
      brief: `Replay the ${branchesOf(spec, area).length} pull requests of ${label}, in list order.`,
      scope: owned[area],
      agent: 'scripted',
      script: script(pieceOf(area)),
      checks,
    })),
  }
}

export interface ScriptInput {
  readonly spec: Case
  readonly area: string
  /** Commit of a branch. */
  readonly commitOf: (branch: string) => string
  /** Branches that the operator will name after a red union. */
  readonly culprits: readonly string[]
}

/** What the session of an area plays, turn by turn. */
export function areaScript({ spec, area, commitOf, culprits }: ScriptInput): Script {
  const branches = branchesOf(spec, area)
  const among = (names: readonly string[]): readonly CaseBranch[] =>
    branches.filter(({ branch }) => names.includes(branch)).toReversed()
  const turns: readonly (readonly ScriptStep[])[] = [
    [
      { say: `I replay ${branches.length} pull requests.` },
      ...branches.map(({ branch }) => ({ apply: commitOf(branch) })),
    ],
    among(spec.truth.crossingAnArea).map(takeBack),
    among(culprits).map(takeBack),
  ]
  const played = turns.filter((steps) => steps.length > 0)
  return {
    schema: 1,
    name: pieceOf(area),
    window: 200_000,
    steps: played.flatMap((steps, index) => (index === 0 ? steps : [{ endTurn: true }, ...steps])),
  }
}

/** The replayed commit keeps the message of the branch's, which names the upstream commit. */
function takeBack({ head }: CaseBranch): ScriptStep {
  return { run: ['git', 'revert', '--no-edit', `HEAD^{/Upstream: ${head}}`], expect: 0 }
}

/** The branches of an area in list order. */
export function branchesOf(spec: Case, area: string): readonly CaseBranch[] {
  return spec.branches.filter((branch) => branch.area === area)
}
