// A btrfs of its own for tests, on a file; only where the machine lets this user make and mount one.
import { execFile } from 'node:child_process'
import { mkdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { temporaryFolder, type TemporaryFolder } from './repository.ts'

const exec = promisify(execFile)
const BYTES = 256 * 1024 * 1024

export interface Volume extends TemporaryFolder {
  /** Paths of its subvolumes. */
  subvolumes(): Promise<string[]>
}

/** A mounted volume, empty; null where none can be had. */
export async function btrfsVolume(): Promise<Volume | null> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return null
  const folder = await temporaryFolder()
  const [image, path] = [join(folder.path, 'image'), join(folder.path, 'volume')]
  await writeFile(image, '')
  await truncate(image, BYTES)
  await mkdir(path)
  try {
    await exec('mkfs.btrfs', ['-q', image])
    await exec('mount', ['-o', 'loop', image, path])
  } catch {
    await folder[Symbol.asyncDispose]()
    return null
  }
  return {
    path,
    subvolumes: async () => {
      const { stdout } = await exec('btrfs', ['subvolume', 'list', path])
      return stdout.split('\n').flatMap((line) => / path (.*)$/.exec(line)?.[1] ?? [])
    },
    [Symbol.asyncDispose]: async () => {
      await exec('umount', [path])
      await folder[Symbol.asyncDispose]()
    },
  }
}
