// Where the folder of a slot is, when somebody has moved it, or the repository. What still belongs together is reconnected.
import { lstat, readdir } from 'node:fs/promises'
import { ignoring } from '../../contract/errors.ts'
import type { Repository } from '../../git/repository.ts'
import { adminEntry } from '../../git/worktree-admin.ts'
import { repairWorktree } from '../../git/worktree.ts'
import { adminFolder, isConnected, linkedFolder } from '../register.ts'
import type { SlotRecord } from './slot.ts'

export type Whereabouts =
  /** At its path, and connected. */
  | { readonly kind: 'here' }
  /** Nowhere that is looked at. */
  | { readonly kind: 'gone' }
  /** No session can be given it there. `reason` is a sentence. */
  | { readonly kind: 'astray'; readonly path: string; readonly reason: string }

/** Looks for the folder of a slot. */
export async function whereabouts(repo: Repository, { path }: SlotRecord): Promise<Whereabouts> {
  const entry = await adminEntry(repo, path)
  if (entry === null) return { kind: 'gone' }
  const at = await linkedFolder(repo, entry.id, [path])
  if (at === path && (await isConnected(repo, path))) return { kind: 'here' }
  if (at !== null && !(await isOthers(repo, at))) return await reconnected(repo, path, at)
  if (await isEmpty(path)) return { kind: 'gone' }
  return { kind: 'astray', path, reason: `The folder ${path} is not the worktree that it was.` }
}

async function reconnected(repo: Repository, path: string, at: string): Promise<Whereabouts> {
  const known = await repairWorktree(repo, at)
  if (!known || !(await isConnected(repo, at)))
    return { kind: 'astray', path, reason: `The worktree ${at} could not be reconnected.` }
  return at === path
    ? { kind: 'here' }
    : { kind: 'astray', path: at, reason: `Somebody has moved it to ${at}.` }
}

/** Whether another repository has it: of one that was copied, the slots are still the first one's. */
async function isOthers(repo: Repository, at: string): Promise<boolean> {
  const admin = await adminFolder(at)
  if (admin === null || (await ignoring(['ENOENT', 'ENOTDIR'], lstat(admin))) === undefined) return false
  return !(await isConnected(repo, at))
}

/** Nothing, or an empty folder. */
export async function isEmpty(path: string): Promise<boolean> {
  return ((await ignoring(['ENOENT', 'ENOTDIR'], readdir(path))) ?? []).length === 0
}
