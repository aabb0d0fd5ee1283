import type { LoginSession, LoginSessionStore } from './login-sessions.ts'

/** Keeps login sessions until the process ends. */
export function createMemoryStore(): LoginSessionStore {
  const sessions = new Map<string, LoginSession>()

  return {
    insertLoginSession(session) {
      sessions.set(session.id, session)
    },

    findLoginSession(tokenHash) {
      return [...sessions.values()].find((session) => session.tokenHash === tokenHash)
    },

    listLoginSessions(userId) {
      return [...sessions.values()].filter((session) => session.userId === userId)
    },

    deleteLoginSession(id) {
      sessions.delete(id)
    },

    deleteExpiredLoginSessions(now) {
      const expired = [...sessions.values()].filter((session) => session.expiresAt <= now)
      for (const session of expired) {
        sessions.delete(session.id)
      }
      return expired.length
    },
  }
}
