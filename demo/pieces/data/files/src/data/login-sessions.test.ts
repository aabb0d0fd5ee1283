import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRepositories } from './repositories.ts'
import type { LoginSessionRow } from './types.ts'

const session: LoginSessionRow = {
  id: 'a',
  userId: 1,
  tokenHash: 'hash of a',
  createdAt: '2026-01-15T09:00:00.000Z',
  expiresAt: '2026-01-16T09:00:00.000Z',
}

function openWithUser() {
  const repositories = openRepositories(':memory:', () => new Date('2026-01-15T09:00:00Z'))
  repositories.users.insertUser({ email: 'ada@example.com', name: 'Ada', passwordHash: 'x' })
  return repositories
}

test('a login session is found by the hash of its token until it is deleted', () => {
  const { loginSessions, close } = openWithUser()
  loginSessions.insertLoginSession(session)
  assert.deepEqual(loginSessions.findLoginSession('hash of a'), session)
  assert.deepEqual(loginSessions.listLoginSessions(1), [session])

  loginSessions.deleteLoginSession('a')
  assert.equal(loginSessions.findLoginSession('hash of a'), undefined)
  close()
})

test('deleting the expired sessions keeps the others', () => {
  const { loginSessions, close } = openWithUser()
  const later = { ...session, id: 'b', tokenHash: 'b', expiresAt: '2026-02-01T09:00:00.000Z' }
  loginSessions.insertLoginSession(session)
  loginSessions.insertLoginSession(later)
  assert.equal(loginSessions.deleteExpiredLoginSessions('2026-01-16T09:00:00.000Z'), 1)
  assert.deepEqual(loginSessions.listLoginSessions(1), [later])
  close()
})
