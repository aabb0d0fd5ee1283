// A weighted graph of few nodes, cut into parts of about the same weight: grown together from its heaviest ties, then improved
// node by node. Deterministic; the starts differ by a seeded order. Pure.

export interface Tie {
  readonly a: number
  readonly b: number
  readonly weight: number
}

export interface Graph {
  /** Weight of each node. */
  readonly nodes: readonly number[]
  /** Undirected; each pair once. */
  readonly ties: readonly Tie[]
}

export interface CutOptions {
  readonly parts: number
  /** Share of all weight that a part may have. */
  readonly cap: number
  /** What uneven parts cost, against ties cut; 0: only the cap counts. */
  readonly evenness: number
  readonly starts?: number
}

export interface Cut {
  /** Part of each node. */
  readonly part: Int32Array
  /** Share of the ties that are cut, with what unevenness costs; lower is better. */
  readonly cost: number
}

const STARTS = 24
const ROUNDS = 30

/** The best division found; where the cap cannot be held, the one that goes over it least. */
export function cutGraph(graph: Graph, options: CutOptions): Cut {
  const board = new Board(graph, options)
  let best: Cut | null = null
  for (let start = 0; start < (options.starts ?? STARTS); start++) {
    const part = improve(board, grown(board, start))
    const cost = board.cost(part)
    if (best === null || cost < best.cost - 1e-12) best = { part, cost }
  }
  return best ?? { part: new Int32Array(graph.nodes.length), cost: 0 }
}

/** Improves a division that is there already. */
export function improvedCut(graph: Graph, start: Int32Array, options: CutOptions): Cut {
  const board = new Board(graph, options)
  const part = improve(board, Int32Array.from(start))
  return { part, cost: board.cost(part) }
}

/** What a division costs, as `cutGraph` reckons. */
export function cutCost(graph: Graph, part: Int32Array, options: CutOptions): number {
  return new Board(graph, options).cost(part)
}

/** Over the cap is worse than any cut. */
const OVER = 40
/** A part with less than this share of an even one is no part; nearly as bad. */
const LEAST = 0.3
const UNDER = 8

class Board {
  readonly nodes: Float64Array
  readonly near: readonly (readonly (readonly [other: number, weight: number])[])[]
  readonly ties: readonly Tie[]
  readonly parts: number
  readonly #cap: number
  readonly #floor: number
  readonly #evenness: number

  constructor({ nodes, ties }: Graph, { parts, cap, evenness }: CutOptions) {
    const total = nodes.reduce((sum, weight) => sum + weight, 0)
    const bound = ties.reduce((sum, { weight }) => sum + weight, 0)
    this.nodes = Float64Array.from(nodes, (weight) => (total === 0 ? 1 / nodes.length : weight / total))
    this.ties = ties.map((tie) => ({ ...tie, weight: bound === 0 ? 0 : tie.weight / bound }))
    const near: (readonly [number, number])[][] = nodes.map(() => [])
    for (const { a, b, weight } of this.ties) {
      near[a]?.push([b, weight])
      near[b]?.push([a, weight])
    }
    this.near = near
    this.parts = parts
    this.#cap = cap
    this.#floor = LEAST / parts
    this.#evenness = evenness
  }

  /** What a part of this weight costs by itself. */
  burden(weight: number): number {
    const away = weight - 1 / this.parts
    const bound = Math.max(0, weight - this.#cap) * OVER + Math.max(0, this.#floor - weight) * UNDER
    return bound + this.#evenness * away * away * this.parts
  }

  weights(part: Int32Array): Float64Array {
    const found = new Float64Array(this.parts)
    for (const [node, weight] of this.nodes.entries())
      found[part[node] ?? 0] = (found[part[node] ?? 0] ?? 0) + weight
    return found
  }

  cost(part: Int32Array): number {
    const cut = this.ties.reduce((sum, { a, b, weight }) => (part[a] === part[b] ? sum : sum + weight), 0)
    return cut + this.weights(part).reduce((sum, weight) => sum + this.burden(weight), 0)
  }
}

/** A sequence that looks random and is always the same. */
export function sequence(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 1_013_904_223) >>> 0
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state / 4_294_967_296
  }
}

/** Groups of nodes joined by the tie that is heaviest for their sizes, until as many are left as parts are wanted. */
function grown(board: Board, start: number): Int32Array {
  const random = sequence(start + 1)
  const count = board.nodes.length
  const shake = start === 0 ? 0 : 0.9
  const group = Int32Array.from({ length: count }, (_, index) => index)
  const weight = Float64Array.from(board.nodes)
  const links: Map<number, number>[] = board.near.map((near) => {
    const map = new Map<number, number>()
    for (const [other, tie] of near) map.set(other, (map.get(other) ?? 0) + tie)
    return map
  })
  const alive = new Set(group)
  const noise = Float64Array.from({ length: count }, () => 1 + shake * (random() - 0.5))
  while (alive.size > board.parts) {
    const pair =
      heaviest({ alive, links, weight, noise, limit: 1.15 / board.parts }) ?? lightest(alive, weight)
    if (pair === null) break
    join(pair, { alive, links, weight, group })
  }
  const names = new Map([...alive].map((name, index) => [name, index]))
  return Int32Array.from(group, (name) => names.get(name) ?? 0)
}

