import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openStore, type Store } from '../../src/store/store.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/repository.ts'

const APPENDER = join(import.meta.dirname, '../fixtures/store/appender.ts')
const TENANT = { owner: 'me', host: 'here', leaseMs: 1_000 }

let folder: TemporaryFolder
let store: Store
let now: number

beforeEach(async () => {
  now = 1_000_000
  folder = await temporaryFolder()
  store = openStore(join(folder.path, 'state.db'), { clock: () => now })
})
afterEach(async () => {
  store[Symbol.dispose]()
  await folder[Symbol.asyncDispose]()
})

function fill(count: number, stream = 's'): void {
  store.transaction(() => {
    for (let n = 1; n <= count; n++)
      store.append({ stream, key: `k${n}`, type: n % 2 === 0 ? 'even' : 'odd', data: n })
  })
}

function claimed(id: string) {
  store.claims.create({ id, workflow: 'w', input: null })
  const claim = store.claims.claim(id)
  if (claim === undefined) throw new Error('not created')
  const taken = store.claims.take(claim, TENANT)
  if (taken === undefined) throw new Error('not taken')
  return { workflow: id, owner: TENANT.owner, epoch: taken.epoch }
}

describe('append', () => {
  test('keeps an event as it was given', () => {
    expect(
      store.append({ stream: 's', key: 'k', type: 't', version: 3, data: { a: [1, null, 'ü😀'] } }),
    ).toBe('appended')
    expect(store.event('s', 'k')).toEqual({
      seq: 1,
      stream: 's',
      key: 'k',
      type: 't',
      version: 3,
      at: 1_000_000,
      data: { a: [1, null, 'ü😀'] },
    })
  })

  test('counts a key once per stream', () => {
    store.append({ stream: 's', key: 'k', type: 't', data: 1 })
    expect(store.append({ stream: 's', key: 'k', type: 't', data: 2 })).toBe('exists')
    expect(store.append({ stream: 'other', key: 'k', type: 't', data: 3 })).toBe('appended')
    expect(store.event('s', 'k')?.data).toBe(1)
    expect(store.lastSeq()).toBe(2)
  })

  test('two processes that append the same keys append each once', async () => {
    const run = (name: string) => promisify(execFile)(process.execPath, [APPENDER, store.path, name, '60'])
    const outputs = await Promise.all([run('a'), run('b')])
    const appended = outputs.map(({ stdout }) => Number(stdout))
    expect(appended.reduce((sum, each) => sum + each)).toBe(60)
    expect([...store.events()].map(({ key }) => Number(key)).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 60 }, (_, n) => n),
    )
    expect(outputs.map(({ stderr }) => stderr)).toEqual(['', ''])
  })

  test('is append-only, whoever asks', async () => {
    fill(1)
    const { openDatabase } = await import('../../src/store/database.ts')
    using database = openDatabase(store.path)
    expect(() => database.exec("UPDATE events SET data = '2'")).toThrow(/append-only/)
    expect(() => database.exec('DELETE FROM events')).toThrow(/append-only/)
    expect(store.event('s', 'k1')?.data).toBe(1)
  })
})

describe('appendFenced', () => {
  const event = { stream: 's', key: 'k', type: 't', data: null }

  test('appends for the holder of the claim, once', () => {
    const fence = claimed('w1')
    expect(store.appendFenced(event, fence)).toBe('appended')
    expect(store.appendFenced(event, fence)).toBe('exists')
  })

  test('refuses another owner, another epoch, another workflow and a lapsed lease', () => {
    const fence = claimed('w1')
    expect(store.appendFenced(event, { ...fence, owner: 'you' })).toBe('fenced')
    expect(store.appendFenced(event, { ...fence, epoch: fence.epoch + 1 })).toBe('fenced')
    expect(store.appendFenced(event, { ...fence, workflow: 'w2' })).toBe('fenced')
    now += 1_000
    expect(store.appendFenced(event, fence)).toBe('fenced')
    expect(store.lastSeq()).toBe(0)
  })

  test('refuses the old holder after a takeover, also for keys that exist', () => {
    const fence = claimed('w1')
    store.appendFenced(event, fence)
    const claim = store.claims.claim('w1')
    now += 2_000
    expect(claim && store.claims.take(claim, { ...TENANT, owner: 'you' })?.epoch).toBe(2)
    expect(store.appendFenced(event, fence)).toBe('fenced')
    expect(store.appendFenced({ ...event, key: 'k2' }, fence)).toBe('fenced')
  })
})

describe('events', () => {
  test('answers in the order of the log, across pages', () => {
    fill(700)
    expect([...store.events()].map(({ data }) => data)).toEqual(Array.from({ length: 700 }, (_, n) => n + 1))
  })

  test('filters by stream, prefix, type, position and limit', () => {
    fill(4, 'run/a')
    fill(4, 'run/b')
    fill(2, 'run%')
    const keys = (query: Parameters<Store['events']>[0]): string[] =>
      [...store.events(query)].map(({ stream, key }) => `${stream} ${key}`)
    expect(keys({ stream: 'run/b', types: ['odd'] })).toEqual(['run/b k1', 'run/b k3'])
    expect(keys({ prefix: 'run/', after: 3, limit: 2 })).toEqual(['run/a k4', 'run/b k1'])
    expect(keys({ prefix: 'run%' })).toEqual(['run% k1', 'run% k2'])
    expect(keys({ types: [] })).toEqual([])
    expect(keys({ stream: 'nothing' })).toEqual([])
    expect(keys({ limit: 0 })).toEqual([])
  })

  test('does not follow events that are appended while it is read', () => {
    fill(300)
    let seen = 0
    for (const event of store.events()) {
      store.append({ stream: 'echo', key: String(event.seq), type: 't', data: null })
      seen++
    }
    expect(seen).toBe(300)
  })

  test('a reader that stands still blocks neither this connection nor another', () => {
    fill(600)
    using other = openStore(store.path)
    const reader = store.events()
    reader.next()
    expect(other.append({ stream: 'x', key: 'a', type: 't', data: null })).toBe('appended')
    expect(store.append({ stream: 'x', key: 'b', type: 't', data: null })).toBe('appended')
    expect([...reader]).toHaveLength(599)
  })
})

test('the version of the data changes with the commits of others only', () => {
  using other = openStore(store.path)
  const before = store.dataVersion()
  store.append({ stream: 's', key: 'mine', type: 't', data: null })
  expect(store.dataVersion()).toBe(before)
  other.append({ stream: 's', key: 'theirs', type: 't', data: null })
  expect(store.dataVersion()).not.toBe(before)
})

test('a transaction that throws leaves nothing and tells nobody', () => {
  const told: string[] = []
  using _ = store.onCommit((change) => told.push(change))
  expect(() =>
    store.transaction(() => {
      fill(2)
      throw new Error('stop')
    }),
  ).toThrow('stop')
  expect(store.lastSeq()).toBe(0)
  expect(told).toEqual([])
  fill(2)
  expect(told).toEqual(['events'])
})
