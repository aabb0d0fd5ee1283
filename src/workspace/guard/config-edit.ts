// Edits of the repository's configuration as text, under the lock that git itself takes for it. The new text is complete
// before the lock is there, and the lock becomes the configuration by one rename: a kill at any point leaves the old text
// or the new one, and a lock that is left over is known by the file beside it and taken away by the next edit.
import { constants } from 'node:fs'
import { copyFile, link, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
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
  const text = (await ignoring(['ENOENT'], readFile(file, 'latin1'))) ?? ''
  if (change(text) === text) return
  try {
    for (let attempt = 1; ; attempt += 1) {
      // What another program has written while it held the lock is part of what is changed.
      const before = (await ignoring(['ENOENT'], readFile(file, 'latin1'))) ?? ''
      await writeDraft(draft, change(before), await modeOf(file))
      const taken = await lockWith(draft, lock)
      const now = taken ? ((await ignoring(['ENOENT'], readFile(file, 'latin1'))) ?? '') : null
      if (now === before) return await rename(lock, file)
      if (taken) await rm(lock)
      if (attempt === TAKEN_ATTEMPTS) throw unwritable(file, `it is locked by ${lock}`, lock)
      await pause(TAKEN_PAUSE_MS)
    }
  } finally {
    await rm(draft, { force: true })
  }
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
async function writeDraft(draft: string, text: string, mode: number): Promise<void> {
  await rm(draft, { force: true })
  await using file = await open(draft, 'wx', mode)
  await file.writeFile(text, 'latin1')
  await file.chmod(mode)
  await file.sync()
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
