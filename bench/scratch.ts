// The place of a benchmark: a temporary folder, and an environment in which git and Quintet see nothing of the user's
// own configuration and leave nothing outside of that folder.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const exec = promisify(execFile)
const MAX_BYTES = 256 * 1024 * 1024

export interface ScratchFolder extends AsyncDisposable {
  /** Resolved. */
  readonly path: string
}

/** Makes a temporary folder and sets this process's environment to it. `keep` leaves it behind. */
export async function scratchFolder(keep: boolean): Promise<ScratchFolder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'quintet-bench-')))
  for (const name of ['state', 'config']) await mkdir(join(path, name))
  Object.assign(process.env, environmentIn(path))
  return { path, [Symbol.asyncDispose]: () => (keep ? Promise.resolve() : removeTree(path)) }
}

function environmentIn(path: string): Readonly<Record<string, string>> {
  return {
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Bench',
    GIT_AUTHOR_EMAIL: 'bench@example.invalid',
    GIT_COMMITTER_NAME: 'Bench',
    GIT_COMMITTER_EMAIL: 'bench@example.invalid',
    XDG_STATE_HOME: join(path, 'state'),
    XDG_CONFIG_HOME: join(path, 'config'),
  }
}

/** Deletes folders with all that is in them; the program is much faster at it than Node. */
export async function removeTree(...paths: readonly string[]): Promise<void> {
  if (paths.length > 0) await exec('rm', ['-rf', '--', ...paths])
}

/** Has the kernel write out what is waiting, so that no timed run pays for what was done before it. */
export async function settleDisk(): Promise<void> {
  await exec('sync')
}

/** Runs git in `cwd`; standard output without the final line end. Rejects on any exit code but 0. */
export async function git(cwd: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await exec('git', [...args], { cwd, maxBuffer: MAX_BYTES })
  return stdout.replace(/\n$/, '')
}
