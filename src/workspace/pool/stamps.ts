// By what a change of files and folders shows without reading them: inode, time of last change, which nobody can set, and
// size.
import { lstatSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'

/** Another text when the file, the link or the entries of the folder have changed. Takes microseconds; an asynchronous look
 *  would take ten times as long. */
export function stampOf(path: string): string {
  const found = lstatSync(path, { throwIfNoEntry: false })
  return found === undefined ? 'none\n' : stampFrom(found)
}

/** The same, of what was seen of a path that is there. */
export const stampFrom = ({ ino, ctimeMs, size }: Stats): string => `${ino} ${ctimeMs} ${size}\n`

/** All folders that these paths are in, but for the top. */
export function foldersOf(paths: readonly string[]): string[] {
  const folders = new Set<string>()
  for (const path of paths)
    for (let at = dirname(path); at !== '.' && !folders.has(at); at = dirname(at)) folders.add(at)
  return [...folders]
}

/** How many folders deep a path is. */
export const depth = (path: string): number => path.split('/').length
