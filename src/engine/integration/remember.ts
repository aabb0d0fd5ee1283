// How sessions and the operator have resolved conflicts on a branch, remembered once it has landed: the checks have said
// that it was right, and the same conflict is settled the same way the next time.
import { errorData } from '../../contract/errors.ts'
import type { Repository } from '../../git/repository.ts'
import { mergesOn } from '../../integration/resolve/by-hand.ts'
import { rememberMerge } from '../../integration/resolve/rerere.ts'
import type { IntegrationInput } from '../run/input.ts'

type Landed = Pick<IntegrationInput['branches'][number], 'piece' | 'base' | 'tip'>

/** Remembers the merges that were made on these branches. Returns a sentence for each branch of which that was not possible:
 *  the landing is over, and it costs it nothing. Throws the signal's reason on abort. */
export async function rememberResolutions(
  repo: Repository,
  branches: readonly Landed[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const missed: string[] = []
  for (const { piece, base, tip } of branches) {
    try {
      for (const commit of await mergesOn(repo.root, { tip, without: [base] })) {
        signal?.throwIfAborted()
        await rememberMerge(repo, commit, tip)
      }
    } catch (error) {
      if (signal?.aborted === true) throw error
      const why = errorData(error).message
      missed.push(`How ${piece} has resolved its conflicts is not remembered: ${why}`)
    }
  }
  return missed
}
