// Which branches can be merged as they are. Of two that conflict the second is done again, so a branch is spared when it goes
// before all that conflict with it; what one builds on goes before it, and may make that impossible. Sought is the heaviest
// set of branches that can be spared together. Pure.
import { EXACT, heaviestIndependent, type Edges } from './independent.ts'

export interface Tangle {
  /** Positive, one per branch; branches go by number. */
  readonly weights: readonly number[]
  /** Pairs that conflict. */
  readonly edges: Edges
  /** Per branch those that go before it. */
  readonly needs: readonly (readonly number[])[]
}

export interface Spared {
  /** Ascending. */
  readonly set: readonly number[]
  /** No set is heavier. Always so for 50 branches or fewer, unless needs tie them together in so many rings that the search
   *  was ended early. */
  readonly proven: boolean
}

/** Searches for independent sets, of up to a tenth of a second each; without rings one is enough. */
const MOST_SEARCHES = 100
/** Weights are sums of logarithms. */
const SAME = 1e-9

/** The heaviest set of branches each of which can go before everything that it conflicts with. */
export function heaviestSpared(tangle: Tangle): Spared {
  const search = new Search(tangle)
  return { set: search.run().toSorted((a, b) => a - b), proven: search.proven }
}

class Search {
  readonly #weights: readonly number[]
  /** Per branch those that it has to go before, if it is to be spared: what conflicts with it, and what needs such a one. */
  readonly #ahead: readonly ReadonlySet<number>[]
  #best: readonly number[] = []
  #searches = 0
  proven: boolean

  constructor(tangle: Tangle) {
    this.#weights = tangle.weights
    this.#ahead = aheadOf(tangle)
    this.proven = tangle.weights.length <= EXACT
  }

  run(): readonly number[] {
    this.#look(new Set(), new Set())
    return this.#best
  }

  /** Sets with all of `inside` and none of `outside`. A pair that cannot both be spared is an edge; rings of three and more
   *  are found where they turn up, and one branch of each is left out in turn. */
  #look(inside: ReadonlySet<number>, outside: ReadonlySet<number>): void {
    this.#searches += 1
    if (this.#searches > (this.#weights.length > EXACT ? 1 : MOST_SEARCHES)) {
      this.proven = false
      return
    }
    const set = this.#heaviest(inside, outside)
    if (set === null || this.#weigh(set) <= this.#weigh(this.#best) + SAME) return
    const ring = ringIn(set, this.#ahead)
    if (ring === null) {
      this.#best = set
      return
    }
    // So that there is something to beat, and something to answer when the search is ended.
    const mended = this.#mended(set)
    if (this.#weigh(mended) > this.#weigh(this.#best) + SAME) this.#best = mended
    const kept = new Set(inside)
    for (const branch of ring.filter((one) => !inside.has(one))) {
      this.#look(kept, new Set([...outside, branch]))
      kept.add(branch)
    }
  }

  /** The heaviest set without two that exclude each other; null when `inside` holds such a pair itself. */
  #heaviest(inside: ReadonlySet<number>, outside: ReadonlySet<number>): readonly number[] | null {
    const fixed = [...inside]
    if (fixed.some((one) => fixed.some((other) => this.#excludes(one, other)))) return null
    const open = [...this.#weights.keys()].filter(
      (one) =>
        !inside.has(one) &&
        !outside.has(one) &&
        !this.#excludes(one, one) &&
        !fixed.some((other) => this.#excludes(one, other)),
    )
    const edges = open.flatMap((one, a) =>
      open.flatMap((other, b): [number, number][] => (a < b && this.#excludes(one, other) ? [[a, b]] : [])),
    )
    const weights = open.map((one) => this.#weights[one] ?? 0)
    return [...fixed, ...heaviestIndependent(weights, edges).map((at) => open[at] ?? 0)]
  }

  #excludes(one: number, other: number): boolean {
    return this.#ahead[one]?.has(other) === true && this.#ahead[other]?.has(one) === true
  }

  /** Without the lightest of every ring. */
  #mended(set: readonly number[]): readonly number[] {
    const left = new Set(set)
    for (let ring = ringIn([...left], this.#ahead); ring !== null; ring = ringIn([...left], this.#ahead))
      left.delete(ring.reduce((a, b) => (this.#weigh([b]) < this.#weigh([a]) ? b : a)))
    return [...left]
  }

  #weigh(set: readonly number[]): number {
    return set.reduce((sum, one) => sum + (this.#weights[one] ?? 0), 0)
  }
}

function aheadOf({ weights, edges, needs }: Tangle): readonly ReadonlySet<number>[] {
  const opponents = weights.map(() => new Set<number>())
  for (const [a, b] of edges) {
    opponents[a]?.add(b)
    opponents[b]?.add(a)
  }
  const built = weights.map((_, one) => {
    const below = new Set([one])
    for (const next of below) for (const need of needs[next] ?? []) below.add(need)
    return below
  })
  return opponents.map(
    (own) =>
      new Set([...built.keys()].filter((other) => [...own].some((one) => built[other]?.has(one) === true))),
  )
}

/** A shortest ring of branches of the set, each of which has to go before the next; null when there is none. */
function ringIn(set: readonly number[], ahead: readonly ReadonlySet<number>[]): readonly number[] | null {
  let best: readonly number[] | null = null
  for (const start of set) {
    const path = pathBack(start, set, ahead)
    if (path !== null && (best === null || path.length < best.length)) best = path
  }
  return best
}

function pathBack(
  start: number,
  set: readonly number[],
  ahead: readonly ReadonlySet<number>[],
): readonly number[] | null {
  const paths: (readonly number[])[] = [[start]]
  const seen = new Set<number>()
  for (const path of paths) {
    const last = path.at(-1) ?? start
    for (const next of set) {
      if (ahead[last]?.has(next) !== true) continue
      if (next === start) return path
      if (!seen.has(next)) paths.push([...path, next])
      seen.add(next)
    }
  }
  return null
}
