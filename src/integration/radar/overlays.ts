// Reading overlays of commits from git, for any number of them in two processes.
import { absentFolders, treeChanges, type TreeChangesOptions, type TreePair } from '../../git/hunks.ts'
import { leftFolders, overlayOf, type PathChange } from './change.ts'

/** What each of the commits changes against its base, in their order. */
export async function readOverlays(
  pairs: readonly TreePair[],
  options: TreeChangesOptions,
): Promise<readonly Map<string, PathChange>[]> {
  const changes = await treeChanges(pairs, options)
  const asked = changes.flatMap((list, index) => {
    const folders = list.flatMap(({ from, path }) => (from === undefined ? [] : leftFolders(from, path)))
    const commit = pairs[index]?.tip ?? ''
    return [...new Set(folders)].map((folder) => ({ index, commit, folder }))
  })
  const absent = await absentFolders(asked, options)
  const gone = new Set(absent.map(({ index, folder }) => `${index} ${folder}`))
  return changes.map((list, index) => overlayOf(list, (folder) => gone.has(`${index} ${folder}`)))
}
