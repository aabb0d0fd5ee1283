// What of a worktree is there to be read: its operator may have deleted it by hand, and git ignores a part of it.
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoring, QuintetError } from '../../contract/errors.ts'
import { ignoredAmong } from '../../git/hunks.ts'

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

/** Whether git ignores all that is in a folder of the worktree at `path`; `files`: all tracked ones. */
export async function isIgnoredFolder(
  path: string,
  folder: string,
  files: readonly string[],
): Promise<boolean> {
  if (files.some((file) => file.startsWith(`${folder}/`))) return false
  try {
    return (await ignoredAmong(path, [folder])).has(folder)
  } catch (error) {
    // It went meanwhile, or the whole worktree did.
    if (error instanceof QuintetError) return false
    throw error
  }
}
