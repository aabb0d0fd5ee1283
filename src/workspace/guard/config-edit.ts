// Edits of the repository's configuration as text, under the lock that git itself takes for it. The new text is complete
// before the lock is there, and the lock becomes the configuration by one rename; a text that only loses its end is cut off.
// A kill at any point leaves the old text or the new one, and a lock that is left over is known by the file beside it and
// taken away by the next edit.
import { constants } from 'node:fs'
import {
  access,
  copyFile,
  link,
  open,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  truncate,
} from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { errnoOf, ignoring, QuintetError } from '../../contract/errors.ts'
import { quoted } from '../../contract/shell.ts'

const DEFAULT_MODE = 0o644
const PERMISSIONS = 0o777
const TAKEN_ATTEMPTS = 20
const TAKEN_PAUSE_MS = 25
/** What file systems answer that have no hard links. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']

/** Replaces the text of a configuration file by what `change` makes of it; bytes that are no text stay what they are. A
 *  link is followed. Under the registry's lock. Throws `E_GIT` when it cannot be written, or another program holds it. */
export async function editConfig(path: string, change: (text: string) => string): Promise<void> {
  try {
    await edit((await ignoring(['ENOENT'], realpath(path))) ?? path, change)
  } catch (error) {
    const errno = errnoOf(error)
    if (error instanceof QuintetError || errno === undefined) throw error
    throw unwritable(path, `it cannot be written (${errno})`)
  }
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  const lock = `${file}.lock`
  const draft = `${file}.quintet`
  await removeLeft(draft, lock)
  const text = await textOf(file)
  if (change(text) === text) return
  try {
    for (let attempt = 1; !(await replaced(file, { lock, draft, change })); attempt += 1) {
      if (attempt === TAKEN_ATTEMPTS) throw unwritable(file, `it is locked by ${lock}`, lock)
      await pause(TAKEN_PAUSE_MS)
    }
  } finally {
    await rm(draft, { force: true })
  }
}

interface Edit {
  readonly lock: string
  readonly draft: string
  readonly change: (text: string) => string
}

/** False when another program has the lock, or has written since: that is part of what is to be changed. */
async function replaced(file: string, { lock, draft, change }: Edit): Promise<boolean> {
  const before = await textOf(file)
  const after = change(before)
  // Nothing new has to be on the disk before the end may go.
  const cut = before.startsWith(after) && (await isWritable(file))
  await writeDraft(draft, after, { mode: await modeOf(file), sync: !cut })
  if (!(await lockWith(draft, lock))) return false
  const same = (await textOf(file)) === before
  if (same && !cut) await rename(lock, file)
  else {
    if (same) await truncate(file, after.length)
    await rm(lock)
  }
  return same
}

const textOf = async (file: string): Promise<string> =>
  (await ignoring(['ENOENT'], readFile(file, 'latin1'))) ?? ''

async function isWritable(file: string): Promise<boolean> {
  const found = access(file, constants.W_OK).then(() => true)
  return (await ignoring(['ENOENT', 'EACCES', 'EPERM', 'EROFS'], found)) === true
}

/** What an edit that was killed has left; a lock of somebody else's stays. */
async function removeLeft(draft: string, lock: string): Promise<void> {
  const left = await ignoring(['ENOENT'], stat(draft, { bigint: true }))
  if (left === undefined) return
  const held = await ignoring(['ENOENT'], stat(lock, { bigint: true }))
  if (held !== undefined && held.ino === left.ino && held.dev === left.dev) await rm(lock, { force: true })
  await rm(draft, { force: true })
}

/** Never written in place: after a kill the draft may be the configuration itself. */
async function writeDraft(
  draft: string,
  text: string,
  { mode, sync }: { readonly mode: number; readonly sync: boolean },
): Promise<void> {
  await rm(draft, { force: true })
  await using file = await open(draft, 'wx', mode)
  await file.writeFile(text, 'latin1')
  await file.chmod(mode)
  if (sync) await file.sync()
}

const modeOf = async (file: string): Promise<number> =>
  ((await ignoring(['ENOENT'], stat(file)))?.mode ?? DEFAULT_MODE) & PERMISSIONS

/** Takes git's lock with the draft in it; false when somebody holds it. */
async function lockWith(draft: string, lock: string): Promise<boolean> {
  try {
    const made = await ignoring(
      NO_LINKS,
      link(draft, lock).then(() => true),
    )
    if (made !== true) await copyFile(draft, lock, constants.COPYFILE_EXCL)
    return true
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
    return false
  }
}

function unwritable(path: string, why: string, lock?: string): QuintetError {
  const hints =
    lock === undefined
      ? []
      : [{ text: 'Remove the lock if no git command is running.', command: `rm ${quoted(lock)}` }]
  return new QuintetError('E_GIT', 'git', `The configuration ${path} was left as it is: ${why}.`, { hints })
}
