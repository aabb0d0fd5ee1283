// Cells as a graph: what is changed together, imports each other or covers each other pulls cells together, and so does
// lying in one folder, for a piece has to be said in few patterns. Pure.
import { cellOfFile, cellsOf, type Cell, type CellLimits } from './cells.ts'
import { Owners, simplified, type Division, type Place } from './division.ts'
import { cutCost, cutGraph, improvedCut, type Cut, type CutOptions, type Graph, type Tie } from './graph.ts'
import type { Ground } from './ground.ts'

/** How much each sort of tie counts, all ties of a sort together. */
export interface Mix {
  readonly imports: number
  readonly covers: number
  /** Of one cell to the folder around it: what two patterns more are worth. */
  readonly folder: number
}

/** The more the history says, the less is left to structure. */
export function mixOf({ trust }: Ground, folder: number): Mix {
  return {
    imports: 0.15 + 0.85 * (1 - trust),
    covers: 0.05 + 0.35 * (1 - trust),
    folder: folder + 0.01 * (1 - trust),
  }
}

/** What a division is asked for. */
export interface Wanted {
  readonly parts: number
  /** Share of all work that one piece may have. */
  readonly cap: number
  readonly starts?: number
}

/** The largest piece may have twice its share; with two pieces seven tenths of all. */
export function capOf(parts: number): number {
  return Math.min(0.7, 2 / parts)
}

/** What uneven pieces cost against ties cut. */
const EVENNESS = 0.3
/** The expected work is no promise: a piece is filled to a little below its cap. */
const MARGIN = 0.95

function cutOptions({ parts, cap, starts }: Wanted): CutOptions {
  return { parts, cap: cap * MARGIN, evenness: EVENNESS, ...(starts === undefined ? {} : { starts }) }
}

/** Cells of the ground, made once for the same limits: they are the same for every number of pieces. */
export function groundCells(ground: Ground, limits: CellLimits): readonly Cell[] {
  const known = CELLS.get(ground) ?? new Map<CellLimits, readonly Cell[]>()
  CELLS.set(ground, known)
  const { roots, paths, weights } = ground
  const cells = known.get(limits) ?? cellsOf({ roots, paths, weights }, { closed: isFixtures, ...limits })
  known.set(limits, cells)
  return cells
}

/** What is in there belongs to one test or another; nobody would read its patterns. */
function isFixtures(folder: string): boolean {
  return /(?:^|\/)(?:fixtures?|__fixtures__|__snapshots__|testdata|test-data)(?:\/|$)/.test(folder)
}

const CELLS = new WeakMap<Ground, Map<CellLimits, readonly Cell[]>>()

/** The graph of these cells. */
export function cellGraph(ground: Ground, cells: readonly Cell[], mix: Mix): Graph {
  const of = cellOfFile(cells, ground.paths.length)
  const ties = new Map<number, number>()
  const add = (a: number, b: number, weight: number): void => {
    if (a === b || a < 0 || b < 0) return
    const key = Math.min(a, b) * cells.length + Math.max(a, b)
    ties.set(key, (ties.get(key) ?? 0) + weight)
  }
  const addAll = (list: readonly Tie[], share: number): void => {
    const total = list.reduce((sum, { weight }) => sum + weight, 0)
    for (const { a, b, weight } of list) add(of[a] ?? -1, of[b] ?? -1, (share * weight) / total)
  }
  addAll(ground.together, ground.trust)
  addAll(ground.imports, mix.imports)
  addAll(ground.covers, mix.covers)
  for (const [index, { parent }] of cells.entries()) if (parent !== null) add(index, parent, mix.folder)
  return {
    nodes: cells.map(({ weight }) => weight),
    ties: [...ties].map(([key, weight]) => ({
      a: Math.floor(key / cells.length),
      b: key % cells.length,
      weight,
    })),
  }
}

