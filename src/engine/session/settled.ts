// What a settled scope request means for a session that waits.
import * as v from 'valibot'
import { resolveCommit } from '../../git/repository.ts'
import type { Store } from '../../store/store.ts'
import { branchRef } from '../names.ts'
import { requestsOf } from '../scope/log.ts'
import { hasScopeNews, handedTo } from '../scope/news.ts'
import type { Services } from '../services.ts'
import type { ScopeSignal } from './signals.ts'
import type { SessionSpec } from './spec.ts'
import { turnBegan } from './stored.ts'

/** `judge`: look at the branch again. `tell`: begin a turn with the news. */
export const ScopeOutcome = v.picklist(['nothing', 'judge', 'tell'])
export type ScopeOutcome = v.InferOutput<typeof ScopeOutcome>

interface Waiting {
  readonly signal: ScopeSignal
  readonly turn: number
  /** The tip that the session finished with; null when it has not finished. */
  readonly tip: string | null
}

/** What a waiting session does about it. A finished one goes on only when its branch has moved or work was handed to it. */
export async function scopeOutcome(
  { repo, store }: Services,
  { name, stream }: SessionSpec,
  { signal, turn, tip }: Waiting,
): Promise<ScopeOutcome> {
  const told = turnBegan(store, stream, turn)
  if (signal.next === 'judge') {
    if (judgedSince(store, stream, settledSeq(store, name.run, signal.n))) return 'nothing'
    if (tip === null) return 'judge'
    return (await resolveCommit(repo.root, branchRef(name))) === tip ? 'nothing' : 'judge'
  }
  if (tip !== null) return handedTo(store, name, told).length > 0 ? 'tell' : 'nothing'
  return hasScopeNews(store, name, told) ? 'tell' : 'nothing'
}

/** A word that came during a turn was taken into account when that turn was judged. */
function judgedSince(store: Store, stream: string, after: number): boolean {
  for (const _judged of store.events({ stream, types: ['evidence.gathered'], after, limit: 1 })) return true
  return false
}

function settledSeq(store: Store, run: string, n: number): number {
  return requestsOf(store, run).find((request) => request.n === n)?.settledSeq ?? 0
}
