// Tests go with what they test: those of a goal belong to it whether it names them or not, and a piece owns the tests of its
// code, so that it can write them. Pure.
import { namesakes } from '../facts/covers.ts'
import type { FileFact, RepositoryFacts } from '../facts/facts.ts'
import { isTestData } from '../facts/kinds.ts'
import { cellOfFile, type Cell } from './cells.ts'
import { Owners, depthOf, folderOf, holds, type Division, type Place } from './division.ts'
import type { Ground } from './ground.ts'

/** Of what a test was changed together with: from there on it goes with that. */
const MOSTLY = 0.5
/** Two commits of a test and one other file; less is a coincidence. */
const LEAST_TOGETHER = 2

/** Files and their tests, sorted: those named after one of them, else those that cover nothing else for the most part, or were
 *  mostly changed with them; and what such tests read. */
export function withTests(facts: RepositoryFacts, files: readonly number[]): readonly number[] {
  const goal = new Set(files)
  const named = namesOf(facts)
  const covered = sharesWithin(
    goal,
    facts.covers.map(([test, code]) => [test, code, 1]),
  )
  const changed = sharesWithin(goal, codeTies(facts))
  const homes = homesOf(facts, goal)
  const tests = new Set<number>()
  for (const [file, { kind, path }] of facts.files.entries()) {
    if (kind !== 'test' || goal.has(file)) continue
    const codes = named.get(file)
    const share = covered.get(file)
    const together = changed.get(file)
    const isChanged =
      together !== undefined && together.all >= LEAST_TOGETHER && together.within > MOSTLY * together.all
    const isCovering = share !== undefined && share.within > MOSTLY * share.all
    const isTied = !isTestData(path) && (isCovering || isChanged)
    if (homes.has(file) && (codes === undefined ? isTied : codes.some((code) => goal.has(code))))
      tests.add(file)
  }
  const chosen = new Set([...goal, ...tests])
  const isData = ({ kind, path }: FileFact, file: number): boolean =>
    kind === 'test' && homes.has(file) && (isTestData(path) || !covered.has(file))
  return [...chosen, ...testData(facts, chosen, isData)].toSorted((a, b) => a - b)
}

/** Measurements are of much at once, whatever they import. */
const BENCHMARK = /(?:^|[/._-])bench(?:marks?|es)?[/._-]/i

/** Tests that are not at home with other code: what lies beside code, or in a package by itself that has code, none of which
 *  belongs to the goal, tests that. */
function homesOf({ files, packages: all }: RepositoryFacts, goal: ReadonlySet<number>): ReadonlySet<number> {
  const folders = new Map<string, boolean>()
  const packages = new Map<number | null, boolean>()
  for (const [file, { kind, path, package: home }] of files.entries()) {
    if (kind !== 'code') continue
    const folder = folderOf(path)
    folders.set(folder, folders.get(folder) === true || goal.has(file))
    packages.set(home, packages.get(home) === true || goal.has(file))
  }
  const isWithOthers = (home: number | null): boolean =>
    home !== null && all[home]?.folder !== '' && packages.get(home) === false
  return new Set(
    files.flatMap(({ kind, path, package: home }, file) => {
      if (kind !== 'test' || BENCHMARK.test(path) || folders.get(folderOf(path)) === false) return []
      return isWithOthers(home) ? [] : [file]
    }),
  )
}

/** The tests among these files. */
export function testsOf(facts: RepositoryFacts, files: readonly number[]): readonly number[] {
  return files.filter((file) => facts.files[file]?.kind === 'test')
}

const NAMES = new WeakMap<RepositoryFacts, ReturnType<typeof namesakes>>()

/** The code that tests are named after, worked out once for the same facts. */
function namesOf(facts: RepositoryFacts): ReturnType<typeof namesakes> {
  const known = NAMES.get(facts) ?? namesakes(facts.files)
  NAMES.set(facts, known)
  return known
}

/** Ties of each test to the code that it was changed together with. */
function codeTies({ files, together }: RepositoryFacts): readonly Tie[] {
  return together.flatMap(([a, b, weight]): Tie[] => {
    const [left, right] = [files[a]?.kind, files[b]?.kind]
    if (left === 'test' && right === 'code') return [[a, b, weight]]
    return left === 'code' && right === 'test' ? [[b, a, weight]] : []
  })
}

type Tie = readonly [from: number, to: number, weight: number]

function sharesWithin(
  goal: ReadonlySet<number>,
  ties: readonly Tie[],
): ReadonlyMap<number, { readonly within: number; readonly all: number }> {
  const found = new Map<number, { within: number; all: number }>()
  for (const [from, to, weight] of ties) {
    const share = found.get(from) ?? { within: 0, all: 0 }
    share.all += weight
    if (goal.has(to)) share.within += weight
    found.set(from, share)
  }
  return found
}

/** What tests read goes with the tests around it, where there are any, else with the code of its package. */
function testData(
  { files, packages }: RepositoryFacts,
  chosen: ReadonlySet<number>,
  isData: (fact: FileFact, file: number) => boolean,
): readonly number[] {
  const tests = new Map<string, Count>()
  const code = packages.map((): Count => ({ within: 0, all: 0 }))
  for (const [file, fact] of files.entries()) {
    const { kind, path, package: home } = fact
    if (kind === 'test' && !isData(fact, file)) count(tests, folderOf(path), chosen.has(file))
    const own = kind === 'code' && home !== null ? code[home] : undefined
    if (own !== undefined) add(own, chosen.has(file))
  }
  const around = new Map<string, boolean | null>()
  const isAround = (folder: string): boolean | null => {
    const known = around.get(folder)
    if (known !== undefined) return known
    const own = tests.get(folder)
    const found = own === undefined ? (folder === '' ? null : isAround(folderOf(folder))) : isMost(own)
    around.set(folder, found)
    return found
  }
  return files.flatMap((fact, file) => {
    const { path, package: home } = fact
    if (chosen.has(file) || !isData(fact, file)) return []
    const own = home === null ? undefined : code[home]
    return (isAround(folderOf(path)) ?? (own !== undefined && isMost(own))) ? [file] : []
  })
}

