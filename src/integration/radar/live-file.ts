// What one file of a worktree has become, read straight from the disk.
import { createHash } from 'node:crypto'
import { lstat, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { decode } from '../../git/text.ts'
import { LONGEST_BYTES, type BaseFile } from './base-files.ts'
import { resultName, type PathChange } from './change.ts'
import { lineHunks, linesOf } from './line-diff.ts'

const GONE = ['ENOENT', 'ENOTDIR']
const EXECUTABLE = 0o100

/** The change of `path` against its base; null when there is none. `folder`: a folder stands there, to be looked into. */
export async function liveChange(
  root: string,
  path: string,
  base: BaseFile | null,
): Promise<PathChange | null | 'folder'> {
  const file = join(root, path)
  const found = await ignoring(GONE, lstat(file))
  if (found === undefined) return deletion(base)
  if (found.isDirectory()) return 'folder'
  if (found.isSymbolicLink()) {
    const target = await ignoring([...GONE, 'EINVAL'], readlink(file, 'buffer'))
    return target === undefined ? deletion(base) : changeOf('120000', target, base)
  }
  if (!found.isFile()) return null
  const bytes = await ignoring([...GONE, 'EISDIR', 'EACCES'], readFile(file))
  if (bytes === undefined) return deletion(base)
  return changeOf((found.mode & EXECUTABLE) === 0 ? '100644' : '100755', bytes, base)
}

function deletion(base: BaseFile | null): PathChange | null {
  if (base === null) return null
  return { class: 'deleted', result: resultName('000000', '0'.repeat(base.blob.length)), hunks: null }
}

function changeOf(mode: string, bytes: Buffer, base: BaseFile | null): PathChange | null {
  const result = resultName(mode, blobName(bytes, base?.blob.length ?? 40))
  if (base === null) return { class: 'added', result, hunks: null }
  if (result === resultName(base.mode, base.blob)) return null
  if (mode.slice(0, 3) !== base.mode.slice(0, 3) || mode === '120000')
    return { class: 'type', result, hunks: null }
  if (mode !== base.mode) return { class: 'mode', result, hunks: null }
  const text = base.lines === null || bytes.length > LONGEST_BYTES ? null : decode(bytes)
  if (base.lines === null || text === null || text.includes('\0'))
    return { class: 'binary', result, hunks: null }
  return { class: 'content', result, hunks: lineHunks(base.lines, linesOf(text)) }
}

/** The name that git gives to a file's content; `digits` tells which kind of names the repository has. */
function blobName(bytes: Buffer, digits: number): string {
  const hash = createHash(digits === 64 ? 'sha256' : 'sha1')
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}
