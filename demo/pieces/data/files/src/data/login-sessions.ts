import type { DatabaseSync } from 'node:sqlite'
import { integerOf, textOf } from './row.ts'
import type { Row } from './row.ts'
import type { LoginSessionRow } from './types.ts'

/** The store that authentication asks for. Only the hash of a token is ever kept. */
export type LoginSessions = {
  insertLoginSession(session: LoginSessionRow): void
  findLoginSession(tokenHash: string): LoginSessionRow | undefined
  listLoginSessions(userId: number): LoginSessionRow[]
  deleteLoginSession(id: string): void
  /** Answers how many sessions were deleted. */
  deleteExpiredLoginSessions(now: string): number
}

function sessionFrom(row: Row): LoginSessionRow {
  return {
    id: textOf(row, 'id'),
    userId: integerOf(row, 'user_id'),
    tokenHash: textOf(row, 'token_hash'),
    createdAt: textOf(row, 'created_at'),
    expiresAt: textOf(row, 'expires_at'),
  }
}

export function createLoginSessions(database: DatabaseSync): LoginSessions {
  const insert = database.prepare(
    'INSERT INTO login_sessions (id, user_id, token_hash, created_at, expires_at) ' +
      'VALUES (?, ?, ?, ?, ?)',
  )
  const find = database.prepare('SELECT * FROM login_sessions WHERE token_hash = ?')
  const list = database.prepare('SELECT * FROM login_sessions WHERE user_id = ? ORDER BY created_at, id')
  const remove = database.prepare('DELETE FROM login_sessions WHERE id = ?')
  const removeExpired = database.prepare('DELETE FROM login_sessions WHERE expires_at <= ?')

  return {
    insertLoginSession({ id, userId, tokenHash, createdAt, expiresAt }) {
      insert.run(id, userId, tokenHash, createdAt, expiresAt)
    },

    findLoginSession(tokenHash) {
      const row = find.get(tokenHash)
      return row === undefined ? undefined : sessionFrom(row)
    },

    listLoginSessions(userId) {
      return list.all(userId).map(sessionFrom)
    },

    deleteLoginSession(id) {
      remove.run(id)
    },

    deleteExpiredLoginSessions(now) {
      return Number(removeExpired.run(now).changes)
    },
  }
}
