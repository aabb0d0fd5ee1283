// The whole look at a slot with marks around it: what was looked at is what the marks stand for only when they are the same
// before and after. Somebody's commit between the two would otherwise count as part of the slot.
import type { Repository } from '../../git/repository.ts'
import { asFound } from './furnishings.ts'
import { keepMarks, marksOf, stillHold } from './marks.ts'
import { proveClean, type Cleanliness } from './proof.ts'
import type { SlotRecord } from './slot.ts'

export type Look =
  | Exclude<Cleanliness, { kind: 'clean' }>
  /** `seen`: the record, without what has to be made again, with the marks that were taken. */
  | { readonly kind: 'clean'; readonly seen: SlotRecord }
  /** It was being changed; nothing is known. */
  | { readonly kind: 'changing' }

const ATTEMPTS = 2

/** Looks at all of a slot and takes its marks; nothing is changed in it. */
export async function lookAtAll(repo: Repository, record: SlotRecord, signal?: AbortSignal): Promise<Look> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const marks = await marksOf(record)
    const found = await proveClean(repo, record, signal)
    if (found.kind !== 'clean') return found
    const seen = await asFound(record, signal)
    if (marks !== null && !(await stillHold(record.path, marks))) continue
    return { kind: 'clean', seen: { ...seen, marks: await keepMarks(repo, record.id, marks) } }
  }
  return { kind: 'changing' }
}
