import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { ServiceError } from '../errors.ts'
import type { ErrorKind } from '../errors.ts'
import { createAuth } from './auth.ts'
import type { UserStore } from './auth.ts'
import { loginSessionDays } from './config.ts'

const day = 24 * 60 * 60 * 1000
const ada = { email: 'Ada@example.com', name: 'Ada', password: 'correct horse' }

function createUserStore(): UserStore {
  const users = new Map<number, ReturnType<UserStore['insertUser']>>()
  return {
    insertUser(user) {
      const stored = { ...user, id: users.size + 1 }
      users.set(stored.id, stored)
      return stored
    },
    findUserByEmail: (email) => [...users.values()].find((user) => user.email === email),
    findUserById: (id) => users.get(id),
    setPasswordHash(userId, passwordHash) {
      const user = users.get(userId)
      assert.ok(user)
      users.set(userId, { ...user, passwordHash })
    },
  }
}

function setUp() {
  const users = createUserStore()
  let now = Date.parse('2026-01-15T09:00:00Z')
  const auth = createAuth({ users, clock: () => new Date(now) })
  const pass = (milliseconds: number): void => {
    now += milliseconds
  }
  const login = async (): Promise<string> => `Bearer ${await auth.login(ada.email, ada.password)}`
  return { users, auth, pass, login }
}

const ofKind = (kind: ErrorKind) => (error: unknown) => error instanceof ServiceError && error.kind === kind

test('a user registers once, logs in and is recognised', async () => {
  const { auth, login } = setUp()
  const user = await auth.register(ada)
  assert.deepEqual(user, { id: 1, email: 'ada@example.com', name: 'Ada' })
  assert.deepEqual(await auth.authenticate(await login()), user)
  await assert.rejects(auth.register(ada), ofKind('conflict'))
})

test('a wrong password and an unknown email are refused alike', async () => {
  const { auth } = setUp()
  await auth.register(ada)
  await assert.rejects(auth.login(ada.email, 'battery staple'), ofKind('unauthenticated'))
  await assert.rejects(auth.login('bob@example.com', ada.password), ofKind('unauthenticated'))
})

test('logging in replaces a SHA-1 hash by a salted one', async () => {
  const { users, login } = setUp()
  const passwordHash = createHash('sha1').update(ada.password).digest('hex')
  const user = users.insertUser({ email: 'ada@example.com', name: 'Ada', passwordHash })

  await login()
  const upgraded = users.findUserById(user.id)?.passwordHash
  assert.match(upgraded ?? '', /^scrypt\$/)

  await login()
  assert.equal(users.findUserById(user.id)?.passwordHash, upgraded)
})

test('a login session ends after the days that were decided on', async () => {
  const { auth, login, pass } = setUp()
  await auth.register(ada)
  const authorization = await login()
  pass(loginSessionDays * day - 1)
  await auth.authenticate(authorization)
  pass(1)
  await assert.rejects(auth.authenticate(authorization), ofKind('unauthenticated'))
})

test('a user sees all own login sessions and can end any of them', async () => {
  const { auth, login } = setUp()
  await auth.register(ada)
  const phone = await login()
  const laptop = await login()

  const sessions = await auth.listSessions(laptop)
  assert.deepEqual(
    sessions.map((session) => session.current),
    [false, true],
  )

  await auth.endSession(laptop, sessions[0]?.id ?? '')
  await assert.rejects(auth.authenticate(phone), ofKind('unauthenticated'))
  await assert.rejects(auth.endSession(laptop, 'unknown'), ofKind('missing'))
})

test('a password is changed by whoever knows the current one', async () => {
  const { auth, login } = setUp()
  const user = await auth.register(ada)
  await assert.rejects(auth.changePassword(user.id, 'battery staple', 'a new password'), ofKind('forbidden'))
  await auth.changePassword(user.id, ada.password, 'a new password')
  await assert.rejects(login(), ofKind('unauthenticated'))
  await auth.login(ada.email, 'a new password')
})
