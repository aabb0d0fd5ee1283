// The integration worktree: one linked worktree in which the union is built and checked, on no branch. It is ours, but the
// operator may look around and try things in it after a conflict or a red check: whatever stands there that git does not
// have is saved under refs/quintet/backup/integration/ before it is moved out of the way.
import { lstat, mkdir, readdir, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ignoring, QuintetError } from '../contract/errors.ts'
import { quoted } from '../git/failure.ts'
import { treeOf } from '../git/merge.ts'
import { updateRef, ZERO } from '../git/refs.ts'
import { head, resolveCommit, type Repository } from '../git/repository.ts'
import { runGit } from '../git/run.ts'
import { snapshotWorktree } from '../git/snapshot.ts'
import { status } from '../git/status.ts'
import { listWorktrees, removeWorktreeEntry, withRegistry, type WorktreeEntry } from '../git/worktree.ts'
import { moveToTrash } from '../store/trash.ts'

const REASON = 'quintet:integration'
/** Per-worktree ref: the commit that was checked out and is to be found again. Absent while git or the checks are at
 *  work in the worktree: what they leave behind, also when they are killed, is not saved. */
const NOTE = 'refs/worktree/quintet-integration'
const BACKUPS = 'refs/quintet/backup/integration'
const SHORT = 12

export interface IntegrationWorktree {
  readonly repo: Repository
  /** Absolute. */
  readonly path: string
}

/** `saved`: the ref under which something was saved that git did not have; null when there was nothing. */
export interface Saved {
  readonly saved: string | null
}

export type Released =
  | { readonly kind: 'removed'; readonly saved: string | null }
  | { readonly kind: 'absent' }
  /** Not ours: another lock, or a folder that is no worktree of this repository. */
  | { readonly kind: 'kept'; readonly why: string }

/** Makes the worktree, or takes the one that is there, and brings it to `commit`, detached and clean but for ignored files.
 *  Throws `E_PATH_TAKEN` when something else stands at the path. */
export async function prepareIntegrationWorktree(
  { repo, path }: IntegrationWorktree,
  commit: string,
): Promise<Saved> {
  await mkdir(dirname(path), { recursive: true })
  const entry = await entryAt(repo, path)
  if (entry !== null && entry.locked !== REASON) throw pathTaken(path, 'another worktree')
  if (entry !== null && (await exists(join(path, '.git')))) return checkoutCommit({ repo, path }, commit)
  if (!(await isFree(path))) throw pathTaken(path, 'something that is no worktree of ours')
  if (entry !== null) await removeWorktreeEntry(repo, { path, reason: REASON })
  await withRegistry(repo, () =>
    runGit(['worktree', 'add', '--detach', '--no-checkout', '--lock', '--reason', REASON, path, commit], {
      cwd: repo.commonDir,
      op: 'make the integration worktree',
      writes: 'store',
    }),
  )
  return checkoutCommit({ repo, path }, commit)
}

/** Brings an existing integration worktree to `commit`; what git does not have is saved first. Ignored files stay. */
export async function checkoutCommit({ repo, path }: IntegrationWorktree, commit: string): Promise<Saved> {
  const saved = await save({ repo, path }, commit)
  await note(path, null)
  await resetFiles(path, commit)
  await removeUntracked(path)
  await note(path, commit)
  return { saved }
}

/** Takes the worktree away: saved, renamed to the trash, struck off git's list. Can be repeated after a crash. */
export async function releaseIntegrationWorktree({ repo, path }: IntegrationWorktree): Promise<Released> {
  const entry = await entryAt(repo, path)
  if (entry === null) {
    return (await isFree(path))
      ? { kind: 'absent' }
      : { kind: 'kept', why: 'it is no worktree of this repository' }
  }
  if (entry.locked !== null && entry.locked !== REASON) {
    return { kind: 'kept', why: `it is locked: ${entry.locked}` }
  }
  const saved = (await exists(join(path, '.git'))) ? await save({ repo, path }, null) : null
  await moveToTrash(repo, path)
  const removed = await removeWorktreeEntry(repo, { path, reason: REASON })
  if (removed.kind === 'folder-present')
    return { kind: 'kept', why: 'something wrote into it while it was removed' }
  if (removed.kind === 'locked') return { kind: 'kept', why: `it is locked: ${removed.reason}` }
  return { kind: 'removed', saved }
}

/** Takes tracked files and HEAD of our own worktree to `commit`, whatever they are now. */
export async function resetFiles(path: string, commit: string): Promise<void> {
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
