// What was changed together lately.
import { runGit } from './run.ts'

export interface RecentOptions {
  /** Commits looked at, the newest first. */
  readonly commits: number
  /** Commits with more paths than this are left out: they are moves and formatting. */
  readonly paths: number
  readonly signal?: AbortSignal
}

const MAX_BYTES = 64 * 1024 * 1024
const BEGIN = '\u0001'

/** The paths of each of the newest commits before and at `commit`; merges are left out. */
export async function recentChanges(
  cwd: string,
  commit: string,
  { commits, paths, signal }: RecentOptions,
): Promise<readonly (readonly string[])[]> {
  const args = ['log', '-z', '--name-only', '--no-renames', '--no-merges', '--no-ext-diff', `-n${commits}`]
  const { stdout } = await runGit([...args, '--format=%x01', '--end-of-options', commit, '--'], {
    cwd,
    op: 'read the recent changes',
    maxBytes: MAX_BYTES,
    ...(signal === undefined ? {} : { signal }),
  })
  return stdout
    .split(BEGIN)
    .map((entry) => entry.split('\0').flatMap((name) => name.replace(/^\n/, '') || []))
    .filter((list) => list.length > 0 && list.length <= paths)
}
