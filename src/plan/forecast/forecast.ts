// What a plan is likely to cost: which pairs of pieces will want the same file, how long the longest chain is, and what
// integration adds. Told from recent commits, as if each piece were a few more of those that touched its files before;
// where there are too few of them it says so instead of guessing. Pure.
import type { PlanFile } from '../../contract/plan.ts'
import { ownerName, ownershipInForce } from '../../scope/ownership.ts'
import type { RepositoryFacts } from '../facts/facts.ts'
import { OPERATORS } from '../places.ts'
import { pathsOf, type CriticalPath } from './chain.ts'

/** Of merges whose sides touched a file in common, so many conflict: 521 of 2,112 of four public repositories. */
const CONFLICTS_OF_MEETINGS = 0.25
/** What a session does is taken for so many commits of the kind that the history has. */
const COMMITS_OF_WORK = 3
/** Files change together, so a pair meets less often than if each file were by itself: fitted to what became of
 *  pairs of folders of eleven public repositories (bench/plan/forecast.ts). */
const TOGETHER = 1.35
/** With fewer commits to a piece nothing is said about it. */
const FEWEST_COMMITS = 5
/** Of one file; once is a coincidence. */
const FEWEST_TOUCHES = 1.5
/** Below this a file is not worth naming. */
const LEAST_SHOWN = 0.01
const FILES_SHOWN = 5

export interface FileForecast {
  readonly path: string
  /** Piece, `operator` or null. */
  readonly owner: string | null
  /** Probability that both want to change it. */
  readonly meets: number
  /** Of the commits that touched files of each piece, those that touched this one, each as much as it is about few pieces. */
  readonly commits: readonly [number, number]
  /** Why it will not conflict all the same: a policy gives it one writer, or it is merged by rule. */
  readonly settled: 'policy' | 'rule' | null
}

export interface PairForecast {
  readonly pieces: readonly [string, string]
  /** Probability that both want to change one file; null: not known. */
  readonly meets: number | null
  /** Probability that their branches conflict; null: not known. */
  readonly conflicts: number | null
  /** In a sentence: why it is not known, or cannot be. */
  readonly why: string | null
  /** What it rests on, the likeliest files first. */
  readonly files: readonly FileForecast[]
  /** Imports from files of the first to files of the second, and back; null: not known. */
  readonly imports: readonly [number, number] | null
}

export interface Forecast {
  /** The likeliest conflict first, those not known last. */
  readonly pairs: readonly PairForecast[]
  readonly criticalPath: CriticalPath
  readonly integration: {
    readonly merges: number
    /** Expected number of pairs that conflict, of those that are known. */
    readonly conflicts: number
    readonly unknownPairs: number
    /** Runs of the checks on the union: when all goes well, and with every expected conflict done again. */
    readonly suiteRuns: { readonly least: number; readonly expected: number }
  }
  /** What the numbers rest on. */
  readonly basis: {
    readonly commits: number
    readonly commitsOfWork: number
    readonly conflictsOfMeetings: number
    readonly commitsOf: Readonly<Record<string, number>>
  }
  /** What is not known, in sentences. */
  readonly unknown: readonly string[]
}

export interface ForecastInput {
  readonly plan: PlanFile
  /** Tracked files. */
  readonly files: readonly string[]
  /** Paths of each recent commit, wide ones left out. */
  readonly history: readonly (readonly string[])[]
  readonly facts: RepositoryFacts | null
  readonly ignoreCase?: boolean
  readonly coordinationFolder?: string
}

/** Forecasts the run of a plan. */
export function forecast(input: ForecastInput): Forecast {
  const { plan, files, history, facts } = input
  const ownerOf = owners(input)
  const ids = plan.pieces.map(({ id }) => id)
  const touches = touchesOf(history, { ids, ownerOf })
  const criticalPath = pathsOf(plan.pieces, filesOf(files, ownerOf))
  const imports = facts === null ? null : importsBetween(facts, ownerOf)
  const context = { plan, ownerOf, touches, imports, before: criticalPath.before }
  const pairs = ids.flatMap((a, index) => ids.slice(index + 1).map((b) => pairOf(a, b, context)))
  const known = pairs.flatMap(({ conflicts }) => (conflicts === null ? [] : [conflicts]))
  const conflicts = known.reduce((sum, one) => sum + one, 0)
  const least = plan.integration.land === 'together' ? 1 : ids.length
  return {
    pairs: pairs.toSorted((a, b) => (b.conflicts ?? -1) - (a.conflicts ?? -1)),
    criticalPath: criticalPath.path,
    integration: {
      merges: ids.length,
      conflicts,
      unknownPairs: pairs.length - known.length,
      suiteRuns: { least, expected: least + conflicts },
    },
    basis: {
      commits: history.length,
      commitsOfWork: COMMITS_OF_WORK,
      conflictsOfMeetings: CONFLICTS_OF_MEETINGS,
      commitsOf: Object.fromEntries(ids.map((id) => [id, touches.get(id)?.commits ?? 0])),
    },
    unknown: unknownOf(pairs, facts),
  }
}

function unknownOf(pairs: readonly PairForecast[], facts: RepositoryFacts | null): readonly string[] {
  const reasons = pairs.flatMap(({ conflicts, why }) => (conflicts === null && why !== null ? [why] : []))
  return [
    ...new Set(reasons),
    ...(facts === null ? ['What imports what is not known.'] : []),
    'How long a session takes is not known: the longest chain is told in files.',
    'Whether branches that merge break each other is not known; imports between pieces say where to look.',
  ]
}

type OwnerOf = (path: string) => string | null

