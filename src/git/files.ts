// Lists of files, and single files of a commit.
import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ignoring } from '../contract/errors.ts'
import type { Repository } from './repository.ts'
import { records, runGit } from './run.ts'
import { encode } from './text.ts'
import { withRegistry } from './worktree.ts'

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

/** Makes git overlook untracked files that match `patterns`, in all worktrees; lines that are there already stay single. */
export async function excludeFromStatus(repo: Repository, patterns: readonly string[]): Promise<void> {
  const file = join(repo.commonDir, 'info', 'exclude')
  await withRegistry(repo, async () => {
    const text = (await ignoring(['ENOENT'], readFile(file, 'utf8'))) ?? ''
    const present = new Set(text.split(/\r?\n/))
    const missing = [...new Set(patterns)].filter((pattern) => !present.has(pattern))
    if (missing.length === 0) return
    await mkdir(dirname(file), { recursive: true })
    // Appended in one write, so that the file, which may be a link, keeps its place, mode and content.
    const separator = text === '' || text.endsWith('\n') ? '' : '\n'
    await appendFile(file, `${separator}${missing.join('\n')}\n`)
  })
}

async function listing(cwd: string, args: readonly string[], op: string): Promise<string[]> {
  const { stdout } = await runGit(args, { cwd, op, maxBytes: LISTING_BYTES })
  return records(stdout)
}
