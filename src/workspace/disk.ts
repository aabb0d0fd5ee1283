// Whether there is room for a worktree before it is begun. The size of a tree is asked of git only when the disk is
// small enough for it to matter.
import { statfs } from 'node:fs/promises'
import { QuintetError } from '../contract/errors.ts'
import { records, runGit } from '../git/run.ts'

export interface DiskSpace {
  /** Bytes that this user may still write. */
  readonly free: number
  /** Unused inodes; null where the file system has no such limit. */
  readonly inodes: number | null
}

export interface TreeSize {
  readonly bytes: number
  readonly files: number
}

const PLENTY_BYTES = 20 * 1024 ** 3
const PLENTY_INODES = 2_000_000
/** What is left for everybody else on the disk. */
const RESERVE_BYTES = 64 * 1024 ** 2
const BLOCK_BYTES = 4096
const LISTING_BYTES = 512 * 1024 * 1024

/** Free space of the file system that `folder` (which exists) is on. */
export async function diskSpace(folder: string): Promise<DiskSpace> {
  const { bavail, bfree, bsize, files, ffree } = await statfs(folder)
  const free = (process.geteuid?.() === 0 ? bfree : bavail) * bsize
  return { free, inodes: files === 0 ? null : ffree }
}

/** Throws `E_DISK_FULL` when a checkout of `commit` would not fit below `folder`. */
export async function requireSpace(folder: string, cwd: string, commit: string): Promise<void> {
  const space = await diskSpace(folder)
  if (space.free > PLENTY_BYTES && (space.inodes ?? PLENTY_INODES) >= PLENTY_INODES) return
  const shortage = shortageOf(space, await treeSize(cwd, commit))
  if (shortage === null) return
  throw new QuintetError(
    'E_DISK_FULL',
    'environment',
    `There is no room for a worktree in ${folder}: ${shortage}.`,
    {
      hints: [
        { text: 'See how much is left.', command: `df -h '${folder}'` },
        { text: 'Remove what earlier runs left behind.', command: 'quintet clean' },
      ],
      details: { ...space },
    },
  )
}

/** What is missing, as a phrase with the figures; null when the tree fits. Pure. */
export function shortageOf(space: DiskSpace, tree: TreeSize): string | null {
  const needed = tree.bytes + RESERVE_BYTES
  if (space.free < needed) return `${megabytes(needed)} are needed and ${megabytes(space.free)} are free`
  if (space.inodes !== null && space.inodes < tree.files) {
    return `${tree.files} files are needed and ${space.inodes} can still be made`
  }
  return null
}

/** Size of a commit's files on disk, rounded up to blocks. */
export async function treeSize(cwd: string, commit: string): Promise<TreeSize> {
  const { stdout } = await runGit(['ls-tree', '-r', '-l', '-z', '--full-tree', commit], {
    cwd,
    op: 'measure the tree',
    maxBytes: LISTING_BYTES,
  })
  const entries = records(stdout)
  const bytes = entries.reduce((sum, entry) => sum + onDisk(sizeOf(entry)), 0)
  return { bytes, files: entries.length }
}

/** `<mode> <type> <object> <size>\t<path>`; a submodule has no size. */
function sizeOf(entry: string): number {
  const size = Number(entry.slice(0, entry.indexOf('\t')).split(/ +/)[3])
  return Number.isFinite(size) ? size : 0
}

const onDisk = (size: number): number => Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES
const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1024 ** 2).toLocaleString('en')} MB`
