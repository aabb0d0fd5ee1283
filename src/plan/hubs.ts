// Hub files: those that work in several places touches, whatever folders it was given. Disjoint folders do not keep two
// sessions apart in them; an owner or a policy does. Told from three signs: what small recent commits changed together with
// files of several pieces or of several folders; an entry for each of the folders that are like those of the pieces; and
// names that are known for it, above the folders of several pieces. Pure.
import type { PlanFile } from '../contract/plan.ts'
import type { PlanFacts } from './facts.ts'
import { enumerate, finding, type Finding } from './findings.ts'
import { foldersListed, siblingFolders, type Listed } from './lists.ts'
import { OPERATORS } from './places.ts'
import type { Survey } from './survey.ts'

export interface Hub {
  readonly path: string
  /** Pieces whose work is likely to touch it, the likeliest first. */
  readonly pieces: readonly string[]
  /** Recent commits that touched it together with files of others, if they say something; else 0. */
  readonly commits: number
  /** The same, each as much as it is about one other place. */
  readonly weight: number
  /** Folders like those of the pieces that it has entries for; 0 where it is not a list of them. */
  readonly lists: number
  /** Piece in whose scope it is; null when it is in none. */
  readonly owner: string | null
  /** Conflicts in it are settled when branches are merged. */
  readonly settled: boolean
  /** The plan has a policy for it. */
  readonly told: boolean
}

/** Manifests, lock files, compiler settings, lists that generators write. */
const KNOWN =
  /(?:^|\/)(?:package\.json|tsconfig(?:\.[\w-]+)?\.json|jsconfig\.json|deno\.json|[\w.-]*\.lock|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|bun\.lockb|go\.(?:mod|sum|work)|Cargo\.toml|pyproject\.toml|requirements[\w.-]*\.txt|Gemfile|composer\.json|pom\.xml|build\.gradle(?:\.kts)?|settings\.gradle(?:\.kts)?|CHANGELOG\.md|Makefile|routes?\.[cm]?[jt]sx?)$/i
const ROUTES = /(?:^|\/)routes?\.[cm]?[jt]sx?$/i
/** Lock files are made anew, and manifests merged by their entries. */
const SETTLED =
  /(?:^|\/)(?:package\.json|yarn\.lock|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml)$/
/** Commits that are about one other place; one that is about ten counts a tenth. Two in a row are a coincidence. */
const LEAST_WEIGHT = 3
/** Of a piece to count: as if one commit had been about nothing but its files and this one. */
const LEAST_OF_PIECE = 1
const FEWEST_PIECES = 2
const FEWEST_AREAS = 3
/** What nearly always changes with one place belongs to that. */
const MOST_OF_ONE_AREA = 0.5
/** Folders that tell one area from another: `packages/core`, `src/api`. */
const AREA_DEPTH = 2
const NAMED = 5
const LISTED = 8

/** Of the most contended files those without a policy: what a plan should settle. Those that have one count among the most, so
 *  that to settle all that is told uncovers nothing. */
export function unsettledHubs(plan: PlanFile, facts: PlanFacts, survey: Survey): readonly Hub[] {
  return unsettledAmong(hubFiles(plan, facts, survey))
}

/** Files without a policy that are hubs by their names alone, above the scopes of several pieces. */
export function unsettledByName(plan: PlanFile, facts: PlanFacts, survey: Survey): readonly Hub[] {
  return hubFiles(plan, facts, survey).filter(
    ({ weight, lists, settled, told }) => weight === 0 && lists === 0 && !settled && !told,
  )
}

function unsettledAmong(hubs: readonly Hub[]): readonly Hub[] {
  const proven = hubs.filter(({ weight, lists, settled }) => !settled && (weight > 0 || lists > 0))
  return proven.slice(0, NAMED).filter(({ told }) => !told)
}

/** Hub files of a plan: the most contended ones, then those that are only known by their names, then those whose conflicts are
 *  settled anyway. */
function hubFiles(plan: PlanFile, facts: PlanFacts, survey: Survey): readonly Hub[] {
  const known = HUBS.get(survey)
  if (known !== undefined && known.plan === plan && known.facts === facts) return known.hubs
  const hubs = foundHubs(plan, facts, survey)
  HUBS.set(survey, { plan, facts, hubs })
  return hubs
}

/** Asked for several times while one plan is looked at. */
const HUBS = new WeakMap<
  Survey,
  { readonly plan: PlanFile; readonly facts: PlanFacts; readonly hubs: readonly Hub[] }
>()

