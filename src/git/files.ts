// Lists of files, and single files of a commit.
import { records, runGit } from './run.ts'
import { encode } from './text.ts'

const LISTING_BYTES = 512 * 1024 * 1024
const BLOB_BYTES = 64 * 1024 * 1024

/** Every tracked path of the worktree whose root is `cwd`, or of `commit`. */
export async function trackedFiles(cwd: string, commit?: string): Promise<string[]> {
  const args =
    commit === undefined
      ? ['ls-files', '-z', '--deduplicate']
      : ['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit]
  return listing(cwd, args, 'list the tracked files')
}

/** The blob of every file of a commit, by path. */
export async function treeBlobs(cwd: string, commit: string): Promise<ReadonlyMap<string, string>> {
  const entries = await listing(cwd, ['ls-tree', '-r', '-z', '--full-tree', commit], 'list the tracked files')
  return new Map(
    entries.flatMap((entry): [string, string][] => {
      const [, type, blob = ''] = entry.slice(0, entry.indexOf('\t')).split(' ')
      return type === 'blob' ? [[entry.slice(entry.indexOf('\t') + 1), blob]] : []
    }),
  )
}

/** The entries of git's index for these files and folders ('' is everything) of the worktree whose root is `cwd`: mode, blob
 *  and path of each, as one text. */
export async function indexEntries(cwd: string, paths: readonly string[]): Promise<string> {
  const wanted = paths.includes('') ? [] : paths.map((path) => `:(top,literal)${path}`)
  const args = ['ls-files', '--stage', '-z', '--', ...wanted]
  return (await runGit(args, { cwd, op: 'list the tracked files', maxBytes: LISTING_BYTES })).stdout
}

/** Ignored paths of the worktree whose root is `cwd`; a folder with nothing tracked in it is one entry with a trailing slash. */
export async function ignoredFiles(cwd: string): Promise<string[]> {
  const args = ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', '--directory']
  return listing(cwd, args, 'list the ignored files')
}

/** Content of a file of a commit, at most 64 MB; null when there is no such file. */
export async function readBlob(cwd: string, commit: string, path: string): Promise<string | null> {
  const { stdout } = await runGit(['cat-file', '--batch', '-z'], {
    cwd,
    op: `read ${path} of a commit`,
    input: encode(`${commit}:${path}\0`),
    maxBytes: BLOB_BYTES,
  })
  const header = /^[0-9a-f]+ blob \d+\n/.exec(stdout)
  return header === null ? null : stdout.slice(header[0].length, -1)
}

async function listing(cwd: string, args: readonly string[], op: string): Promise<string[]> {
  const { stdout } = await runGit(args, { cwd, op, maxBytes: LISTING_BYTES })
  return records(stdout)
}
