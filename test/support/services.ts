// The engine's services over a real repository and a real database, with an engine that drives nothing and remembers
// which signals it was given.
import * as v from 'valibot'
import { acpDriver } from '../../src/agents/acp/driver.ts'
import { ConfigFile } from '../../src/contract/config.ts'
import type { FactType } from '../../src/contract/facts.ts'
import type { PlanFile } from '../../src/contract/plan.ts'
import { openEngine } from '../../src/engine/embedded/engine.ts'
import { runWorkflowId } from '../../src/engine/names.ts'
import type { EffectContext } from '../../src/engine/port.ts'
import { toJson } from '../../src/engine/record.ts'
import { RunInput } from '../../src/engine/run/input.ts'
import type { Services } from '../../src/engine/services.ts'
import { Conversations } from '../../src/engine/session/turn/conversations.ts'
import { openRepository, stateFolder } from '../../src/git/repository.ts'
import { openStore } from '../../src/store/store.ts'
import { temporaryRepository, type TemporaryRepository } from './repository.ts'

export interface Stage extends AsyncDisposable {
  readonly repository: TemporaryRepository
  readonly services: Services
  /** Changes the configuration from now on. */
  configure(config: v.InferInput<typeof ConfigFile>): void
  /** An effect of the workflow `stream`, whose facts go straight to the log. */
  effect(stream: string): EffectContext
  /** A run `work-1` with these pieces, as it was started. */
  run(
    plan: Partial<v.InferInput<typeof PlanFile>> & Pick<v.InferInput<typeof PlanFile>, 'pieces'>,
  ): Promise<RunInput>
  fact(stream: string, type: FactType, data: unknown): void
}

/** A repository with these files, on which nothing was run yet. */
export async function stage(files: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const repository = await temporaryRepository({ files })
  const repo = await openRepository(repository.path)
  const state = stateFolder(repo)
  const store = openStore(`${repository.path}/.git/state.db`)
  const engine = openEngine({ store, workflows: {} })
  let config = v.parse(ConfigFile, {})
  const services: Services = {
    repo,
    state,
    store,
    get config() {
      return config
    },
    reloadConfig: () => Promise.resolve(),
    driver: acpDriver(),
    conversations: new Conversations(),
    engine: () => engine,
    announce: () => undefined,
  }
  let written = 0
  return {
    repository,
    services,
    configure: (changed) => {
      config = v.parse(ConfigFile, changed)
    },
    effect: (stream) => ({
      signal: new AbortController().signal,
      record: ({ type, key, data }) => store.append({ stream, type, key, data }) === 'appended',
      watchSignals: () => undefined,
    }),
    run: async (plan) => {
      const input = v.parse(RunInput, {
        version: 1,
        run: 'work-1',
        name: 'work',
        plan: { goal: 'Do it.', ...plan },
        order: plan.pieces.map(({ id }) => id),
        base: { ref: 'main', commit: await repository.git('rev-parse', 'main') },
        target: 'main',
        coordination: { on: false, why: 'one piece' },
        rehearsal: false,
      })
      store.claims.create({ id: runWorkflowId('work-1'), workflow: 'run', input: toJson(input) })
      return input
    },
    fact: (stream, type, data) =>
      void store.append({ stream, type, key: `${type}:${(written += 1)}`, data: toJson(data) }),
    [Symbol.asyncDispose]: async () => {
      await engine[Symbol.asyncDispose]()
      await services.conversations[Symbol.asyncDispose]()
      store[Symbol.dispose]()
      await repository[Symbol.asyncDispose]()
    },
  }
}

/** A piece that owns `src/<id>/**`. */
export const piece = (id: string, more: object = {}): v.InferInput<typeof PlanFile>['pieces'][number] => ({
  id,
  title: `The ${id} part`,
  brief: `Do the ${id} part.`,
  scope: { include: [`src/${id}/**`] },
  ...more,
})
