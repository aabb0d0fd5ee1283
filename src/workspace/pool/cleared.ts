// Clearing a slot away, as recovery tells it.
import type { Repository } from '../../git/repository.ts'
import { clearAway, type Looked } from './clear.ts'
import type { RecoveredSlot, SlotRecord } from './slot.ts'

/** Takes a slot away as `clearAway` does; what became of it. */
export async function cleared(
  repo: Repository,
  record: SlotRecord,
  looked: Looked | null = null,
): Promise<RecoveredSlot> {
  const { id, path } = record
  const outcome = await clearAway(repo, record, looked)
  switch (outcome.kind) {
    case 'removed': {
      const { backup, files } = outcome
      return {
        id,
        path,
        now: 'removed',
        ...(backup === undefined ? {} : { backup }),
        ...(files === undefined ? {} : { files }),
      }
    }
    case 'kept':
      return { id, path, now: 'left', reason: outcome.reason }
    case 'busy':
      return { id, path, now: 'left', reason: `Processes ${outcome.pids.join(', ')} work in it.` }
    case 'half':
      return { id, path, now: 'left', reason: `This could not be removed: ${outcome.left.join(', ')}.` }
  }
}
