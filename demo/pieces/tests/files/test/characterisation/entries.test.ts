import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listIn, startService, textIn, valueIn } from '../support/harness.ts'
import type { Answer, Client } from '../support/harness.ts'

/** Opens an account of its own for a test, so that the tests can share a service and a user. */
async function openAccount(client: Client, currency = 'EUR') {
  const opened = await client.post('/accounts', { name: 'Current', currency })
  const path = `/accounts/${valueIn(opened.body, 'id')}`
  return {
    add: (amount: unknown, memo = 'entry') => client.post(`${path}/entries`, { amount, memo }),
    list: (query = '') => client.get(`${path}/entries${query}`),
    balance: async () => textIn((await client.get(path)).body, 'balance'),
  }
}

function memosOf(answer: Answer): string[] {
  return listIn(answer.body, 'entries').map((entry) => textIn(entry, 'memo'))
}

test('entries', async (t) => {
  const { clock, signUp } = await startService(t)
  const ada = await signUp()

  await t.test('an entry is shown as it was added, and changes the balance', async () => {
    const { add, list, balance } = await openAccount(ada)
    const answer = await add('12.5', "it's coffee")
    assert.equal(answer.status, 201)
    assert.deepEqual(answer.body, {
      id: 1,
      amount: '12.50',
      memo: "it's coffee",
      createdAt: '2026-01-15T09:00:00.000Z',
    })
    assert.deepEqual((await list()).body, { entries: [answer.body] })
    assert.equal(await balance(), '12.50')
  })

  await t.test('a balance never falls below zero', async () => {
    const { add, balance } = await openAccount(ada)
    await add('10')
    assert.equal((await add('-10.01')).status, 409)
    assert.equal(await balance(), '10.00')
    assert.equal((await add('-10')).status, 201)
    assert.equal(await balance(), '0.00')
  })

  await t.test('an amount is text, fits the currency and is not zero', async () => {
    const { add } = await openAccount(ada)
    for (const amount of [undefined, 5, '', 'five', '1.234', '1e3', '0', '-0.00']) {
      assert.equal((await add(amount)).status, 400, `amount ${amount}`)
    }
  })

  await t.test('yen have no decimal places', async () => {
    const { add, balance } = await openAccount(ada, 'JPY')
    assert.equal((await add('800.5')).status, 400)
    assert.equal((await add('800')).status, 201)
    assert.equal(await balance(), '800')
  })

  await t.test('entries are found by day, both ends included', async () => {
    const { add, list } = await openAccount(ada)
    await add('1', 'on the 15th')
    clock.advanceDays(0.9)
    await add('1', 'on the 16th')

    assert.deepEqual(memosOf(await list()), ['on the 15th', 'on the 16th'])
    assert.deepEqual(memosOf(await list('?from=2026-01-16')), ['on the 16th'])
    assert.deepEqual(memosOf(await list('?to=2026-01-15')), ['on the 15th'])
    assert.deepEqual(memosOf(await list('?from=2026-01-17')), [])
  })
})
