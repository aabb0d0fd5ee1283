// Whether a run stands still. Its facts alone do not say so: between a session's last word and what follows from it the
// log is silent, for as long as the machine is busy. The claims do: whoever has something to do is ready, from the
// moment in which the one before has told it until it has come to rest itself.
import { parseFact } from '../contract/facts.ts'
import { openForReading } from '../daemon/projection/read.ts'
import { OPERATOR } from '../engine/session/signals.ts'
import type { Repository } from '../git/repository.ts'
import type { OpenClaim } from '../store/claims.ts'
import type { Store } from '../store/store.ts'
import { watchStore } from '../store/watch.ts'

export interface RestQuery {
  readonly run: string
  /** Sequence number of the last fact that was seen. */
  readonly after: number
  /** Workflows in the middle of something that nobody but the operator can move. */
  readonly parked: readonly string[]
}

/** Resolves once no workflow of the run goes on by itself and every fact was seen. Throws the signal's reason on abort. */
export async function comesToRest(repo: Repository, query: RestQuery, signal: AbortSignal): Promise<void> {
  const opened = openForReading(repo)
  if (opened === null) return
  using store = opened
  const { promise, resolve } = Promise.withResolvers<void>()
  const look = (): void => {
    if (isAtRest(store, query)) resolve()
  }
  using watch = watchStore(store, look)
  watch.keepAlive(true)
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  signal.throwIfAborted()
  look()
  await Promise.race([promise, aborted])
}

/** Whether no workflow of the run goes on by itself and every fact was seen. */
export function isAtRest(store: Store, { run, after, parked }: RestQuery): boolean {
  const goesOn = ({ id, status, wake }: OpenClaim): boolean =>
    id.startsWith(`${run}/`) && (status === 'ready' || wake !== null) && !isParked(store, id, parked)
  // The claims are read before the facts: what was written in between is then seen as a fact.
  if (store.claims.open().some(goesOn)) return false
  for (const { type, data } of store.events({ prefix: `${run}/`, after }))
    if (parseFact(type, data) !== null) return false
  return true
}

/** A word of the operator ends a turn that waits for an answer. */
function isParked(store: Store, id: string, parked: readonly string[]): boolean {
  return parked.includes(id) && store.outbox.oldest(id, [OPERATOR]) === undefined
}
