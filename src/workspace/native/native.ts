// Native worktrees of a repository, looked at and taken away: only what is proven dead and clean goes, renamed to the
// trash, and only its own lock is undone.
import { lstat } from 'node:fs/promises'
import { ignoring } from '../../contract/errors.ts'
import { operationInProgress } from '../../git/operation.ts'
import { deleteRefs } from '../../git/refs.ts'
import { gitFolder, type Repository } from '../../git/repository.ts'
import { status } from '../../git/status.ts'
import { listWorktrees, removeWorktreeEntry } from '../../git/worktree.ts'
import { identify } from '../../process/identity.ts'
import { mountedIn } from '../../store/mounts.ts'
import { moveToTrash } from '../../store/trash.ts'
import { ignoredWork } from '../ignored.ts'
import { occupants } from '../occupants.ts'
import { isReachable } from '../save.ts'
import {
  isNativeBranch,
  nativeVerdict,
  nativeWorktree,
  type NativeFacts,
  type NativeVerdict,
  type NativeWorktree,
} from './recognise.ts'

/** All native worktrees that git knows. */
export async function nativeWorktrees(repo: Repository): Promise<readonly NativeWorktree[]> {
  const [, ...linked] = await listWorktrees(repo)
  return linked.flatMap((entry) => nativeWorktree(entry) ?? [])
}

/** Looks at one; nothing is changed. */
export async function examineNative(repo: Repository, worktree: NativeWorktree): Promise<NativeVerdict> {
  return nativeVerdict(await factsOf(repo, worktree))
}

async function factsOf(repo: Repository, worktree: NativeWorktree): Promise<NativeFacts> {
  const { path, holder, head, branch } = worktree
  const present = (await ignoring(['ENOENT', 'ENOTDIR'], lstat(path))) !== undefined
  return {
    worktree,
    present,
    // An id that is used again counts as alive: makers measure start times in their own way.
    alive: holder !== null && (await identify(holder.pid)) !== null ? holder.pid : null,
    occupants: present ? await occupants(path) : [],
    unreachable: head !== null && !(await isReachable(repo, head, branch ?? undefined)),
    ...(present ? await inside(repo, path) : { uncommitted: 0, ignored: [], operation: null }),
  }
}

async function inside(
  repo: Repository,
  path: string,
): Promise<Pick<NativeFacts, 'uncommitted' | 'ignored' | 'operation'>> {
  const { entries } = await status(path)
  const place = {
    repo,
    run: '',
    piece: '',
    path,
    branch: '',
    marker: '',
    coordinationFolder: '.quintet/session',
  }
  const { kept } = await ignoredWork(place, null)
  return {
    uncommitted: entries.length,
    ignored: kept,
    operation: await operationInProgress(await gitFolder(path)),
  }
}

/** Removes one that may go, looked at once more; null when it is gone, else what keeps it. Its branch goes when it is one
 *  that agents make for their worktrees and another reference leads to its tip. */
export async function removeNative(repo: Repository, worktree: NativeWorktree): Promise<string | null> {
  const facts = await factsOf(repo, worktree)
  const verdict = nativeVerdict(facts)
  if (verdict.kind !== 'removable') return verdict.why
  const { path, lock, branch, head } = worktree
  const mounted = await mountedIn(path)
  if (mounted !== null) return `something is mounted at ${mounted}`
  await moveToTrash(repo, path)
  const removed = await removeWorktreeEntry(repo, { path, reason: lock ?? '' })
  if (removed.kind === 'folder-present') return 'something wrote into it while it was removed'
  if (removed.kind === 'locked') return `it is locked: ${removed.reason}`
  if (branch !== null && head !== null && isNativeBranch(branch) && !facts.unreachable)
    await deleteRefs(repo, [{ ref: `refs/heads/${branch}`, expected: head }])
  return null
}
