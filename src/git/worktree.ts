// Linked worktrees: made, filled, locked, repaired and struck off the registry.
//
// Git's registry races when entries are added, removed and listed at once, so every change of it happens under one lock
// per repository that all our processes respect. It is held for milliseconds: files are checked out outside of it.
// Nothing here uses a force flag, prunes, or deletes a file of a worktree: an entry is only struck off when its folder is
// no longer there, and only our own locks are undone.
import { lstat, readdir, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { ignoring, QuintetError } from '../contract/errors.ts'
import { withFileLock } from '../process/lock.ts'
import { quoted } from '../contract/shell.ts'
import { deleteRefs, listRefs, refValue } from './refs.ts'
import { isGitFailure, stateFolder, type Repository } from './repository.ts'
import { runGit } from './run.ts'
import { mendRegistry, parseWorktrees, type WorktreeEntry } from './worktree-list.ts'

export type { WorktreeEntry } from './worktree-list.ts'

export interface NewWorktree {
  /** Absolute. */
  readonly path: string
  /** Without `refs/heads/`; is made. */
  readonly branch: string
  readonly commit: string
  /** Of the lock that the entry is born with. */
  readonly reason: string
}

/** `why`: the folder is there, or git knows a worktree of that path although its folder is gone. */
export type AddOutcome =
  | { readonly kind: 'added' }
  | { readonly kind: 'branch-exists'; readonly commit: string }
  | { readonly kind: 'branch-checked-out'; readonly path: string }
  | { readonly kind: 'path-taken'; readonly why: 'exists' | 'registered' }

/** `locked`: by somebody else's reason. `folder-present`: it has to be moved away first. */
export type RemoveOutcome =
  | { readonly kind: 'removed' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'locked'; readonly reason: string }
  | { readonly kind: 'folder-present' }

export type LockOutcome =
  | { readonly kind: 'locked' }
  | { readonly kind: 'held'; readonly reason: string }
  | { readonly kind: 'absent' }

export type UnlockOutcome =
  | { readonly kind: 'unlocked' }
  | { readonly kind: 'held'; readonly reason: string }
  | { readonly kind: 'absent' }

const LOCK_TIMEOUT_MS = 120_000
/** A listing beside other tools' changes of the registry fails now and then, and the next one does not; before the last
 *  one, entries that are broken for good are mended. */
const LIST_ATTEMPTS = 3

/** Runs `work` while no other process of ours changes the registry of worktrees; not re-entrant. */
export function withRegistry<T>(
  repo: Repository,
  work: () => Promise<T>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<T> {
  const lock = join(stateFolder(repo), 'registry.lock')
  return withFileLock(lock, work, { timeoutMs: LOCK_TIMEOUT_MS, ...options })
}

/** All worktrees, the main one first. Mends entries that a killed git has left unreadable. */
export async function listWorktrees(repo: Repository): Promise<WorktreeEntry[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { stdout } = await registryGit(repo, ['list', '--porcelain', '-z'], 'list the worktrees')
      return parseWorktrees(stdout)
    } catch (error) {
      if (attempt === LIST_ATTEMPTS || !isGitFailure(error)) throw error
      if (attempt === LIST_ATTEMPTS - 1) await mendRegistry(repo.commonDir)
    }
  }
}

/** Registers a locked worktree on a new branch, without files: `checkoutFiles` fills it. What stands in the way is a
 *  value, and then nothing is left behind. Throws `E_BRANCH_BLOCKED` when another branch's name forbids the new one. */
