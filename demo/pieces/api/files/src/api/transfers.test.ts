import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { Currency } from '../money.ts'
import { openService } from './testing.ts'

function setUp(t: TestContext, secondCurrency: Currency = 'EUR') {
  const service = openService()
  t.after(() => service.close())
  const userId = service.addUser().id
  const authorization = service.login(userId)
  const { accounts, entries } = service
  const from = accounts.insertAccount({ userId, name: 'Current', currency: 'EUR' })
  const to = accounts.insertAccount({ userId, name: 'Savings', currency: secondCurrency })
  entries.insertEntry({ accountId: from.id, amount: 10_000, memo: 'salary' })
  const transfer = (body: object) => service.call('POST /transfers', body, authorization)
  return { ...service, authorization, from, to, transfer }
}

test('a transfer shows on both accounts', async (t) => {
  const { transfer, call, authorization, from, to } = setUp(t)
  const reply = await transfer({ from: from.id, to: to.id, amount: '40', memo: 'rainy days' })
  assert.equal(reply.status, 201)
  assert.deepEqual(reply.body, {
    id: 1,
    from: from.id,
    to: to.id,
    amount: '40.00',
    memo: 'rainy days',
    createdAt: '2026-01-15T09:00:00.000Z',
  })

  const received = await call(`GET /accounts/${to.id}/entries`, undefined, authorization)
  assert.deepEqual(received.body, {
    entries: [
      {
        id: 3,
        amount: '40.00',
        memo: 'rainy days',
        createdAt: '2026-01-15T09:00:00.000Z',
        transferId: 1,
      },
    ],
  })
})

test('a transfer that the balance does not cover moves nothing', async (t) => {
  const { transfer, entries, from, to } = setUp(t)
  const reply = await transfer({ from: from.id, to: to.id, amount: '100.01' })
  assert.equal(reply.status, 409)
  assert.equal(entries.balanceOf(from.id), 10_000)
  assert.equal(entries.balanceOf(to.id), 0)
})

test('a transfer needs two accounts of one currency', async (t) => {
  const { transfer, from, to } = setUp(t, 'USD')
  assert.equal((await transfer({ from: from.id, to: to.id, amount: '1' })).status, 409)
  assert.equal((await transfer({ from: from.id, to: from.id, amount: '1' })).status, 400)
})

test('a transfer needs an amount above zero and accounts of the caller', async (t) => {
  const { transfer, from, to } = setUp(t)
  assert.equal((await transfer({ from: from.id, to: to.id, amount: '-1' })).status, 400)
  assert.equal((await transfer({ from: from.id, to: to.id })).status, 400)
  assert.equal((await transfer({ from: from.id, to: 99, amount: '1' })).status, 404)
})
