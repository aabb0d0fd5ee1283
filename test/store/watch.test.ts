import { once, EventEmitter } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openStore } from '../../src/store/store.ts'
import { watchStore } from '../../src/store/watch.ts'
import { temporaryFolder } from '../support/repository.ts'

test('commits of this connection are told at once, by what they touched', async () => {
  await using folder = await temporaryFolder()
  using store = openStore(join(folder.path, 'state.db'))
  const told: string[] = []
  using _ = watchStore(store, (change) => told.push(change))
  store.append({ stream: 's', key: 'k', type: 't', data: 1 })
  store.append({ stream: 's', key: 'k', type: 't', data: 1 })
  store.send({ target: 't', name: 'n', data: null })
  expect(told).toEqual(['events', 'work'])
})

test('commits of another connection are noticed, until the watch is over', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'state.db')
  using store = openStore(path)
  using other = openStore(path)
  const changes = new EventEmitter()
  const watch = watchStore(store, (change) => changes.emit('change', change))
  watch.keepAlive(true)
  const noticed = once(changes, 'change')
  other.append({ stream: 's', key: 'k', type: 't', data: 1 })
  expect(await noticed).toEqual(['other'])
  watch[Symbol.dispose]()
  store.append({ stream: 's', key: 'k2', type: 't', data: 1 })
  expect(changes.listenerCount('change')).toBe(0)
})
