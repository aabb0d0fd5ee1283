// By feature: what is changed together goes together, code with its tests and its documentation, wherever it lies. Pure.
import type { CellLimits } from './cells.ts'
import { cutCells, groundCells, mixOf, type Wanted } from './coupling.ts'
import type { Division } from './division.ts'
import type { Ground } from './ground.ts'

const LIMITS: CellLimits = { most: 160, folder: 0.004, file: 0.008 }
/** Whole folders, to begin with. */
const OUTLINE: CellLimits = { most: 50, folder: 0.02, file: 2 }
/** What a cell apart from its folder must gain: a thousandth of all ties. */
const FOLDER = 0.005

/** Cells, down to single heavy files, to pieces along their ties. */
export function byFeature(ground: Ground, wanted: Wanted): Division | null {
  const cells = groundCells(ground, LIMITS)
  if (cells.filter(({ files }) => files.length > 0).length < wanted.parts) return null
  const outline = groundCells(ground, OUTLINE)
  return cutCells(ground, cells, { ...wanted, mix: mixOf(ground, FOLDER), outline })
}
