// The repository cut into cells: folders small enough to be given to one piece or another, and heavy files by themselves.
// What is in a folder but in no cell of its own stays with the folder, as do files to come. Pure.
import type { Place } from './division.ts'

/** A place with the files that are left in it; `parent` is the cell that would hold it if it were none. */
export interface Cell {
  readonly place: Place
  readonly parent: number | null
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
  /** Folders that are never opened. */
  readonly closed?: (folder: string) => boolean
}

interface Open {
  readonly index: number
  readonly folder: string
  files: readonly number[]
  weight: number
}

/** Cells of these places, the heaviest folders opened first. */
export function cellsOf(input: CellInput, limits: CellLimits): readonly Cell[] {
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
    })
    const cell = cells[next.index]
    if (parts.length === 0 || cell === undefined) continue
    cells[next.index] = { ...cell, files: rest, weight: sum(rest) }
    for (const { place, files } of parts) add(place, next.index, files)
  }
  return cells
}

interface PartLimits {
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
  const start = folder === '' ? 0 : folder.length + 1
  const groups = new Map<string, { readonly place: Place; readonly files: number[] }>()
  for (const file of files) {
    const path = paths[file] ?? ''
    const slash = path.indexOf('/', start)
    const name = slash === -1 ? path : path.slice(0, slash)
    const known = groups.get(name)
    if (known === undefined)
      groups.set(name, { place: { kind: slash === -1 ? 'file' : 'folder', path: name }, files: [file] })
    else known.files.push(file)
  }
  const all = [...groups.values()].map((group) => ({ ...group, weight: limits.sum(group.files) }))
  const heavy = all.filter(
    ({ place, weight }) => weight >= (place.kind === 'folder' ? limits.folder : limits.file),
  )
  const chosen = new Set(heavy)
  return {
    parts: heavy.toSorted((a, b) => b.weight - a.weight),
    rest: all.filter((group) => !chosen.has(group)).flatMap((group) => group.files),
  }
}

/** For every file the index of its cell; -1 outside of all. */
export function cellOfFile(cells: readonly Cell[], files: number): Int32Array {
  const found = new Int32Array(files).fill(-1)
  for (const [index, cell] of cells.entries()) for (const file of cell.files) found[file] = index
  return found
}
