// The paths in which a merge conflicts, as people know them. Pure.

/** Where one side has a file and the other a folder, git's merge puts the file beside the folder and adds to its name the
 *  commit that it came from, and a number where that is taken; the same paths without these. */
export function plainPaths(files: readonly string[], commits: readonly string[]): readonly string[] {
  const ends = new RegExp(`~(?:${commits.join('|')})(?:_\\d+)?$`)
  return [...new Set(files.map((file) => file.replace(ends, '')))]
}
