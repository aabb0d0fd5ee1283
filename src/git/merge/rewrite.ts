// A commit made over from another one, path by path and without a worktree, and the difference of two as a patch.
import { withoutOwnFilters } from '../own-filters.ts'
import { indexGit, revealIn, withTreeIndex } from '../private-index.ts'
import { recordInput, runGit } from '../run.ts'
import { encode } from '../text.ts'

const PATCH_BYTES = 512 * 1024 * 1024
const NOTHING = '0'.repeat(40)

/** What a path is to be: mode and hash as git writes them, `000000` for absent. */
export interface PathEntry {
  readonly path: string
  readonly mode: string
  readonly blob: string
}

/** A tree, or that of a commit, with other entries at some paths; writes objects only. Throws `E_GIT`. */
export async function treeWith(cwd: string, tree: string, entries: readonly PathEntry[]): Promise<string> {
  // What goes comes first: a folder may stand where a file is to be.
  const sorted = [...entries.filter(isAbsent), ...entries.filter((entry) => !isAbsent(entry))]
  return await withTreeIndex(cwd, tree, async (index) => {
    await indexGit(
      index,
      ['update-index', '-z', '--index-info'],
      'put paths into a tree',
      sorted.map(indexLine),
    )
    return (await indexGit(index, ['write-tree'], 'write a tree')).trim()
  })
}

function isAbsent({ mode }: PathEntry): boolean {
  return mode === '000000'
}

function indexLine(entry: PathEntry): string {
  return isAbsent(entry) ? `0 ${NOTHING}\t${entry.path}` : `${entry.mode} ${entry.blob}\t${entry.path}`
}

/** Puts tracked paths of a worktree back to its HEAD, index and file. Paths are literal. */
export async function restorePaths(cwd: string, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return
  // Git does not find a path that the index hides.
  await revealIn(cwd, paths)
  await runGit(
    ['restore', '--source=HEAD', '--staged', '--worktree', '--pathspec-from-file=-', '--pathspec-file-nul'],
    {
      cwd,
      op: 'put files back',
      // Literal patterns, because a path from the list would be read as one.
      env: { ...(await withoutOwnFilters(cwd)), GIT_LITERAL_PATHSPECS: '1' },
      input: recordInput(paths),
      writes: 'index',
    },
  )
}

/** What leads from one commit to the other as a patch that `git apply` takes, binary files included. */
export async function patchBetween(cwd: string, from: string, to: string): Promise<Uint8Array> {
  const args = ['diff-tree', '-p', '-r', '--binary', '--full-index', '--no-renames', '--no-ext-diff']
  const { stdout } = await runGit([...args, '--no-textconv', '--no-color', from, to, '--'], {
    cwd,
    op: 'write a patch',
    maxBytes: PATCH_BYTES,
  })
  return encode(stdout)
}
