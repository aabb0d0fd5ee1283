// Taking one commit's change over onto another commit, without a worktree.
import { commitTree, mergeTree, OWN_IDENTITY, treeOf, type TreeMerge } from './merge.ts'
import { runGit } from '../run.ts'

/** The tree of `onto` with what `commit` changes against its only parent. Throws `E_GIT` for a commit with none. */
export async function pickTree(
  cwd: string,
  { commit, onto }: { commit: string; onto: string },
): Promise<TreeMerge> {
  // Git before 2.40 takes no base for such a merge: two commits whose only parent it is have it for their merge base.
  const tree = await treeOf(cwd, onto)
  const ours = await commitTree(cwd, {
    tree,
    parents: [`${commit}^`],
    message: 'ours\n',
    identity: OWN_IDENTITY,
  })
  return mergeTree(cwd, ours, commit)
}

/** Commits up to `tip` that are in none of `without`, oldest first; merges are told apart. */
export async function commitsOf(
  cwd: string,
  tip: string,
  without: readonly string[],
): Promise<readonly { readonly commit: string; readonly merge: boolean }[]> {
  const { stdout } = await runGit(
    ['rev-list', '--topo-order', '--reverse', '--parents', tip, ...without.map((commit) => `^${commit}`)],
    {
      cwd,
      op: 'list the commits of a branch',
    },
  )
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [commit = '', ...parents] = line.split(' ')
      return { commit, merge: parents.length > 1 }
    })
}
