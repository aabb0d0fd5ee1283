// The repository cut into cells: folders small enough to be given to one piece or another, and heavy files by themselves.
// What is in a folder but in no cell of its own stays with the folder, as do files to come. Where everything is light, as in a
// repository of hundreds of packages or a folder of many files, neighbours are bundled: see bundles.ts. Pure.
import { bundlesOf, type Part } from './bundles.ts'
import type { Place } from './division.ts'

/** A place with the files that are left in it; `parent` is the cell that would hold it if it were none. */
export interface Cell {
  readonly place: Place
  readonly parent: number | null
  /** The bundle before it in the order of the names. */
  readonly after?: number
  readonly files: readonly number[]
  readonly weight: number
}

export interface CellInput {
  /** Places that are to be divided, with the indices of the files in them. */
  readonly roots: readonly { readonly place: Place; readonly files: readonly number[] }[]
  readonly paths: readonly string[]
  /** Share of the work that is expected in each file. */
  readonly weights: readonly number[]
}

export interface CellLimits {
  /** Cells at most. */
  readonly most: number
  /** Share of all work from which on a folder, or a file, is a cell of its own. */
  readonly folder: number
  readonly file: number
  /** Folders that are neither opened nor apart: they stay with what is around them. */
  readonly closed?: (folder: string) => boolean
}

interface Open {
  readonly index: number
  readonly folder: string
  files: readonly number[]
  weight: number
}

/** With fewer cells there is too little to choose from, whatever they weigh. */
const FEWEST = 8
/** Share of all work that is divided further even where there are enough. */
const HEAVY = 0.45
/** The same where there are too few. */
const LIGHT = 0.3
/** Children of a folder from which on they are neighbours among many. */
const FEWEST_CHILDREN = 4
/** Children that may stand by themselves; more are bundled. */
const MOST_APART = 24

/** Cells of these places, the heaviest folders opened first. */
export function cellsOf(input: CellInput, limits: CellLimits): readonly Cell[] {
  return withBundles(heavyCells(input, limits), input, limits)
}

/** Opens what is left of folders where there are too few cells, or one is too heavy. */
function withBundles(
  heavy: readonly Cell[],
  input: CellInput,
  { most, closed }: CellLimits,
): readonly Cell[] {
  const cells = [...heavy]
  const total = cells.reduce((sum, { weight }) => sum + weight, 0)
  const tried = new Set<number>()
  for (;;) {
    const enough = cells.filter(({ files }) => files.length > 0).length >= Math.min(FEWEST, most)
    const index = heaviestOf(cells, (cell, at) => {
      const can = cell.place.kind === 'folder' && closed?.(cell.place.path) !== true && cell.files.length > 1
      return can && !tried.has(at) && cell.weight >= (enough ? HEAVY : LIGHT) * total
    })
    const cell = cells[index]
    if (cell === undefined) return cells
    tried.add(index)
    const parts = partsOfRest(cell, input)
    if (parts.length < FEWEST_CHILDREN) continue
    const given = new Set(parts.flatMap(({ files }) => files))
    const files = cell.files.filter((file) => !given.has(file))
    cells[index] = { ...cell, files, weight: cell.weight - sumOf(parts) }
    for (const [position, { place, files: own, weight }] of parts.entries()) {
      const after = position === 0 ? {} : { after: cells.length - 1 }
      cells.push({ place, parent: index, ...after, files: own, weight })
    }
  }
}

function heaviestOf(cells: readonly Cell[], counts: (cell: Cell, index: number) => boolean): number {
  let found = -1
  for (const [index, cell] of cells.entries())
    if (counts(cell, index) && (found === -1 || cell.weight > (cells[found]?.weight ?? 0))) found = index
  return found
}

function sumOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { weight }) => sum + weight, 0)
}

