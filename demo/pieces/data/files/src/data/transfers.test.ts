import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRepositories } from './repositories.ts'

function openTwoAccounts() {
  const repositories = openRepositories(':memory:', () => new Date('2026-01-15T09:00:00Z'))
  const { users, accounts, entries } = repositories
  const user = users.insertUser({ email: 'ada@example.com', name: 'Ada', passwordHash: 'x' })
  const from = accounts.insertAccount({ userId: user.id, name: 'Current', currency: 'EUR' })
  const to = accounts.insertAccount({ userId: user.id, name: 'Savings', currency: 'EUR' })
  entries.insertEntry({ accountId: from.id, amount: 1000, memo: 'salary' })
  return { ...repositories, from, to }
}

test('a transfer moves its amount and leaves an entry on each account', () => {
  const { transfers, entries, from, to, close } = openTwoAccounts()
  const transfer = transfers.insertTransfer({
    fromAccountId: from.id,
    toAccountId: to.id,
    amount: 400,
    memo: 'rainy days',
  })

  assert.equal(entries.balanceOf(from.id), 600)
  assert.equal(entries.balanceOf(to.id), 400)
  const [received] = entries.listEntries(to.id)
  assert.equal(received?.transferId, transfer.id)
  assert.equal(received?.memo, 'rainy days')
  close()
})

test('a transfer to an account that does not exist changes nothing', () => {
  const { transfers, entries, from, close } = openTwoAccounts()
  assert.throws(() =>
    transfers.insertTransfer({ fromAccountId: from.id, toAccountId: 99, amount: 400, memo: '' }),
  )
  assert.equal(entries.balanceOf(from.id), 1000)
  assert.equal(entries.listEntries(from.id).length, 1)
  close()
})

test('the database itself refuses a transfer of nothing', () => {
  const { transfers, from, to, close } = openTwoAccounts()
  assert.throws(() =>
    transfers.insertTransfer({ fromAccountId: from.id, toAccountId: to.id, amount: 0, memo: '' }),
  )
  close()
})
