// What of a worktree is there to be read: its operator may have deleted it by hand, and git ignores a part of it.
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoring, QuintetError } from '../../contract/errors.ts'
import { ignoredAmong } from '../../git/hunks.ts'
import type { FolderFiles } from '../../integration/radar/file-times.ts'

const GONE = 'its worktree is gone.'

/** Whether a worktree stands at `path`. */
export async function isWorktree(path: string): Promise<boolean> {
  return (await ignoring(['ENOENT', 'ENOTDIR'], lstat(join(path, '.git')))) !== undefined
}

/** Why `read` could not read the worktree at `path`, a sentence without its first letter; null when it could. */
export async function troubleIn(path: string, read: () => Promise<void>): Promise<string | null> {
  if (!(await isWorktree(path))) return GONE
  try {
    await read()
    return null
  } catch (error) {
    if (!(error instanceof QuintetError)) throw error
    return (await isWorktree(path)) ? `it could not be read: ${error.message}` : GONE
  }
}

/** What `read` finds; null when git cannot read it, as when files come and go meanwhile. */
export async function ifReadable<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof QuintetError) return null
    throw error
  }
}

/** Those folders of the worktree at `path` in which git ignores everything; `layout` has all with something tracked. */
export async function ignoredFolders(
  path: string,
  folders: readonly string[],
  layout: FolderFiles,
): Promise<ReadonlySet<string>> {
  const asked = folders.filter((folder) => !layout.has(folder))
  // They went meanwhile, or the whole worktree did.
  return (await ifReadable(() => ignoredAmong(path, asked))) ?? new Set()
}

/** A failure costs that one thing: the radar warns, and nothing depends on it. */
export async function unlessFailing(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    warn(error)
  }
}

/** Says that something was missed. */
export function warn(error: unknown): void {
  process.emitWarning(`The conflict radar has missed something: ${String(error)}`)
}
