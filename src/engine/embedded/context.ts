// The face of an execution that a workflow sees: every call is one request.
import type { Json } from '../../contract/json.ts'
import type { EffectContext, StepOptions, WorkflowContext, WorkflowStart } from '../port.ts'
import type { Request } from './operations.ts'
import { resultOfOutput, signalOf } from './recorded.ts'

export type Ask = (request: Request) => Promise<Json>

/** A workflow context whose calls all go to `ask`. */
export function workflowContext(id: string, signal: AbortSignal, ask: Ask): WorkflowContext {
  return {
    id,
    signal,
    async step<T extends Json>(
      key: string,
      effect: (context: EffectContext) => Promise<T>,
      options: StepOptions = {},
    ): Promise<T> {
      // The log holds what this very effect returned.
      return (await ask({ kind: 'step', key, effect, shielded: options.shielded ?? false })) as T
    },
    async sleep(key: string, ms: number): Promise<void> {
      await ask({ kind: 'sleep', key, ms })
    },
    async waitSignal(key: string, names: readonly string[]) {
      return signalOf(await ask({ kind: 'signal', key, names }))
    },
    async child(key: string, start: WorkflowStart): Promise<void> {
      await ask({ kind: 'child', key, start })
    },
    async result(key: string, workflow: string) {
      return resultOfOutput(await ask({ kind: 'result', key, workflow }))
    },
  }
}