function owners({ plan, ignoreCase = false, coordinationFolder }: ForecastInput): OwnerOf {
  const folder = coordinationFolder === undefined ? {} : { coordinationFolder }
  const map = ownershipInForce(plan, [], { ignoreCase, ...folder })
  const known = new Map<string, string | null>()
  return (path) => {
    const found = known.get(path)
    if (found !== undefined) return found
    const owner = ownerName(map.ownerOf(path))
    known.set(path, owner)
    return owner
  }
}

function filesOf(files: readonly string[], ownerOf: OwnerOf): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const file of files) {
    const owner = ownerOf(file)
    if (owner !== null) counts.set(owner, (counts.get(owner) ?? 0) + 1)
  }
  return counts
}

/** Commits that touched files of a piece, and how many of them each other file was in. */
interface Touches {
  commits: number
  readonly files: Map<string, number>
}

function touchesOf(
  history: readonly (readonly string[])[],
  { ids, ownerOf }: { readonly ids: readonly string[]; readonly ownerOf: OwnerOf },
): ReadonlyMap<string, Touches> {
  const all = new Map<string, Touches>(ids.map((id) => [id, { commits: 0, files: new Map() }]))
  for (const paths of history) {
    const concerned = [...new Set(paths.map(ownerOf))].flatMap((owner) => all.get(owner ?? '') ?? [])
    // One that goes through many pieces says little about any two.
    const share = 1 / Math.max(1, concerned.length - 1)
    for (const touches of concerned) {
      touches.commits += 1
      for (const path of paths) {
        const isOwn = all.get(ownerOf(path) ?? '') === touches
        touches.files.set(path, (touches.files.get(path) ?? 0) + (isOwn ? 1 : share))
      }
    }
  }
  return all
}

interface Context {
  readonly plan: PlanFile
  readonly ownerOf: OwnerOf
  readonly touches: ReadonlyMap<string, Touches>
  readonly imports: ReadonlyMap<string, number> | null
  /** Everything that a piece waits for. */
  readonly before: ReadonlyMap<string, ReadonlySet<string>>
}

function pairOf(a: string, b: string, context: Context): PairForecast {
  const { touches, imports, before } = context
  const pieces = [a, b] as const
  const between =
    imports === null ? null : ([imports.get(`${a} ${b}`) ?? 0, imports.get(`${b} ${a}`) ?? 0] as const)
  const unknown = { pieces, meets: null, conflicts: null, files: [], imports: between }
  const waits = before.get(a)?.has(b) === true || before.get(b)?.has(a) === true
  const [left, right] = [touches.get(a), touches.get(b)]
  const few = pieces.find((id) => (touches.get(id)?.commits ?? 0) < FEWEST_COMMITS)
  if (waits) {
    const why = 'One starts from the branch of the other, so they do not meet.'
    return { ...unknown, meets: 0, conflicts: 0, why }
  }
  if (few !== undefined || left === undefined || right === undefined) {
    const commits = touches.get(few ?? a)?.commits ?? 0
    const why = `Of ${few ?? a} nothing is known: ${commits === 0 ? 'no' : `only ${commits}`} recent commits touched its files.`
    return { ...unknown, why }
  }
  const files = meetings(left, right, context)
  return {
    pieces,
    meets: anyOf(files.map(({ meets }) => meets)),
    conflicts:
      CONFLICTS_OF_MEETINGS * anyOf(files.flatMap(({ meets, settled }) => (settled === null ? [meets] : []))),
    why: null,
    files: files.filter(({ meets }) => meets >= LEAST_SHOWN).slice(0, FILES_SHOWN),
    imports: between,
  }
}

function meetings(left: Touches, right: Touches, { plan, ownerOf }: Context): readonly FileForecast[] {
  const shared = new Set(plan.shared.map(({ path }) => path))
  const found: FileForecast[] = []
  for (const [path, ofLeft] of left.files) {
    const ofRight = right.files.get(path)
    if (ofRight === undefined || Math.min(ofLeft, ofRight) < FEWEST_TOUCHES) continue
    if (path.startsWith(OPERATORS)) continue
    const meets = wanted(ofLeft, left.commits) * wanted(ofRight, right.commits)
    const settled = shared.has(path) ? 'policy' : isMergedByRule(path, plan) ? 'rule' : null
    found.push({ path, owner: ownerOf(path), meets, commits: [ofLeft, ofRight], settled })
  }
  return found.toSorted((x, y) => y.meets - x.meets || (x.path < y.path ? -1 : 1))
}

/** Probability that a piece of work touches a file, from the share of its commits that did; one commit is taken off for luck. */
function wanted(commits: number, of: number): number {
  const share = Math.min(1, commits / (of + 1))
  return 1 - (1 - share) ** COMMITS_OF_WORK
}

/** Probability that they meet in any of the files. */
function anyOf(probabilities: readonly number[]): number {
  return (1 - probabilities.reduce((none, one) => none * (1 - one), 1)) ** TOGETHER
}

const MERGED_BY_RULE =
  /(?:^|\/)(?:package\.json|yarn\.lock|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml)$/

function isMergedByRule(path: string, { integration }: PlanFile): boolean {
  return integration.auto_resolve !== 'off' && MERGED_BY_RULE.test(path)
}

/** Imports between pieces, by `from to`. */
function importsBetween({ files, imports }: RepositoryFacts, ownerOf: OwnerOf): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  const ownerAt = (index: number): string | null => ownerOf(files[index]?.path ?? '')
  for (const [from, to] of imports) {
    const [a, b] = [ownerAt(from), ownerAt(to)]
    if (a === null || b === null || a === b) continue
    counts.set(`${a} ${b}`, (counts.get(`${a} ${b}`) ?? 0) + 1)
  }
  return counts
}
