// A moment in the past of a mirror, and what followed it.
import { records, runGit } from '../../src/git/run.ts'

const BEGIN = '\u0001'
const BYTES = 512 * 1024 * 1024
/** Commits of more files are moves and formatting; nobody would give one to a session beside others. */
const BULK = 100

export function isBulkChange(paths: readonly string[]): boolean {
  return paths.length > BULK
}

export interface Moment {
  readonly commit: string
  /** Day of that commit. */
  readonly day: string
  readonly files: number
  /** Paths of each commit that followed, the oldest first; merges left out. */
  readonly followed: readonly (readonly string[])[]
}

/** The state of the main line `back` commits before its tip, or a sixth of it where it is short, and at most `most` commits
 *  that followed. */
export async function momentOf(
  mirror: string,
  { back, most, signal }: { readonly back: number; readonly most: number; readonly signal: AbortSignal },
): Promise<Moment> {
  const git = async (args: readonly string[]): Promise<string> =>
    (await runGit(args, { cwd: mirror, op: 'read the history', maxBytes: BYTES, signal })).stdout
  const line = Number(await git(['rev-list', '--count', '--first-parent', 'HEAD']))
  const skip = Math.min(back, Math.floor(line / 6))
  const commit = (await git(['rev-list', '--first-parent', '-n1', `--skip=${skip}`, 'HEAD'])).trim()
  const since = (await git(['show', '-s', '--format=%cI', commit])).trim()
  const log = await git([
    'log',
    '-z',
    '--name-only',
    '--no-renames',
    '--no-merges',
    '--reverse',
    // A history that was merged in from elsewhere did not follow.
    `--since-as-filter=${since}`,
    '--format=%x01',
    `${commit}..HEAD`,
  ])
  const followed = log
    .split(BEGIN)
    .map((entry) => entry.split('\0').flatMap((name) => name.replace(/^\n/, '') || []))
    .filter((paths) => paths.length > 0)
  const files = records(await git(['ls-tree', '-r', '-z', '--name-only', commit])).length
  return { commit, day: since.slice(0, 10), files, followed: followed.slice(0, most) }
}
