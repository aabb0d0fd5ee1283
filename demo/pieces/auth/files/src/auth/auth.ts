import type { Clock } from '../clock.ts'
import { ServiceError } from '../errors.ts'
import { bearerToken } from './bearer.ts'
import { loginSessionDays } from './config.ts'
import { createLoginSessions } from './login-sessions.ts'
import type { LoginSession, LoginSessions, LoginSessionStore } from './login-sessions.ts'
import { createMemoryStore } from './memory-store.ts'
import { checkPassword, hashPassword } from './passwords.ts'
import type { PasswordCheck } from './passwords.ts'

const minimumPasswordLength = 8

export type User = { readonly id: number; readonly email: string; readonly name: string }

export type Registration = {
  readonly email: string
  readonly name: string
  readonly password: string
}

/** A login session as its user sees it. */
export type SessionSummary = Pick<LoginSession, 'id' | 'createdAt' | 'expiresAt'> & {
  /** Whether the request that asks was made with this very session. */
  readonly current: boolean
}

type StoredUser = User & { readonly passwordHash: string }

/** What authentication needs to know about users; the data layer provides it. */
export type UserStore = {
  insertUser(user: {
    readonly email: string
    readonly name: string
    readonly passwordHash: string
  }): StoredUser
  findUserByEmail(email: string): StoredUser | undefined
  findUserById(id: number): StoredUser | undefined
  setPasswordHash(userId: number, passwordHash: string): void
}

export type Auth = {
  register(registration: Registration): Promise<User>
  /** Answers the token of a new login session. */
  login(email: string, password: string): Promise<string>
  logout(authorization: string | undefined): Promise<void>
  /** The user behind an `Authorization` header; throws when there is none. */
  authenticate(authorization: string | undefined): Promise<User>
  changePassword(userId: number, current: string, next: string): Promise<void>
  /** The live login sessions of the user behind the header. */
  listSessions(authorization: string | undefined): Promise<SessionSummary[]>
  /** Ends one of those sessions; throws when the user has no such session. */
  endSession(authorization: string | undefined, id: string): Promise<void>
}

export type AuthDeps = {
  readonly users: UserStore
  readonly clock: Clock
  /** In memory when left out. */
  readonly loginSessions?: LoginSessionStore
}

function normalise(email: string): string {
  return email.trim().toLowerCase()
}

function toUser({ id, email, name }: StoredUser): User {
  return { id, email, name }
}

function checkLength(password: string): void {
  if (password.length < minimumPasswordLength) {
    throw new ServiceError('invalid', `a password has at least ${minimumPasswordLength} characters`)
  }
}

/** Checks a password against a user who may not exist, in the same time either way. */
async function checkPasswordOf(user: StoredUser | undefined, password: string): Promise<PasswordCheck> {
  if (user === undefined) {
    await hashPassword(password)
    return 'wrong'
  }
  return checkPassword(password, user.passwordHash)
}

function requireSession(sessions: LoginSessions, authorization: string | undefined): LoginSession {
  const token = bearerToken(authorization)
  const session = token === undefined ? undefined : sessions.find(token)
  if (session === undefined) {
    throw new ServiceError('unauthenticated', 'log in first')
  }
  return session
}

export function createAuth({ users, clock, loginSessions }: AuthDeps): Auth {
  const store = loginSessions ?? createMemoryStore()
  const sessions = createLoginSessions({ store, clock, days: loginSessionDays })

  return {
    async register({ email: given, name, password }) {
      const email = normalise(given)
      checkLength(password)
      const passwordHash = await hashPassword(password)
      if (users.findUserByEmail(email) !== undefined) {
        throw new ServiceError('conflict', `${email} is already registered`)
      }
      return toUser(users.insertUser({ email, name, passwordHash }))
    },

    async login(email, password) {
      const user = users.findUserByEmail(normalise(email))
      const check = await checkPasswordOf(user, password)
      if (user === undefined || check === 'wrong') {
        throw new ServiceError('unauthenticated', 'wrong email or password')
      }
      if (check === 'right-but-outdated') {
        users.setPasswordHash(user.id, await hashPassword(password))
      }
      return sessions.open(user.id)
    },

    async logout(authorization) {
      const token = bearerToken(authorization)
      const session = token === undefined ? undefined : sessions.find(token)
      if (session !== undefined) {
        sessions.close(session.id)
      }
    },

    async authenticate(authorization) {
      const user = users.findUserById(requireSession(sessions, authorization).userId)
      if (user === undefined) {
        throw new ServiceError('unauthenticated', 'log in first')
      }
      return toUser(user)
    },

    async changePassword(userId, current, next) {
      const user = users.findUserById(userId)
      if ((await checkPasswordOf(user, current)) === 'wrong') {
        throw new ServiceError('forbidden', 'the current password is wrong')
      }
      checkLength(next)
      users.setPasswordHash(userId, await hashPassword(next))
    },

    async listSessions(authorization) {
      const own = requireSession(sessions, authorization)
      return sessions.list(own.userId).map(({ id, createdAt, expiresAt }) => ({
        id,
        createdAt,
        expiresAt,
        current: id === own.id,
      }))
    },

    async endSession(authorization, id) {
      const own = requireSession(sessions, authorization)
      if (!sessions.list(own.userId).some((session) => session.id === id)) {
        throw new ServiceError('missing', 'no such login session')
      }
      sessions.close(id)
    },
  }
}
