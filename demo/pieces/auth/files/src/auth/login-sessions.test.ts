import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLoginSessions } from './login-sessions.ts'
import { createMemoryStore } from './memory-store.ts'

const day = 24 * 60 * 60 * 1000

function setUp(days: number) {
  const store = createMemoryStore()
  let now = Date.parse('2026-01-15T09:00:00Z')
  const sessions = createLoginSessions({ store, clock: () => new Date(now), days })
  const pass = (milliseconds: number): void => {
    now += milliseconds
  }
  return { store, sessions, pass }
}

test('a token leads to its session until the session is closed', () => {
  const { sessions } = setUp(2)
  const token = sessions.open(7)
  const session = sessions.find(token)
  assert.equal(session?.userId, 7)
  assert.equal(sessions.find('another token'), undefined)

  sessions.close(session.id)
  assert.equal(sessions.find(token), undefined)
})

test('a session expires after the days it was given, to the millisecond', () => {
  const { sessions, pass } = setUp(2)
  const token = sessions.open(7)
  pass(2 * day - 1)
  assert.notEqual(sessions.find(token), undefined)
  pass(1)
  assert.equal(sessions.find(token), undefined)
  assert.deepEqual(sessions.list(7), [])
})

test('opening a session removes those that have expired', () => {
  const { store, sessions, pass } = setUp(2)
  sessions.open(7)
  pass(3 * day)
  sessions.open(7)
  assert.equal(store.listLoginSessions(7).length, 1)
})

test('the store never sees a token', () => {
  const { store, sessions } = setUp(2)
  const token = sessions.open(7)
  assert.ok(!JSON.stringify(store.listLoginSessions(7)).includes(token))
})

test('sessions are listed for their own user only', () => {
  const { sessions } = setUp(2)
  sessions.open(7)
  sessions.open(8)
  sessions.open(7)
  assert.deepEqual(
    sessions.list(7).map((session) => session.userId),
    [7, 7],
  )
})
