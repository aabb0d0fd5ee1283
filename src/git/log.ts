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

/** Commits in `from..to` with their subject lines, oldest first. */
export async function commitLines(
  cwd: string,
  from: string,
  to: string,
): Promise<readonly { readonly id: string; readonly subject: string }[]> {
  const { stdout } = await runGit(
    ['log', '--reverse', '-z', '--no-show-signature', '--format=%H %s', `${from}..${to}`, '--'],
    { cwd, op: 'list the commits of a branch' },
  )
  return records(stdout).map((line) => ({
    id: line.slice(0, line.indexOf(' ')),
    subject: line.slice(line.indexOf(' ') + 1),
  }))
}
