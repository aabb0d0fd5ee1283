import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { createToken, hashToken } from './tokens.ts'

export type LoginSession = {
  readonly id: string
  readonly userId: number
  readonly tokenHash: string
  readonly createdAt: string
  readonly expiresAt: string
}

/** Where login sessions are kept: in memory for tests and scripts, in the database for the service. */
export type LoginSessionStore = {
  insertLoginSession(session: LoginSession): void
  findLoginSession(tokenHash: string): LoginSession | undefined
  listLoginSessions(userId: number): LoginSession[]
  deleteLoginSession(id: string): void
  deleteExpiredLoginSessions(now: string): number
}

export type LoginSessions = {
  /** Answers the token, which cannot be had again. */
  open(userId: number): string
  /** The session of a token, unless it was closed or has expired. */
  find(token: string): LoginSession | undefined
  /** The sessions of a user that have not expired, the oldest first. */
  list(userId: number): LoginSession[]
  close(id: string): void
}

export type LoginSessionsDeps = {
  readonly store: LoginSessionStore
  readonly clock: Clock
  /** How long a session lasts. */
  readonly days: number
}

const millisecondsPerDay = 24 * 60 * 60 * 1000

export function createLoginSessions({ store, clock, days }: LoginSessionsDeps): LoginSessions {
  function isAlive(session: LoginSession): boolean {
    return session.expiresAt > clock().toISOString()
  }

  return {
    open(userId) {
      const now = clock()
      const token = createToken()
      store.deleteExpiredLoginSessions(now.toISOString())
      store.insertLoginSession({
        id: randomUUID(),
        userId,
        tokenHash: hashToken(token),
        createdAt: now.toISOString(),
        expiresAt: new Date(now.getTime() + days * millisecondsPerDay).toISOString(),
      })
      return token
    },

    find(token) {
      const session = store.findLoginSession(hashToken(token))
      return session !== undefined && isAlive(session) ? session : undefined
    },

    list: (userId) => store.listLoginSessions(userId).filter(isAlive),

    close: (id) => store.deleteLoginSession(id),
  }
}
