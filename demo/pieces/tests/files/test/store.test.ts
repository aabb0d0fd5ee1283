import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { openStore } from '../src/data/store.ts'
import { createTestClock } from './support/clock.ts'

function setUp(t: TestContext) {
  const store = openStore(':memory:', createTestClock().now)
  t.after(() => store.close())
  const user = store.insertUser({ email: 'ada@example.com', name: 'Ada', passwordHash: 'x' })
  return { store, user }
}

test('the balance of an account is the sum of its entries', (t) => {
  const { store, user } = setUp(t)
  const account = store.insertAccount({ userId: user.id, name: 'Current', currency: 'EUR' })
  assert.equal(store.balanceOf(account.id), 0)
  store.insertEntry({ accountId: account.id, amount: 1000, memo: '' })
  store.insertEntry({ accountId: account.id, amount: -250, memo: "it's coffee" })
  assert.equal(store.balanceOf(account.id), 750)
})

test('a user is found again with the new password hash', (t) => {
  const { store, user } = setUp(t)
  store.setPasswordHash(user.id, 'y')
  assert.equal(store.findUserById(user.id)?.passwordHash, 'y')
  assert.equal(store.findUserByEmail('ada@example.com')?.passwordHash, 'y')
  assert.equal(store.findUserByEmail('Ada@example.com'), undefined)
})

test('an email belongs to one user', (t) => {
  const { store } = setUp(t)
  assert.throws(() => store.insertUser({ email: 'ada@example.com', name: 'Another Ada', passwordHash: 'x' }))
})

test('a closed account is found but no longer listed', (t) => {
  const { store, user } = setUp(t)
  const account = store.insertAccount({ userId: user.id, name: 'Current', currency: 'EUR' })
  store.closeAccount(account.id)
  assert.equal(store.findAccount(user.id, account.id)?.closedAt, '2026-01-15T09:00:00.000Z')
  assert.deepEqual(store.listAccounts(user.id), [])
})

test('an account needs a user and an entry needs an account', (t) => {
  const { store } = setUp(t)
  assert.throws(() => store.insertAccount({ userId: 99, name: 'Current', currency: 'EUR' }))
  assert.throws(() => store.insertEntry({ accountId: 99, amount: 1, memo: '' }))
})
