// Branches of a run that have landed, and those of them that landed in a style of which git does not know that it has their
// commits.
import * as v from 'valibot'
import { FACTS } from '../../contract/facts.ts'
import { isAncestor } from '../../git/diff.ts'
import { sessionOfWorkflow } from '../names.ts'
import type { RunInput } from '../run/input.ts'
import type { Services } from '../services.ts'

export interface LandedSession {
  readonly piece: string
  /** Tip of its branch. */
  readonly commit: string
}

/** The sessions of a run that have landed, in that order; one that has landed again, again. */
export function landedSessions({ store }: Pick<Services, 'store'>, run: string): readonly LandedSession[] {
  return [...store.events({ prefix: `${run}/session/`, types: ['session.landed'] })].flatMap(
    ({ stream, data }) => {
      const piece = sessionOfWorkflow(stream)?.piece
      return piece === undefined ? [] : { piece, commit: v.parse(FACTS['session.landed'], data).commit }
    },
  )
}

/** Tips of the run's branches that have landed in what is below `onto`, without their commits; none where the style takes
 *  branches over as they are. */
export async function landedTips(
  { repo, store }: Pick<Services, 'repo' | 'store'>,
  { run, plan }: Pick<RunInput, 'run' | 'plan'>,
  onto: string,
): Promise<readonly string[]> {
  if ((plan.integration.style ?? 'merge') === 'merge') return []
  const tips = new Map(landedSessions({ store }, run).map(({ piece, commit }) => [piece, commit]))
  const found: string[] = []
  for (const { data } of store.events({ prefix: `${run}/integration/`, types: ['integration.landed'] })) {
    const { to, pieces } = v.parse(FACTS['integration.landed'], data)
    // The target may have been set back since.
    if (!(await isAncestor(repo.root, to, onto))) continue
    found.push(...pieces.flatMap((piece) => tips.get(piece) ?? []))
  }
  return found
}
