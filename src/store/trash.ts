// The trash of a repository. Nothing is deleted where it stands: it is renamed to the trash in one step, and only what
// is in the trash is deleted, by a program of its own at low priority. A folder on another file system goes to a
// sibling trash beside it, and a pointer in the trash tells where that is. What something is mounted in is neither renamed
// nor deleted.
import { randomBytes } from 'node:crypto'
import { lstat, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { errnoOf, ignoring, QuintetError } from '../contract/errors.ts'
import { stateFolder, type Repository } from '../git/repository.ts'
import { encode } from '../git/text.ts'
import { run, type RunOptions } from '../process/run.ts'
import { programFile } from '../process/spawn.ts'
import { writeAtomic } from './atomic.ts'
import { noteFile, setLateAside, sweepNotes, writeNote, type LateWrites } from './late-writes.ts'
import { mountedIn, mountToKeep } from './mounts.ts'

const SIBLING = /^\.quintet-trash-[0-9a-f]{16}$/
const ENTRY = /^[0-9a-f]{16}$/
const POINTER = /^[0-9a-f]{16}\.elsewhere$/
/** Git's own folder of a worktree that went: nothing that anybody wrote. */
const STRUCK_OFF = /^[0-9a-f]{16}\.entry$/
const NAME_LENGTH = 16
const ON_ITS_WAY_MS = 60_000
const KEPT_OUTPUT = 64 * 1024

/** Where a repository's trash is. */
export function trashFolder(repo: Repository): string {
  return join(stateFolder(repo), 'trash')
}

/**
 * Renames `path` into the trash; null when there is nothing at `path`. `beside` is a folder on the same file system
 * whose parent takes the sibling trash if need be. Throws `E_MOUNTED`; failures of the rename itself (EACCES, EBUSY) are
 * thrown as they are.
 */
export async function moveToTrash(
  repo: Repository,
  path: string,
  beside: string = path,
): Promise<string | null> {
  return await moveAway(repo, path, { beside })
}

/** The same, and what is written there later is kept when the trash is emptied. The note on that stands before the rename:
 *  neither a kill in between nor somebody else who empties the trash at this moment takes it along. */
export async function moveToTrashKeeping(
  repo: Repository,
  path: string,
  late: LateWrites,
): Promise<string | null> {
  return await moveAway(repo, path, { beside: path, late })
}

async function moveAway(
  repo: Repository,
  path: string,
  { beside, late }: { readonly beside: string; readonly late?: LateWrites },
): Promise<string | null> {
  const from = encode(path)
  if ((await ignoring(['ENOENT', 'ENOTDIR'], lstat(from))) === undefined) return null
  const mounted = await mountToKeep(path)
  if (mounted !== null) throw new QuintetError('E_MOUNTED', 'precondition', mounted)
  const trash = trashFolder(repo)
  await mkdir(trash, { recursive: true })
  const name = randomBytes(8).toString('hex')
  if (late !== undefined) await writeNote(noteFile(trash, name), late)
  try {
    await rename(from, join(trash, name))
    return join(trash, name)
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') {
      await rm(noteFile(trash, name), { force: true })
      if (errnoOf(error) === 'ENOENT') return null
      throw error
    }
  }
  const sibling = join(dirname(beside), `.quintet-trash-${name}`)
  await writeAtomic(join(trash, `${name}.elsewhere`), sibling)
  const renamed = await ignoring(
    ['EXDEV'],
    rename(from, sibling).then(() => true),
  )
  if (renamed === undefined) await moveOut(path, sibling)
  return sibling
}

/** A part of what is a subvolume or a mount of its own leaves it only as a copy, of which the original goes last. */
async function moveOut(path: string, to: string): Promise<void> {
  const { exitCode, stderr } = await run('mv', ['--', path, to], { cwd: dirname(to) })
  if (exitCode !== 0) throw new Error(`${path} was not moved to the trash: ${stderr.toString('utf8').trim()}`)
}

/** Renames git's folder of a worktree into the trash of its repository, where it counts as nothing that could be wanted. */
export async function moveEntryToTrash(repo: Repository, folder: string): Promise<void> {
  const trash = trashFolder(repo)
  await mkdir(trash, { recursive: true })
  await rename(folder, join(trash, `${randomBytes(8).toString('hex')}.entry`))
}

