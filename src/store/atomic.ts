// State files are replaced, never edited: a reader sees the old content or the new, also after a power cut.
import { randomUUID } from 'node:crypto'
import { lstat, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ignoring } from '../contract/errors.ts'
import { storeFailure } from './failures.ts'

const DEFAULT_MODE = 0o644
const PERMISSIONS = 0o777
const UNFINISHED = /^\.(.+)\.\d+\.[0-9a-f]+\.tmp$/
/** What file systems answer that cannot sync a folder. */
const NO_FOLDER_SYNC = ['EINVAL', 'EISDIR', 'EPERM', 'EBADF', 'ENOTSUP']

export interface WriteOptions {
  readonly mode?: number
  /** False: after a power cut the old content may be back, which saves half of the waiting for the disk. */
  readonly lasting?: boolean
}

/** Replaces a file; keeps its permissions unless `mode` is given. A symbolic link is replaced, not followed.
 *  Throws `E_DISK_FULL`, `E_STATE_READ_ONLY`, or the errno of a folder that is missing. */
export async function writeAtomic(
  path: string,
  data: string | Uint8Array,
  options: WriteOptions = {},
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${randomUUID().slice(0, 8)}.tmp`)
  try {
    await writeSynced(temporary, data, options.mode ?? (await currentMode(path)))
    await rename(temporary, path)
    if (options.lasting !== false) await syncFolder(dirname(path))
  } catch (error) {
    await rm(temporary, { force: true })
    throw storeFailure(error, path)
  }
}

/** Name of the file that a process which was killed had begun to write under this name beside it; null for another name. */
export function unfinishedName(name: string): string | null {
  return UNFINISHED.exec(name)?.[1] ?? null
}

async function currentMode(path: string): Promise<number> {
  const found = await ignoring(['ENOENT'], lstat(path))
  return found?.isFile() === true ? found.mode & PERMISSIONS : DEFAULT_MODE
}

async function writeSynced(path: string, data: string | Uint8Array, mode: number): Promise<void> {
  await using file = await open(path, 'wx', mode)
  await file.writeFile(data)
  // The mode of open() is cut by the umask.
  await file.chmod(mode)
  await file.sync()
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r')
  await ignoring(NO_FOLDER_SYNC, folder.sync())
}
