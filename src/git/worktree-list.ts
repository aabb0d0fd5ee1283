// The registry of worktrees: as git prints it, and mended where a killed git has left it unreadable.
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoring } from '../contract/errors.ts'

export interface WorktreeEntry {
  /** As recorded: absolute, resolved when the worktree was made. */
  readonly path: string
  /** Commit; null when unborn or unknown. */
  readonly head: string | null
  /** Without `refs/heads/`; null when detached. */
  readonly branch: string | null
  readonly bare: boolean
  /** The reason given with the lock, possibly empty; null when not locked. */
  readonly locked: string | null
  /** Why git would drop the entry; null when it would not. */
  readonly prunable: string | null
}

/** Parses `git worktree list --porcelain -z`: the main worktree comes first. */
export function parseWorktrees(output: string): WorktreeEntry[] {
  return output
    .split('\0\0')
    .map((block) => block.split('\0').filter((line) => line !== ''))
    .filter((lines) => lines.length > 0)
    .map((lines) => parseEntry(lines))
}

function parseEntry(lines: readonly string[]): WorktreeEntry {
  const values = new Map(
    lines.map((line) => {
      const at = line.indexOf(' ')
      return at === -1 ? ([line, ''] as const) : ([line.slice(0, at), line.slice(at + 1)] as const)
    }),
  )
  const head = values.get('HEAD') ?? null
  return {
    path: values.get('worktree') ?? '',
    head: head === null || /^0+$/.test(head) ? null : head,
    branch: values.get('branch')?.replace(/^refs\/heads\//, '') ?? null,
    bare: values.has('bare'),
    locked: values.get('locked') ?? null,
    prunable: values.get('prunable') ?? null,
  }
}

/** Completes entries that a git killed in mid-write left with an empty `commondir`, over which every later `git worktree`
 *  dies. What is written is what git was about to write, so it does no harm beside a git that is still at it. */
export async function mendRegistry(commonDir: string): Promise<void> {
  const folder = join(commonDir, 'worktrees')
  for (const id of (await ignoring(['ENOENT'], readdir(folder))) ?? []) {
    const file = join(folder, id, 'commondir')
    const found = await ignoring(['ENOENT', 'ENOTDIR'], stat(file))
    if (found?.size === 0) await ignoring(['ENOENT'], fill(file))
  }
}

/** Only into a file that is there: an entry that is being removed must not come back. */
async function fill(file: string): Promise<void> {
  await using handle = await open(file, 'r+')
  await handle.write('../..\n', 0)
}
