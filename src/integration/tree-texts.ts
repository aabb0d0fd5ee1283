// Texts of files as a commit has them.
import { treeEntries } from '../git/hunks.ts'
import { blobTexts } from '../git/objects/blobs.ts'

/** Bytes of one file above which it is not read. */
export const FILE_BYTES = 4 * 1024 * 1024

/** Texts of the files of a tree or commit at `paths`, by path; what is not there, no file or too large is left out. */
export async function treeTexts(
  cwd: string,
  tree: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const entries = await treeEntries(cwd, tree, paths)
  const blobs = [...entries.values()].map(({ blob }) => blob)
  const texts = await blobTexts(cwd, blobs, FILE_BYTES)
  return new Map(
    [...entries].flatMap(([path, { blob }]) => {
      const text = texts.get(blob)
      return text === undefined ? [] : [[path, text] as const]
    }),
  )
}
