// Cells as a graph: what is changed together, imports each other or covers each other pulls cells together, and so does
// lying in one folder, for a piece has to be said in few patterns. Pure.
import { joined } from './bundles.ts'
import { cellOfFile, cellsOf, type Cell, type CellLimits } from './cells.ts'
import { Owners, simplified, withoutExceptions, type Division, type Place } from './division.ts'
import { glued } from './glue.ts'
import { cutCost, cutGraph, improvedCut, type Cut, type CutOptions, type Graph, type Tie } from './graph.ts'
import type { Ground } from './ground.ts'
import { isManifestPath } from './manifests.ts'
import { patternsOf } from './patterns.ts'
import { ownCodeOf } from './tests.ts'

/** How much each sort of tie counts, all ties of a sort together. */
export interface Mix {
  readonly imports: number
  readonly covers: number
  /** Of one cell to the folder around it: what two patterns more are worth. */
  readonly folder: number
}

/** How much more folders hold together where a goal names a part of the repository. */
const CLOSELY = 2

/** The more the history says, the less is left to structure. */
export function mixOf(ground: Ground, folder: number): Mix {
  const { trust } = ground
  return {
    imports: 0.15 + 0.85 * (1 - trust),
    covers: 0.05 + 0.35 * (1 - trust),
    folder: (folder + 0.01 * (1 - trust)) * (isPart(ground) ? CLOSELY : 1),
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
  const cells = known.get(limits) ?? cellsOf({ roots, paths, weights }, { closed: isClosed, ...limits })
  known.set(limits, cells)
  return cells
}

/** What is in such a folder belongs to one test or another; nobody would read its patterns. A manifest is the operator's where
 *  it lies between pieces, and makes none by itself. */
function isClosed(path: string): boolean {
  return isManifestPath(path) || isFixtures(path)
}

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
  for (const { a, b, share } of folderTies(cells, new Set(ties.keys()))) add(a, b, share * mix.folder)
  return {
    nodes: cells.map(({ weight }) => weight),
    ties: [...ties].map(([key, weight]) => ({
      a: Math.floor(key / cells.length),
      b: key % cells.length,
      weight,
    })),
  }
}

/** What is tied to nothing else is only loosely tied to the folder around it, and to its neighbour. */
const LOOSE = 0.25

/** Each cell to the folder around it, bundles to the one before them; `tied`: pairs that something else ties. */
function folderTies(
  cells: readonly Cell[],
  tied: ReadonlySet<number>,
): readonly { readonly a: number; readonly b: number; readonly share: number }[] {
  const held = new Set([...tied].flatMap((key) => [Math.floor(key / cells.length), key % cells.length]))
  const last = new Map<number, number>()
  const order = [...cells.keys()].toSorted((a, b) =>
    (cells[a]?.place.path ?? '') < (cells[b]?.place.path ?? '') ? -1 : 1,
  )
  return order.flatMap((index) => {
    const { parent = null, after } = cells[index] ?? {}
    if (parent === null) return []
    if (after !== undefined) return [{ a: index, b: after, share: 1 }]
    if (held.has(index)) return [{ a: index, b: parent, share: 1 }]
    const before = last.get(parent)
    last.set(parent, index)
    const own = { a: index, b: parent, share: LOOSE }
    return before === undefined ? [own] : [own, { a: index, b: before, share: LOOSE }]
  })
}

/** Cells with the piece each was given to, as a division. Pieces that got nothing are left out. */
export function divisionOf(
  { paths }: Pick<Ground, 'paths'>,
  cells: readonly Cell[],
  part: ArrayLike<number>,
): Division {
  const used = [
    ...new Set(cells.flatMap(({ files }, index) => (files.length > 0 ? [part[index] ?? 0] : []))),
  ].toSorted((a, b) => a - b)
  const names = new Map(used.map((name, index) => [name, index]))
  const given = cells.map(({ place }, index) => ({ place, piece: names.get(part[index] ?? 0) ?? null }))
  const said = (all: Division['given']): Division =>
    withoutExceptions(simplified(joined({ pieces: used.length, given: all })), paths)
  const full = adopted(cells, given)
  const division = said(full)
  if (!cells.some((_, index) => isShell(cells, given, index))) return division
  const left = said(full.map((own, index) => (isShell(cells, given, index) ? { ...own, piece: null } : own)))
  return patternCount(left) + MANY_SAVED <= patternCount(division) ? left : division
}

/** Patterns that must be saved for what is to come in a folder to be nobody's. */
const MANY_SAVED = 4

function patternCount(division: Division): number {
  return patternsOf(division).reduce((sum, { include, exclude }) => sum + include.length + exclude.length, 0)
}

/** Whether a cell is a folder of which nothing but files to come is left, in bundles of several pieces. */
function isShell(cells: readonly Cell[], given: Division['given'], index: number): boolean {
  const cell = cells[index]
  if (cell === undefined || cell.files.length > 0 || cell.place.path === '') return false
  const below = cells.flatMap(({ parent, place }, child) =>
    parent === index ? [{ piece: given[child]?.piece, isBundle: place.kind === 'range' }] : [],
  )
  return new Set(below.map(({ piece }) => piece)).size > 1 && below.some(({ isBundle }) => isBundle)
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
  const own = ownCodeOf(ground, cells)
  const whole = glued(graph, own)
  const part =
    whole === null
      ? better(cutGraph(graph, options), () => refined(ground, { cells, graph, options, outline, mix })).part
      : whole.expanded(cutGraph(whole.graph, options).part)
  const costOf = (other: Int32Array): number => cutCost(graph, other, options)
  return divisionOf(ground, cells, untangled({ cells, own, worth: worthOf(ground) }, part, costOf))
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
  if (place.kind === 'file') return place.path
  const folder = place.path === '' ? '' : `${place.path}/`
  return place.kind === 'range' ? `${folder}${place.start}${place.next.charAt(0)}\0` : `${folder}\0`
}

/** What a cell must save by being apart. */
interface Worth {
  /** From the one around it: two patterns more. */
  readonly patterns: number
  /** From that, and going back to a piece around it: such patterns are hard to read. */
  readonly knot: number
}

/** Where a goal names a part of a repository, there is less history to go by, and a plan that is read more closely. */
function worthOf(ground: Ground): Worth {
  return isPart(ground) ? { patterns: 0.008, knot: 0.03 } : { patterns: 0, knot: 0.01 }
}

function isPart({ files, paths }: Ground): boolean {
  return files.length < paths.length
}

interface Tangle {
  readonly cells: readonly Cell[]
  /** For each cell the one that it goes with. */
  readonly own: readonly number[]
  readonly worth: Worth
}

/** Cells go to the piece around them where that costs little, those inside of one piece inside of their own above all. */
function untangled(
  { cells, own, worth }: Tangle,
  part: Int32Array,
  costOf: (part: Int32Array) => number,
): Int32Array {
  let best = part
  let cost = costOf(part)
  for (const [index, cell] of cells.entries()) {
    if (cell.parent === null || best[index] === best[cell.parent] || own[index] !== index) continue
    const knot = isKnot(cells, best, index)
    if (!knot && worth.patterns === 0) continue
    const target = best[cell.parent] ?? 0
    const other = best.map((piece, at) => (at === index || own[at] === index ? target : piece))
    const next = costOf(other)
    if (next > cost + (knot ? worth.knot : worth.patterns)) continue
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
