// Folders of btrfs of which a snapshot can be made: all that is in one, at one moment, in milliseconds. To whoever works in
// it a subvolume is a folder like any other, but that nothing is renamed or hard-linked across its border.
import { stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import type { Environment } from '../../process/environment.ts'
import { run } from '../../process/run.ts'
import { programFile } from '../../process/spawn.ts'
import { BTRFS_MAGIC } from './file-system.ts'

/** The root of every subvolume, and nothing else, has this inode number. */
const SUBVOLUME_ROOT = 256

interface Running {
  readonly env: Environment
  readonly signal: AbortSignal
}

/** Whether a folder is on a file system that has subvolumes. */
export async function isOnBtrfs(folder: string): Promise<boolean> {
  return process.platform === 'linux' && (await statfs(folder)).type === BTRFS_MAGIC
}

/** Makes the folder `path` as a subvolume, on btrfs; false when that cannot be, and nothing is made. */
export async function makeSubvolume(path: string, running: Running): Promise<boolean> {
  return await btrfs(['create', '--', path], dirname(path), running)
}

/** Makes `to`, where nothing is, a snapshot of the subvolume `from`; false when that cannot be. */
export async function snapshot(from: string, to: string, running: Running): Promise<boolean> {
  return await btrfs(['snapshot', '--', from, to], dirname(to), running)
}

/** Whether snapshots can be made of a folder. */
export async function isSubvolume(path: string): Promise<boolean> {
  const found = await ignoring(['ENOENT', 'ENOTDIR'], stat(path))
  return found?.ino === SUBVOLUME_ROOT && (await isOnBtrfs(path))
}

async function btrfs(args: readonly string[], cwd: string, { env, signal }: Running): Promise<boolean> {
  if ((await programFile('btrfs', { cwd, env })) === null) return false
  return (await run('btrfs', ['subvolume', ...args], { cwd, env, signal })).exitCode === 0
}
