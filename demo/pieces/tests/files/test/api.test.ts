import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startService } from './support/harness.ts'

test('a user registers, logs in and opens an account', async (t) => {
  const { signUp } = await startService(t)
  const ada = await signUp()
  const opened = await ada.post('/accounts', { name: 'Current', currency: 'EUR' })
  assert.equal(opened.status, 201)
})

test('the service reports its health to everybody', async (t) => {
  const { anonymous } = await startService(t)
  assert.deepEqual(await anonymous.get('/health'), { status: 200, body: { status: 'ok' } })
})

test('a path that does not exist is missing', async (t) => {
  const { anonymous } = await startService(t)
  assert.equal((await anonymous.get('/balance/1')).status, 404)
})

test('everything about accounts is only for those who have logged in', async (t) => {
  const { anonymous } = await startService(t)
  const answers = await Promise.all([
    anonymous.get('/me'),
    anonymous.post('/me/password', {}),
    anonymous.get('/accounts'),
    anonymous.post('/accounts', {}),
    anonymous.get('/accounts/1'),
    anonymous.remove('/accounts/1'),
    anonymous.get('/accounts/1/entries'),
    anonymous.post('/accounts/1/entries', {}),
  ])
  assert.deepEqual(new Set(answers.map((answer) => answer.status)), new Set([401]))
})

test('a body that is not a JSON object is refused', async (t) => {
  const { anonymous } = await startService(t)
  for (const body of ['', '{', '[]', '7', 'null']) {
    assert.equal((await anonymous.post('/login', body)).status, 400, `body ${body}`)
  }
})