/** Removes `path` for good, by way of the trash; null when there is nothing at `path`. Only for what was made to be thrown
 *  away. What cannot be deleted stays in the trash. */
export async function discard(repo: Repository, path: string): Promise<string | null> {
  const place = await moveToTrash(repo, path)
  if (place === null) return null
  const trash = trashFolder(repo)
  const gone = await removeTree(trash, place, undefined)
  const pointer = SIBLING.exec(basename(place)) === null ? null : pointerTo(basename(place))
  if (gone && pointer !== null) await removeTree(trash, join(trash, pointer), undefined)
  return place
}

const pointerTo = (sibling: string): string => `${sibling.slice('.quintet-trash-'.length)}.elsewhere`

/** Names of what is in the trash. */
export async function trashEntries(repo: Repository): Promise<string[]> {
  const names = (await ignoring(['ENOENT'], readdir(trashFolder(repo)))) ?? []
  return names.filter((name) => ENTRY.test(name) || POINTER.test(name)).sort()
}

/** Deletes what is in the trash, at low priority; answers with the entries that could not be deleted. */
export async function emptyTrash(repo: Repository, signal?: AbortSignal): Promise<string[]> {
  const trash = trashFolder(repo)
  const found = await ignoring(['ENOENT'], lstat(trash))
  if (found === undefined || !found.isDirectory()) return []
  for (const name of await deletableNames(trash)) {
    const target = await deletable(trash, name)
    const note = noteFile(trash, name.slice(0, NAME_LENGTH))
    if (POINTER.test(name) && (await isOnItsWay(join(trash, name), target))) continue
    if (target !== null && (await mountedIn(target)) !== null) continue
    if (target !== null && !(await setLateAside(target, note))) continue
    if (target !== null && !(await removeTree(trash, target, signal))) continue
    if (POINTER.test(name)) await removeTree(trash, join(trash, name), signal)
    await rm(note, { force: true })
  }
  await sweepNotes(trash)
  return await trashEntries(repo)
}

async function deletableNames(trash: string): Promise<string[]> {
  const known = [ENTRY, POINTER, STRUCK_OFF]
  return (await readdir(trash)).filter((name) => known.some((pattern) => pattern.test(name))).sort()
}

/** The path an entry of the trash stands for; null when a pointer names nothing that was made by moveToTrash. */
async function deletable(trash: string, name: string): Promise<string | null> {
  if (!POINTER.test(name)) return join(trash, name)
  const target = (await ignoring(['ENOENT'], readFile(join(trash, name), 'utf8'))) ?? ''
  return target.startsWith('/') && SIBLING.test(basename(target)) ? target : null
}

/** A pointer stands before what it names is renamed there. */
async function isOnItsWay(pointer: string, target: string | null): Promise<boolean> {
  if (target === null || (await ignoring(['ENOENT', 'ENOTDIR'], lstat(target))) !== undefined) return false
  const found = await ignoring(['ENOENT'], lstat(pointer))
  return found !== undefined && Date.now() - found.mtimeMs < ON_ITS_WAY_MS
}

/** `rm -rf`, once more after making folders writable (a module cache is read-only); true when nothing is left. Somebody may
 *  have mounted something since it was renamed. */
async function removeTree(cwd: string, path: string, signal: AbortSignal | undefined): Promise<boolean> {
  const options = { cwd, maxBytes: KEPT_OUTPUT, ...(signal === undefined ? {} : { signal }) }
  if ((await mountedIn(path)) !== null) return false
  if (await atLowPriority(['rm', '-rf', '--', path], options)) return true
  if ((await mountedIn(path)) !== null) return false
  await atLowPriority(['chmod', '-R', 'u+rwX', '--', path], options)
  return await atLowPriority(['rm', '-rf', '--', path], options)
}

/** Last in line for the processor and, where there is a program for that, for the disk; true when it ended with 0. */
async function atLowPriority(command: readonly string[], options: RunOptions): Promise<boolean> {
  const idle = process.platform === 'linux' && (await programFile('ionice', options)) !== null
  const last = ['-n', '19', ...(idle ? ['ionice', '-c', '2', '-n', '7'] : []), ...command]
  return (await run('nice', last, options)).exitCode === 0
}
