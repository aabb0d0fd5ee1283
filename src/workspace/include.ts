// Environment files: copies from the main worktree what .worktreeinclude names, git ignores and is there. Nothing is
// read or written through a symbolic link, and a file that the base commit brought is never replaced.
import { constants } from 'node:fs'
import {
  access,
  chmod,
  copyFile,
  lstat,
  readdir,
  readFile,
  readlink,
  symlink,
  unlink,
  utimes,
} from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, ignoring } from '../contract/errors.ts'
import { ignoredFiles, trackedFiles } from '../git/files.ts'
import type { Repository } from '../git/repository.ts'
import { outermost } from './dependencies/folders.ts'
import { linkStaysInside } from './dependencies/links.ts'
import { requireFolder } from './folder.ts'
import { parseIncludeRules, type IncludeRules } from './include-rules.ts'

const INCLUDE_FILE = '.worktreeinclude'

export interface Included {
  readonly copied: readonly string[]
  /** Named, but a symbolic link out of the repository or in the way of something tracked; and what this user may not read, in
   *  which something could be named. */
  readonly skipped: readonly string[]
}

/** Copies the included files into the worktree, with mode and modification time. Repeating it is harmless. */
export async function includeFiles(
  repo: Repository,
  worktree: string,
  signal?: AbortSignal,
): Promise<Included> {
  const text = await ignoring(['ENOENT', 'EISDIR'], readFile(join(repo.root, INCLUDE_FILE), 'utf8'))
  const rules = text === undefined ? null : parseIncludeRules(text)
  if (rules === null) return { copied: [], skipped: [] }
  const { paths, unreadable } = await named(repo.root, rules, worktree)
  if (paths.length === 0) return { copied: [], skipped: unreadable }
  const tracked = new Set(await trackedFiles(worktree))
  const copied: string[] = []
  const skipped = [...unreadable]
  for (const path of paths) {
    signal?.throwIfAborted()
    const done =
      !tracked.has(path) && (await isReadable(repo.root, path)) && (await copyOne(repo.root, worktree, path))
    ;(done ? copied : skipped).push(path)
  }
  return { copied, skipped }
}

/** What the rules name of the ignored files of the main worktree, sorted. */
export async function includedPaths(root: string, rules: IncludeRules): Promise<string[]> {
  return (await named(root, rules, null)).paths
}

/** `worktree`: the one that they are for, which may stand in an ignored folder. */
async function named(
  root: string,
  rules: IncludeRules,
  worktree: string | null,
): Promise<{ readonly paths: string[]; readonly unreadable: string[] }> {
  const paths: string[] = []
  const unreadable: string[] = []
  const pending = outermost(await ignoredFiles(root))
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const verdict = rules.judge(path)
    if (verdict === 'copy') paths.push(path)
    if (verdict !== 'descend') continue
    if (worktree !== null && isWithin(worktree, join(root, path))) continue
    if (await isReadable(root, path)) pending.push(...(await entriesOf(root, path)))
    else unreadable.push(path)
  }
  return { paths: paths.sort(), unreadable: unreadable.sort() }
}

/** Whether this user may read a file or look into a folder; what is not there, and a link, stands in nobody's way. */
async function isReadable(root: string, path: string): Promise<boolean> {
  const mode = path.endsWith('/') ? constants.R_OK | constants.X_OK : constants.R_OK
  try {
    const found = await lstat(join(root, path))
    if (!found.isSymbolicLink()) await access(join(root, path), mode)
    return true
  } catch (error) {
    const code = errnoOf(error) ?? ''
    if (['ENOENT', 'ENOTDIR'].includes(code)) return true
    if (['EACCES', 'EPERM'].includes(code)) return false
    throw error
  }
}

/** True when the worktree itself stands in this folder (an in-repository template). */
function isWithin(worktree: string, folder: string): boolean {
  return `${worktree}/`.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

/** Entries of an ignored folder; a repository or worktree of its own is not entered. */
async function entriesOf(root: string, folder: string): Promise<string[]> {
  const entries =
    (await ignoring(['ENOENT', 'ENOTDIR'], readdir(join(root, folder), { withFileTypes: true }))) ?? []
  if (entries.some(({ name }) => name === '.git')) return []
  return entries.map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
}

async function copyOne(root: string, worktree: string, path: string): Promise<boolean> {
  const source = join(root, path)
  const target = join(worktree, path)
  const found = await ignoring(['ENOENT'], lstat(source))
  if (found === undefined || !(found.isFile() || found.isSymbolicLink())) return false
  const link = found.isSymbolicLink() ? await readlink(source) : null
  if (link !== null && !linkStaysInside(path, link)) return false
  if (!(await requireFolder(worktree, path))) return false
  const before = await ignoring(['ENOENT'], lstat(target))
  if (before?.isDirectory() === true) return false
  if (before !== undefined) await unlink(target)
  if (link !== null) {
    await symlink(link, target)
    return true
  }
  await copyFile(source, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
  await chmod(target, found.mode & 0o7777)
  await utimes(target, found.atime, found.mtime)
  return true
}