function foundHubs(plan: PlanFile, facts: PlanFacts, survey: Survey): readonly Hub[] {
  const shared = new Set(plan.shared.map(({ path }) => path))
  const files = new Set(facts.files)
  const owners = new Map<string, readonly string[]>()
  const ownersOf = (path: string): readonly string[] => {
    const known = owners.get(path)
    if (known !== undefined) return known
    const found = survey.scopes.filter(({ matcher }) => matcher.matches(path)).map(({ piece }) => piece.id)
    owners.set(path, found)
    return found
  }
  const touched = touchedTogether(facts.history ?? [], { ownersOf, siblings: siblingFolders(plan) })
  const listed = foldersListed(plan, facts)
  const known = facts.files.filter((path) => KNOWN.test(path))
  const hubs: Hub[] = []
  for (const path of new Set([...touched.keys(), ...listed.keys(), ...known])) {
    if (!files.has(path) || path.startsWith(OPERATORS)) continue
    const hub = hubOf(path, {
      plan,
      survey,
      told: shared.has(path),
      owner: ownersOf(path)[0] ?? null,
      seen: touched.get(path) ?? UNTOUCHED,
      listed: listed.get(path) ?? null,
    })
    if (hub !== null) hubs.push(hub)
  }
  return hubs.toSorted(
    (a, b) =>
      Number(a.settled) - Number(b.settled) || scoreOf(b) - scoreOf(a) || b.pieces.length - a.pieces.length,
  )
}

/** Entries count as they are; commits by their weight, and the less the more of them were sweeping ones. */
function scoreOf({ lists, weight, commits }: Pick<Hub, 'lists' | 'weight' | 'commits'>): number {
  return lists + (commits === 0 ? 0 : (weight * weight) / commits)
}

interface Signs {
  readonly plan: PlanFile
  readonly survey: Survey
  readonly told: boolean
  readonly owner: string | null
  readonly seen: Touched
  readonly listed: Listed | null
}

/** What the signs make of a file; null: no hub. */
function hubOf(path: string, { plan, survey, told, owner, seen, listed }: Signs): Hub | null {
  const often = seen.weight >= LEAST_WEIGHT
  const above = KNOWN.test(path) ? piecesBelow(path, survey) : []
  const known = above.length >= FEWEST_PIECES
  // The manifest of one package changes with those of others whenever a version is released.
  if (KNOWN.test(path) && !ROUTES.test(path) && !known) return null
  const strong = [...seen.pieces].filter(([, weight]) => weight >= LEAST_OF_PIECE)
  const contended = often && strong.filter(([piece]) => piece !== owner).length >= FEWEST_PIECES
  const another = siblingFolders(plan).some((folder) => isInFolderOf(folder, path))
  const central = often && owner === null && !another && isSpread(seen)
  if (!contended && !central && !known && listed === null) return null
  const proven = contended || central
  return {
    path,
    pieces: [...new Set([...(often ? byWeight(seen.pieces) : []), ...(listed?.pieces ?? []), ...above])],
    commits: proven ? seen.commits : 0,
    weight: proven ? seen.weight : 0,
    lists: listed?.folders ?? 0,
    owner,
    settled: SETTLED.test(path) && plan.integration.auto_resolve !== 'off',
    told,
  }
}

function isSpread({ areas, weight }: Touched): boolean {
  return areas.size >= FEWEST_AREAS && Math.max(...areas.values()) <= weight * MOST_OF_ONE_AREA
}

/** Whether files of this name are known to be touched by most work. */
export function isKnownHub(path: string): boolean {
  return KNOWN.test(path)
}

/** The area of a path where nothing is told of pieces: its first two folders. */
export function areaIn(path: string): string {
  return areaOf(path, [])
}

/** What recent commits say of a file, whatever the pieces are. */
export interface Spread {
  readonly commits: number
  /** Other areas that it changed with. */
  readonly areas: number
  /** Changed often, and mostly with no single one of them. */
  readonly central: boolean
  readonly score: number
}

/** For each path that changed together with files of other areas, how far that is spread. */
export function spreadAmong(history: readonly (readonly string[])[]): ReadonlyMap<string, Spread> {
  const touched = touchedTogether(history, { ownersOf: () => [], siblings: [] })
  return new Map(
    [...touched].map(([path, seen]) => {
      const { commits, weight, areas } = seen
      const central = weight >= LEAST_WEIGHT && isSpread(seen)
      return [path, { commits, areas: areas.size, central, score: scoreOf({ lists: 0, weight, commits }) }]
    }),
  )
}

/** A warning for each of the most contended hub files, with the policy that would settle it; those that are only known by
 *  their names are listed. */
