// The files of a worktree that nobody works in yet.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runGit } from '../git/run.ts'
import { status } from '../git/status.ts'
import { SESSION_MARK } from '../process/marker.ts'
import { adminFolder } from './register.ts'
import type { WorkspaceSpec } from './spec.ts'

/** Makes files and index those of `commit`; what differs is overwritten. HEAD stays. Throws `E_INDEX_LOCKED`,
 *  `E_DISK_FULL`. */
export async function writeFiles(
  { path, marker }: Pick<WorkspaceSpec, 'path' | 'marker'>,
  commit: string,
  signal: AbortSignal,
): Promise<void> {
  const admin = await adminFolder(path)
  // Nobody else has had a reason to be here yet, and what an earlier attempt left running has been ended.
  if (admin !== null) await rm(join(admin, 'index.lock'), { force: true })
  await runGit(['read-tree', '--reset', '-u', commit], {
    cwd: path,
    op: 'check out the files',
    writes: 'index',
    // Like every process of the session it is marked: one that outlives a crash is found and ended.
    env: { [SESSION_MARK]: marker },
    signal,
  })
}

/** The one status that may write the index, once HEAD is at its commit: it settles the entries that are as young as the
 *  index, before anybody begins to lock it. Answers with the paths that git calls changed all the same (line ends,
 *  filters). */
export async function settleIndex(path: string, signal: AbortSignal): Promise<string[]> {
  const { entries } = await status(path, { untracked: 'no', locks: true, signal })
  return entries.map((entry) => entry.path)
}
