// What a suggestion stands on: the files the goal is about, how much work each is likely to see, and what ties them together.
// Everything that divides or judges looks at the repository through this. Pure.
import type { RepositoryFacts } from '../facts/facts.ts'
import { folderOf, nameOf, type Place } from './division.ts'
import type { Tie } from './graph.ts'

export interface Ground {
  readonly facts: RepositoryFacts
  readonly paths: readonly string[]
  /** Files that the goal names, with their tests and those beside most of these, sorted. */
  readonly files: readonly number[]
  /** The same as places: folders that are in it as a whole, and single files. */
  readonly roots: readonly { readonly place: Place; readonly files: readonly number[] }[]
  /** Share of the work expected in each file; 1 in all. */
  readonly weights: readonly number[]
  /** 1: nobody's work (lock files, generated files), or shared by all: ties to it say nothing. */
  readonly quiet: Uint8Array
  /** Ties between files of the goal, by their sort; weights as counted. */
  readonly together: readonly Tie[]
  readonly imports: readonly Tie[]
  readonly covers: readonly Tie[]
  /** Between 0 and 1: how far the history can be trusted to tell what is changed together. */
  readonly trust: number
}

export interface GroundInput {
  readonly facts: RepositoryFacts
  readonly files: readonly number[]
  /** Files that will have a policy of their own. */
  readonly shared: ReadonlySet<number>
}

/** Of the weight: what was changed lately; the rest goes by the number of files. */
const BY_CHURN = 0.75
/** Commits at which history and structure count alike. */
const HALF_TRUST = 60
/** Files that nobody edits by hand, or in bulk, count little. */
const LITTLE = 0.1
/** Files of one name among the tests, such as `input.js`: each is of a case, not a test of its own. */
const CASES = 50
/** Files of a folder that are chosen, at least, for the others to come with them. */
const FEWEST_NEIGHBOURS = 3
/** Share of the work that all of what tests read has at most, where there is anything else. */
const MOST_BULK = 0.1

/** The ground of these files. */
export function groundOf({ facts, files: named, shared }: GroundInput): Ground {
  const paths = facts.files.map(({ path }) => path)
  const files = withNeighbours(facts, named)
  const chosen = new Uint8Array(paths.length)
  for (const file of files) chosen[file] = 1
  const quiet = Uint8Array.from(facts.files, ({ kind }, file) =>
    kind === 'lock' || kind === 'generated' || shared.has(file) ? 1 : 0,
  )
  const counts = (file: number): boolean => chosen[file] === 1 && quiet[file] === 0
  const kept = <T extends readonly [number, number, ...number[]]>(edges: readonly T[]): readonly T[] =>
    edges.filter(([a, b]) => a !== b && counts(a) && counts(b))
  const together = kept(facts.together).map(([a, b, weight]) => ({ a, b, weight }))
  return {
    facts,
    paths,
    files,
    roots: rootsOf(paths, chosen, files),
    weights: weightsOf(facts, files, quiet),
    quiet,
    together,
    imports: importTies(kept(facts.imports)),
    covers: kept(facts.covers).map(([a, b]) => ({ a, b, weight: 1 })),
    trust: facts.history.counted / (facts.history.counted + HALF_TRUST),
  }
}

/** Tests in a folder most of whose files are chosen come with them: nobody else has them, and the folder is one pattern. */
function withNeighbours(facts: RepositoryFacts, files: readonly number[]): readonly number[] {
  if (files.length === facts.files.length) return files
  const chosen = new Set(files)
  const folders = new Map<string, { all: number[]; chosen: number; tests: boolean }>()
  for (const [file, { path, kind }] of facts.files.entries()) {
    const folder = folders.get(folderOf(path)) ?? { all: [], chosen: 0, tests: true }
    folder.all.push(file)
    folder.chosen += chosen.has(file) ? 1 : 0
    folder.tests &&= kind === 'test'
    folders.set(folderOf(path), folder)
  }
  const more = [...folders.values()].flatMap(({ all, chosen: some, tests }) =>
    tests && some >= FEWEST_NEIGHBOURS && some * 2 >= all.length ? all : [],
  )
  return more.length === 0 ? files : [...new Set([...files, ...more])].toSorted((a, b) => a - b)
}

