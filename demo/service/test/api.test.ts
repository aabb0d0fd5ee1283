import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { createApp } from '../src/app.ts'

test('a user registers, logs in and opens an account', async () => {
  const app = createApp({ databasePath: ':memory:' })
  app.server.listen(0, '127.0.0.1')
  await once(app.server, 'listening')
  const address = app.server.address()
  assert.ok(address !== null && typeof address === 'object')
  const base = `http://127.0.0.1:${address.port}`

  const credentials = JSON.stringify({ email: 'ada@example.com', password: 'correct horse' })
  const registered = await fetch(`${base}/users`, { method: 'POST', body: credentials })
  assert.equal(registered.status, 201)

  const login = await fetch(`${base}/login`, { method: 'POST', body: credentials })
  const { token } = (await login.json()) as { token: string }

  const opened = await fetch(`${base}/accounts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ name: 'Current', currency: 'EUR' }),
  })
  assert.equal(opened.status, 201)

  await app.close()
})

test('accounts are only for those who have logged in', async () => {
  const app = createApp({ databasePath: ':memory:' })
  app.server.listen(0, '127.0.0.1')
  await once(app.server, 'listening')
  const address = app.server.address()
  assert.ok(address !== null && typeof address === 'object')

  const response = await fetch(`http://127.0.0.1:${address.port}/accounts`)
  assert.equal(response.status, 401)

  await app.close()
})
