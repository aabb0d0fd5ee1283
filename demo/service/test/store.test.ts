import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openStore } from '../src/data/store.ts'

test('the balance of an account is the sum of its entries', () => {
  const store = openStore(':memory:', () => new Date('2026-01-15T09:00:00Z'))
  const user = store.insertUser({ email: 'ada@example.com', name: 'Ada', passwordHash: 'x' })
  const account = store.insertAccount({ userId: user.id, name: 'Current', currency: 'EUR' })
  store.insertEntry({ accountId: account.id, amount: 1000, memo: '' })
  store.insertEntry({ accountId: account.id, amount: -250, memo: "it's coffee" })
  assert.equal(store.balanceOf(account.id), 750)
  store.close()
})
