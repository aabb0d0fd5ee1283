// Git's own monitor of a worktree's files, a daemon per worktree that a person or an agent may have turned on. It outlives
// the worktree, holds a watch on every folder of it and writes beside its index.
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoring } from '../contract/errors.ts'
import { runGit } from './run.ts'

const STOP_TIMEOUT_MS = 10_000

/** Stops the monitor of the worktree at `path` with this git folder, where one has left its socket. */
export async function stopMonitor(path: string, admin: string): Promise<void> {
  const socket = await ignoring(['ENOENT', 'ENOTDIR'], lstat(join(admin, 'fsmonitor--daemon.ipc')))
  if (socket === undefined) return
  await runGit(['fsmonitor--daemon', 'stop'], {
    cwd: path,
    op: 'stop the monitor of a worktree',
    timeout: STOP_TIMEOUT_MS,
    // It has ended meanwhile, or this git knows no such daemon here: then none of its kind is running.
    ok: [0, 1, 128, 129],
  })
}
