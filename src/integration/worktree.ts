// The integration worktree: one linked worktree in which the union is built and checked, on no branch. It is ours, but the
// operator may look around and try things in it after a conflict or a red check: whatever stands there that git does not
// have is saved under refs/quintet/backup/integration/ before it is moved out of the way.
import { lstat, mkdir, readdir, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ignoring, QuintetError } from '../contract/errors.ts'
import { INTEGRATION_LOCK, integrationLock, parseIntegrationLock } from '../contract/integration-lock.ts'
import { quoted } from '../contract/shell.ts'
import { ignoredFiles } from '../git/files.ts'
import { treeOf } from '../git/merge/merge.ts'
import { updateRef, ZERO } from '../git/refs.ts'
import { revealIn } from '../git/private-index.ts'
import { head, resolveCommit, type Repository } from '../git/repository.ts'
import { runGit } from '../git/run.ts'
import { snapshotWorktree } from '../git/snapshot.ts'
import { status } from '../git/status.ts'
import { listWorktrees, removeWorktreeEntry, withRegistry, type WorktreeEntry } from '../git/worktree.ts'
import { mountedIn } from '../store/mounts.ts'
import { moveToTrash } from '../store/trash.ts'

/** Per-worktree ref: the commit that was checked out and is to be found again. Absent while git or the checks are at
 *  work in the worktree: what they leave behind, also when they are killed, is not saved. */
const NOTE = 'refs/worktree/quintet-integration'
const BACKUPS = 'refs/quintet/backup/integration'
const SHORT = 12

export interface IntegrationWorktree {
  readonly repo: Repository
  /** Absolute. */
  readonly path: string
  readonly run: string
}

/** Whether an ignored path, relative to the worktree and a folder with a slash at its end, may serve another commit. */
export type Keeps = (ignored: string) => boolean

const keepsNothing: Keeps = () => false

/** `saved`: the ref under which something was saved that git did not have; null when there was nothing. */
export interface Saved {
  readonly saved: string | null
}

export type Released =
  | { readonly kind: 'removed'; readonly saved: string | null }
  | { readonly kind: 'absent' }
  /** Not ours: another lock, or a folder that is no worktree of this repository. */
  | { readonly kind: 'kept'; readonly why: string }

/** The path of a run's integration worktree, wherever it was made; null when git lists none. */
export async function integrationWorktreePath(repo: Repository, run: string): Promise<string | null> {
  const reason = integrationLock(run)
  return (await listWorktrees(repo)).find(({ locked }) => locked === reason)?.path ?? null
}

/** Makes the worktree, or takes the one that is there, and brings it to `commit`, detached and clean but for the ignored
 *  files that are kept. Throws `E_PATH_TAKEN` when something else stands at the path. */
export async function prepareIntegrationWorktree(
  at: IntegrationWorktree,
  commit: string,
  keeps: Keeps = keepsNothing,
): Promise<Saved> {
  const { repo, path, run } = at
  await mkdir(dirname(path), { recursive: true })
  const entry = await entryAt(repo, path)
  if (entry !== null && !isOurs(entry, run)) throw pathTaken(path, 'another worktree')
  if (entry !== null && (await exists(join(path, '.git')))) return checkoutCommit(at, commit, keeps)
  if (!(await isFree(path))) throw pathTaken(path, 'something that is no worktree of ours')
  if (entry !== null) await removeWorktreeEntry(repo, { path, reason: INTEGRATION_LOCK })
  const add = ['worktree', 'add', '--detach', '--no-checkout', '--lock', '--reason', integrationLock(run)]
  await withRegistry(repo, () =>
    runGit([...add, path, commit], {
      cwd: repo.commonDir,
      op: 'make the integration worktree',
      writes: 'store',
    }),
  )
  return checkoutCommit(at, commit, keeps)
}

/** Brings an existing integration worktree to `commit`; what git does not have is saved first. Of ignored files, which are
 *  results of another commit, only those that `keeps` names stay. */
export async function checkoutCommit(
  at: IntegrationWorktree,
  commit: string,
  keeps: Keeps = keepsNothing,
): Promise<Saved> {
  const { path } = at
  const saved = await save(at, commit)
  await note(path, null)
  await resetFiles(path, commit)
  await removeUntracked(path)
  await removeIgnored(at, keeps)
  await note(path, commit)
  return { saved }
}

