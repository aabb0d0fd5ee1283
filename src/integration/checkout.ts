// Which worktree has a branch checked out, and whether something is under way there that must not be disturbed.
import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { ignoring } from '../contract/errors.ts'
import { operationInProgress } from '../git/operation.ts'
import { gitFolder, type Repository } from '../git/repository.ts'
import { listWorktrees, type WorktreeEntry } from '../git/worktree.ts'

export type Checkout =
  | { readonly kind: 'nowhere' }
  | { readonly kind: 'at'; readonly path: string }
  | { readonly kind: 'busy'; readonly path: string; readonly why: string }

/** An editor's refresh of the index takes milliseconds; a lock that stays longer is somebody's. */
const LOCK_PATIENCE_MS = 1_000
const LOCK_PAUSE_MS = 50

/** Where `ref` (full name) is checked out. A worktree whose folder is gone counts only when it is locked. */
export async function checkout(repo: Repository, ref: string): Promise<Checkout> {
  const rebasing = await rebasedIn(repo, ref)
  if (rebasing !== null) return { kind: 'busy', path: rebasing, why: 'the branch is being rebased there' }
  const holders: WorktreeEntry[] = []
  for (const entry of await listWorktrees(repo)) {
    if (entry.branch !== ref && `refs/heads/${entry.branch ?? ''}` !== ref) continue
    if (await exists(entry.path)) holders.push(entry)
    else if (entry.locked !== null)
      return { kind: 'busy', path: entry.path, why: 'its folder is missing and locked' }
  }
  const [holder, second] = holders
  if (holder === undefined) return { kind: 'nowhere' }
  if (second !== undefined) {
    return { kind: 'busy', path: holder.path, why: `the branch is also checked out in ${second.path}` }
  }
  const why = await underWay(holder.path)
  return why === null ? { kind: 'at', path: holder.path } : { kind: 'busy', path: holder.path, why }
}

async function underWay(worktree: string): Promise<string | null> {
  const folder = await gitFolder(worktree)
  const operation = await operationInProgress(folder)
  if (operation !== null) return `a ${operation} is under way`
  const deadline = performance.now() + LOCK_PATIENCE_MS
  while (await exists(join(folder, 'index.lock'))) {
    if (performance.now() > deadline) return 'its index is locked by another git process (index.lock)'
    await setTimeout(LOCK_PAUSE_MS)
  }
  return null
}

/** During a rebase HEAD is detached, so the list of worktrees does not say whose branch it is. */
async function rebasedIn(repo: Repository, ref: string): Promise<string | null> {
  const linked = join(repo.commonDir, 'worktrees')
  const names = (await ignoring(['ENOENT'], readdir(linked))) ?? []
  for (const folder of [repo.commonDir, ...names.map((name) => join(linked, name))]) {
    for (const kind of ['rebase-merge', 'rebase-apply']) {
      const head = await ignoring(['ENOENT', 'ENOTDIR'], readFile(join(folder, kind, 'head-name'), 'utf8'))
      if (head?.trim() === ref) return worktreeOf(repo, folder)
    }
  }
  return null
}

async function worktreeOf(repo: Repository, folder: string): Promise<string> {
  if (folder === repo.commonDir) return repo.root
  const gitdir = await ignoring(['ENOENT'], readFile(join(folder, 'gitdir'), 'utf8'))
  return gitdir?.trim().replace(/\/\.git$/, '') ?? folder
}

async function exists(path: string): Promise<boolean> {
  return (await ignoring(['ENOENT', 'ENOTDIR'], lstat(path))) !== undefined
}
