import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { stopAsked, withdrawnPieces } from '../../../src/engine/integration/consent.ts'
import { openStore, type Store } from '../../../src/store/store.ts'
import { temporaryFolder } from '../../support/repository.ts'

const BRANCH = { piece: 'auth', title: 'Auth', tip: 'a1', base: 'b0' }

function fact(store: Store, type: string, data: Record<string, string>): void {
  store.append({ stream: 'r-1/session/auth', key: `${type}:${store.lastSeq()}`, type, data })
}

describe('withdrawnPieces', () => {
  it('is empty while every session stands by the tip it finished with', async () => {
    await using folder = await temporaryFolder()
    using store = openStore(join(folder.path, 'q.db'))
    fact(store, 'session.finished', { tip: 'a0' })
    fact(store, 'session.continued', { why: 'retry' })
    fact(store, 'session.finished', { tip: 'a1' })
    expect(withdrawnPieces({ store }, 'r-1', [BRANCH])).toEqual([])
    expect(withdrawnPieces({ store }, 'r-1', [{ ...BRANCH, tip: 'a0' }])).toEqual(['auth'])
  })

  it('names a session that went on, or was abandoned', async () => {
    await using folder = await temporaryFolder()
    using store = openStore(join(folder.path, 'q.db'))
    fact(store, 'session.finished', { tip: 'a1' })
    fact(store, 'session.abandoned', { reason: 'not needed' })
    expect(withdrawnPieces({ store }, 'r-1', [BRANCH])).toEqual(['auth'])
  })

  it('names a session that the operator has spoken to, heard or not', async () => {
    await using folder = await temporaryFolder()
    using store = openStore(join(folder.path, 'q.db'))
    fact(store, 'session.finished', { tip: 'a1' })
    store.send({ target: 'r-1/session/auth', name: 'operator', data: { kind: 'retry', reason: 'also y' } })
    expect(withdrawnPieces({ store }, 'r-1', [BRANCH])).toEqual(['auth'])
  })
})

it('sees a stop that the run has not taken yet', async () => {
  await using folder = await temporaryFolder()
  using store = openStore(join(folder.path, 'q.db'))
  expect(stopAsked({ store }, 'r-1')).toBe(false)
  store.send({ target: 'r-1/run', name: 'stop', data: { reason: 'wrong base' } })
  expect(stopAsked({ store }, 'r-1')).toBe(true)
})

it('sees a stop that the run has taken', async () => {
  await using folder = await temporaryFolder()
  using store = openStore(join(folder.path, 'q.db'))
  store.append({ stream: 'r-1/run', key: 'run.stopped:r-1', type: 'run.stopped', data: { reason: 'x' } })
  expect(stopAsked({ store }, 'r-1')).toBe(true)
})
