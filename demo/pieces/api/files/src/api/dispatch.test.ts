import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openService } from './testing.ts'

test('a wrong method is answered with the right ones', async (t) => {
  const { call, close } = openService()
  t.after(close)
  const reply = await call('PUT /accounts/7')
  assert.equal(reply.status, 405)
  assert.deepEqual(reply.headers, { allow: 'GET, DELETE' })
})

test('a route for users is closed to everybody else', async (t) => {
  const { call, close } = openService()
  t.after(close)
  assert.equal((await call('GET /accounts')).status, 401)
  assert.equal((await call('GET /accounts', undefined, 'Bearer guessed')).status, 401)
})

test('an invalid body is answered field by field', async (t) => {
  const { call, addUser, login, close } = openService()
  t.after(close)
  const reply = await call('POST /accounts', { currency: 'XYZ' }, login(addUser().id))
  assert.deepEqual(reply, {
    status: 400,
    body: {
      error: 'name is required; currency is not supported',
      fields: { name: 'is required', currency: 'is not supported' },
    },
  })
})

test('accounts are sorted by known columns only', async (t) => {
  const { call, addUser, login, close } = openService()
  t.after(close)
  const authorization = login(addUser().id)
  assert.equal((await call('GET /accounts?sort=name', undefined, authorization)).status, 200)
  assert.equal((await call('GET /accounts?sort=id;--', undefined, authorization)).status, 400)
})
