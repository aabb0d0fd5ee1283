import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore, type Store } from '../../src/store/store.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/repository.ts'

let folder: TemporaryFolder
let store: Store

beforeEach(async () => {
  folder = await temporaryFolder()
  store = openStore(join(folder.path, 'state.db'))
})
afterEach(async () => {
  store[Symbol.dispose]()
  await folder[Symbol.asyncDispose]()
})

test('a signal to somebody who does not exist yet is kept', () => {
  store.send({ target: 'later', name: 'go', data: { n: 1 } })
  expect(store.outbox.oldest('later', ['stop', 'go'])).toEqual({ id: 1, name: 'go', data: { n: 1 } })
})

test('the oldest of the wanted names comes first, and is taken once', () => {
  for (const [name, data] of [
    ['a', 1],
    ['b', 2],
    ['a', 3],
  ] as const)
    store.send({ target: 't', name, data })
  expect(store.outbox.oldest('t', ['b'])?.data).toBe(2)
  expect(store.outbox.oldest('t', ['a', 'b'])?.data).toBe(1)
  expect([store.outbox.take(1, 'step'), store.outbox.take(1, 'step')]).toEqual([true, false])
  expect(store.outbox.oldest('t', ['a'])?.data).toBe(3)
  expect(store.outbox.untaken('t', 0).map(({ id }) => id)).toEqual([2, 3])
  expect(store.outbox.untaken('t', 2).map(({ id }) => id)).toEqual([3])
})

test('a repeated signal counts once per target, also after it was taken', () => {
  const signal = { target: 't', name: 'go', data: null, dedupe: 'x' }
  expect(store.send(signal)).toBe(true)
  store.outbox.take(1, 'step')
  expect(store.send(signal)).toBe(false)
  expect(store.send({ ...signal, target: 'other' })).toBe(true)
  expect(store.outbox.oldest('t', ['go'])).toBeUndefined()
})
