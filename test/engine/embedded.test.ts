import { join } from 'node:path'
import { describe } from 'vitest'
import type { Json } from '../../src/contract/json.ts'
import { openEngine } from '../../src/engine/embedded/engine.ts'
import { openDatabase } from '../../src/store/database.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { watchStore } from '../../src/store/watch.ts'
import { temporaryFolder } from '../support/repository.ts'
import { WorkerProcess, type EngineHarness, type LoggedFact } from './harness.ts'
import { testEngine } from './suite.ts'

const WORKER = join(import.meta.dirname, '../fixtures/engine/worker.ts')
const LEASE_MS = 600

describe('embedded', () => {
  testEngine(harness)
})

async function harness(): Promise<EngineHarness> {
  const folder = await temporaryFolder()
  const path = join(folder.path, 'state.db')
  const store = openStore(path)
  const client = openEngine({ store, workflows: {}, leaseMs: LEASE_MS })
  return {
    leaseMs: LEASE_MS,
    folder: folder.path,
    client,
    startWorker: async () => {
      const worker = new WorkerProcess(WORKER, [path, String(LEASE_MS)])
      await worker.said('ready')
      return worker
    },
    facts: (id) => facts(store, id),
    fact: (id, matches) => fact(store, id, matches),
    isWriting: () => isLocked(path),
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]()
      store[Symbol.dispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

function facts(store: Store, id: string): LoggedFact[] {
  return [...store.events({ stream: id })]
    .filter(({ type }) => type.startsWith('test.'))
    .map(({ type, key, data, at }): LoggedFact & { data: Json } => ({ type, key, data, at }))
}

function fact(store: Store, id: string, matches: (fact: LoggedFact) => boolean): Promise<LoggedFact> {
  return new Promise((resolve) => {
    const look = (): void => {
      const found = facts(store, id).find((each) => matches(each))
      if (found === undefined) return
      watch[Symbol.dispose]()
      resolve(found)
    }
    const watch = watchStore(store, look)
    watch.keepAlive(true)
    look()
  })
}

function isLocked(path: string): boolean {
  using database = openDatabase(path, { busyMs: 0 })
  try {
    database.exec('BEGIN IMMEDIATE; ROLLBACK')
    return false
  } catch {
    return true
  }
}
