// What is written into a tree after it was renamed to the trash: whoever has a file open there writes on. A note beside the
// entry names the folder where that is kept; its time is the one from which on files count.
import { randomBytes } from 'node:crypto'
import {
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { errnoOf, ignoring } from '../contract/errors.ts'
import { run } from '../process/run.ts'

/** What is written after `since`, milliseconds since the epoch, is kept in the folder `keep`. */
export interface LateWrites {
  readonly since: number
  readonly keep: string
}

const NOTE = /^([0-9a-f]{16})\.late$/
/** A note is written at once before the rename that it is about. */
const STALE_NOTE_MS = 600_000

/** Where the note on an entry of the trash is. */
export const noteFile = (trash: string, name: string): string => join(trash, `${name}.late`)

/** Writes a note. */
export async function writeNote(note: string, { since, keep }: LateWrites): Promise<void> {
  await writeFile(note, keep)
  await utimes(note, since / 1_000, since / 1_000)
}

/** Removes notes on what was never renamed to the trash: the process died in between. */
export async function sweepNotes(trash: string): Promise<void> {
  const names = await readdir(trash)
  for (const note of names) {
    const name = NOTE.exec(note)?.[1]
    if (name === undefined || names.includes(name) || names.includes(`${name}.elsewhere`)) continue
    const found = await ignoring(['ENOENT'], stat(join(trash, note)))
    if (found !== undefined && Date.now() - found.ctimeMs > STALE_NOTE_MS)
      await rm(join(trash, note), { force: true })
  }
}

/** Moves what was written too late below `target` to the folder that the note names; false when not all of it is there, and
 *  `target` may not be deleted. A file with other links is not only here, and the time of its last change is no time of a
 *  write: package managers link their stores. */
export async function setLateAside(target: string, note: string): Promise<boolean> {
  const keep = await ignoring(['ENOENT'], readFile(note, 'utf8'))
  if (keep === undefined || !keep.startsWith('/')) return true
  if ((await ignoring(['ENOENT', 'ENOTDIR'], lstat(target))) === undefined) return true
  const found = (await lateFiles(target, note)) ?? (await lateFiles(await opened(target), note))
  if (found === null) return false
  try {
    for (const path of found.paths)
      await keepFile(path, posix.join(raw(keep), posix.relative(raw(target), path)))
    return found.whole
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return false
  }
}

/** Paths with one character per byte: a name need not be text. `whole`: there are no others. */
interface Late {
  readonly paths: readonly string[]
  readonly whole: boolean
}

const raw = (text: string): string => Buffer.from(text).toString('latin1')
const bytes = (path: string): Buffer => Buffer.from(path, 'latin1')

/** Null when not all of it could be looked through. */
async function lateFiles(target: string, note: string): Promise<Late | null> {
  const args = [target, '(', '-type', 'f', '-o', '-type', 'l', ')', '-links', '1', '-newer', note, '-print0']
  const { stdout, exitCode, truncated } = await run('find', args, { cwd: dirname(note) })
  if (exitCode !== 0) return null
  // What follows the last NUL is nothing, or the beginning of a path.
  return { paths: stdout.toString('latin1').split('\0').slice(0, -1), whole: !truncated }
}

/** Makes the folders readable that are not; their files stay as they are, which may be those of a store. */
async function opened(target: string): Promise<string> {
  const closed = ['-type', 'd', '!', '-perm', '-u+rwx']
  await run('find', [target, ...closed, '-exec', 'chmod', 'u+rwx', '{}', ';'], { cwd: dirname(target) })
  return target
}

async function keepFile(path: string, kept: string): Promise<void> {
  await mkdir(bytes(posix.dirname(kept)), { recursive: true, mode: 0o700 })
  try {
    await rename(bytes(path), bytes(kept))
  } catch (error) {
    // Somebody else who empties the trash has been faster.
    if (errnoOf(error) === 'ENOENT') return
    // A sibling trash is on another file system.
    if (errnoOf(error) !== 'EXDEV') throw error
    await copy(path, kept)
  }
}

async function copy(path: string, kept: string): Promise<void> {
  const draft = bytes(`${kept}.${randomBytes(4).toString('hex')}.partial`)
  try {
    const found = await lstat(bytes(path))
    if (found.isSymbolicLink()) await symlink(await readlink(bytes(path), { encoding: 'buffer' }), draft)
    else {
      await copyFile(bytes(path), draft)
      await utimes(draft, found.atime, found.mtime)
    }
    await rename(draft, bytes(kept))
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
