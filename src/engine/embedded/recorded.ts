// What the engine writes into the log of a workflow, and how it is read back. Old versions are read for ever.
//
//   step:<key>   step.completed {kind, output} | step.failed {kind, error}     an operation has settled
//   timer:<key>  timer.set {wake}                                              a sleep has begun
//   cancelled    workflow.cancelled {reason}                                   a cancellation has reached the workflow
import type { ErrorData } from '../../contract/errors.ts'
import type { Json } from '../../contract/json.ts'
import type { NewEvent, StoredEvent } from '../../store/events.ts'
import type { Claim } from '../../store/claims.ts'
import type { Signal, WorkflowResult } from '../port.ts'
import { plain } from './failures.ts'
import type { RequestKind } from './operations.ts'

const COMPLETED = 'step.completed'
const FAILED = 'step.failed'
const CANCELLED = 'workflow.cancelled'
const TIMER = 'timer.set'
const RESERVED = ['step:', 'timer:', 'cancelled']

/** Types of the events that a replay delivers, in the order of the log. */
export const TURN_TYPES: readonly string[] = [COMPLETED, FAILED, CANCELLED]

/** One turn of a workflow, as it is replayed. */
export type Turn =
  | { readonly kind: 'completed'; readonly key: string; readonly of: string; readonly output: Json }
  | { readonly kind: 'failed'; readonly key: string; readonly of: string; readonly error: ErrorData }
  | { readonly kind: 'cancelled'; readonly reason: string }

interface Settled {
  readonly kind: string
  readonly output?: Json
  readonly error?: ErrorData
}

/** An operation has its result. */
export function completion(
  stream: string,
  request: { key: string; kind: RequestKind },
  output: Json,
): NewEvent {
  return { stream, key: `step:${request.key}`, type: COMPLETED, data: { kind: request.kind, output } }
}

/** An operation has failed for good. */
export function failure(
  stream: string,
  request: { key: string; kind: RequestKind },
  error: ErrorData,
): NewEvent {
  return {
    stream,
    key: `step:${request.key}`,
    type: FAILED,
    data: { kind: request.kind, error: plain(error) },
  }
}

/** A cancellation has reached the workflow. */
export function cancellation(stream: string, reason: string): NewEvent {
  return { stream, key: 'cancelled', type: CANCELLED, data: { reason } }
}

/** A sleep ends at `wake`, milliseconds since 1970. */
export function timer(stream: string, key: string, wake: number): NewEvent {
  return { stream, key: `timer:${key}`, type: TIMER, data: { wake } }
}

/** What a parent is told when a child has failed or was cancelled. */
export function childEnded(id: string, status: 'failed' | 'cancelled'): ChildEnded {
  return { name: 'child-ended', data: { id, status }, dedupe: `child-ended:${id}` }
}

interface ChildEnded {
  readonly name: 'child-ended'
  readonly data: { readonly id: string; readonly status: 'failed' | 'cancelled' }
  readonly dedupe: string
}

/** Key of the timer event of a sleep. */
export function timerKey(key: string): string {
  return `timer:${key}`
}

/** Whether a fact may use `key`. */
export function isFree(key: string): boolean {
  return !RESERVED.some((prefix) => key.startsWith(prefix))
}

/** Reads a turn back. */
export function turnOf(event: StoredEvent): Turn {
  if (event.type === CANCELLED)
    return { kind: 'cancelled', reason: (event.data as { reason: string }).reason }
  const key = event.key.slice('step:'.length)
  const { kind: of, output, error } = event.data as unknown as Settled
  if (error !== undefined) return { kind: 'failed', key, of, error }
  return { kind: 'completed', key, of, output: output ?? null }
}

/** Reads the wake time of a timer back, milliseconds since 1970. */
export function wakeOf(event: StoredEvent): number {
  return (event.data as { wake: number }).wake
}

/** The result of an ended workflow; undefined while it has not ended. */
export function resultOfClaim(claim: Claim | undefined): WorkflowResult | undefined {
  if (claim?.status === 'done') return { status: 'done', output: claim.output }
  if (claim?.status === 'failed') return { status: 'failed', error: claim.output }
  if (claim?.status === 'cancelled') return { status: 'cancelled', reason: claim.output as string }
  return undefined
}

/** A taken signal, as `waitSignal` answers it. */
export function signalOf(output: Json): Signal {
  return output as unknown as Signal
}

/** A workflow's result, as `result` answers it. */
export function resultOfOutput(output: Json): WorkflowResult {
  return output as unknown as WorkflowResult
}
