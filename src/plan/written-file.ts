// Reading what people have written: plain files only, and never more of them than people write. A pipe would be waited for
// without end, and a device would never be at its end.
import { constants } from 'node:fs'
import { lstat, open, type FileHandle } from 'node:fs/promises'
import { errnoOf, ignoring, QuintetError } from '../contract/errors.ts'

/** Files beyond this are not written by people. */
const MAX_BYTES = 1024 * 1024
const NOT_THERE = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']

/** Of a file that is there and cannot be read: as it is shown, and the code of the error. */
export interface WrittenFile {
  readonly filename: string
  readonly code: string
}

/** The text of the file at a path, links followed; null when there is none. Throws the code that is given, of the kind
 *  `config`, when it is something else than a file, is larger than 1 MiB, or cannot be read. */
export async function writtenText(path: string, file: WrittenFile): Promise<string | null> {
  try {
    // Without waiting: opening a pipe would wait for whoever writes into it.
    await using opened = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const found = await opened.stat()
    if (!found.isFile()) throw notPlain(file, found.isDirectory() ? 'a folder' : 'no plain file')
    return await boundedText(opened, file)
  } catch (error) {
    if (error instanceof QuintetError) throw error
    const errno = errnoOf(error) ?? ''
    if (!NOT_THERE.includes(errno)) throw unreadable(file, error)
    if ((await ignoring(NOT_THERE, lstat(path)))?.isSymbolicLink() === true)
      throw notPlain(file, 'a link to something that is not there')
    return null
  }
}

async function boundedText(opened: FileHandle, file: WrittenFile): Promise<string> {
  const bytes = Buffer.alloc(MAX_BYTES + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await opened.read(bytes, length, bytes.length - length)
    length += bytesRead
    if (length > MAX_BYTES) throw problem(file, 'is larger than 1 MiB', 'Shorten it, or take it away.')
    if (bytesRead === 0) return bytes.toString('utf8', 0, length)
  }
}

const notPlain = (file: WrittenFile, what: string): QuintetError =>
  problem(file, `is ${what}`, 'Put a plain text file there, or take it away.')

function unreadable(file: WrittenFile, cause: unknown): QuintetError {
  const hint = 'See that it is a plain text file that you may read, or take it away.'
  return problem(file, `cannot be read (${errnoOf(cause) ?? String(cause)})`, hint)
}

function problem(file: WrittenFile, what: string, hint: string): QuintetError {
  return new QuintetError(file.code, 'config', `The file ${file.filename} ${what}.`, {
    hints: [{ text: hint }],
    details: { file: file.filename },
  })
}