interface Count {
  within: number
  all: number
}

function count(counts: Map<string, Count>, key: string, isWithin: boolean): void {
  const known = counts.get(key) ?? { within: 0, all: 0 }
  add(known, isWithin)
  counts.set(key, known)
}

function add(to: Count, isWithin: boolean): void {
  to.all += 1
  if (isWithin) to.within += 1
}

function isMost({ within, all }: Count): boolean {
  return within > all * MOSTLY
}

/** For each cell the one that holds the code it is a test of, where a part of the repository is divided; itself for all others. */
export function ownCodeOf(ground: Ground, cells: readonly Cell[]): readonly number[] {
  const own = cells.map((_, index) => index)
  if (ground.files.length === ground.paths.length) return own
  const named = namesOf(ground.facts)
  const of = cellOfFile(cells, ground.paths.length)
  return cells.map(({ place, files }, index) => {
    const [file] = files
    if (place.kind !== 'file' || file === undefined) return index
    const code = named.get(file)?.find((one) => (of[one] ?? -1) >= 0)
    return code === undefined ? index : (of[code] ?? index)
  })
}

/** Of the tests in a place that are named after code: from there on it goes with one piece. */
const NEARLY_ALL = 0.75

/** The division with places that hold nothing but tests given to the piece that owns the code they are named after. */
export function withOwnTests(ground: Ground, division: Division): Division {
  const owners = new Owners(division)
  const named = namesOf(ground.facts)
  const places = placesOf(division)
  const isAll = ground.files.length === ground.paths.length
  const votes = division.given.map(() => new Map<number, number>())
  const mixed = new Set<number | null>()
  for (const file of ground.files) {
    const at = places(ground.paths[file] ?? '')
    if (ground.facts.files[file]?.kind !== 'test') mixed.add(at)
    for (const code of named.get(file) ?? []) {
      const piece = owners.ownerOf(ground.paths[code] ?? '')
      const own = at === null ? undefined : votes[at]
      if (piece !== null) own?.set(piece, (own.get(piece) ?? 0) + 1)
    }
  }
  const given = division.given.map((own, index) => {
    const isWholeFolder = isAll && own.place.kind !== 'file'
    const piece = mixed.has(index) || isWholeFolder ? null : winner(votes[index] ?? new Map())
    return piece === null ? own : { ...own, piece }
  })
  return withoutEmpty(ground, division, given)
}

/** Where a part of the repository is divided, pieces of nothing but tests of others go; where all of it is, and where they hold
 *  whole folders, they stay what they were. */
function withoutEmpty(ground: Ground, division: Division, given: Division['given']): Division {
  const left = new Set(given.map(({ piece }) => piece))
  const emptied = Array.from({ length: division.pieces }, (_, piece) => piece).filter(
    (piece) => !left.has(piece),
  )
  if (emptied.length === 0) return { ...division, given }
  const isWhole = ground.files.length === ground.paths.length
  const kept = new Set(
    emptied.filter(
      (piece) => isWhole || division.given.some((own) => own.piece === piece && own.place.kind !== 'file'),
    ),
  )
  const gone = emptied.filter((piece) => !kept.has(piece))
  const renumbered = (piece: number | null): number | null =>
    piece === null ? null : piece - gone.filter((one) => one < piece).length
  return {
    ...division,
    pieces: division.pieces - gone.length,
    given: given.map((own, index) => {
      const before = division.given[index]?.piece ?? null
      const piece = before !== null && kept.has(before) ? before : own.piece
      return { ...own, piece: renumbered(piece) }
    }),
  }
}

/** The index of the innermost place around a path; null where there is none. */
function placesOf({ given }: Division): (path: string) => number | null {
  const files = new Map<string, number>()
  const folders = new Map<string, number>()
  const ranges = new Map<string, { readonly place: Place; readonly index: number }[]>()
  for (const [index, { place }] of given.entries()) {
    if (place.kind === 'file') files.set(place.path, index)
    else if (place.kind === 'folder') folders.set(place.path, index)
    else if (place.kind === 'range')
      ranges.set(place.path, [...(ranges.get(place.path) ?? []), { place, index }])
  }
  const known = new Map<string, number | null>()
  const inFolder = (folder: string): number | null => {
    const found =
      folders.get(folder) ??
      known.get(folder) ??
      (folder === '' ? null : (inRange(folder) ?? inFolder(folderOf(folder))))
    known.set(folder, found)
    return found
  }
  const inRange = (path: string): number | null => {
    const [inner] = (ranges.get(folderOf(path)) ?? [])
      .filter(({ place }) => holds(place, path))
      .toSorted((a, b) => depthOf(b.place) - depthOf(a.place))
    return inner?.index ?? null
  }
  return (path) => files.get(path) ?? inRange(path) ?? inFolder(folderOf(path))
}

function winner(votes: ReadonlyMap<number, number>): number | null {
  const all = [...votes.values()].reduce((sum, one) => sum + one, 0)
  const [first] = [...votes].toSorted(([, a], [, b]) => b - a)
  return first !== undefined && first[1] >= all * NEARLY_ALL ? first[0] : null
}
