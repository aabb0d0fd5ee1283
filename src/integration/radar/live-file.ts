// What one file of a worktree has become, read straight from the disk.
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { decode } from '../../git/text.ts'
import { LONGEST_BYTES, type BaseFile } from './base-files.ts'
import { resultName, type PathChange } from './change.ts'
import { lineHunks, linesOf } from './line-diff.ts'

const GONE = ['ENOENT', 'ENOTDIR']
const EXECUTABLE = 0o100
const CHUNK_BYTES = 256 * 1024

export interface LookedAt {
  /** The file of the base; null when it has none. */
  readonly base: BaseFile | null
  /** Asked before a file is read that the base has not. */
  readonly isIgnored: () => Promise<boolean>
}

/** The change of `path` against its base; null when there is none. `folder`: a folder stands there, to be looked into.
 *  `ignored`: what stands there is none of anybody's work. Throws what keeps it from being read. */
export async function liveChange(
  root: string,
  path: string,
  { base, isIgnored }: LookedAt,
): Promise<PathChange | null | 'folder' | 'ignored'> {
  const file = join(root, path)
  const found = await ignoring(GONE, lstat(file))
  if (found === undefined) return deletion(base)
  if (found.isDirectory()) return 'folder'
  if (!found.isFile() && !found.isSymbolicLink()) return null
  if (base === null && (await isIgnored())) return 'ignored'
  if (found.isSymbolicLink()) {
    const target = await ignoring([...GONE, 'EINVAL'], readlink(file, 'buffer'))
    return target === undefined ? deletion(base) : changeOf('120000', shortContent(target, base), base)
  }
  const content = await ignoring([...GONE, 'EISDIR', 'EACCES'], contentOf(file, found.size, base))
  if (content === undefined) return deletion(base)
  return changeOf((found.mode & EXECUTABLE) === 0 ? '100644' : '100755', content, base)
}

interface Content {
  /** The name that git gives to it. */
  readonly blob: string
  /** Null: too long to be compared. */
  readonly bytes: Buffer | null
}

async function contentOf(file: string, size: number, base: BaseFile | null): Promise<Content> {
  if (size <= LONGEST_BYTES) return shortContent(await readFile(file), base)
  const hash = blobHash(size, base)
  // What is written meanwhile comes after `size`, and is told again.
  for await (const chunk of createReadStream(file, { end: size - 1, highWaterMark: CHUNK_BYTES }))
    hash.update(chunk)
  return { blob: hash.digest('hex'), bytes: null }
}

function shortContent(bytes: Buffer, base: BaseFile | null): Content {
  return { blob: blobHash(bytes.length, base).update(bytes).digest('hex'), bytes }
}

function deletion(base: BaseFile | null): PathChange | null {
  if (base === null) return null
  return { class: 'deleted', result: resultName('000000', '0'.repeat(base.blob.length)), hunks: null }
}

function changeOf(mode: string, { blob, bytes }: Content, base: BaseFile | null): PathChange | null {
  const result = resultName(mode, blob)
  if (base === null) return { class: 'added', result, hunks: null }
  if (result === resultName(base.mode, base.blob)) return null
  if (mode.slice(0, 3) !== base.mode.slice(0, 3) || mode === '120000')
    return { class: 'type', result, hunks: null }
  if (mode !== base.mode) return { class: 'mode', result, hunks: null }
  const text = base.lines === null || bytes === null ? null : decode(bytes)
  if (base.lines === null || text === null || text.includes('\0'))
    return { class: 'binary', result, hunks: null }
  return { class: 'content', result, hunks: lineHunks(base.lines, linesOf(text)) }
}

/** The length of its names tells which kind a repository has. */
function blobHash(size: number, base: BaseFile | null): Hash {
  return createHash(base?.blob.length === 64 ? 'sha256' : 'sha1').update(`blob ${size}\0`)
}
