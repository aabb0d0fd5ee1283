// Files that are to come: each belongs to the piece whose files are nearest, so that somebody may write it. Pure.
import { Owners, type Division, type Place } from './division.ts'
import type { Ground } from './ground.ts'

/** The division with paths that are to come, folders with a slash behind them, given away; those that somebody owns already
 *  stay where they are. */
export function withComing(ground: Ground, division: Division, coming: readonly string[]): Division {
  const owners = new Owners(division)
  const given = coming.flatMap((path): Division['given'] => {
    if (owners.ownerOf(path) !== null) return []
    const piece = nearestPiece(ground, owners, path)
    const place: Place = path.endsWith('/')
      ? { kind: 'folder', path: path.slice(0, -1) }
      : { kind: 'file', path }
    return piece === null ? [] : [{ place, piece }]
  })
  return given.length === 0 ? division : { ...division, given: [...division.given, ...given] }
}

/** The piece of the file whose path has the longest beginning in common; the first of several. */
function nearestPiece({ files, paths }: Ground, owners: Owners, path: string): number | null {
  let [longest, found]: [number, number | null] = [-1, null]
  for (const file of files) {
    const other = paths[file] ?? ''
    const piece = owners.ownerOf(other)
    const common = commonLength(path, other)
    if (piece !== null && common > longest) [longest, found] = [common, piece]
  }
  return found
}

function commonLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length += 1
  return length
}
