import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../clock.ts'
import { integerOf, requireRow, textOf } from './row.ts'
import type { Row } from './row.ts'
import type { NewUser, UserRow } from './types.ts'

export type Users = {
  insertUser(user: NewUser): UserRow
  findUserByEmail(email: string): UserRow | undefined
  findUserById(id: number): UserRow | undefined
  setPasswordHash(userId: number, passwordHash: string): void
}

function userFrom(row: Row): UserRow {
  return {
    id: integerOf(row, 'id'),
    email: textOf(row, 'email'),
    name: textOf(row, 'name'),
    passwordHash: textOf(row, 'password_hash'),
    createdAt: textOf(row, 'created_at'),
  }
}

export function createUsers(database: DatabaseSync, clock: Clock): Users {
  const insert = database.prepare(
    'INSERT INTO users (email, name, password_hash, created_at) VALUES (?, ?, ?, ?) RETURNING *',
  )
  const byEmail = database.prepare('SELECT * FROM users WHERE email = ?')
  const byId = database.prepare('SELECT * FROM users WHERE id = ?')
  const setHash = database.prepare('UPDATE users SET password_hash = ? WHERE id = ?')

  return {
    insertUser({ email, name, passwordHash }) {
      const createdAt = clock().toISOString()
      return userFrom(requireRow(insert.get(email, name, passwordHash, createdAt)))
    },

    findUserByEmail(email) {
      const row = byEmail.get(email)
      return row === undefined ? undefined : userFrom(row)
    },

    findUserById(id) {
      const row = byId.get(id)
      return row === undefined ? undefined : userFrom(row)
    },

    setPasswordHash(userId, passwordHash) {
      setHash.run(passwordHash, userId)
    },
  }
}
