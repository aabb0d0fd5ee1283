// What differs in a worktree and belongs to others, seen from outside whatever program wrote it: the gate's question, asked
// while a person works there.
import { changes } from '../../git/diff.ts'
import { status } from '../../git/status.ts'
import { branchRef } from '../names.ts'
import type { SessionSpec } from '../session/spec.ts'

export interface Foreign {
  readonly path: string
  readonly owner: string | null
}

/** Files, committed or not, that the session should not have changed, by name. Throws `E_GIT` when git cannot read them. */
export async function foreignFiles(
  session: SessionSpec,
  { path, base }: { readonly path: string; readonly base: string },
): Promise<readonly Foreign[]> {
  const [now, committed] = await Promise.all([status(path), changes(path, base, branchRef(session.name))])
  const paths = new Set([...now.entries, ...committed].map((entry) => entry.path))
  const { outOfScope } = session.ownership.judge(session.piece.id, [...paths].toSorted())
  return outOfScope.map(({ path: file, owner }) => ({ path: file, owner }))
}
