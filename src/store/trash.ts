// The trash of a repository. Nothing is deleted where it stands: it is renamed to the trash in one step, and only what
// is in the trash is deleted, by a program of its own at low priority. A folder on another file system goes to a
// sibling trash beside it, and a pointer in the trash tells where that is.
import { randomBytes } from 'node:crypto'
import { lstat, mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { errnoOf, ignoring } from '../contract/errors.ts'
import { stateFolder, type Repository } from '../git/repository.ts'
import { run } from '../process/run.ts'
import { writeAtomic } from './atomic.ts'

const SIBLING = /^\.quintet-trash-[0-9a-f]{16}$/
const ENTRY = /^[0-9a-f]{16}$/
const POINTER = /^[0-9a-f]{16}\.elsewhere$/
const KEPT_OUTPUT = 64 * 1024

/** Where a repository's trash is. */
export function trashFolder(repo: Repository): string {
  return join(stateFolder(repo), 'trash')
}

/**
 * Renames `path` into the trash; null when there is nothing at `path`. `beside` is a folder on the same file system
 * whose parent takes the sibling trash if need be. Failures of the rename itself (EACCES, EBUSY) are thrown as they are.
 */
export async function moveToTrash(
  repo: Repository,
  path: string,
  beside: string = path,
): Promise<string | null> {
  if ((await ignoring(['ENOENT', 'ENOTDIR'], lstat(path))) === undefined) return null
  const trash = trashFolder(repo)
  await mkdir(trash, { recursive: true })
  const name = randomBytes(8).toString('hex')
  try {
    await rename(path, join(trash, name))
    return join(trash, name)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    if (errnoOf(error) !== 'EXDEV') throw error
  }
  const sibling = join(dirname(beside), `.quintet-trash-${name}`)
  await writeAtomic(join(trash, `${name}.elsewhere`), sibling)
  await rename(path, sibling)
  return sibling
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
  for (const name of await trashEntries(repo)) {
    const target = await deletable(trash, name)
    if (target !== null && !(await removeTree(trash, target, signal))) continue
    if (POINTER.test(name)) await removeTree(trash, join(trash, name), signal)
  }
  return await trashEntries(repo)
}

/** The path an entry of the trash stands for; null when a pointer names nothing that was made by moveToTrash. */
async function deletable(trash: string, name: string): Promise<string | null> {
  if (!POINTER.test(name)) return join(trash, name)
  const target = await readFile(join(trash, name), 'utf8')
  return target.startsWith('/') && SIBLING.test(basename(target)) ? target : null
}

/** `rm -rf`, once more after making folders writable (a module cache is read-only); true when nothing is left. */
async function removeTree(cwd: string, path: string, signal: AbortSignal | undefined): Promise<boolean> {
  const options = { cwd, maxBytes: KEPT_OUTPUT, ...(signal === undefined ? {} : { signal }) }
  const remove = ['-n', '19', 'rm', '-rf', '--', path]
  if ((await run('nice', remove, options)).exitCode === 0) return true
  await run('nice', ['-n', '19', 'chmod', '-R', 'u+rwX', '--', path], options)
  return (await run('nice', remove, options)).exitCode === 0
}
