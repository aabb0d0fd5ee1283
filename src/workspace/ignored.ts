// Ignored files of a session's worktree: which of them are the session's work, to be kept when the worktree goes, and which
// go with it because somebody makes them again.
import { access, constants, lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, ignoring } from '../contract/errors.ts'
import { ignoredFiles } from '../git/files.ts'
import { outermost } from './dependencies/folders.ts'
import { fateOf } from './keepsakes.ts'
import type { SessionPlace } from './spec.ts'

export interface IgnoredWork {
  /** Files that nobody makes again, changed since the setup and different from the main worktree's; sorted. */
  readonly kept: readonly string[]
  /** Of the kept: what this user may not read, and so cannot be saved; folders with a slash at their end. */
  readonly unreadable: readonly string[]
  /** Dependencies, output and caches: files, and folders with a slash at their end; sorted. */
  readonly dropped: readonly string[]
}

const DENIED: readonly string[] = ['EACCES', 'EPERM']
const COMPARED_BYTES = 16 * 1024 * 1024

/** Looks at all ignored files. `readyAt`: those that have not changed since are not the session's. */
export async function ignoredWork(session: SessionPlace, readyAt: number | null): Promise<IgnoredWork> {
  const { path: root, coordinationFolder } = session
  const kept: string[] = []
  const unreadable: string[] = []
  const dropped = new Set<string>()
  const pending = outermost(await ignoredFiles(root)).map((path) => ({ path, top: path }))
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { path, top } = next
    const fate = fateOf(path, top, coordinationFolder)
    if (fate === 'output') dropped.add(top)
    // What is in a folder of output goes with it, and is not named.
    if (fate === 'made' && !dropped.has(top)) dropped.add(path)
    if (fate === 'made' || fate === 'own') continue
    const found = await unlessDenied(
      path.endsWith('/') ? inside(root, path) : changedIn(session, path, readyAt),
    )
    if (found === null) unreadable.push(path)
    else if (path.endsWith('/')) pending.push(...found.map((one) => ({ path: one, top })))
    else kept.push(...found)
  }
  return {
    kept: [...kept, ...unreadable].sort(),
    unreadable: unreadable.sort(),
    dropped: [...dropped].sort(),
  }
}

/** Null where this user may not look. */
async function unlessDenied<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if (DENIED.includes(errnoOf(error) ?? '')) return null
    throw error
  }
}

async function inside(root: string, folder: string): Promise<readonly string[]> {
  const reading = readdir(join(root, folder), { withFileTypes: true })
  const entries = (await ignoring(['ENOENT', 'ENOTDIR'], reading)) ?? []
  return entries.map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
}

/** The path itself where it is the session's. Throws the errno of a file that is, and cannot be read. */
async function changedIn(session: SessionPlace, path: string, readyAt: number | null): Promise<string[]> {
  if (!(await isChanged(session, path, readyAt))) return []
  const file = join(session.path, path)
  if ((await lstat(file)).isFile()) await access(file, constants.R_OK)
  return [path]
}

async function isChanged(
  { repo, path: root }: SessionPlace,
  path: string,
  readyAt: number | null,
): Promise<boolean> {
  const mine = await ignoring(['ENOENT'], lstat(join(root, path)))
  if (mine === undefined || !(mine.isFile() || mine.isSymbolicLink())) return false
  if (readyAt !== null && mine.ctimeMs <= readyAt) return false
  const theirs = await ignoring(['ENOENT', 'ENOTDIR', ...DENIED], lstat(join(repo.root, path)))
  if (theirs === undefined || theirs.size !== mine.size || theirs.isFile() !== mine.isFile()) return true
  return !(await sameBytes(join(root, path), join(repo.root, path), mine.isSymbolicLink()))
}

async function sameBytes(a: string, b: string, link: boolean): Promise<boolean> {
  if (link) return (await readlink(a)) === (await readlink(b))
  // A larger file is kept rather than read.
  if ((await lstat(a)).size > COMPARED_BYTES) return false
  // What cannot be read in the main worktree is not known to be the same.
  const theirs = await ignoring(DENIED, readFile(b))
  return theirs !== undefined && (await readFile(a)).equals(theirs)
}
