// Files that agents write, opened so that nobody is kept waiting: what is no plain file, as a pipe that nobody writes to or
// a link, counts as absent.
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { ignoring } from '../../contract/errors.ts'

const GONE: readonly string[] = ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENXIO', 'EMLINK']

export interface Opening {
  /** A link in the place of the file is followed: only where the person's own files are. */
  readonly follow?: boolean
}

/** Opens a plain file to read it; null when there is none. */
export async function openRegular(
  path: string,
  { follow = false }: Opening = {},
): Promise<FileHandle | null> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (follow ? 0 : constants.O_NOFOLLOW)
  const file = await ignoring(GONE, open(path, flags))
  if (file === undefined) return null
  try {
    if ((await file.stat()).isFile()) return file
  } catch (error) {
    await file.close()
    throw error
  }
  await file.close()
  return null
}

/** The text of a plain file; null when there is none, or when it has more than `maxBytes`. */
export async function textOfRegular(
  path: string,
  { maxBytes, ...opening }: Opening & { readonly maxBytes: number },
): Promise<string | null> {
  const file = await openRegular(path, opening)
  if (file === null) return null
  try {
    // One byte more than is allowed: it may grow while it is read.
    const buffer = Buffer.alloc(Math.min((await file.stat()).size, maxBytes) + 1)
    let length = 0
    for (let read = -1; read !== 0 && length < buffer.length;) {
      read = (await file.read(buffer, length, buffer.length - length, length)).bytesRead
      length += read
    }
    return length > maxBytes ? null : buffer.toString('utf8', 0, length)
  } finally {
    await file.close()
  }
}