export function hubFindings(plan: PlanFile, facts: PlanFacts, survey: Survey): readonly Finding[] {
  const hubs = hubFiles(plan, facts, survey)
  const unsettled = unsettledAmong(hubs)
  const warnings = unsettled.map((hub) => {
    const whose = hub.owner === null ? 'nobody may write it' : `only ${hub.owner} may write it`
    const who = hub.pieces.length === 0 ? 'several pieces' : enumerate(hub.pieces.slice(0, NAMED))
    const message = `The file ${hub.path} is likely to be touched by ${who}: ${whyOf(hub)}; ${whose}.`
    return finding('W_HUB_FILE', message, { path: hub.path, hints: proposals(hub) })
  })
  const listed = hubs.filter((hub) => !hub.told && !unsettled.includes(hub))
  if (listed.length === 0) return warnings
  const more = listed.length - LISTED
  const names = [...listed.slice(0, LISTED).map(({ path }) => path), ...(more > 0 ? [`${more} more`] : [])]
  const message = `Several pieces may want to change ${enumerate(names)}, which no policy of the plan is about.`
  const hints = listed.slice(0, LISTED).flatMap((hub) => proposals(hub).slice(0, 1))
  return [...warnings, finding('I_HUB_FILES', message, { hints })]
}

function whyOf({ commits, lists }: Hub): string {
  const listing = `it has entries for ${lists} folders like theirs`
  if (commits === 0) return listing
  const history = `${commits} recent commits changed it with files of others`
  return lists === 0 ? history : `${history}, and ${listing}`
}

function proposals({ path, pieces, owner }: Hub): readonly { readonly text: string }[] {
  const name = JSON.stringify(path)
  const first = owner ?? pieces[0] ?? ''
  return [
    { text: `Have the operator merge it: add [[shared]] path = ${name}, policy = "operator".` },
    {
      text: `Or give it to one piece: add [[shared]] path = ${name}, policy = "owner", owner = ${JSON.stringify(first)}.`,
    },
  ]
}

interface Touched {
  commits: number
  /** Each commit by 1 / number of the other areas that it touches. */
  weight: number
  /** The same by pieces whose files it was touched with. */
  readonly pieces: Map<string, number>
  /** By areas with which it was touched, but for its own. */
  readonly areas: Map<string, number>
}

const UNTOUCHED: Touched = { commits: 0, weight: 0, pieces: new Map(), areas: new Map() }

interface Places {
  readonly ownersOf: (path: string) => readonly string[]
  /** Folders whose folders are what the pieces are about. */
  readonly siblings: readonly string[]
}

/** Paths that recent commits touched together with others: of other areas, and of pieces that do not own them. Areas are
 *  those of the pieces and those like them; where nothing is told of these, any. */
function touchedTogether(
  history: readonly (readonly string[])[],
  { ownersOf, siblings }: Places,
): ReadonlyMap<string, Touched> {
  const counts = (path: string): boolean =>
    siblings.length === 0 ||
    ownersOf(path).length > 0 ||
    siblings.some((folder) => isInFolderOf(folder, path))
  const known = new Map<string, string>()
  const areaIn = (path: string): string => {
    const area = known.get(path) ?? areaOf(path, siblings)
    known.set(path, area)
    return area
  }
  const found = new Map<string, Touched>()
  for (const paths of history) {
    const owners = paths.map(ownersOf)
    const pieces = new Set(owners.flat())
    const areas = new Set(paths.filter(counts).map(areaIn))
    for (const [index, path] of paths.entries()) {
      const elsewhere = [...areas].filter((area) => area !== areaIn(path))
      if (elsewhere.length === 0) continue
      const touched = found.get(path) ?? { commits: 0, weight: 0, pieces: new Map(), areas: new Map() }
      const share = 1 / elsewhere.length
      touched.commits += 1
      touched.weight += share
      for (const piece of pieces)
        if (owners[index]?.includes(piece) !== true) add(touched.pieces, piece, share)
      for (const area of elsewhere) add(touched.areas, area, share)
      found.set(path, touched)
    }
  }
  return found
}

function add(to: Map<string, number>, key: string, weight: number): void {
  to.set(key, (to.get(key) ?? 0) + weight)
}

function areaOf(path: string, siblings: readonly string[]): string {
  const parent = siblings.find((folder) => isInFolderOf(folder, path))
  if (parent !== undefined) return path.slice(0, path.indexOf('/', parent.length))
  return path.split('/').slice(0, -1).slice(0, AREA_DEPTH).join('/')
}

/** Whether a path is in a folder that is in `parent`. */
function isInFolderOf(parent: string, path: string): boolean {
  return path.startsWith(parent) && path.includes('/', parent.length)
}

/** Pieces with patterns below the folder of a file. */
function piecesBelow(path: string, { scopes }: Survey): readonly string[] {
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  return scopes
    .filter(({ piece }) =>
      piece.scope.include.some((pattern) => pattern.replace(/^\//, '').startsWith(folder)),
    )
    .map(({ piece }) => piece.id)
}

function byWeight(pieces: ReadonlyMap<string, number>): readonly string[] {
  return [...pieces].toSorted(([, a], [, b]) => b - a).map(([piece]) => piece)
}
