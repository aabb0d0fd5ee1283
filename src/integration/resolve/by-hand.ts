// What was resolved on a branch itself, by the session or by a person who has merged something into it.
import { conflictedMerge } from '../../git/merge/conflict.ts'
import { mergeBase } from '../../git/merge/merge.ts'
import { runGit } from '../../git/run.ts'

/** Merges of one branch that are looked at, the newest ones. */
const MERGES = 20

interface OwnHistory {
  readonly tip: string
  readonly without: readonly string[]
}

/** Merges that were made on the branch itself, newest first: what it has merged holds merges as well, which are Quintet's or
 *  somebody else's. `without`: commits whose history does not count. */
export async function mergesOn(cwd: string, { tip, without }: OwnHistory): Promise<readonly string[]> {
  const { stdout } = await runGit(
    [
      'rev-list',
      '--merges',
      '--first-parent',
      `--max-count=${MERGES}`,
      '--end-of-options',
      tip,
      ...without.map((other) => `^${other}`),
    ],
    { cwd, op: 'look for merges on a branch' },
  )
  return stdout.split('\n').filter((line) => line !== '')
}

/** The parents of a commit, in order. */
export async function parentCommits(cwd: string, commit: string): Promise<readonly string[]> {
  const { stdout } = await runGit(['rev-list', '--parents', '--max-count=1', commit], {
    cwd,
    op: 'read the parents',
  })
  return stdout.trim().split(' ').slice(1)
}

/** The two parents of a merge; null for other commits. */
export async function parentsOf(
  cwd: string,
  commit: string,
): Promise<{ readonly ours: string; readonly theirs: string } | null> {
  const [ours, theirs, more] = await parentCommits(cwd, commit)
  return ours === undefined || theirs === undefined || more !== undefined ? null : { ours, theirs }
}

/** Paths that were in conflict in the merges made on a branch, sorted. */
export async function pathsByHand(cwd: string, history: OwnHistory): Promise<readonly string[]> {
  const paths = new Set<string>()
  for (const commit of await mergesOn(cwd, history)) {
    const parents = await parentsOf(cwd, commit)
    if (parents === null || (await mergeBase(cwd, parents.ours, parents.theirs)) === null) continue
    const merge = await conflictedMerge(cwd, parents.ours, parents.theirs)
    for (const { path } of merge.paths) paths.add(path)
  }
  return [...paths].toSorted()
}
