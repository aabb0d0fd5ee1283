// The folder for what all repositories of a user share: port leases, and whose turn it is to fill a pool. Where the home
// folder is missing, or another user's, nothing can be kept there.
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { errnoOf, errorData, ignoring, QuintetError } from '../contract/errors.ts'
import { quoted } from '../contract/shell.ts'

const REFUSED = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'E_LOCK']
/** What is written in it. */
const SHARED = ['', 'pool.lock', 'ports', 'ports/.removal.lock']

/** Where it is. */
export function userStateFolder(env: NodeJS.ProcessEnv = process.env): string {
  const state = env['XDG_STATE_HOME']
  return join(state?.startsWith('/') === true ? state : join(homedir(), '.local', 'state'), 'quintet')
}

/** Runs what keeps something there. Throws `E_USER_STATE` where that is refused. */
export async function inUserState<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = error instanceof QuintetError ? error.code : (errnoOf(error) ?? '')
    if (!REFUSED.includes(code)) throw error
    throw refused(errorData(error).message, error)
  }
}

/** Throws `E_USER_STATE` where something of it cannot be written. Nothing is made. */
export async function requireUserState(): Promise<void> {
  await inUserState(async () => {
    for (const name of SHARED) await requireWritable(join(userStateFolder(), name))
  })
}

/** What is not there yet is made in the nearest folder above that is. */
async function requireWritable(path: string): Promise<void> {
  const found = await ignoring(['ENOENT'], stat(path))
  if (found === undefined) return await requireWritable(dirname(path))
  const { R_OK, W_OK, X_OK } = constants
  await access(path, found.isDirectory() ? R_OK | W_OK | X_OK : R_OK | W_OK)
}

function refused(why: string, cause: unknown): QuintetError {
  const folder = userStateFolder()
  return new QuintetError(
    'E_USER_STATE',
    'environment',
    `The folder ${folder}, which all your repositories share, cannot be used: ${why}`,
    {
      hints: [
        { text: 'See who owns it, and what is in it.', command: `ls -la ${quoted(folder)}` },
        { text: 'Or name another folder in XDG_STATE_HOME, and have the daemon started anew: quintet stop.' },
      ],
      details: { folder },
      cause,
    },
  )
}