export async function addWorktree(
  repo: Repository,
  worktree: NewWorktree,
  options: { readonly signal?: AbortSignal } = {},
): Promise<AddOutcome> {
  const add = async (): Promise<AddOutcome> => {
    const existing = await refValue(repo, `refs/heads/${worktree.branch}`)
    if (existing !== null) return branchTaken(repo, worktree.branch, existing)
    const first = await tryAdd(repo, worktree)
    if (first === null) return { kind: 'added' }
    const obstacle = await obstacleTo(repo, worktree)
    await dropOrphan(repo, worktree)
    if (obstacle !== null) return obstacle
    // Nothing stands in the way: another tool changed the registry at the same moment.
    const second = isGitFailure(first) ? await tryAdd(repo, worktree) : first
    if (second === null) return { kind: 'added' }
    await dropOrphan(repo, worktree)
    throw second
  }
  return withRegistry(repo, add, options)
}

/** Makes the files and the index of a worktree those of `commit`; what differs is overwritten. Throws `E_INDEX_LOCKED`,
 *  `E_DISK_FULL`. No status follows to settle the times in the index: it would cost half a checkout and later ones would
 *  hardly be faster (2000 files: set-up 102 ms without, 147 ms with it, plain `git worktree add` 100 ms). */
export async function checkoutFiles(
  path: string,
  commit: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  await runGit(['read-tree', '--reset', '-u', commit], {
    cwd: path,
    op: 'check out the files',
    writes: 'index',
    ...options,
  })
}

/** Strikes a worktree off the registry whose folder has been moved away. Undoes a lock only if its reason begins with `reason`. */
export async function removeWorktreeEntry(
  repo: Repository,
  { path, reason }: { readonly path: string; readonly reason: string },
): Promise<RemoveOutcome> {
  return withRegistry(repo, async () => {
    const entry = await entryAt(repo, path)
    if (entry === null) return { kind: 'absent' }
    if (await exists(entry.path)) return { kind: 'folder-present' }
    if (entry.locked !== null && !entry.locked.startsWith(reason))
      return { kind: 'locked', reason: entry.locked }
    if (entry.locked !== null) await registryGit(repo, ['unlock', entry.path], 'unlock a worktree')
    await registryGit(repo, ['remove', entry.path], 'remove the entry of a worktree')
    return { kind: 'removed' }
  })
}

/** Locks a worktree against removal and pruning. A lock whose reason begins with `replacing` gets the new reason. */
export async function lockWorktree(
  repo: Repository,
  {
    path,
    reason,
    replacing,
  }: { readonly path: string; readonly reason: string; readonly replacing?: string },
): Promise<LockOutcome> {
  return withRegistry(repo, async () => {
    const entry = await entryAt(repo, path)
    if (entry === null) return { kind: 'absent' }
    if (entry.locked === reason) return { kind: 'locked' }
    if (entry.locked !== null) {
      if (replacing === undefined || !entry.locked.startsWith(replacing))
        return { kind: 'held', reason: entry.locked }
      await registryGit(repo, ['unlock', entry.path], 'unlock a worktree')
    }
    await registryGit(repo, ['lock', '--reason', reason, entry.path], 'lock a worktree')
    return { kind: 'locked' }
  })
}

/** Unlocks a worktree if the reason of its lock begins with `reason`. */
export async function unlockWorktree(
  repo: Repository,
  { path, reason }: { readonly path: string; readonly reason: string },
): Promise<UnlockOutcome> {
  return withRegistry(repo, async () => {
    const entry = await entryAt(repo, path)
    if (entry === null) return { kind: 'absent' }
    if (entry.locked === null) return { kind: 'unlocked' }
    if (!entry.locked.startsWith(reason)) return { kind: 'held', reason: entry.locked }
    await registryGit(repo, ['unlock', entry.path], 'unlock a worktree')
    return { kind: 'unlocked' }
  })
}

/** Reconnects moved worktrees: the one now at `path`, and all of them after the main worktree was moved. False when git
 *  still knows no worktree at `path`. */
export async function repairWorktree(repo: Repository, path: string): Promise<boolean> {
  return withRegistry(repo, async () => {
    await registryGit(repo, ['repair', resolve(path)], 'repair a worktree', [0, 1])
    return (await entryAt(repo, path)) !== null
  })
}

