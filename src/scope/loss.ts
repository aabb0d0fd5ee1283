// What a piece loses when folders of it move to another one: more than the one line of a command lets see. Pure.
import type { ScopeLoss } from '../contract/api.ts'
import { overlap } from './overlap.ts'
import { grantedPattern, type OwnershipMap } from './ownership.ts'

/** Files that are named; the others are counted. */
const NAMED = 20

/** What `from` loses with these folders, by the map before they move; null when it is no more than one file and not the
 *  whole of its scope. `tracked`: all files of the tree. */
export function lossOf(
  map: OwnershipMap,
  from: string,
  { folders, tracked }: { readonly folders: readonly string[]; readonly tracked: readonly string[] },
): ScopeLoss | null {
  const files = tracked.filter(
    (path) => folders.some((folder) => path.startsWith(folder)) && map.owns(from, path),
  )
  const whole = isWhole(map, from, folders)
  if (!whole && files.length <= 1) return null
  return { from, whole, count: files.length, files: files.slice(0, NAMED) }
}

/** Whether nothing that the piece may write lies outside of these folders. */
function isWhole(map: OwnershipMap, piece: string, folders: readonly string[]): boolean {
  const { include, exclude, exceptions } = map.scopeOf(piece)
  const inside = (path: string): boolean => folders.some((folder) => path.startsWith(folder))
  if (exceptions.some(({ path, mine }) => mine && !inside(path))) return false
  const rest = { include: [...include], exclude: [...exclude, ...folders.map(grantedPattern)] }
  return overlap(rest, { include: ['**'] }) === null
}
