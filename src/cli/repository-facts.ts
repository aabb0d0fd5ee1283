// Facts of the repository for commands that can also do without them.
import { join } from 'node:path'
import { QuintetError } from '../contract/errors.ts'
import { stateFolder, type Repository } from '../git/repository.ts'
import type { RepositoryFacts } from '../plan/facts/facts.ts'
import { gatherFacts } from '../plan/facts/gather.ts'

export interface FactsOptions {
  readonly signal: AbortSignal
  readonly narrate: (text: string) => void
}

/** The facts at a commit; null where there is no commit, or they cannot be had, which is narrated. */
export async function factsAtHand(
  repo: Repository,
  commit: string | null,
  { signal, narrate }: FactsOptions,
): Promise<RepositoryFacts | null> {
  if (commit === null) return null
  try {
    return await gatherFacts({ root: repo.root, commit, cache: join(stateFolder(repo), 'facts'), signal })
  } catch (error) {
    if (!(error instanceof QuintetError)) throw error
    narrate(`Nothing is known of imports and history: ${error.message}`)
    return null
  }
}
