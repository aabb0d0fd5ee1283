// Operations that git leaves unfinished between two commands. Removing a worktree in the middle of one loses its state.
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoring } from '../contract/errors.ts'

export type Operation = 'rebase' | 'am' | 'merge' | 'cherry-pick' | 'revert' | 'bisect'

const MARKS: readonly (readonly [string, Operation])[] = [
  ['rebase-merge', 'rebase'],
  ['rebase-apply/applying', 'am'],
  ['rebase-apply', 'rebase'],
  ['MERGE_HEAD', 'merge'],
  ['CHERRY_PICK_HEAD', 'cherry-pick'],
  ['REVERT_HEAD', 'revert'],
  ['BISECT_LOG', 'bisect'],
]

/** The operation under way in the worktree with this git folder (see `gitFolder`); null when there is none. */
export async function operationInProgress(worktreeGitDir: string): Promise<Operation | null> {
  for (const [mark, operation] of MARKS) {
    const present = await ignoring(
      ['ENOENT', 'ENOTDIR'],
      access(join(worktreeGitDir, mark)).then(() => true),
    )
    if (present === true) return operation
  }
  return null
}
