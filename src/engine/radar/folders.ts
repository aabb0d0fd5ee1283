// Which folders of a worktree are worth a watch: those in which its session may write, and, where no box holds it there,
// all others as well. Pure.

export interface Writable {
  readonly owns: (path: string) => boolean
  /** Patterns of what it may write. */
  readonly include: readonly string[]
}

/** Folders with files that the session owns, or in which its patterns begin, and all folders above those, which come first:
 *  the root is an empty text and always among them. `files`: all tracked ones. */
export function writableFolders(files: readonly string[], { owns, include }: Writable): readonly string[] {
  const found = new Set([''])
  for (const path of files) {
    const folder = folderOf(path)
    if (!found.has(folder) && owns(path)) addWithParents(found, folder)
  }
  // One that is not there yet is made below one that is.
  for (const pattern of include) addWithParents(found, literalFolder(pattern))
  return [...found]
}

/** All folders that there are. */
export function allFolders(files: readonly string[]): readonly string[] {
  const found = new Set([''])
  for (const path of files) addWithParents(found, folderOf(path))
  return [...found]
}

function addWithParents(found: Set<string>, folder: string): void {
  if (found.has(folder)) return
  addWithParents(found, folderOf(folder))
  found.add(folder)
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** The part of a pattern that holds no wildcard, up to its last slash. */
function literalFolder(pattern: string): string {
  const literal = /^\/?([^*?[\\!]*)/.exec(pattern)?.[1] ?? ''
  return folderOf(literal)
}
