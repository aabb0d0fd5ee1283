import type { Clock } from '../clock.ts'
import { ServiceError } from '../errors.ts'
import { bearerToken } from './bearer.ts'
import { hashPassword, verifyPassword } from './passwords.ts'
import { createSession, destroySession, sessionUser } from './sessions.ts'

const minimumPasswordLength = 8

export type User = { readonly id: number; readonly email: string; readonly name: string }

export type Registration = {
  readonly email: string
  readonly name: string
  readonly password: string
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
}

export type AuthDeps = { readonly users: UserStore; readonly clock: Clock }

export function createAuth({ users }: AuthDeps): Auth {
  function checkLength(password: string): void {
    if (password.length < minimumPasswordLength) {
      throw new ServiceError('invalid', `a password has at least ${minimumPasswordLength} characters`)
    }
  }

  return {
    async register(registration) {
      const email = registration.email.trim().toLowerCase()
      checkLength(registration.password)
      if (users.findUserByEmail(email) !== undefined) {
        throw new ServiceError('conflict', `${email} is already registered`)
      }
      const user = users.insertUser({
        email,
        name: registration.name,
        passwordHash: hashPassword(registration.password),
      })
      return { id: user.id, email: user.email, name: user.name }
    },

    async login(email, password) {
      const user = users.findUserByEmail(email.trim().toLowerCase())
      if (user === undefined || !verifyPassword(password, user.passwordHash)) {
        throw new ServiceError('unauthenticated', 'wrong email or password')
      }
      return createSession(user.id)
    },

    async logout(authorization) {
      const token = bearerToken(authorization)
      if (token !== undefined) {
        destroySession(token)
      }
    },

    async authenticate(authorization) {
      const token = bearerToken(authorization)
      const userId = token === undefined ? undefined : sessionUser(token)
      const user = userId === undefined ? undefined : users.findUserById(userId)
      if (user === undefined) {
        throw new ServiceError('unauthenticated', 'log in first')
      }
      return { id: user.id, email: user.email, name: user.name }
    },

    async changePassword(userId, current, next) {
      const user = users.findUserById(userId)
      if (user === undefined || !verifyPassword(current, user.passwordHash)) {
        throw new ServiceError('forbidden', 'the current password is wrong')
      }
      checkLength(next)
      users.setPasswordHash(userId, hashPassword(next))
    },
  }
}
