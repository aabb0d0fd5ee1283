// Embedded engines in this process, all on one state file: opening another one stands for a restart.
import type { Json } from '../../src/contract/json.ts'
import { errorData } from '../../src/contract/errors.ts'
import { openEngine } from '../../src/engine/embedded/engine.ts'
import type { EngineOptions } from '../../src/engine/embedded/options.ts'
import type { EffectContext, Engine, Workflow, WorkflowResult } from '../../src/engine/port.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { temporaryFolder } from '../support/repository.ts'

export interface LocalEngines extends AsyncDisposable {
  readonly folder: string
  readonly store: Store
  /** An engine that drives one type of workflow, `w`. */
  open(w: Workflow, options?: Partial<EngineOptions>): Engine
  /** Starts the workflow `w` of that type on a new engine, and runs it to its end. */
  run(w: Workflow, input?: Json): Promise<WorkflowResult>
}

export async function localEngines(): Promise<LocalEngines> {
  const folder = await temporaryFolder()
  const store = openStore(`${folder.path}/state.db`)
  const engines: Engine[] = []
  const open = (w: Workflow, options: Partial<EngineOptions> = {}): Engine => {
    const engine = openEngine({ store, workflows: { w }, leaseMs: 600, graceMs: 1_000, ...options })
    engines.push(engine)
    return engine
  }
  return {
    folder: folder.path,
    store,
    open,
    run: (w, input = null) => {
      const engine = open(w)
      engine.start({ id: 'w', workflow: 'w', input })
      return engine.result('w')
    },
    [Symbol.asyncDispose]: async () => {
      for (const engine of engines) await engine[Symbol.asyncDispose]()
      store[Symbol.dispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** A latch: `open()` lets everybody through. */
export function gate() {
  const { promise, resolve } = Promise.withResolvers<null>()
  return { passed: promise, open: () => resolve(null) }
}

/** Rejects when the effect is aborted. */
export function aborted(effect: EffectContext): Promise<never> {
  return new Promise((_, reject) => {
    effect.signal.addEventListener('abort', () => reject(effect.signal.reason), { once: true })
  })
}

export const nothing = (): Promise<null> => Promise.resolve(null)
export const codeOf = (error: unknown): string => errorData(error).code
