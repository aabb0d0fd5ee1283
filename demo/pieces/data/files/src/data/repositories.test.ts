import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { openRepositories } from './repositories.ts'
import type { Repositories } from './repositories.ts'
import { ColumnError, integerOf } from './row.ts'
import { openStore } from './store.ts'
import type { AccountRow } from './types.ts'

const now = (): Date => new Date('2026-01-15T09:00:00Z')

function open(t: TestContext): Repositories {
  const repositories = openRepositories(':memory:', now)
  t.after(() => repositories.close())
  return repositories
}

function openAccount({ users, accounts }: Repositories, name = 'Current'): AccountRow {
  const email = 'ada@example.com'
  const user = users.findUserByEmail(email) ?? users.insertUser({ email, name: 'Ada', passwordHash: 'x' })
  return accounts.insertAccount({ userId: user.id, name, currency: 'EUR' })
}

test('a user is found by email and by id', (t) => {
  const { users } = open(t)
  const ada = users.insertUser({ email: 'ada@example.com', name: 'Ada', passwordHash: 'x' })
  assert.deepEqual(users.findUserByEmail('ada@example.com'), ada)
  assert.deepEqual(users.findUserById(ada.id), ada)
  assert.equal(users.findUserByEmail("' OR 1 = 1 --"), undefined)
})

test('a password hash is replaced for one user only', (t) => {
  const { users } = open(t)
  const ada = users.insertUser({ email: 'ada@example.com', name: 'Ada', passwordHash: 'old' })
  const bob = users.insertUser({ email: 'bob@example.com', name: 'Bob', passwordHash: 'old' })
  users.setPasswordHash(ada.id, 'new')
  assert.equal(users.findUserById(ada.id)?.passwordHash, 'new')
  assert.equal(users.findUserById(bob.id)?.passwordHash, 'old')
})

test('accounts are listed in the order asked for, without the closed ones', (t) => {
  const repositories = open(t)
  const savings = openAccount(repositories, 'Savings')
  const current = openAccount(repositories, 'Current')
  const closed = openAccount(repositories, 'Closed')
  repositories.accounts.closeAccount(closed.id)

  const ids = (rows: AccountRow[]): number[] => rows.map((row) => row.id)
  const { accounts } = repositories
  assert.deepEqual(ids(accounts.listAccounts(savings.userId)), [savings.id, current.id])
  assert.deepEqual(ids(accounts.listAccounts(savings.userId, 'name')), [current.id, savings.id])
})

test('entries are listed by day, both ends included', (t) => {
  const repositories = open(t)
  const account = openAccount(repositories)
  const entry = repositories.entries.insertEntry({
    accountId: account.id,
    amount: 100,
    memo: "it's coffee",
  })
  const list = repositories.entries.listEntries
  assert.deepEqual(list(account.id, { from: '2026-01-15', to: '2026-01-15' }), [entry])
  assert.deepEqual(list(account.id, { from: '2026-01-16' }), [])
  assert.deepEqual(list(account.id, { to: '2026-01-14' }), [])
})

test('the store refuses to sort by anything but a known column', (t) => {
  const store = openStore(':memory:', now)
  t.after(() => store.close())
  const user = store.insertUser({ email: 'ada@example.com', name: 'Ada', passwordHash: 'x' })
  const account = store.insertAccount({ userId: user.id, name: 'Current', currency: 'EUR' })
  assert.deepEqual(store.listAccounts(user.id, 'id; DROP TABLE users'), [account])
})

test('a column of the wrong type is an error, not a surprise later on', () => {
  assert.throws(() => integerOf({ id: 'seven' }, 'id'), ColumnError)
})
