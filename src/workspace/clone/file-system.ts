// Which file system a folder is on: what was measured there is worth nothing on another one.
import { readFile, realpath, stat, statfs } from 'node:fs/promises'
import { ignoring } from '../../contract/errors.ts'
import { mountPoint } from '../../store/mounts.ts'

/** What statfs(2) answers on btrfs. */
export const BTRFS_MAGIC = 0x9123_683e

export interface FileSystem {
  /** `ext4`, `btrfs`; where the kernel does not tell, its magic number. */
  readonly type: string
  /** What is mounted: a device, a share. */
  readonly source: string
}

/** The file system that `folder` (which exists) is on. */
export async function fileSystemOf(folder: string): Promise<FileSystem> {
  const { dev } = await stat(folder)
  const mounts = await ignoring(['ENOENT', 'EACCES'], readFile('/proc/self/mountinfo', 'utf8'))
  const found = mounts === undefined ? null : mountedAs(mounts, dev)
  if (found !== null) return found
  const { type } = await statfs(folder)
  // There every folder can be a device of its own.
  const above = type === BTRFS_MAGIC ? mountedAbove(mounts ?? '', await realpath(folder)) : null
  if (above?.type === 'btrfs') return above
  return { type: type.toString(16), source: String(dev) }
}

/** The entry of a device in /proc/self/mountinfo; null when it is not there (btrfs numbers its subvolumes itself). */
export function mountedAs(mountinfo: string, dev: number): FileSystem | null {
  const [major, minor] = [((dev >> 8) & 0xfff) | 0, (dev & 0xff) | ((dev >> 12) & 0xfff00)]
  for (const line of mountinfo.split('\n')) {
    const fields = line.split(' ')
    const dash = fields.indexOf('-')
    if (fields[2] !== `${major}:${minor}` || dash === -1) continue
    return { type: fields[dash + 1] ?? '', source: fields[dash + 2] ?? '' }
  }
  return null
}

/** The entry of /proc/self/mountinfo that a path is below, the last and innermost one; null when there is none. */
export function mountedAbove(mountinfo: string, path: string): FileSystem | null {
  let found: FileSystem | null = null
  let length = 0
  for (const line of mountinfo.split('\n')) {
    const fields = line.split(' ')
    const dash = fields.indexOf('-')
    const point = mountPoint(fields)
    if (dash === -1 || point.length < length || !`${path}/`.startsWith(point === '/' ? '/' : `${point}/`))
      continue
    length = point.length
    found = { type: fields[dash + 1] ?? '', source: fields[dash + 2] ?? '' }
  }
  return found
}
