// Files that work anywhere touches: whoever divides the repository, they lie between the pieces. Told by what they were
// changed together with, before anything is divided. Pure.
import type { RepositoryFacts } from '../facts/facts.ts'
import { isTestData } from '../facts/kinds.ts'
import { folderOf } from './division.ts'

export interface ContendedFile {
  readonly file: number
  /** How much was changed together with it, elsewhere. */
  readonly weight: number
  /** Areas of the repository that it was changed with. */
  readonly areas: number
}

/** Of all files at most; more would leave too much to the operator. */
const MOST = 8
const SHARE_OF_FILES = 0.015
const FEWEST = 2
const FEWEST_AREAS = 3
/** What nearly always changes with one area belongs to that. */
const MOST_OF_ONE_AREA = 0.5
const LEAST_WEIGHT = 3
/** Of its own changes: a file that is mostly changed by itself is no crossing. */
const LEAST_OF_CHURN = 0.5
const AREA_DEPTH = 2

/** The most contended files among these, the most contended first. */
export function contendedFiles(facts: RepositoryFacts, files: readonly number[]): readonly ContendedFile[] {
  const chosen = new Set(files)
  const spread = new Map<number, Map<string, number>>()
  const common = commonFolder(files.map((file) => facts.files[file]?.path ?? ''))
  const areas = facts.files.map(({ path }) => areaOf(path, common))
  const add = (file: number, area: string, weight: number): void => {
    const known = spread.get(file) ?? new Map<string, number>()
    known.set(area, (known.get(area) ?? 0) + weight)
    spread.set(file, known)
  }
  for (const [a, b, weight] of facts.together) {
    const [left = '', right = ''] = [areas[a], areas[b]]
    if (left === right || !chosen.has(a) || !chosen.has(b)) continue
    add(a, right, weight)
    add(b, left, weight)
  }
  const found = [...spread].flatMap(([file, others]): ContendedFile[] => {
    const fact = facts.files[file]
    if (fact === undefined || !chosen.has(file) || fact.kind === 'lock' || fact.kind === 'generated')
      return []
    const weights = [...others.values()]
    const weight = weights.reduce((sum, value) => sum + value, 0)
    const even = Math.max(...weights) < weight * MOST_OF_ONE_AREA
    const often = weight > LEAST_WEIGHT && weight > fact.churn * LEAST_OF_CHURN
    return others.size >= FEWEST_AREAS && even && often ? [{ file, weight, areas: others.size }] : []
  })
  // Of a part what tests read does not count: thousands of them make no hubs.
  const counted =
    files.length === facts.files.length
      ? files
      : files.filter((file) => !isTestData(facts.files[file]?.path ?? ''))
  const most = Math.max(FEWEST, Math.min(MOST, Math.round(counted.length * SHARE_OF_FILES)))
  return found.toSorted((a, b) => b.weight - a.weight || a.file - b.file).slice(0, most)
}

/** An area is two folders below the one that all these files are in. */
function areaOf(path: string, common: string): string {
  return folderOf(path.slice(common.length)).split('/').slice(0, AREA_DEPTH).join('/')
}

/** The folder that all are in, with a slash at its end; '' is the root. */
function commonFolder(paths: readonly string[]): string {
  const [first = '', last = ''] = [paths[0], paths.at(-1)]
  let end = 0
  while (end < first.length && first[end] === last[end]) end += 1
  return first.slice(0, first.lastIndexOf('/', end - 1) + 1)
}
