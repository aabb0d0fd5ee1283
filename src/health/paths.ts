// The one way in which the paths of traces are shortened: as the repository names them. Pure.
import { isAbsolute, posix } from 'node:path'

/** A path relative to the folder; one that lies outside of it, or is the folder itself, stays as it is. */
export function relativeTo(root: string | null, path: string): string {
  if (root === null || !isAbsolute(path)) return posix.normalize(path)
  const inside = posix.relative(root, path)
  return inside === '..' || inside.startsWith('../') || inside === '' ? path : inside
}
