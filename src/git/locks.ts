// Locks that a killed git has left behind. Git never removes them by itself, and refuses to write until somebody does.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { gitFolder, type Repository } from './repository.ts'

/** Removes the locks on a linked worktree's index and HEAD and on its branch. Only for a worktree of ours of which every
 *  process is proven gone. */
export async function removeLeftLocks(repo: Repository, worktree: string, branch: string): Promise<void> {
  const folder = await gitFolder(worktree)
  const locks = [
    join(folder, 'index.lock'),
    join(folder, 'HEAD.lock'),
    join(repo.commonDir, 'refs', 'heads', `${branch}.lock`),
  ]
  await Promise.all(locks.map((lock) => rm(lock, { force: true })))
}
