// Words of landings: what commits of the target say about where they come from, which is only a hint where to look, and
// how a proof is told. Pure.
import type { LandingProof } from '../../contract/facts.ts'

/** What each kind of proof shows of a branch. */
export const PROVEN_BY: Readonly<Record<LandingProof, string>> = {
  ancestor: 'all its commits are there',
  patches: 'each of its commits is there as an equal patch',
  squash: 'one commit there has exactly its changes',
  contained: 'merging it would change nothing',
  tree: 'merging it where it landed gives exactly the tree that is there',
}

/** Trailer of a squash commit: the tip of the branch. */
export const TIP_TRAILER = 'Quintet-Tip'

/** Git's own line for a commit that was taken over. */
export const PICKED = (commit: string): string => `(cherry picked from commit ${commit})`

/** Paths that a commit's message names as resolved conflicts. */
export function resolvedPaths(message: string): readonly string[] {
  return message.split('\n').flatMap((line) => /^Quintet-Resolved: (.+) by /.exec(line)?.[1] ?? [])
}
