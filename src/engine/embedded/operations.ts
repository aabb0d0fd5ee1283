// What a workflow can ask for. An operation is requested once, and settled when the log says so.
import type { Json } from '../../contract/json.ts'
import type { EffectContext, WorkflowStart } from '../port.ts'

interface Settling {
  readonly resolve: (value: Json) => void
  readonly reject: (error: Error) => void
}

export interface StepRequest {
  readonly kind: 'step'
  readonly key: string
  readonly shielded: boolean
  readonly effect: (context: EffectContext) => Promise<Json>
}
interface SleepRequest {
  readonly kind: 'sleep'
  readonly key: string
  readonly ms: number
}
interface SignalRequest {
  readonly kind: 'signal'
  readonly key: string
  readonly names: readonly string[]
}
interface ChildRequest {
  readonly kind: 'child'
  readonly key: string
  readonly start: WorkflowStart
}
interface ResultRequest {
  readonly kind: 'result'
  readonly key: string
  readonly workflow: string
}

export type Request = StepRequest | SleepRequest | SignalRequest | ChildRequest | ResultRequest
export type RequestKind = Request['kind']
export type Operation<R extends Request = Request> = Settling & { readonly request: R; started: boolean }

/** Whether a cancellation settles the operation at once. Steps settle when their effect has come to its end. */
export function isWait(operation: Operation): boolean {
  return operation.request.kind !== 'step'
}

/** Whether the operation may go on after a cancellation. */
export function isShielded(request: Request): boolean {
  return request.kind === 'step' && request.shielded
}

/** Narrows an operation to a step. */
export function isStep(operation: Operation): operation is Operation<StepRequest> {
  return operation.request.kind === 'step'
}
