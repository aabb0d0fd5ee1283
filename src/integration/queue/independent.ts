// The heaviest set of branches that do not conflict with each other. Exact up to 50 in one tangle, near it beyond. Pure.

/** Sets of conflicting branches up to this size are searched to the end. */
export const EXACT = 50

/** Whether vertices `a` and `b` conflict, by number. */
export type Edges = readonly (readonly [number, number])[]

/** The numbers of a heaviest set without an edge inside, ascending. `weights`: positive, one per vertex. The same input gives
 *  the same set. */
export function heaviestIndependent(weights: readonly number[], edges: Edges): number[] {
  const neighbours = weights.map(() => new Set<number>())
  for (const [a, b] of edges) {
    if (a === b) continue
    neighbours[a]?.add(b)
    neighbours[b]?.add(a)
  }
  const graph: Graph = { weights, neighbours }
  return tangles(graph)
    .flatMap((vertices) => (vertices.length > EXACT ? greedy(graph, vertices) : exact(graph, vertices).set))
    .toSorted((a, b) => a - b)
}

interface Graph {
  readonly weights: readonly number[]
  readonly neighbours: readonly ReadonlySet<number>[]
}

const weightOf = ({ weights }: Graph, vertex: number): number => weights[vertex] ?? 0
const around = ({ neighbours }: Graph, vertex: number): ReadonlySet<number> => neighbours[vertex] ?? new Set()

/** Vertices that hang together by edges. */
function tangles(graph: Graph, among: readonly number[] = [...graph.weights.keys()]): number[][] {
  const left = new Set(among)
  const result: number[][] = []
  for (const first of among) {
    if (!left.delete(first)) continue
    const tangle = [first]
    for (const vertex of tangle)
      for (const next of around(graph, vertex)) if (left.delete(next)) tangle.push(next)
    result.push(tangle.toSorted((a, b) => a - b))
  }
  return result
}

interface Best {
  readonly set: readonly number[]
  readonly weight: number
}

const NONE: Best = { set: [], weight: 0 }

/** Takes the vertex with the most conflicts in or out, and what falls apart by that one by one: few vertices are left to
 *  branch on, since one without conflicts is in, and so is one whose only opponent is no heavier. */
function exact(graph: Graph, vertices: readonly number[]): Best {
  if (vertices.length === 0) return NONE
  const parts = tangles(graph, vertices)
  if (parts.length > 1) return parts.map((part) => exact(graph, part)).reduce(joined, NONE)
  const inside = new Set(vertices)
  const degree = (vertex: number): number =>
    [...around(graph, vertex)].filter((next) => inside.has(next)).length
  const easy = vertices.find((vertex) => {
    const opponents = [...around(graph, vertex)].filter((next) => inside.has(next))
    return opponents.length === 0 || (opponents.length === 1 && lighter(graph, opponents[0] ?? 0, vertex))
  })
  if (easy !== undefined) return withVertex(graph, vertices, easy)
  const widest = vertices.reduce((a, b) => (degree(b) > degree(a) ? b : a))
  const taken = withVertex(graph, vertices, widest)
  const without = exact(
    graph,
    vertices.filter((vertex) => vertex !== widest),
  )
  return taken.weight >= without.weight ? taken : without
}

function lighter(graph: Graph, vertex: number, than: number): boolean {
  return weightOf(graph, vertex) <= weightOf(graph, than)
}

function withVertex(graph: Graph, vertices: readonly number[], taken: number): Best {
  const out = around(graph, taken)
  const rest = vertices.filter((vertex) => vertex !== taken && !out.has(vertex))
  return joined({ set: [taken], weight: weightOf(graph, taken) }, exact(graph, rest))
}

function joined(a: Best, b: Best): Best {
  return { set: [...a.set, ...b.set], weight: a.weight + b.weight }
}

/** The vertex with the most weight per conflict first. */
function greedy(graph: Graph, vertices: readonly number[]): number[] {
  const left = new Set(vertices)
  const set: number[] = []
  while (left.size > 0) {
    const worth = (vertex: number): number => {
      const conflicts = [...around(graph, vertex)].filter((next) => left.has(next)).length
      return weightOf(graph, vertex) / (conflicts + 1)
    }
    const best = [...left].reduce((a, b) => (worth(b) > worth(a) ? b : a))
    set.push(best)
    left.delete(best)
    for (const next of around(graph, best)) left.delete(next)
  }
  return set
}