/** Cells with the piece each was given to, as a division. Pieces that got nothing are left out. */
export function divisionOf(cells: readonly Cell[], part: ArrayLike<number>): Division {
  const used = [
    ...new Set(cells.flatMap(({ files }, index) => (files.length > 0 ? [part[index] ?? 0] : []))),
  ].toSorted((a, b) => a - b)
  const names = new Map(used.map((name, index) => [name, index]))
  const given = cells.map(({ place }, index) => ({ place, piece: names.get(part[index] ?? 0) ?? null }))
  return simplified({ pieces: used.length, given: adopted(cells, given) })
}

/** A folder of which nothing but files to come is left goes with the cell in it that is heaviest. */
function adopted(
  cells: readonly Cell[],
  given: readonly { readonly place: Cell['place']; readonly piece: number | null }[],
): Division['given'] {
  return given.map((own, index) => {
    if ((cells[index]?.files.length ?? 0) > 0) return own
    const below = cells.flatMap((cell, child) =>
      cell.parent === index ? [{ piece: given[child]?.piece ?? null, weight: cell.weight }] : [],
    )
    const weights = new Map<number | null, number>()
    for (const { piece, weight } of below) weights.set(piece, (weights.get(piece) ?? 0) + weight)
    const [heaviest] = [...weights].toSorted(([, a], [, b]) => b - a)
    return heaviest === undefined ? own : { ...own, piece: heaviest[0] }
  })
}

/** Cells cut into pieces along their ties. */
export function cutCells(
  ground: Ground,
  cells: readonly Cell[],
  { mix, outline, ...wanted }: Wanted & { readonly mix: Mix; readonly outline?: readonly Cell[] },
): Division {
  const graph = cellGraph(ground, cells, mix)
  const options = cutOptions(wanted)
  const { part } = better(cutGraph(graph, options), () =>
    refined(ground, { cells, graph, options, outline, mix }),
  )
  return divisionOf(
    cells,
    untangled(cells, part, (other) => cutCost(graph, other, options)),
  )
}

function better(one: Cut, other: () => Cut | null): Cut {
  const second = other()
  return second !== null && second.cost < one.cost ? second : one
}

interface Refining {
  readonly cells: readonly Cell[]
  readonly graph: Graph
  readonly options: CutOptions
  readonly outline: readonly Cell[] | undefined
  readonly mix: Mix
}

/** The larger cells of an outline cut first, and the cells then improved from there. */
function refined(ground: Ground, { cells, graph, options, outline, mix }: Refining): Cut | null {
  if (outline === undefined || outline.length < options.parts) return null
  const { part } = cutGraph(cellGraph(ground, outline, mix), options)
  const owners = new Owners({
    given: outline.map(({ place }, index) => ({ place, piece: part[index] ?? 0 })),
  })
  const start = Int32Array.from(cells, ({ place }) => owners.ownerOf(insideOf(place)) ?? 0)
  return improvedCut(graph, start, options)
}

/** A path that lies in a place. */
function insideOf(place: Place): string {
  return place.kind === 'file' ? place.path : `${place.path === '' ? '' : `${place.path}/`}\0`
}

/** What a cell that goes back to a piece around the one around it may save; it takes patterns that are hard to read. */
const WORTH_A_KNOT = 0.01

/** Cells inside of one piece inside of their own go to the piece around them, where that costs little. */
function untangled(
  cells: readonly Cell[],
  part: Int32Array,
  costOf: (part: Int32Array) => number,
): Int32Array {
  let best = part
  let cost = costOf(part)
  for (const [index, cell] of cells.entries()) {
    if (cell.parent === null || !isKnot(cells, best, index)) continue
    const other = Int32Array.from(best)
    other[index] = best[cell.parent] ?? 0
    const next = costOf(other)
    if (next > cost + WORTH_A_KNOT) continue
    best = other
    cost = next
  }
  return best
}

/** Whether a piece around the one around this cell is that of the cell. */
function isKnot(cells: readonly Cell[], part: Int32Array, index: number): boolean {
  const own = part[index]
  let left = false
  for (let at = cells[index]?.parent ?? null; at !== null; at = cells[at]?.parent ?? null) {
    if (part[at] !== own) left = true
    else if (left) return true
    else return false
  }
  return false
}
