// What really changed after a plan was suggested: the commits that followed, each given to the piece that owns most of it. Pure.
import { isBulkChange } from './history.ts'

/** Who owns a path, an index of a piece; also of paths that were not there when it was divided. */
export type OwnerOf = (path: string) => number | null

export interface ReplayInput {
  /** Paths of each commit, the oldest first. */
  readonly commits: readonly (readonly string[])[]
  readonly pieces: number
  readonly ownerOf: OwnerOf
  /** Files that no piece writes: they are left out of every commit. */
  readonly left: (path: string) => boolean
}

export interface Replayed {
  /** Commits with something left to own. */
  readonly commits: number
  readonly inside: number
  /** Of these commits, how many each piece was given. */
  readonly given: readonly number[]
  /** Per pair of pieces, `a * pieces + b` with a < b: windows in which both changed one file. */
  readonly met: readonly number[]
  readonly windows: number
}

/** Commits that are at work side by side: about what five sessions do in a run. */
const WINDOW = 20

/** Replays the commits. */
export function replay({ commits, pieces, ownerOf, left }: ReplayInput): Replayed {
  const given = Array.from({ length: pieces }, () => 0)
  const met = Array.from({ length: pieces * pieces }, () => 0)
  let [inside, count, windows] = [0, 0, 0]
  const played: { readonly piece: number; readonly files: readonly string[] }[] = []
  for (const paths of commits) {
    const files = isBulkChange(paths) ? [] : paths.filter((path) => !left(path))
    if (files.length === 0) continue
    const owners = files.map((path) => ownerOf(path) ?? -1)
    const piece = mostOf(owners)
    count += 1
    if (owners.every((owner) => owner === piece)) inside += 1
    if (piece >= 0) given[piece] = (given[piece] ?? 0) + 1
    played.push({ piece, files })
  }
  for (let at = 0; at + WINDOW <= played.length; at += WINDOW) {
    windows += 1
    for (const pair of pairsMet(played.slice(at, at + WINDOW), pieces)) met[pair] = (met[pair] ?? 0) + 1
  }
  return { commits: count, inside, given, met, windows }
}

/** The most frequent; of equals the lowest. */
function mostOf(owners: readonly number[]): number {
  const counts = new Map<number, number>()
  for (const owner of owners) counts.set(owner, (counts.get(owner) ?? 0) + 1)
  return [...counts].toSorted(([a, x], [b, y]) => y - x || a - b)[0]?.[0] ?? -1
}

/** Pairs of pieces that changed one file in this window. */
function pairsMet(
  window: readonly { readonly piece: number; readonly files: readonly string[] }[],
  pieces: number,
): ReadonlySet<number> {
  const writers = new Map<string, Set<number>>()
  for (const { piece, files } of window) {
    if (piece < 0) continue
    for (const file of files) writers.set(file, (writers.get(file) ?? new Set()).add(piece))
  }
  const pairs = new Set<number>()
  for (const set of writers.values()) {
    const all = [...set].toSorted((a, b) => a - b)
    for (const [index, a] of all.entries()) for (const b of all.slice(index + 1)) pairs.add(a * pieces + b)
  }
  return pairs
}
