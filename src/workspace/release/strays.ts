// Entries of worktrees that were never made: git was killed between the first file of an entry and the one that names the
// worktree. Ours are known by the reason of their lock, which git writes first; those of others are left alone.
import type { Repository } from '../../git/repository.ts'
import { strayEntries } from '../../git/worktree-admin.ts'
import { withRegistry } from '../../git/worktree.ts'
import { moveEntryToTrash } from '../../store/trash.ts'

/** A git that has lost its parent may be at it still. */
const AT_WORK_MS = 10_000

/** Moves such entries to the trash; the number of them. */
export async function sweepStrays(repo: Repository, now: number = Date.now()): Promise<number> {
  return await withRegistry(repo, async () => {
    const strays = (await strayEntries(repo)).filter(
      ({ locked, changedAt }) => /^quintet[:-]/.test(locked) && now - changedAt > AT_WORK_MS,
    )
    for (const { folder } of strays) await moveEntryToTrash(repo, folder)
    return strays.length
  })
}
