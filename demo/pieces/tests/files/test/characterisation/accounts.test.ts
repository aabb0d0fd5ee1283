import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listIn, startService, textIn, valueIn } from '../support/harness.ts'
import type { Client } from '../support/harness.ts'

/** Opens an account and answers its path. */
async function open(client: Client, name: string): Promise<string> {
  const answer = await client.post('/accounts', { name, currency: 'EUR' })
  assert.equal(answer.status, 201)
  return `/accounts/${valueIn(answer.body, 'id')}`
}

async function namesOf(client: Client, query = ''): Promise<string[]> {
  const answer = await client.get(`/accounts${query}`)
  return listIn(answer.body, 'accounts').map((account) => textIn(account, 'name'))
}

test('accounts', async (t) => {
  const { signUp } = await startService(t)
  const ada = await signUp('ada')
  const bob = await signUp('bob')

  await t.test('a new account is empty and shows when it was opened', async () => {
    const answer = await ada.post('/accounts', { name: ' Current ', currency: 'EUR' })
    const account = {
      id: 1,
      name: 'Current',
      currency: 'EUR',
      balance: '0.00',
      openedAt: '2026-01-15T09:00:00.000Z',
    }
    assert.deepEqual(answer, { status: 201, body: account })
    assert.deepEqual((await ada.get('/accounts/1')).body, account)
  })

  await t.test('an account needs a name and a currency that is supported', async () => {
    for (const body of [{ currency: 'EUR' }, { name: ' ', currency: 'EUR' }, { name: 'A' }]) {
      assert.equal((await ada.post('/accounts', body)).status, 400)
    }
    assert.equal((await ada.post('/accounts', { name: 'A', currency: 'XYZ' })).status, 400)
  })

  await t.test('accounts are listed in the order of their opening, or by name', async () => {
    await open(bob, 'Savings')
    await open(bob, 'Holidays')
    assert.deepEqual(await namesOf(bob), ['Savings', 'Holidays'])
    assert.deepEqual(await namesOf(bob, '?sort=name'), ['Holidays', 'Savings'])
  })

  await t.test('a name is kept as it is, whatever it contains', async () => {
    const name = `Ada's "first" account; DROP TABLE accounts --`
    const path = await open(ada, name)
    assert.equal(textIn((await ada.get(path)).body, 'name'), name)
    assert.ok((await namesOf(ada)).includes(name))
  })

  await t.test('the accounts of somebody else do not exist', async () => {
    const path = await open(ada, 'Private')
    assert.equal((await bob.get(path)).status, 404)
    assert.equal((await bob.remove(path)).status, 404)
    assert.equal((await bob.get(`${path}/entries`)).status, 404)
    assert.equal((await bob.post(`${path}/entries`, { amount: '1' })).status, 404)
    assert.ok(!(await namesOf(bob)).includes('Private'))
  })

  await t.test('an empty account is closed, and is gone for good', async () => {
    const path = await open(ada, 'Short-lived')
    assert.equal((await ada.remove(path)).status, 204)
    assert.equal((await ada.remove(path)).status, 404)
    assert.equal((await ada.get(path)).status, 404)
    assert.ok(!(await namesOf(ada)).includes('Short-lived'))
  })

  await t.test('an account with money on it stays open', async () => {
    const path = await open(ada, 'Not quite empty')
    await ada.post(`${path}/entries`, { amount: '0.01' })
    assert.equal((await ada.remove(path)).status, 409)
    assert.equal((await ada.get(path)).status, 200)
  })
})
