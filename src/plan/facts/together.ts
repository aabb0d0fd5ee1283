// Which files change together. A pair counts 1 / (n - 1) for a commit of n files, so that every file of a commit is given
// one in all, however many there are (the weights of Newman, "Scientific collaboration networks II", 2001, for papers with
// n authors). Commits of many files are left out, as transactions that say nothing of coupling are by Zimmermann et al.,
// "Mining version histories to guide software changes", 2004: they are moves and formatting. A commit that is wide by its
// tests alone counts for what is left. Pure.
import type { CommitChanges } from './changes.ts'
import type { FileKind, TogetherEdge } from './facts.ts'
import { kindOf } from './kinds.ts'

/** Files of the largest commit that counts. */
export const WIDEST = 50
/** Edges kept, those of the highest weight. */
const MOST_EDGES = 150_000

export interface Together {
  readonly edges: readonly TogetherEdge[]
  /** Per file: each commit of n files counts 1 / log2(1 + n). */
  readonly churn: Float64Array
  readonly counted: number
  /** Files of each commit that counts, as indices, the newest first. */
  readonly commits: readonly (readonly number[])[]
}

export interface TogetherInput {
  /** The newest first. */
  readonly history: readonly CommitChanges[]
  /** Index of every file that there is. */
  readonly index: ReadonlyMap<string, number>
  readonly kinds: readonly FileKind[]
}

/** What the history says of files that there still are; those that were moved are found under their new names. */
export function changedTogether({ history, index, kinds }: TogetherInput): Together {
  const size = kinds.length
  const churn = new Float64Array(size)
  const weights = new Map<number, number>()
  const commits: (readonly number[])[] = []
  let counted = 0
  /** Files by the names they had when the commit in hand was made; null: gone since. */
  const moved = new Map<string, number | null>()
  const fileAt = (path: string): number | null => {
    const known = moved.get(path)
    return known === undefined ? (index.get(path) ?? null) : known
  }
  for (const { paths, width, renames } of history) {
    const { files, count } = width === paths.length ? told(paths, fileAt, kinds) : NOTHING
    for (const [from, to] of followed(renames, fileAt)) moved.set(from, to)
    if (count === 0 || count > WIDEST) continue
    counted += 1
    commits.push(files)
    const share = 1 / Math.log2(1 + count)
    for (const file of files) churn[file] = (churn[file] ?? 0) + share
    addPairs(weights, files, { size, weight: 1 / Math.max(1, count - 1) })
  }
  return { edges: heaviest(weights, size), churn, counted, commits }
}

const NOTHING = { files: [], count: 0 }

/** The files of a commit that there still are, and how many it was about; without its tests where it is too wide. */
function told(
  paths: readonly string[],
  fileAt: (path: string) => number | null,
  kinds: readonly FileKind[],
): { readonly files: readonly number[]; readonly count: number } {
  const all = paths.map((path) => {
    const file = fileAt(path)
    return { file, kind: file === null ? kindOf(path) : (kinds[file] ?? 'asset') }
  })
  const work = all.filter(({ kind }) => kind !== 'lock' && kind !== 'generated')
  const wanted = work.length > WIDEST ? work.filter(({ kind }) => kind !== 'test') : work
  const files = new Set(wanted.flatMap(({ file }) => (file === null ? [] : [file])))
  return { files: [...files].sort((a, b) => a - b), count: wanted.length }
}

/** All are looked up before any is set: names are swapped in one commit. */
function followed(
  renames: CommitChanges['renames'],
  fileAt: (path: string) => number | null,
): readonly (readonly [string, number | null])[] {
  return renames.map(([from, to]) => [from, fileAt(to)] as const)
}

function addPairs(
  weights: Map<number, number>,
  files: readonly number[],
  { size, weight }: { readonly size: number; readonly weight: number },
): void {
  for (let left = 0; left < files.length; left += 1) {
    const row = (files[left] ?? 0) * size
    for (let right = left + 1; right < files.length; right += 1) {
      const key = row + (files[right] ?? 0)
      weights.set(key, (weights.get(key) ?? 0) + weight)
    }
  }
}

function heaviest(weights: ReadonlyMap<number, number>, size: number): readonly TogetherEdge[] {
  let kept = [...weights]
  if (kept.length > MOST_EDGES) kept = kept.sort(([a, x], [b, y]) => y - x || a - b).slice(0, MOST_EDGES)
  return kept
    .sort(([a], [b]) => a - b)
    .map(([key, weight]): TogetherEdge => [
      Math.floor(key / size),
      key % size,
      Math.round(weight * 10_000) / 10_000,
    ])
}