/** What is left of a folder: few children by themselves, many in bundles of neighbours. */
function partsOfRest(cell: Cell, { paths, weights }: CellInput): readonly Part[] {
  const children = childrenOf(cell.place.path, cell.files, paths).map((child) => ({
    ...child,
    weight: child.files.reduce((sum, file) => sum + (weights[file] ?? 0), 0),
  }))
  const worth = children.filter(({ weight }) => weight > 0)
  return worth.length <= MOST_APART ? worth : bundlesOf(cell.place.path, worth, MOST_APART)
}

function heavyCells(input: CellInput, limits: CellLimits): readonly Cell[] {
  const { weights } = input
  const sum = (files: readonly number[]): number =>
    files.reduce((total, file) => total + (weights[file] ?? 0), 0)
  const total = input.roots.reduce((all, { files }) => all + sum(files), 0)
  const cells: { place: Place; parent: number | null; files: readonly number[]; weight: number }[] = []
  const open: Open[] = []
  const add = (place: Place, parent: number | null, files: readonly number[]): void => {
    const weight = sum(files)
    cells.push({ place, parent, files, weight })
    if (place.kind === 'folder' && !limits.closed?.(place.path))
      open.push({ index: cells.length - 1, folder: place.path, files, weight })
  }
  for (const { place, files } of input.roots) add(place, null, files)
  while (open.length > 0 && cells.length < limits.most) {
    open.sort((a, b) => b.weight - a.weight)
    const next = open.shift()
    if (next === undefined || next.weight < 2 * limits.folder * total) break
    const { parts, rest } = partsOf(next, input, {
      sum,
      folder: limits.folder * total,
      file: limits.file * total,
      closed: limits.closed,
    })
    const cell = cells[next.index]
    if (parts.length === 0 || cell === undefined) continue
    cells[next.index] = { ...cell, files: rest, weight: sum(rest) }
    for (const { place, files } of parts) add(place, next.index, files)
  }
  return cells
}

interface PartLimits {
  readonly closed: CellLimits['closed']
  readonly sum: (files: readonly number[]) => number
  readonly folder: number
  readonly file: number
}

interface Parts {
  readonly parts: readonly { readonly place: Place; readonly files: readonly number[] }[]
  readonly rest: readonly number[]
}

/** Folders and files directly in a folder that are heavy enough, the heaviest first, and what is left. */
function partsOf({ folder, files }: Open, { paths }: CellInput, limits: PartLimits): Parts {
  const all = childrenOf(folder, files, paths).map((child) => ({ ...child, weight: limits.sum(child.files) }))
  const heavy = all.filter(
    ({ place, weight }) =>
      weight >= (place.kind === 'folder' ? limits.folder : limits.file) &&
      limits.closed?.(place.path) !== true,
  )
  const chosen = new Set(heavy)
  return {
    parts: heavy.toSorted((a, b) => b.weight - a.weight),
    rest: all.filter((group) => !chosen.has(group)).flatMap((group) => group.files),
  }
}

/** What lies directly in a folder, with the files in it. */
function childrenOf(
  folder: string,
  files: readonly number[],
  paths: readonly string[],
): readonly { readonly place: Part['place']; readonly files: readonly number[] }[] {
  const start = folder === '' ? 0 : folder.length + 1
  const groups = new Map<string, { readonly place: Part['place']; readonly files: number[] }>()
  for (const file of files) {
    const path = paths[file] ?? ''
    const slash = path.indexOf('/', start)
    const name = slash === -1 ? path : path.slice(0, slash)
    const known = groups.get(name)
    if (known === undefined)
      groups.set(name, { place: { kind: slash === -1 ? 'file' : 'folder', path: name }, files: [file] })
    else known.files.push(file)
  }
  return [...groups.values()]
}

/** For every file the index of its cell; -1 outside of all. */
export function cellOfFile(cells: readonly Cell[], files: number): Int32Array {
  const found = new Int32Array(files).fill(-1)
  for (const [index, cell] of cells.entries()) for (const file of cell.files) found[file] = index
  return found
}
