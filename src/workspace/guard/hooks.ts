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
  const passedOn: string[] = []
  for (const name of PASSED_ON) {
    if (await isExecutable(resolve(theirs.worktree, theirs.folder, name))) passedOn.push(name)
  }
  for (const name of [...GUARDS, ...passedOn]) await ignoring(['EEXIST'], symlink(target, join(hooks, name)))
}

async function isExecutable(path: string): Promise<boolean> {
  const found = access(path, constants.X_OK).then(() => true)
  return (await ignoring(['ENOENT', 'ENOTDIR', 'EACCES'], found)) === true
}
