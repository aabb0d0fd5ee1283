// Bringing a workflow's function to where the log ends: its requests are answered from the log, in the order of the log,
// one turn at a time. Between two turns the function runs until it has nothing left to do, exactly as when it ran first.
import { setImmediate as macrotask, setTimeout as delay } from 'node:timers/promises'
import type { Store } from '../../store/store.ts'
import { nondeterministic } from './failures.ts'
import type { Operation } from './operations.ts'
import { TURN_TYPES, turnOf, type Turn } from './recorded.ts'

const GRACE_MS = 1_000
const GRACE_STEP_MS = 5

/** Resolves when the code between steps has run as far as it can. */
export async function drained(): Promise<void> {
  await macrotask()
}

/** The turns of a workflow so far; a page is in memory at a time. */
export function* turns(store: Store, workflow: string): IterableIterator<Turn> {
  for (const event of store.events({ stream: workflow, types: TURN_TYPES })) yield turnOf(event)
}

/** The requested operation that `turn` settles. `pending` answers by key, `over` says that the function has come back.
 *  Throws `E_WORKFLOW_NONDETERMINISTIC` when the function does not ask for it. */
export async function requestedBy(
  workflow: string,
  turn: Exclude<Turn, { kind: 'cancelled' }>,
  look: { pending: (key: string) => Operation | undefined; over: () => boolean },
): Promise<Operation> {
  // Code that awaits something of its own, such as a lazy import, gets some time.
  const deadline = performance.now() + GRACE_MS
  let operation = look.pending(turn.key)
  while (operation === undefined && !look.over() && performance.now() < deadline) {
    await delay(GRACE_STEP_MS)
    operation = look.pending(turn.key)
  }
  if (operation === undefined) {
    throw nondeterministic(
      workflow,
      `the log continues with step ${turn.key}, but the code does not ask for it.`,
    )
  }
  if (operation.request.kind !== turn.of) {
    throw nondeterministic(
      workflow,
      `step ${turn.key} is a ${turn.of} in the log, but a ${operation.request.kind} in the code.`,
    )
  }
  return operation
}
