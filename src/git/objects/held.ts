// Folders and files of somebody who may change them while they are read. What is held open stays what it is, whatever its
// name comes to lead to: a link put in its place is not followed, and a pipe or a device is not waited for.
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { ignoring } from '../../contract/errors.ts'

export interface HeldFolder extends AsyncDisposable {
  /** Where its entries are reached: names below this are names in the very folder that is held. */
  readonly path: string
}

/** ELOOP and ENOTDIR: a link stands there; ENXIO: a pipe or a socket. */
const ABSENT = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EMLINK', 'ENXIO']
const HAS_PROC = process.platform === 'linux'

/** Holds the folder at `path`; null when there is none, or a link to one. */
export async function holdFolder(path: string): Promise<HeldFolder | null> {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants
  const handle = await ignoring(ABSENT, open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
  if (handle === undefined) return null
  return {
    path: HAS_PROC ? `/proc/self/fd/${handle.fd}` : path,
    [Symbol.asyncDispose]: () => handle.close(),
  }
}

/** Opens the plain file at `path` for reading; null when there is none, or something else. */
export async function openPlainFile(path: string): Promise<FileHandle | null> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  const handle = await ignoring(ABSENT, open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK))
  if (handle === undefined) return null
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  return null
}
