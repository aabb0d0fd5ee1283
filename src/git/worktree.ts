// Linked worktrees: made, filled, locked, repaired and struck off the registry.
//
// Git's registry races when entries are added, removed and listed at once, so every change of it happens under one lock
// per repository that all our processes respect. It is held for milliseconds: files are checked out outside of it.
// Nothing here uses a force flag, prunes, or deletes a file of a worktree: an entry is only struck off when its folder is
// no longer there, and only our own locks are undone.
import { lstat, readdir, realpath, rmdir, unlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { ignoring, QuintetError } from '../contract/errors.ts'
import type { Environment } from '../process/environment.ts'
import { promptly } from '../process/gentle.ts'
import { withFileLock } from '../process/lock.ts'
import { quoted } from '../contract/shell.ts'
import { deleteRefs, listRefs, refValue } from './refs.ts'
import { isGitFailure, stateFolder, type Repository } from './repository.ts'
import { runGit } from './run.ts'
import { adminEntry, removeLock, writeLock, type AdminEntry } from './worktree-admin.ts'
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

/** Whether a branch was made where HEAD was. `branch-taken`: it is there already, or its name is the folder of another. */
export type SwitchOutcome = 'switched' | 'branch-taken'

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

export interface EntryToRemove {
  readonly path: string
  /** How the reason of a lock begins that is undone. */
  readonly reason: string
  /** Renames the folder of the entry away; without it git deletes the folder, file by file. In one step nobody who lists
   *  the worktrees meets half an entry, a kill leaves all of it or nothing, and what is in it can still be had. */
  readonly away?: (folder: string) => Promise<unknown>
}

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
const REMOVE_ATTEMPTS = 3
/** A prune by another tool takes entries that git has just begun. One that prunes all the time hits about every third attempt,
 *  each of which takes some ten milliseconds. */
const ADD_ATTEMPTS = 16

/** Runs `work` while no other process of ours changes the registry of worktrees; not re-entrant. */
export function withRegistry<T>(
  repo: Repository,
  work: () => Promise<T>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<T> {
  const lock = join(stateFolder(repo), 'registry.lock')
  // Also what is done in the background: a lock that is held with low priority is waited for in the foreground.
  return withFileLock(lock, () => promptly(work), { timeoutMs: LOCK_TIMEOUT_MS, ...options })
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

/** Registers a locked worktree on a new branch, without files: `checkoutFiles` fills it. `env`: of the git that does it. What
 *  stands in the way is a value, and then nothing is left behind. Throws `E_BRANCH_BLOCKED` when another branch's name forbids
 *  the new one. */
export async function addWorktree(
  repo: Repository,
  worktree: NewWorktree,
  { env = {}, ...options }: { readonly signal?: AbortSignal; readonly env?: Environment } = {},
): Promise<AddOutcome> {
  const add = async (): Promise<AddOutcome> => {
    const existing = await refValue(repo, `refs/heads/${worktree.branch}`)
    if (existing !== null) return branchTaken(repo, worktree.branch, existing)
    for (let attempt = 1; ; attempt += 1) {
      const failure = await tryAdd(repo, { path: worktree.path, env }, branchOptions(worktree))
      if (failure === null) return { kind: 'added' }
      const obstacle = await obstacleTo(repo, worktree)
      await dropOrphan(repo, worktree)
      if (obstacle !== null) return obstacle
      // Nothing stands in the way: another tool has changed the registry at the same moment.
      if (attempt === ADD_ATTEMPTS || !isGitFailure(failure)) throw failure
    }
  }
  return withRegistry(repo, add, options)
}

/** Registers a locked worktree with a detached HEAD, without files. `env`: of the git that does it. Throws `E_GIT`; nothing is left behind then. */
export async function addDetachedWorktree(
  repo: Repository,
  { path, commit, reason }: Omit<NewWorktree, 'branch'>,
  { env = {}, ...options }: { readonly signal?: AbortSignal; readonly env?: Environment } = {},
): Promise<void> {
  const add = async (): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      const failure = await tryAdd(repo, { path, env }, [
        '--lock',
        '--reason',
        reason,
        '--detach',
        resolve(path),
        commit,
      ])
      if (failure === null) return
      const taken = (await occupied(path)) || (await entryAt(repo, path)) !== null
      if (taken || attempt === ADD_ATTEMPTS || !isGitFailure(failure)) throw failure
    }
  }
  await withRegistry(repo, add, options)
}

/** Registers a locked worktree on a branch that exists, without files, unless a worktree has it checked out. Throws `E_GIT`. */
export async function addOnBranch(
  repo: Repository,
  { path, branch, reason }: Omit<NewWorktree, 'commit'>,
): Promise<AddOutcome> {
  return await withRegistry(repo, async () => {
    // Two that ask at once would both get it from git.
    const holder = (await listWorktrees(repo)).find((entry) => entry.branch === branch)
    if (holder !== undefined) return { kind: 'branch-checked-out', path: holder.path }
    for (let attempt = 1; ; attempt += 1) {
      const failure = await tryAdd(repo, { path }, ['--lock', '--reason', reason, resolve(path), branch])
      if (failure === null) return { kind: 'added' }
      const taken = (await occupied(path)) || (await entryAt(repo, path)) !== null
      if (taken || attempt === ADD_ATTEMPTS || !isGitFailure(failure)) throw failure
    }
  })
}

/** Makes a branch where the detached HEAD of a worktree is, and checks it out: neither index nor files are looked at. Under
 *  the registry's lock, so that nobody else makes the same branch. Throws `E_GIT`. */
export async function switchToNew(repo: Repository, path: string, branch: string): Promise<SwitchOutcome> {
  const { exitCode } = await runGit(['switch', '--quiet', '--no-track', '--create', branch], {
    cwd: path,
    op: 'make the branch of a session',
    ok: [0, 128],
    writes: 'store',
  })
  if (exitCode === 0) return 'switched'
  await refuseBlockedName(repo, branch)
  if ((await refValue(repo, `refs/heads/${branch}`)) !== null) return 'branch-taken'
  throw new QuintetError('E_GIT', 'git', `Git could not make the branch ${branch} in ${path}.`)
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
export async function removeWorktreeEntry(repo: Repository, target: EntryToRemove): Promise<RemoveOutcome> {
  return withRegistry(repo, () => removeEntryLocked(repo, target))
}

/** The same, under the registry's lock. */
export async function removeEntryLocked(
  repo: Repository,
  { path, reason, away }: EntryToRemove,
): Promise<RemoveOutcome> {
  const entry = await entryAt(repo, path)
  if (entry === null) return { kind: 'absent' }
  if (await exists(entry.path)) return { kind: 'folder-present' }
  if (entry.locked !== null && !entry.locked.startsWith(reason))
    return { kind: 'locked', reason: entry.locked }
  if (away === undefined) await strikeOff(repo, entry)
  else await moveEntry(entry, away)
  return { kind: 'removed' }
}

async function moveEntry({ folder }: AdminEntry, away: (folder: string) => Promise<unknown>): Promise<void> {
  await away(folder)
  // As git leaves it when no worktree is left.
  await ignoring(['ENOENT', 'ENOTEMPTY', 'EEXIST'], rmdir(dirname(folder)))
}

/** Another tool that changes the registry at this very moment makes git fail, and an entry that a killed git has left
 *  broken does so until it is mended; what decides is whether the entry is still there. */
async function strikeOff(repo: Repository, entry: AdminEntry): Promise<void> {
  if (entry.locked !== null) await removeLock(entry)
  for (let attempt = 1; ; attempt += 1) {
    try {
      await registryGit(repo, ['remove', entry.path], 'remove the entry of a worktree')
      return
    } catch (error) {
      if (!isGitFailure(error)) throw error
      if ((await adminEntry(repo, entry.path)) === null) return
      if (attempt === REMOVE_ATTEMPTS || (await exists(entry.path))) throw error
      await mendRegistry(repo.commonDir)
    }
  }
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
    if (entry.locked !== null && (replacing === undefined || !entry.locked.startsWith(replacing)))
      return { kind: 'held', reason: entry.locked }
    await writeLock(entry, reason)
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
    await removeLock(entry)
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
async function entryAt(repo: Repository, path: string): Promise<AdminEntry | null> {
  return await adminEntry(repo, await resolved(path))
}

const branchOptions = ({ path, branch, commit, reason }: NewWorktree): readonly string[] => [
  '--no-track',
  '--lock',
  '--reason',
  reason,
  '-b',
  branch,
  resolve(path),
  commit,
]

/** The error of a failed attempt; null when it succeeded. */
async function tryAdd(
  repo: Repository,
  { path, env = {} }: { readonly path: string; readonly env?: Environment },
  options: readonly string[],
): Promise<unknown> {
  const op = 'add a worktree'
  try {
    await runGit(['worktree', 'add', '--no-checkout', ...options], {
      cwd: repo.commonDir,
      op,
      writes: 'store',
      env,
    })
  } catch (error) {
    return error
  }
  if ((await entryAt(repo, path)) !== null) return null
  // A prune that had looked before the lock was written has taken the entry of what now is a lone `.git` file.
  await ignoring(['ENOENT'], unlink(join(path, '.git')))
  await ignoring(['ENOENT', 'ENOTEMPTY', 'EEXIST'], rmdir(path))
  return new QuintetError('E_GIT', 'git', `Another program has struck off the entry of ${path} at once.`)
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
