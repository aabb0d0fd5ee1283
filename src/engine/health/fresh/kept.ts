// What a fresh run has made, where it came further than the session: kept as one commit on top of what both began with,
// under the session's backups. It reaches the session only by the operator's hand, and the commands for that are given.
import { quoted } from '../../../contract/shell.ts'
import type { FreshResult } from '../../../contract/health.ts'
import { commitTree, OWN_IDENTITY, treeOf } from '../../../git/merge/merge.ts'
import { updateRef, ZERO } from '../../../git/refs.ts'
import { snapshotWorktree } from '../../../git/snapshot.ts'
import { backupPrefix } from '../../../workspace/spec.ts'
import type { Services } from '../../services.ts'
import type { SessionSpec } from '../../session/spec.ts'
import type { Scratch } from './scratch.ts'

/** The tree that a run has left in its scratch worktree; of that nothing is kept yet. */
export async function treeLeft({ session, workspace }: Scratch): Promise<string> {
  const commit = await snapshotWorktree(workspace.path, `State of ${session.label}\n`)
  return await treeOf(workspace.path, commit)
}

export interface Keeping {
  /** Whose double has made it. */
  readonly session: SessionSpec
  /** What both began with. */
  readonly start: string
  readonly tree: string
}

/** Keeps a tree as a commit on top of the start; null when nothing was changed. */
export async function keepTree(
  { repo }: Pick<Services, 'repo'>,
  { session, start, tree }: Keeping,
): Promise<FreshResult['kept']> {
  if ((await treeOf(repo.commonDir, start)) === tree) return null
  const message = `What a fresh conversation made of ${session.label}\n`
  const commit = await commitTree(repo.commonDir, {
    tree,
    parents: [start],
    message,
    identity: OWN_IDENTITY,
  })
  const ref = `${backupPrefix(session.name)}fresh-${commit.slice(0, 12)}`
  // One that is there already keeps the same commit.
  await updateRef(repo, { ref, to: commit, from: ZERO, reason: 'quintet: a fresh look' })
  return { ref, commit }
}

/** What the operator can do with the result. */
export function nextSteps(
  { label }: Pick<SessionSpec, 'label'>,
  { verdict, missing, kept }: Pick<FreshResult, 'verdict' | 'missing' | 'kept'>,
): FreshResult['next'] {
  const taking =
    kept === null
      ? 'A fresh conversation came further.'
      : `A fresh conversation came further. Take over what it did: git cherry-pick --no-commit ${kept.commit}`
  const begin = kept === null ? 'Begin anew.' : 'Begin anew, with what the fresh run did.'
  return [
    ...(verdict === 'context' ? [{ text: begin, command: `quintet reset ${label} ${quoted(taking)}` }] : []),
    ...(kept === null
      ? []
      : [
          {
            text: 'See what the fresh run did.',
            command: `git show ${kept.commit}`,
          },
          {
            text: 'Have it as a branch.',
            command: `quintet recover ${kept.ref.slice('refs/quintet/backup/'.length)}`,
          },
        ]),
    ...missing.slice(0, 2).map((text) => ({
      text: 'State it where every conversation reads it.',
      command: `quintet decide ${quoted(text)}`,
    })),
  ]
}
