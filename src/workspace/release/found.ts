// What there is of a session's worktree before it goes: the entry, the folder, and whether they belong together. A worktree
// that was moved is moved back, and reconnected where its repository was moved.
import { mkdir, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { adminEntry } from '../../git/worktree-admin.ts'
import { listWorktrees, repairWorktree } from '../../git/worktree.ts'
import type { Journal } from '../journal.ts'
import { lockPrefix } from '../lock-reason.ts'
import { adminFolder, folderOf, isConnected } from '../register.ts'
import { isOurs } from '../registration.ts'
import type { SessionPlace } from '../spec.ts'
import type { Found } from './outcome.ts'

/** What there is of the worktree; one that a person moved nearby is moved back first. */
export async function locate(session: SessionPlace): Promise<Found> {
  return (await asItShould(session)) ?? (await searched(session))
}

/** The ordinary case, told from files alone: folder and entry name each other, and the lock is the session's. */
async function asItShould({ repo, run, piece, path }: SessionPlace): Promise<Found | null> {
  const entry = await adminEntry(repo, path)
  if (entry?.locked?.startsWith(lockPrefix({ run, piece })) !== true) return null
  if ((await adminFolder(path)) !== entry.folder) return null
  return {
    entry: { path, head: null, branch: null, locked: entry.locked },
    folder: true,
    linked: true,
  }
}

async function searched(session: SessionPlace): Promise<Found> {
  const { repo, path } = session
  const entries = await listWorktrees(repo)
  const entry =
    entries.find((one) => one.path === path) ?? entries.find((one) => isOurs(one, session)) ?? null
  const at = entry === null ? null : await folderOf(repo, entry, path)
  if (at !== null && at !== path && !(await exists(path))) {
    await mkdir(dirname(path), { recursive: true })
    await rename(at, path)
  }
  const folder = await exists(path)
  if (entry === null || !folder) return { entry, folder, linked: false }
  // A folder that has lost its .git file, or whose repository was moved, is reconnected before git is asked about it.
  const connected = at !== null && entry.path === path && (await isConnected(repo, path))
  const linked = connected || (await repairWorktree(repo, path))
  return { entry: linked ? { ...entry, path } : entry, folder, linked }
}

/** Why the worktree is somebody else's affair; null when it is the session's. */
export function reasonToKeep(session: SessionPlace, found: Found, journal: Journal | null): string | null {
  const { entry, folder, linked } = found
  const ours = entry?.locked?.startsWith(lockPrefix(session)) === true
  if (entry !== null && entry.locked !== null && !ours)
    return `The worktree ${session.path} is locked: ${entry.locked || 'no reason given'}.`
  if (entry !== null && journal === null && !ours && entry.branch !== session.branch)
    return `The path ${session.path} is another worktree.`
  if (folder && !linked && journal?.removing === undefined)
    return `The folder ${session.path} is not a worktree that git knows.`
  return null
}

/** Whether anything stands at the path. */
export async function exists(path: string): Promise<boolean> {
  return (await ignoring(['ENOENT', 'ENOTDIR'], stat(path))) !== undefined
}