/** Takes the worktree away: saved, renamed to the trash, struck off git's list. Can be repeated after a crash. */
export async function releaseIntegrationWorktree(at: IntegrationWorktree): Promise<Released> {
  const { repo, path, run } = at
  const entry = await entryAt(repo, path)
  if (entry === null) {
    return (await isFree(path))
      ? { kind: 'absent' }
      : { kind: 'kept', why: 'it is no worktree of this repository' }
  }
  if (entry.locked !== null && !isOurs(entry, run)) {
    return { kind: 'kept', why: `it is locked: ${entry.locked}` }
  }
  const mounted = await mountedIn(path)
  if (mounted !== null) return { kind: 'kept', why: `something is mounted at ${mounted}` }
  const saved = (await exists(join(path, '.git'))) ? await save(at, null) : null
  await moveToTrash(repo, path)
  const removed = await removeWorktreeEntry(repo, { path, reason: INTEGRATION_LOCK })
  if (removed.kind === 'folder-present')
    return { kind: 'kept', why: 'something wrote into it while it was removed' }
  if (removed.kind === 'locked') return { kind: 'kept', why: `it is locked: ${removed.reason}` }
  return { kind: 'removed', saved }
}

/** Takes tracked files and HEAD of our own worktree to `commit`, whatever they are now. */
export async function resetFiles(path: string, commit: string): Promise<void> {
  // Git passes over what an install step has marked, or refuses.
  await revealIn(path)
  await runGit(['checkout', '--quiet', '--force', '--detach', '--no-recurse-submodules', commit], {
    cwd: path,
    op: 'check out the commit to be checked',
    writes: 'index',
    locks: true,
  })
}

/** Removes what is neither tracked nor ignored from our own worktree. */
export async function removeUntracked(path: string): Promise<void> {
  await runGit(['clean', '-f', '-d', '-q'], {
    cwd: path,
    op: 'clean the integration worktree',
    writes: 'store',
  })
}

/** Renamed to the trash: that is one step however many files a build has made. */
async function removeIgnored({ repo, path }: IntegrationWorktree, keeps: Keeps): Promise<void> {
  for (const ignored of await ignoredFiles(path)) {
    if (!keeps(ignored)) await moveToTrash(repo, join(path, ignored.replace(/\/$/, '')), path)
  }
}

/** Notes which commit is to be found again in our own worktree; null while programs are at work there. */
export async function note(path: string, commit: string | null): Promise<void> {
  const args = commit === null ? ['update-ref', '-d', NOTE] : ['update-ref', NOTE, commit]
  await runGit(args, { cwd: path, op: 'note what is checked out', writes: 'store' })
}

/** Saves commits and files that somebody made in the worktree; null when it is as it was left. */
async function save({ repo, path }: IntegrationWorktree, next: string | null): Promise<string | null> {
  const left = await resolveCommit(path, NOTE)
  if (left === null) return null
  const { commit } = await head(path)
  const { entries } = await status(path)
  if (entries.length === 0 && (commit === left || commit === next || commit === null)) return null
  const found =
    entries.length === 0 && commit !== null
      ? commit
      : await snapshotWorktree(path, 'Integration worktree as it was found\n')
  const tree = await treeOf(path, found)
  const ref = `${BACKUPS}/${(commit ?? left).slice(0, SHORT)}-${tree.slice(0, SHORT)}`
  // `changed` means that the same state was saved before.
  await updateRef(repo, { ref, to: found, from: ZERO, reason: 'quintet: save the integration worktree' })
  return ref
}

/** A worktree that was locked before runs were named in the reason counts by its path alone. */
function isOurs({ locked }: WorktreeEntry, run: string): boolean {
  const owner = locked === null ? undefined : parseIntegrationLock(locked)
  return owner === null || owner === run
}

async function entryAt(repo: Repository, path: string): Promise<WorktreeEntry | null> {
  const parent = await ignoring(['ENOENT'], realpath(dirname(path)))
  const wanted = join(parent ?? dirname(path), basename(path))
  return (await listWorktrees(repo)).find((entry) => entry.path === wanted) ?? null
}

/** True when nothing stands at the path, or an empty folder. */
async function isFree(path: string): Promise<boolean> {
  const found = await ignoring(['ENOENT'], lstat(path))
  if (found === undefined) return true
  return found.isDirectory() && (await readdir(path)).length === 0
}

async function exists(path: string): Promise<boolean> {
  return (await ignoring(['ENOENT', 'ENOTDIR'], lstat(path))) !== undefined
}

function pathTaken(path: string, what: string): QuintetError {
  return new QuintetError(
    'E_PATH_TAKEN',
    'precondition',
    `The integration worktree cannot stand at ${path}: there is ${what}.`,
    {
      details: { path },
      hints: [{ text: 'See what it is, and move it away.', command: `ls -la ${quoted(path)}` }],
    },
  )
}
