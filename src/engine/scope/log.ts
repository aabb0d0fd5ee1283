// Scope requests in the log of a run: reading them, filing them under the next number, and settling each once.
import { parseFact, type FactData } from '../../contract/facts.ts'
import type { ScopeRequest } from '../../contract/scope.ts'
import { applyRequestFact } from '../../scope/requests.ts'
import type { Store } from '../../store/store.ts'
import { runWorkflowId } from '../names.ts'
import { toJson } from '../record.ts'

const SETTLING = ['scope.granted', 'scope.refused', 'scope.handed'] as const
const TYPES = ['scope.requested', ...SETTLING]

/** A request, and where in the log it was settled; null while it is open. */
export interface LoggedRequest extends ScopeRequest {
  readonly settledSeq: number | null
}

/** The requests of a run, oldest first. */
export function requestsOf(store: Store, run: string): readonly LoggedRequest[] {
  let requests: readonly ScopeRequest[] = []
  const settled = new Map<number, number>()
  for (const event of store.events({ stream: runWorkflowId(run), types: TYPES })) {
    const fact = parseFact(event.type, event.data)
    if (fact === null) continue
    requests = applyRequestFact(requests, fact, event.at)
    if (fact.type === 'scope.granted' || fact.type === 'scope.refused' || fact.type === 'scope.handed') {
      settled.set(fact.data.n, event.seq)
    }
  }
  return requests.map((request) => ({ ...request, settledSeq: settled.get(request.n) ?? null }))
}

/** Files a request; returns its number. */
export function appendRequest(
  store: Store,
  run: string,
  data: Omit<FactData<'scope.requested'>, 'n'>,
): number {
  for (let n = requestsOf(store, run).length + 1; ; n++) {
    const event = { stream: runWorkflowId(run), type: 'scope.requested', data: toJson({ n, ...data }) }
    if (store.append({ ...event, key: `scope.requested:${n}` }) === 'appended') return n
  }
}

/** Puts an open request once more, in the words of the one who asks. */
export function restateRequest(store: Store, run: string, data: FactData<'scope.requested'>): void {
  const key = `scope.requested:${data.n}:anew`
  store.append({ stream: runWorkflowId(run), key, type: 'scope.requested', data: toJson(data) })
}

/** What settles a request. */
export type Settlement = {
  [T in (typeof SETTLING)[number]]: { readonly type: T; readonly data: FactData<T> }
}[(typeof SETTLING)[number]]

/** Settles a request; false when somebody has settled it before. */
export function appendSettlement(store: Store, run: string, { type, data }: Settlement): boolean {
  const event = { stream: runWorkflowId(run), key: `scope.settled:${data.n}`, type, data: toJson(data) }
  return store.append(event) === 'appended'
}
