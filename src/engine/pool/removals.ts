// Slots that go: what becomes of each, in the words of a clean-up.
import type { CleanItem } from '../../contract/api.ts'
import { errorData } from '../../contract/errors.ts'
import type { Repository } from '../../git/repository.ts'
import { loadRecord } from '../../workspace/pool/records.ts'
import { removeSlot, saveAndRemoveSlot } from '../../workspace/pool/remove.ts'
import type { RecoveredSlot, Slot, SlotRemoval } from '../../workspace/pool/slot.ts'
import { allot, hasAged, type Job, type Want } from './actions.ts'

/** What a slot is called. */
const nameOf = ({ id }: Pick<Slot, 'id'>): string => `ready workspace ${id}`

const PROOF = 'It was made ahead, and no session was given it; files that somebody left in it would be saved.'

export interface Trimming {
  readonly slots: readonly Slot[]
  readonly wants: readonly Want[]
  readonly jobs: readonly Job[]
  /** Also those that are wanted. */
  readonly all: boolean
  readonly dryRun: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Milliseconds after which a slot goes, whether it is wanted or not. */
  readonly maxAge: number
}

/** Removes slots that nobody wants, or all, and names those that stay. */
export async function trimSlots(
  repo: Repository,
  { slots, wants, jobs, all, dryRun, now, maxAge }: Trimming,
  signal: AbortSignal,
): Promise<readonly CleanItem[]> {
  const { taken } = allot(slots, wants, jobs)
  const items: CleanItem[] = []
  for (const slot of slots) {
    signal.throwIfAborted()
    const what = nameOf(slot)
    const want = taken.get(slot.id)
    if (slot.state !== 'ready' || jobs.some((job) => job.slot === slot.id))
      items.push({ what, outcome: 'busy', reason: 'something is being done in it' })
    else if (want !== undefined && !all && !hasAged(slot, { now, maxAge, wanted: true }))
      items.push({
        what,
        outcome: 'kept',
        reason: `${want.who} wants it; quintet pool trim --all removes it`,
      })
    else if (dryRun) items.push({ what, outcome: 'removable', proof: [PROOF] })
    else {
      items.push({ what, ...(await removed(repo, slot, { all, signal })) })
    }
  }
  return items
}

/** Slots that stay as they are, and why. */
export const keptItems = (slots: readonly Slot[]): readonly CleanItem[] =>
  slots.map((slot) => ({ what: nameOf(slot), outcome: 'kept', reason: slot.kept ?? '' }))

/** The failure of one is its own. */
async function removed(
  repo: Repository,
  slot: Slot,
  { all, signal }: { readonly all: boolean; readonly signal: AbortSignal },
): Promise<Omit<CleanItem, 'what'>> {
  try {
    return removalItem(await (all ? saveAndRemoveSlot(repo, slot) : removeSlot(repo, slot, signal)))
  } catch (error) {
    signal.throwIfAborted()
    const begun = (await loadRecord(repo, slot.id))?.begun === true
    return { outcome: begun ? 'half' : 'kept', reason: errorData(error).message }
  }
}

/** What the removal of a slot led to. */
export function removalItem(removal: SlotRemoval): Omit<CleanItem, 'what'> {
  switch (removal.kind) {
    case 'removed': {
      const kept = removal.files === undefined ? [] : [`files kept in ${removal.files}`]
      const reason = [...removal.notes, ...kept].join(' ')
      return {
        outcome: 'removed',
        ...(removal.backup === undefined ? {} : { backup: removal.backup }),
        ...(reason === '' ? {} : { reason }),
      }
    }
    case 'kept':
      return { outcome: 'kept', reason: removal.reason }
    case 'busy':
      return { outcome: 'busy', reason: `processes ${removal.pids.join(', ')} work in it` }
    case 'half':
      return { outcome: 'half', reason: `left: ${removal.left.join(', ')}` }
    case 'unavailable':
      return { outcome: 'busy', reason: 'it was taken meanwhile, or somebody is at it' }
  }
}

/** What is worth telling of a slot that a dead process had left; null when nothing is. */
export function recoveredLine({ id, path, reason, backup, files }: RecoveredSlot): string | null {
  if (reason !== undefined) return `The ready workspace ${id} at ${path} was left as it is. ${reason}`
  const saved = [backup, files].filter((one) => one !== undefined)
  return saved.length === 0
    ? null
    : `The ready workspace ${id} was cleared away; what was in it is saved: ${saved.join(', ')}.`
}
