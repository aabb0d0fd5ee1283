// A full disk makes package managers and set-ups fail in ways of their own: it is named where it explains a failure.
import { errnoOf, errorData, QuintetError } from '../contract/errors.ts'
import { quoted } from '../contract/shell.ts'
import type { Repository } from '../git/repository.ts'
import { diskSpace } from './disk.ts'
import { hasIndex } from './register.ts'

const NEARLY_FULL_BYTES = 16 * 1024 ** 2
const DISK_CODES = new Set(['ENOSPC', 'EDQUOT'])
const BLAMED_ON_DISK = new Set(['E_INSTALL_FAILED', 'E_SETUP_FAILED'])

/** The same failure of work on the worktree at `path`, or `E_DISK_FULL` where a full disk explains it. */
export async function blameDisk(error: unknown, path: string, repo: Repository): Promise<unknown> {
  const full = DISK_CODES.has(errnoOf(error) ?? '')
  const suspect = full || BLAMED_ON_DISK.has(errorData(error).code)
  if (!suspect) return error
  const folder = (await hasIndex(path)) ? path : repo.commonDir
  const { free } = await diskSpace(folder)
  if (!full && free > NEARLY_FULL_BYTES) return error
  const left = `${Math.floor(free / 1024 ** 2)} MB are free`
  return new QuintetError('E_DISK_FULL', 'environment', `The disk that holds ${folder} is full: ${left}.`, {
    hints: [
      { text: 'See how much is left.', command: `df -h ${quoted(folder)}` },
      { text: 'Remove what earlier runs left behind.', command: 'quintet clean' },
    ],
    cause: error,
  })
}
