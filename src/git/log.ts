// Commit messages of a range.
import { records, runGit } from './run.ts'

/** Subject lines of the commits in `from..to`, oldest first. */
export async function subjects(cwd: string, from: string, to: string): Promise<readonly string[]> {
  const { stdout } = await runGit(
    ['log', '--reverse', '-z', '--no-show-signature', '--format=%s', `${from}..${to}`, '--'],
    {
      cwd,
      op: 'list the commits of a branch',
    },
  )
  return records(stdout)
}