/** A file that imports many is tied to each of them the less. */
function importTies(imports: readonly (readonly [number, number, ...number[]])[]): readonly Tie[] {
  const out = new Map<number, number>()
  for (const [from] of imports) out.set(from, (out.get(from) ?? 0) + 1)
  return imports.map(([a, b]) => ({ a, b, weight: 1 / Math.sqrt(out.get(a) ?? 1) }))
}

function weightsOf(facts: RepositoryFacts, files: readonly number[], quiet: Uint8Array): readonly number[] {
  const churn = new Float64Array(facts.files.length)
  const count = new Float64Array(facts.files.length)
  for (const file of files) {
    const fact = facts.files[file]
    if (fact === undefined || quiet[file] === 1) continue
    churn[file] = fact.churn
    count[file] = fact.kind === 'asset' || isBulk(fact.path) ? LITTLE : 1
  }
  const [changed, there] = [sum(churn), sum(count)]
  const weights = Float64Array.from(churn, (value, file) => {
    const byCount = there === 0 ? 0 : (count[file] ?? 0) / there
    return changed === 0 ? byCount : (BY_CHURN * value) / changed + (1 - BY_CHURN) * byCount
  })
  return files.length < facts.files.length ? withLittleBulk(facts, weights) : [...weights]
}

/** Where a goal names a part of the repository, what tests read comes with it: however much there is, it is little of the
 *  work. Where all is divided it counts as it was changed. */
function withLittleBulk(facts: RepositoryFacts, weights: Float64Array): readonly number[] {
  const names = new Map<string, number>()
  for (const { kind, path } of facts.files)
    if (kind === 'test') names.set(nameOf(path), (names.get(nameOf(path)) ?? 0) + 1)
  const bulk = Uint8Array.from(facts.files, ({ kind, path }) => {
    const isCase =
      kind === 'test' && !/test|spec/i.test(nameOf(path)) && (names.get(nameOf(path)) ?? 0) >= CASES
    return isCase || isBulk(path) ? 1 : 0
  })
  const share = weights.reduce((total, weight, file) => (bulk[file] === 1 ? total + weight : total), 0)
  if (share <= MOST_BULK || share > 1 - 1e-9) return [...weights]
  const [less, more] = [MOST_BULK / share, (1 - MOST_BULK) / (1 - share)]
  return Array.from(weights, (weight, file) => weight * (bulk[file] === 1 ? less : more))
}

/** Files of the goal that are worked on one by one. */
export function workFiles({ facts, files, quiet }: Ground): number {
  return files.filter((file) => {
    const fact = facts.files[file]
    return fact !== undefined && quiet[file] === 0 && fact.kind !== 'asset' && !isBulk(fact.path)
  }).length
}

/** What tests read: thousands of files that come in bulk. */
function isBulk(path: string): boolean {
  return /(?:^|\/)(?:fixtures?|__fixtures__|__snapshots__|testdata|test-data|cases|[\w]*Cases)\//.test(path)
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0)
}

interface Folder {
  all: number
  chosen: number
}

/** Folders all of whose files are chosen, the outermost, and the files that are left. */
function rootsOf(paths: readonly string[], chosen: Uint8Array, files: readonly number[]): Ground['roots'] {
  if (files.length === paths.length) return [{ place: { kind: 'folder', path: '' }, files }]
  const folders = new Map<string, Folder>()
  for (const [file, path] of paths.entries()) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = folders.get(path.slice(0, end)) ?? { all: 0, chosen: 0 }
      folder.all += 1
      folder.chosen += chosen[file] ?? 0
      folders.set(path.slice(0, end), folder)
    }
  }
  const roots = new Map<string, { place: Place; files: number[] }>()
  for (const file of files) {
    const path = paths[file] ?? ''
    const folder = outermostWhole(path, folders)
    const key = folder ?? path
    const known = roots.get(key)
    if (known === undefined)
      roots.set(key, { place: { kind: folder === null ? 'file' : 'folder', path: key }, files: [file] })
    else known.files.push(file)
  }
  return [...roots.values()]
}

function outermostWhole(path: string, folders: ReadonlyMap<string, Folder>): string | null {
  for (let end = path.indexOf('/'); end > 0; end = path.indexOf('/', end + 1)) {
    const folder = folders.get(path.slice(0, end))
    if (folder !== undefined && folder.all === folder.chosen) return path.slice(0, end)
  }
  return null
}
