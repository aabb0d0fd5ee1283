import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Claim, Tenant } from '../../src/store/claims.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/repository.ts'

const ME: Tenant = { owner: 'me', host: 'here', leaseMs: 1_000 }
const YOU: Tenant = { owner: 'you', host: 'here', leaseMs: 1_000 }
const NO_WAITS = { wake: null, signals: [], results: [] }

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

function claim(id: string): Claim {
  const found = store.claims.claim(id)
  if (found === undefined) throw new Error(`no claim ${id}`)
  return found
}

function create(id: string): Claim {
  store.claims.create({ id, workflow: 'w', input: { n: 1 } })
  return claim(id)
}

function take(id: string, tenant: Tenant = ME) {
  const taken = store.claims.take(claim(id), tenant)
  if (taken === undefined) throw new Error(`${id} was not taken`)
  return { workflow: id, owner: tenant.owner, epoch: taken.epoch }
}

test('a workflow is created once and begins ready, without an owner', () => {
  expect(store.claims.create({ id: 'a', workflow: 'w', input: 1, parent: 'p' })).toBe(true)
  expect(store.claims.create({ id: 'a', workflow: 'other', input: 2 })).toBe(false)
  expect(claim('a')).toMatchObject({
    workflow: 'w',
    input: 1,
    parent: 'p',
    status: 'ready',
    owner: null,
    epoch: 0,
  })
  expect(store.claims.claim('b')).toBeUndefined()
})

describe('take', () => {
  test('gives the claim to one of two who saw the same', () => {
    const seen = create('a')
    expect(store.claims.take(seen, ME)).toMatchObject({ owner: 'me', epoch: 1, leaseUntil: now + 1_000 })
    expect(store.claims.take(seen, YOU)).toBeUndefined()
    expect(claim('a').owner).toBe('me')
  })

  test('fails when the owner has renewed the lease since it was seen', () => {
    create('a')
    take('a')
    const seen = claim('a')
    now += 500
    store.claims.renew('me', 1_000, 100)
    expect(store.claims.take(seen, YOU)).toBeUndefined()
  })

  test('does not revive an ended workflow', () => {
    create('a')
    const seen = claim('a')
    store.claims.end(take('a'), 'done', 'x')
    expect(store.claims.take(seen, YOU)).toBeUndefined()
    expect(store.claims.take(claim('a'), YOU)).toBeUndefined()
  })
})

test('one renewal is for everything an owner holds, and answers what that is', () => {
  for (const id of ['a', 'b', 'c']) create(id)
  take('a')
  take('b')
  take('c', YOU)
  now += 400
  expect(store.claims.renew('me', 1_000, 100)).toEqual([
    { id: 'a', epoch: 1 },
    { id: 'b', epoch: 1 },
  ])
  expect([claim('a').leaseUntil, claim('c').leaseUntil]).toEqual([now + 1_000, now + 600])
})

test('a released claim is ready for the next, but not released by a former owner', () => {
  create('a')
  const first = take('a')
  store.claims.release({ ...first, epoch: 0 })
  expect(claim('a').owner).toBe('me')
  store.claims.release(first)
  expect(claim('a')).toMatchObject({ status: 'ready', owner: null, leaseUntil: null, epoch: 1 })
})

describe('wait', () => {
  test('rests without an owner until its time', () => {
    create('a')
    expect(store.claims.wait(take('a'), { ...NO_WAITS, wake: now + 50 })).toBe('waiting')
    expect(claim('a')).toMatchObject({ status: 'waiting', owner: null, wake: now + 50, epoch: 1 })
  })

  test('does not rest while something it waits for is there', () => {
    create('a')
    const fence = take('a')
    store.send({ target: 'a', name: 'go', data: null })
    expect(store.claims.wait(fence, { ...NO_WAITS, signals: ['go'] })).toBe('again')
    expect(store.claims.wait(fence, { ...NO_WAITS, signals: ['stop'] })).toBe('waiting')
  })

  test('does not rest while a result it awaits is there, or after a cancellation', () => {
    create('a')
    create('b')
    const fence = take('a')
    store.claims.end(take('b'), 'done', null)
    expect(store.claims.wait(fence, { ...NO_WAITS, results: ['b'] })).toBe('again')
    store.claims.cancel('a', 'enough')
    expect(store.claims.wait(fence, NO_WAITS)).toBe('again')
  })

  test('is refused to a former owner', () => {
    create('a')
    const fence = take('a')
    now += 1_000
    expect(store.claims.wait(fence, NO_WAITS)).toBe('fenced')
  })

  test('is over with a signal, with a cancellation, and with the end of what is awaited', () => {
    for (const id of ['signalled', 'cancelled', 'awaiting', 'other', 'left']) create(id)
    for (const id of ['signalled', 'cancelled', 'left']) store.claims.wait(take(id), NO_WAITS)
    store.claims.wait(take('awaiting'), { ...NO_WAITS, results: ['other'] })
    store.send({ target: 'signalled', name: 'any', data: null })
    store.claims.cancel('cancelled', 'enough')
    store.claims.end(take('other'), 'failed', 'why')
    expect(store.claims.open().map(({ id, status }) => [id, status])).toEqual([
      ['awaiting', 'ready'],
      ['cancelled', 'ready'],
      ['left', 'waiting'],
      ['signalled', 'ready'],
    ])
  })
})

test('the end is written once, by the holder', () => {
  create('a')
  const fence = take('a')
  expect(store.claims.end({ ...fence, epoch: 7 }, 'done', 1)).toBe(false)
  expect(store.claims.end(fence, 'done', { x: 1 })).toBe(true)
  expect(store.claims.end(fence, 'failed', 2)).toBe(false)
  expect(claim('a')).toMatchObject({ status: 'done', output: { x: 1 }, owner: null })
  expect(store.claims.open()).toEqual([])
})

test('a cancellation keeps its first reason and says whom it reached', () => {
  create('a')
  const fence = take('a')
  expect(store.claims.cancel('a', 'first')).toBe('asked')
  expect(store.claims.cancel('a', 'second')).toBe('asked')
  expect(store.claims.cancellations('me')).toEqual([{ id: 'a', reason: 'first' }])
  store.claims.end(fence, 'cancelled', 'first')
  expect(store.claims.cancel('a', 'third')).toBe('ended')
  expect(store.claims.cancel('nobody', 'x')).toBe('unknown')
})

test('workflows are listed by type, newest first', () => {
  create('a')
  now += 1
  create('b')
  store.claims.create({ id: 'c', workflow: 'other', input: null })
  expect(store.claims.list('w').map(({ id }) => id)).toEqual(['b', 'a'])
  expect(store.claims.list('w', 1).map(({ id }) => id)).toEqual(['b'])
})
