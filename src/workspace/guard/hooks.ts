// The hook files of a session: links to the one script, under the names that guard and under those of the repository's
// own hooks, which are passed on.
import { constants } from 'node:fs'
import { access, mkdir, readFile, symlink } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { writeAtomic } from '../../store/atomic.ts'
import type { GuardPaths } from './files.ts'
import { GUARDS, HOOK_SCRIPT, PASSED_ON } from './script.ts'

const EXECUTABLE = 0o755

/** Writes the script of all sessions. */
export async function writeScript({ script }: Pick<GuardPaths, 'script'>): Promise<void> {
  if ((await ignoring(['ENOENT'], readFile(script, 'utf8'))) === HOOK_SCRIPT) return
  await mkdir(dirname(script), { recursive: true })
  await writeAtomic(script, HOOK_SCRIPT, { mode: EXECUTABLE })
}

/** Makes the hooks of a session. `theirs`: folder of the repository's own hooks. A hook that is passed on to nobody any
 *  more does no harm. */
export async function linkHooks(
  { hooks, script }: GuardPaths,
  theirs: { readonly worktree: string; readonly folder: string },
): Promise<void> {
  await mkdir(hooks, { recursive: true })
  const target = relative(hooks, script)
  const executable = await Promise.all(
    PASSED_ON.map((name) => isExecutable(resolve(theirs.worktree, theirs.folder, name))),
  )
  const passedOn = PASSED_ON.filter((_, index) => executable[index] === true)
  const links = [...GUARDS, ...passedOn].map((name) => symlink(target, join(hooks, name)))
  await Promise.all(links.map((link) => ignoring(['EEXIST'], link)))
}

/** Whether there is a program that this user may start. */
export async function isExecutable(path: string): Promise<boolean> {
  const found = access(path, constants.X_OK).then(() => true)
  return (await ignoring(['ENOENT', 'ENOTDIR', 'EACCES'], found)) === true
}
