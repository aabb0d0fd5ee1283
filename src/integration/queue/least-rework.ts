// The order in which branches are merged. Of two that conflict, the second is done again, whichever it is: so those that can
// be spared go before what conflicts with them, wide branches and those that move files before small ones, which are merged
// upon them more easily. Branches that change what is to be installed go before all: then nearly every part of the stack
// needs the same installation. What a branch builds on goes before it, whatever that costs. No order of 50 branches or fewer
// has less done again (see first.ts for the one exception); of more it is a good one. Pure.
import { heaviestSpared } from './first.ts'

export interface OrderedBranch {
  readonly piece: string
  /** Pieces of the same list that go before it. */
  readonly needs: readonly string[]
  /** Files it changes, and how many of them it moves or deletes. */
  readonly files: number
  readonly moved: number
  /** It changes what is to be installed. */
  readonly installs: boolean
}

/** Moving a file away is work for everybody who has changed it. */
const MOVED_WEIGHT = 3
/** A rank before that of the widest branch. */
const FIRST = -1_000

/** What it costs to do a branch again, in no unit: twice as wide is not twice as dear. */
export function rework({ files, moved }: OrderedBranch): number {
  return 1 + Math.log2(1 + files + MOVED_WEIGHT * moved)
}

/** The pieces in merge order. `conflicts`: pairs of pieces that do not merge. Otherwise the given order is kept. */
export function leastRework(
  branches: readonly OrderedBranch[],
  conflicts: readonly (readonly [string, string])[],
): string[] {
  const at = new Map(branches.map(({ piece }, index) => [piece, index]))
  const edges = conflicts.flatMap(([a, b]): [number, number][] => {
    const [left, right] = [at.get(a), at.get(b)]
    return left === undefined || right === undefined ? [] : [[left, right]]
  })
  const installing = ({ installs }: OrderedBranch): number => (installs ? FIRST : 0)
  if (edges.length === 0) return sorted(branches, installing)
  const numbered = branches.map(({ needs }) => needs.flatMap((need) => at.get(need) ?? []))
  const first = new Set(heaviestSpared({ weights: branches.map(rework), edges, needs: numbered }).set)
  const tangled = new Set(edges.flat())
  const rank = (branch: OrderedBranch): number => {
    const index = at.get(branch.piece) ?? 0
    if (!tangled.has(index)) return installing(branch)
    // The second of two that conflict goes last of all: everybody else has landed when it comes back.
    return first.has(index) ? installing(branch) - rework(branch) : Infinity
  }
  const opponents = branches.map(({ needs }, index) => {
    const others = edges.flatMap(([a, b]) => (a === index ? [b] : b === index ? [a] : []))
    const ahead = first.has(index) ? [] : others.filter((other) => first.has(other))
    return [...needs, ...ahead.flatMap((other) => branches[other]?.piece ?? [])]
  })
  return sorted(
    branches.map((branch, index) => ({ ...branch, needs: opponents[index] ?? [] })),
    rank,
  )
}

/** Needs first, then the smaller rank, then as given. */
function sorted(branches: readonly OrderedBranch[], rank: (branch: OrderedBranch) => number): string[] {
  const left = [...branches]
  const placed: string[] = []
  while (left.length > 0) {
    const open = left.filter(({ needs }) => needs.every((need) => !left.some(({ piece }) => piece === need)))
    const next = (open.length > 0 ? open : left).reduce((a, b) => (rank(b) < rank(a) ? b : a))
    placed.push(next.piece)
    left.splice(left.indexOf(next), 1)
  }
  return placed
}
