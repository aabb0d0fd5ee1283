// Taking somebody else's commit for the work of a session: the session's own branch and worktree come to hold exactly it.
// The other branch is only read. What our side held and would lose is saved first; done again after a crash, it completes
// what was begun.
import { QuintetError } from '../../../contract/errors.ts'
import type { Workspace } from '../../../contract/session.ts'
import { isAncestor } from '../../../git/diff.ts'
import { mergeBase } from '../../../git/merge/merge.ts'
import { refValue, updateRef } from '../../../git/refs.ts'
import { snapshotWorktree } from '../../../git/snapshot.ts'
import { status } from '../../../git/status.ts'
import { checkoutFiles } from '../../../git/worktree.ts'
import { removeUntracked } from '../../../integration/worktree.ts'
import { saveCommit } from '../../../workspace/save.ts'
import { branchRef } from '../../names.ts'
import type { Services } from '../../services.ts'
import type { SessionSpec } from '../spec.ts'

/** `base`: where the work starts, which may be older than the session's own. `backup`: what the session held before. */
export type Adopted =
  | {
      readonly kind: 'adopted'
      readonly base: string
      /** It does not hold what was taken before. */
      readonly rewritten: boolean
      readonly backup: string | null
    }
  /** Nothing but commits of the base. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'unrelated' }

export interface Taking {
  readonly commit: string
  /** What was taken before; null for nothing. */
  readonly before: string | null
}

/** Takes `commit` for the work. Throws `E_WORKTREE_ELSEWHERE` where somebody has checked out something else in the
 *  session's worktree. */
export async function adoptCommit(
  services: Services,
  session: SessionSpec,
  workspace: Workspace,
  { commit, before }: Taking,
): Promise<Adopted> {
  const { repo } = services
  const base = await mergeBase(repo.root, workspace.base, commit)
  if (base === null) return { kind: 'unrelated' }
  if (base === commit) return { kind: 'empty' }
  const { branch, entries } = await status(workspace.path)
  if (branch !== session.branch) throw elsewhere(session, workspace)
  const ref = branchRef(session.name)
  const from = await refValue(repo, ref)
  const dropped = from !== null && from !== commit && !(await isAncestor(repo.root, from, commit))
  const dirty = entries.length > 0
  const backup = dropped || dirty ? await save(services, session, workspace) : null
  if (from !== null && from !== commit) {
    const move = { ref, to: commit, from, reason: 'quintet: work that was done elsewhere' }
    if ((await updateRef(repo, move)) === 'changed') throw elsewhere(session, workspace)
  }
  await checkoutFiles(workspace.path, commit)
  if (dirty) await removeUntracked(workspace.path)
  const rewritten = before !== null && !(await isAncestor(repo.root, before, commit))
  return { kind: 'adopted', base, rewritten, backup }
}

async function save(
  { repo, config }: Services,
  session: SessionSpec,
  { path }: Workspace,
): Promise<string | null> {
  const commit = await snapshotWorktree(path, `What ${session.label} held before its branch was read again\n`)
  return await saveCommit(
    {
      repo,
      ...session.name,
      path,
      branch: session.branch,
      marker: session.marker,
      coordinationFolder: config.coordination_folder,
    },
    commit,
  )
}

function elsewhere({ label, branch }: SessionSpec, { path }: Workspace): QuintetError {
  return new QuintetError(
    'E_WORKTREE_ELSEWHERE',
    'precondition',
    `The worktree of ${label} is not on ${branch} any more, or somebody moves that branch.`,
    {
      hints: [
        { text: 'Put it back, then let the session go on.', command: `git -C ${path} switch ${branch}` },
      ],
    },
  )
}
