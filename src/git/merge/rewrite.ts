// A commit made over from another one, path by path and without a worktree, and the difference of two as a patch.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withoutOwnFilters } from '../own-filters.ts'
import { revealIn } from '../private-index.ts'
import { runGit } from '../run.ts'
import { encode } from '../text.ts'

const PATCH_BYTES = 512 * 1024 * 1024
const NOTHING = '0'.repeat(40)

/** What a path is to be: mode and hash as git writes them, `000000` for absent. */
export interface PathEntry {
  readonly path: string
  readonly mode: string
  readonly blob: string
}

/** The tree of `commit` with other entries at some paths; writes objects only. Throws `E_GIT`. */
export async function treeWith(cwd: string, commit: string, entries: readonly PathEntry[]): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'quintet-tree-'))
  const options = { cwd, env: { GIT_INDEX_FILE: join(scratch, 'index') }, writes: 'store' as const }
  try {
    await runGit(['read-tree', commit], { ...options, op: 'read the tree of a commit' })
    // What goes comes first: a folder may stand where a file is to be.
    const sorted = [...entries.filter(isAbsent), ...entries.filter((entry) => !isAbsent(entry))]
    await runGit(['update-index', '-z', '--index-info'], {
      ...options,
      op: 'put paths back',
      input: encode(sorted.map(indexLine).join('')),
    })
    const { stdout } = await runGit(['write-tree'], { ...options, op: 'write a tree' })
    return stdout.trim()
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function isAbsent({ mode }: PathEntry): boolean {
  return mode === '000000'
}

function indexLine(entry: PathEntry): string {
  return isAbsent(entry) ? `0 ${NOTHING}\t${entry.path}\0` : `${entry.mode} ${entry.blob}\t${entry.path}\0`
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
      input: encode(paths.map((path) => `${path}\0`).join('')),
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
