// What info/exclude holds for sessions goes with the last of them.
import { ignoring } from '../contract/errors.ts'
import { removeExcluded } from '../git/exclude.ts'
import type { Repository } from '../git/repository.ts'
import { withRegistry } from '../git/worktree.ts'
import { hasJournal } from './journal.ts'
import { recordedIds } from './pool/records.ts'

/** Takes our lines out of info/exclude unless a session still has something of a workspace, or there are slots. Where that cannot be written
 *  they stay, for a later clean-up. */
export async function tidyExcluded(repo: Repository): Promise<void> {
  await withRegistry(repo, async () => {
    if ((await hasJournal(repo)) || (await recordedIds(repo)).length > 0) return
    await ignoring(['EACCES', 'EPERM', 'EROFS'], removeExcluded(repo))
  })
}
