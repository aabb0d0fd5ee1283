// By layer: cells are put in the order in which they import each other, the foundations first, and the order is cut into
// bands of about the same work where the fewest ties cross. Tests stand with what they cover. Pure.
import { cellOfFile, type Cell } from './cells.ts'
import { capOf, cellGraph, divisionOf, groundCells, mixOf, type Wanted } from './coupling.ts'
import type { Division } from './division.ts'
import type { Graph } from './graph.ts'
import type { Ground } from './ground.ts'

const LIMITS = { most: 70, folder: 0.008, file: 0.03 }
const FOLDER = 0.002
/** Enough for heights to settle. */
const ROUNDS = 200
/** Without imports there are no layers. */
const FEWEST_IMPORTS = 20

/** Bands of cells; null where imports say too little. */
export function byLayer(ground: Ground, wanted: Wanted): Division | null {
  if (ground.imports.length < FEWEST_IMPORTS) return null
  const cells = groundCells(ground, LIMITS)
  if (cells.length < wanted.parts) return null
  const heights = heightsOf(ground, cells)
  const order = cells
    .map((_, index) => index)
    .toSorted((a, b) => (heights[a] ?? 0) - (heights[b] ?? 0) || a - b)
  const graph = cellGraph(ground, cells, mixOf(ground, FOLDER))
  return { ...divisionOf(ground, cells, bands(graph, order, wanted)), ordered: true }
}

/** Height of each cell: one more than what it imports and one less than what imports it lie at, as nearly as can be for all
 *  of them at once (trophic levels, by least squares: what imports each other in a circle is level). A test lies as high as
 *  what it covers. */
function heightsOf(ground: Ground, cells: readonly Cell[]): Float64Array {
  const of = cellOfFile(cells, ground.paths.length)
  const isTest = (file: number): boolean => ground.facts.files[file]?.kind === 'test'
  const near = cells.map((): Step[] => [])
  for (const { a, b, weight } of ground.imports) {
    const [from = -1, to = -1] = [of[a], of[b]]
    if (from === to || from < 0 || to < 0) continue
    near[from]?.push({ other: to, weight, rise: isTest(a) ? 0 : 1 })
    if (!isTest(a)) near[to]?.push({ other: from, weight, rise: -1 })
  }
  for (const { a, b } of ground.covers) {
    const [test = -1, code = -1] = [of[a], of[b]]
    if (test !== code && test >= 0 && code >= 0) near[test]?.push({ other: code, weight: 1, rise: 0 })
  }
  const steps = near.map(summed)
  const heights = new Float64Array(cells.length)
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, { parent }] of cells.entries()) {
      const own = levelOf(steps[index] ?? [], heights)
      heights[index] = own ?? (parent === null ? 0 : (heights[parent] ?? 0))
    }
  }
  return heights
}

interface Step {
  readonly other: number
  readonly weight: number
  /** By how much the one from which it is seen lies above it. */
  readonly rise: number
}

/** One step to each other cell. */
function summed(steps: readonly Step[]): readonly Step[] {
  const found = new Map<number, { weight: number; rise: number }>()
  for (const { other, weight, rise } of steps) {
    const known = found.get(other) ?? { weight: 0, rise: 0 }
    known.weight += weight
    known.rise += weight * rise
    found.set(other, known)
  }
  return [...found].map(([other, { weight, rise }]) => ({ other, weight, rise: rise / weight }))
}

function levelOf(steps: readonly Step[], heights: Float64Array): number | null {
  let [sum, total] = [0, 0]
  for (const { other, weight, rise } of steps) {
    sum += weight * ((heights[other] ?? 0) + rise)
    total += weight
  }
  return total === 0 ? null : sum / total
}

/** Cuts the order at the places that cost least: ties that end beyond the band, and bands that are uneven. */
function bands(graph: Graph, order: readonly number[], { parts, cap }: Wanted): Int32Array {
  const cutAt = bestCuts(gainsOf(graph, order, { parts, cap }), order.length, parts)
  const part = new Int32Array(order.length)
  for (let band = parts, to = order.length; band > 0; band--) {
    const from = cutAt[band]?.[to] ?? 0
    for (const node of order.slice(from, to)) part[node] = band - 1
    to = from
  }
  return part
}

/** What a band from one place of the order to another is worth. */
function gainsOf(
  graph: Graph,
  order: readonly number[],
  { parts, cap }: Wanted,
): (from: number, to: number) => number {
  const count = order.length
  const at = new Int32Array(count)
  for (const [position, node] of order.entries()) at[node] = position
  const total = graph.nodes.reduce((sum, weight) => sum + weight, 0)
  const bound = graph.ties.reduce((sum, { weight }) => sum + weight, 0) || 1
  const inside = insideWeights(graph, at, count)
  const before = new Float64Array(count + 1)
  for (const [position, node] of order.entries())
    before[position + 1] = (before[position] ?? 0) + (graph.nodes[node] ?? 0) / total
  return (from, to) => {
    const weight = (before[to] ?? 0) - (before[from] ?? 0)
    const over = Math.max(0, weight - Math.min(cap, capOf(parts)))
    return (
      (inside[from * (count + 1) + to] ?? 0) / bound - 40 * over - 0.6 * (weight - 1 / parts) ** 2 * parts
    )
  }
}

/** For each number of bands and each end the best beginning of the last band. */
function bestCuts(
  gain: (from: number, to: number) => number,
  count: number,
  parts: number,
): readonly Int32Array[] {
  const best = Array.from({ length: parts + 1 }, () =>
    new Float64Array(count + 1).fill(Number.NEGATIVE_INFINITY),
  )
  const cutAt = Array.from({ length: parts + 1 }, () => new Int32Array(count + 1))
  best[0]?.fill(0, 0, 1)
  for (let band = 1; band <= parts; band++) {
    for (let to = band; to <= count; to++) {
      for (let from = band - 1; from < to; from++) {
        const value = (best[band - 1]?.[from] ?? Number.NEGATIVE_INFINITY) + gain(from, to)
        if (value > (best[band]?.[to] ?? 0)) {
          best[band]?.fill(value, to, to + 1)
          cutAt[band]?.fill(from, to, to + 1)
        }
      }
    }
  }
  return cutAt
}

/** For every stretch of the order the ties that lie in it, as prefix sums over both ends. */
function insideWeights({ ties }: Graph, at: Int32Array, count: number): Float64Array {
  const size = count + 1
  const found = new Float64Array(size * size)
  for (const { a, b, weight } of ties) {
    const [low, high] = [Math.min(at[a] ?? 0, at[b] ?? 0), Math.max(at[a] ?? 0, at[b] ?? 0)]
    const key = low * size + high + 1
    found[key] = (found[key] ?? 0) + weight
  }
  for (let from = count - 1; from >= 0; from--) {
    for (let to = from + 1; to <= count; to++) {
      const key = from * size + to
      const shorter = (found[(from + 1) * size + to] ?? 0) + (found[from * size + to - 1] ?? 0)
      found[key] = (found[key] ?? 0) + shorter - (found[(from + 1) * size + to - 1] ?? 0)
    }
  }
  return found
}
