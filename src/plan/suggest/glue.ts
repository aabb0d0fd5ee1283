// Cells that must not come apart, taken as one while the graph is cut. Pure.
import type { Graph } from './graph.ts'

export interface Glued {
  readonly graph: Graph
  /** Parts of the cells from parts of what they were taken as. */
  readonly expanded: (part: ArrayLike<number>) => Int32Array
}

/** The graph with each node and the one it is glued to as one node; `to`: for each node that one, itself where it is free.
 *  Null where all are. */
export function glued({ nodes, ties }: Graph, to: readonly number[]): Glued | null {
  if (to.every((other, index) => other === index)) return null
  const rootOf = (node: number): number => {
    const next = to[node] ?? node
    return next === node ? node : rootOf(next)
  }
  const roots = [...new Set(to.map((_, node) => rootOf(node)))]
  const at = new Map(roots.map((root, index) => [root, index]))
  const groups = to.map((_, node) => at.get(rootOf(node)) ?? 0)
  const weights = roots.map(() => 0)
  for (const [node, group] of groups.entries()) weights[group] = (weights[group] ?? 0) + (nodes[node] ?? 0)
  const between = new Map<string, { a: number; b: number; weight: number }>()
  for (const { a, b, weight } of ties) {
    const [left, right] = [groups[a] ?? 0, groups[b] ?? 0]
    if (left === right) continue
    const pair = { a: Math.min(left, right), b: Math.max(left, right) }
    const known = between.get(`${pair.a} ${pair.b}`) ?? { ...pair, weight: 0 }
    known.weight += weight
    between.set(`${pair.a} ${pair.b}`, known)
  }
  return {
    graph: { nodes: weights, ties: [...between.values()] },
    expanded: (part) => Int32Array.from(groups, (group) => part[group] ?? 0),
  }
}
