// Paths inside a repository. Pure.
import { posix } from 'node:path'

/** Index of every file by its path. */
export type FileIndex = ReadonlyMap<string, number>

/** The folder of a path, '' for the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** `below` from `folder`; null where it leads out of the repository. */
export function joined(folder: string, below: string): string | null {
  const path = posix.normalize(`${folder === '' ? '.' : folder}/${below}`)
  if (path === '..' || path.startsWith('../')) return null
  const inside = path.endsWith('/') ? path.slice(0, -1) : path
  return inside === '.' ? '' : inside
}

/** The folder itself and all above it, the nearest first; the last is ''. */
export function upward(folder: string): readonly string[] {
  const found: string[] = []
  for (let at = folder; at !== ''; at = folderOf(at)) found.push(at)
  return [...found, '']
}