interface Growth {
  readonly alive: Set<number>
  readonly links: readonly Map<number, number>[]
  readonly weight: Float64Array
}

function heaviest(
  growth: Growth & { readonly noise: Float64Array; readonly limit: number },
): readonly [number, number] | null {
  const { alive, links, weight, noise, limit } = growth
  let best: readonly [number, number] | null = null
  let most = 0
  for (const a of alive) {
    for (const [b, tie] of links[a] ?? []) {
      if (b <= a) continue
      const sum = (weight[a] ?? 0) + (weight[b] ?? 0)
      if (sum > limit) continue
      const pull =
        (tie * (noise[a] ?? 1) * (noise[b] ?? 1)) /
        (((weight[a] ?? 0) + 1e-4) * ((weight[b] ?? 0) + 1e-4)) ** 0.75
      if (pull > most) {
        most = pull
        best = [a, b]
      }
    }
  }
  return best
}

function lightest(alive: ReadonlySet<number>, weight: Float64Array): readonly [number, number] | null {
  const [a, b] = [...alive].toSorted((x, y) => (weight[x] ?? 0) - (weight[y] ?? 0) || x - y)
  return a === undefined || b === undefined ? null : [b, a]
}

function join(
  [into, from]: readonly [number, number],
  { alive, links, weight, group }: Growth & { readonly group: Int32Array },
): void {
  alive.delete(from)
  weight[into] = (weight[into] ?? 0) + (weight[from] ?? 0)
  for (const [other, tie] of links[from] ?? []) {
    links[other]?.delete(from)
    if (other === into) continue
    links[into]?.set(other, (links[into]?.get(other) ?? 0) + tie)
    links[other]?.set(into, (links[other]?.get(into) ?? 0) + tie)
  }
  links[into]?.delete(from)
  for (const [node, name] of group.entries()) if (name === from) group[node] = into
}

/** Moves one node at a time, also to the worse, and keeps the best that was seen (Kernighan-Lin, Fiduccia-Mattheyses). */
function improve(board: Board, part: Int32Array): Int32Array {
  for (let round = 0; round < ROUNDS; round++) if (!pass(board, part)) break
  return part
}

function pass(board: Board, part: Int32Array): boolean {
  const weights = board.weights(part)
  const fixed = new Uint8Array(board.nodes.length)
  const pull = board.near.map((near) => {
    const toward = new Float64Array(board.parts)
    for (const [other, tie] of near) toward[part[other] ?? 0] = (toward[part[other] ?? 0] ?? 0) + tie
    return toward
  })
  const moves: { node: number; from: number }[] = []
  let gained = 0
  let best = 1e-9
  let upTo = 0
  while (moves.length < board.nodes.length) {
    const move = bestMove({ board, part, weights, fixed, pull })
    if (move === null) break
    const { node, to, gain } = move
    const from = part[node] ?? 0
    part[node] = to
    fixed[node] = 1
    const weight = board.nodes[node] ?? 0
    weights[from] = (weights[from] ?? 0) - weight
    weights[to] = (weights[to] ?? 0) + weight
    for (const [other, tie] of board.near[node] ?? []) {
      const toward = pull[other]
      if (toward === undefined) continue
      toward[from] = (toward[from] ?? 0) - tie
      toward[to] = (toward[to] ?? 0) + tie
    }
    moves.push({ node, from })
    gained += gain
    if (gained > best) {
      best = gained
      upTo = moves.length
    }
    if (moves.length > upTo + 60) break
  }
  for (const { node, from } of moves.slice(upTo).toReversed()) part[node] = from
  return upTo > 0
}

interface State {
  readonly board: Board
  readonly part: Int32Array
  readonly weights: Float64Array
  readonly fixed: Uint8Array
  readonly pull: readonly Float64Array[]
}

function bestMove({
  board,
  part,
  weights,
  fixed,
  pull,
}: State): { node: number; to: number; gain: number } | null {
  let best: { node: number; to: number; gain: number } | null = null
  for (let node = 0; node < board.nodes.length; node++) {
    if (fixed[node] === 1) continue
    const from = part[node] ?? 0
    const weight = board.nodes[node] ?? 0
    const source = weights[from] ?? 0
    const relief = board.burden(source) - board.burden(source - weight)
    const toward = pull[node]
    for (let to = 0; to < board.parts; to++) {
      if (to === from) continue
      const target = weights[to] ?? 0
      const gain =
        (toward?.[to] ?? 0) -
        (toward?.[from] ?? 0) +
        relief -
        (board.burden(target + weight) - board.burden(target))
      if (best === null || gain > best.gain + 1e-12) best = { node, to, gain }
    }
  }
  return best
}