/** The entry of the worktree at `path`, whether or not its folder is there. */
async function entryAt(repo: Repository, path: string): Promise<WorktreeEntry | null> {
  const wanted = await resolved(path)
  return (await listWorktrees(repo)).find((entry) => entry.path === wanted) ?? null
}

/** The error of a failed attempt; null when it succeeded. */
async function tryAdd(repo: Repository, worktree: NewWorktree): Promise<unknown> {
  const { path, branch, commit, reason } = worktree
  const options = ['--no-checkout', '--no-track', '--lock', '--reason', reason, '-b', branch]
  try {
    await registryGit(repo, ['add', ...options, resolve(path), commit], 'add a worktree')
    return null
  } catch (error) {
    return error
  }
}

async function obstacleTo(repo: Repository, { path, branch }: NewWorktree): Promise<AddOutcome | null> {
  await refuseBlockedName(repo, branch)
  if (await occupied(path)) return { kind: 'path-taken', why: 'exists' }
  if ((await entryAt(repo, path)) !== null) return { kind: 'path-taken', why: 'registered' }
  return null
}

async function branchTaken(repo: Repository, branch: string, commit: string): Promise<AddOutcome> {
  const holder = (await listWorktrees(repo)).find((entry) => entry.branch === branch)
  return holder === undefined
    ? { kind: 'branch-exists', commit }
    : { kind: 'branch-checked-out', path: holder.path }
}

/** Deletes the branch that a failed attempt has made: it did not exist before, and nobody has moved or checked it out. */
async function dropOrphan(repo: Repository, { branch, commit }: NewWorktree): Promise<void> {
  const ref = `refs/heads/${branch}`
  if ((await refValue(repo, ref)) !== commit) return
  if ((await listWorktrees(repo)).some((entry) => entry.branch === branch)) return
  await deleteRefs(repo, [{ ref, expected: commit }])
}

/** A branch `a/b` cannot be beside a branch `a` or `a/b/c`. */
async function refuseBlockedName(repo: Repository, branch: string): Promise<void> {
  const parents = branch.split('/').slice(0, -1)
  const above = parents.map((_, index) => parents.slice(0, index + 1).join('/'))
  const found = await Promise.all(above.map((name) => refValue(repo, `refs/heads/${name}`)))
  const below = await listRefs(repo, `refs/heads/${branch}/`)
  const blocker =
    above.find((_, index) => found[index] !== null) ?? below[0]?.ref.replace(/^refs\/heads\//, '')
  if (blocker === undefined) return
  throw new QuintetError(
    'E_BRANCH_BLOCKED',
    'precondition',
    `The branch ${branch} cannot be made beside the branch ${blocker}: one name is the folder of the other.`,
    { hints: [{ text: 'Rename that branch.', command: `git branch -m ${quoted(blocker)} <new name>` }] },
  )
}

function registryGit(
  repo: Repository,
  args: readonly string[],
  op: string,
  ok: readonly number[] = [0],
): ReturnType<typeof runGit> {
  return runGit(['worktree', ...args], { cwd: repo.commonDir, op, ok, writes: 'store' })
}

async function exists(path: string): Promise<boolean> {
  return (await ignoring(['ENOENT', 'ENOTDIR'], lstat(path))) !== undefined
}

/** Whether git would refuse the path: everything but nothing and an empty folder. */
async function occupied(path: string): Promise<boolean> {
  const found = await ignoring(['ENOENT', 'ENOTDIR'], lstat(path))
  if (found === undefined) return false
  return !found.isDirectory() || (await readdir(path)).length > 0
}

/** The path as git records it, also when its last parts are not there. */
async function resolved(path: string): Promise<string> {
  const absolute = resolve(path)
  const real = await ignoring(['ENOENT', 'ENOTDIR'], realpath(absolute))
  if (real !== undefined || dirname(absolute) === absolute) return real ?? absolute
  return join(await resolved(dirname(absolute)), basename(absolute))
}
