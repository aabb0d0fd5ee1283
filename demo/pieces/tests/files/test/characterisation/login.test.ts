import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emailOf, password, startService, textIn } from '../support/harness.ts'

test('a user is known by the email in lower case, and never shown with a password', async (t) => {
  const { anonymous } = await startService(t)
  const registration = { email: ' Ada@Example.com ', name: 'Ada', password }
  const answer = await anonymous.post('/users', registration)
  assert.equal(answer.status, 201)
  assert.deepEqual(answer.body, { id: 1, email: 'ada@example.com', name: 'Ada' })

  const login = await anonymous.post('/login', { email: 'ADA@example.com', password })
  assert.equal(login.status, 200)
})

test('an email registers once', async (t) => {
  const { anonymous, signUp } = await startService(t)
  await signUp('ada')
  const again = { email: emailOf('ada'), name: 'Ada', password }
  assert.equal((await anonymous.post('/users', again)).status, 409)
})

test('a registration needs an email and a password of eight characters', async (t) => {
  const { anonymous } = await startService(t)
  const registrations = [
    { password },
    { email: 'not an address', password },
    { email: emailOf('ada') },
    { email: emailOf('ada'), password: 'seven77' },
  ]
  for (const registration of registrations) {
    const answer = await anonymous.post('/users', registration)
    assert.equal(answer.status, 400)
    assert.notEqual(textIn(answer.body, 'error'), '')
  }
})

test('a wrong password and an unknown email get the same answer', async (t) => {
  const { anonymous, signUp } = await startService(t)
  await signUp('ada')
  const wrong = await anonymous.post('/login', { email: emailOf('ada'), password: 'wrong' })
  const unknown = await anonymous.post('/login', { email: emailOf('bob'), password })
  assert.equal(wrong.status, 401)
  assert.deepEqual(unknown, wrong)
})

test('each login has its own token, and logging out ends that one only', async (t) => {
  const { signUp, logIn } = await startService(t)
  const phone = await signUp('ada')
  const laptop = await logIn('ada')
  assert.equal((await phone.post('/logout')).status, 204)
  assert.equal((await phone.get('/me')).status, 401)
  assert.equal((await laptop.get('/me')).status, 200)
})

test('a login holds until the next day', async (t) => {
  const { clock, signUp } = await startService(t)
  const ada = await signUp('ada')
  clock.advanceDays(1)
  assert.equal((await ada.get('/me')).status, 200)
})

test('a new password replaces the old one, for whoever knows the old one', async (t) => {
  const { anonymous, signUp, logIn } = await startService(t)
  const ada = await signUp('ada')
  const next = 'battery staple'
  assert.equal((await ada.post('/me/password', { current: 'wrong', next })).status, 403)
  assert.equal((await ada.post('/me/password', { current: password, next: 'short' })).status, 400)
  assert.equal((await ada.post('/me/password', { current: password, next })).status, 204)

  assert.equal((await anonymous.post('/login', { email: emailOf('ada'), password })).status, 401)
  await logIn('ada', next)
})
