// By directory: whole folders, kept beside their neighbours, as few patterns as can be. Pure.
import { cutCells, groundCells, mixOf, type Wanted } from './coupling.ts'
import type { Division } from './division.ts'
import type { Ground } from './ground.ts'

const LIMITS = { most: 60, folder: 0.015, file: 2 }
const FOLDER = 0.02

/** Folders to pieces; single files are left where they lie. */
export function byDirectory(ground: Ground, wanted: Wanted): Division | null {
  const cells = groundCells(ground, LIMITS)
  if (cells.length < wanted.parts) return null
  return cutCells(ground, cells, { ...wanted, mix: mixOf(ground, FOLDER) })
}
