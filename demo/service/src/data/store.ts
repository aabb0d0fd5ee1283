import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../clock.ts'
import type { AccountRow, DayRange, EntryRow, NewAccount, NewEntry, NewUser, UserRow } from './types.ts'

function quote(value: string | number | null): string {
  if (value === null) {
    return 'NULL'
  }
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`
}

function migrate(db: DatabaseSync): void {
  const folder = join(import.meta.dirname, 'migrations')
  const row = db.prepare('PRAGMA user_version').get() as { user_version: number }
  let version = row.user_version
  for (const file of readdirSync(folder).sort()) {
    const number = parseInt(file, 10)
    if (number > version) {
      db.exec(readFileSync(join(folder, file), 'utf8'))
      db.exec('PRAGMA user_version = ' + number)
      version = number
    }
  }
}

export function openStore(path: string, clock: Clock): Store {
  const db = new DatabaseSync(path)
  db.exec('PRAGMA foreign_keys = ON')
  migrate(db)
  return new Store(db, clock)
}

/** All there is between the service and the database. */
export class Store {
  readonly #db: DatabaseSync
  readonly #clock: Clock

  constructor(db: DatabaseSync, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  close(): void {
    this.#db.close()
  }

  // ---- users ----

  insertUser(user: NewUser): UserRow {
    const createdAt = this.#clock().toISOString()
    const sql =
      'INSERT INTO users (email, name, password_hash, created_at) VALUES (' +
      quote(user.email) +
      ', ' +
      quote(user.name) +
      ', ' +
      quote(user.passwordHash) +
      ', ' +
      quote(createdAt) +
      ')'
    const result = this.#db.prepare(sql).run()
    return { id: Number(result.lastInsertRowid), ...user, createdAt }
  }

  findUserByEmail(email: string): UserRow | undefined {
    const sql =
      'SELECT id, email, name, password_hash AS passwordHash, created_at AS createdAt FROM users ' +
      'WHERE email = ' +
      quote(email)
    return this.#db.prepare(sql).get() as unknown as UserRow | undefined
  }

  findUserById(id: number): UserRow | undefined {
    const sql =
      'SELECT id, email, name, password_hash AS passwordHash, created_at AS createdAt FROM users ' +
      'WHERE id = ' +
      quote(id)
    return this.#db.prepare(sql).get() as unknown as UserRow | undefined
  }

  setPasswordHash(userId: number, passwordHash: string): void {
    this.#db.exec('UPDATE users SET password_hash = ' + quote(passwordHash) + ' WHERE id = ' + quote(userId))
  }

  // ---- accounts ----

  insertAccount(account: NewAccount): AccountRow {
    const openedAt = this.#clock().toISOString()
    const sql =
      'INSERT INTO accounts (user_id, name, currency, opened_at) VALUES (' +
      quote(account.userId) +
      ', ' +
      quote(account.name) +
      ', ' +
      quote(account.currency) +
      ', ' +
      quote(openedAt) +
      ')'
    const result = this.#db.prepare(sql).run()
    return { id: Number(result.lastInsertRowid), ...account, openedAt, closedAt: null }
  }

  /** Open and closed accounts alike, as long as they belong to the user. */
  findAccount(userId: number, id: number): AccountRow | undefined {
    const sql =
      'SELECT id, user_id AS userId, name, currency, opened_at AS openedAt, closed_at AS closedAt ' +
      'FROM accounts WHERE user_id = ' +
      quote(userId) +
      ' AND id = ' +
      quote(id)
    return this.#db.prepare(sql).get() as unknown as AccountRow | undefined
  }

  listAccounts(userId: number, sort = 'id'): AccountRow[] {
    const sql =
      'SELECT id, user_id AS userId, name, currency, opened_at AS openedAt, closed_at AS closedAt ' +
      'FROM accounts WHERE closed_at IS NULL AND user_id = ' +
      quote(userId) +
      ' ORDER BY ' +
      sort // FIXME: straight from the query string
    return this.#db.prepare(sql).all() as unknown as AccountRow[]
  }

  closeAccount(id: number): void {
    this.#db.exec(
      'UPDATE accounts SET closed_at = ' + quote(this.#clock().toISOString()) + ' WHERE id = ' + quote(id),
    )
  }

  // ---- entries ----

  insertEntry(entry: NewEntry): EntryRow {
    const createdAt = this.#clock().toISOString()
    const sql =
      'INSERT INTO entries (account_id, amount, memo, created_at) VALUES (' +
      quote(entry.accountId) +
      ', ' +
      quote(entry.amount) +
      ', ' +
      quote(entry.memo) +
      ', ' +
      quote(createdAt) +
      ')'
    const result = this.#db.prepare(sql).run()
    return { id: Number(result.lastInsertRowid), ...entry, createdAt }
  }

  listEntries(accountId: number, range: DayRange = {}): EntryRow[] {
    let sql =
      'SELECT id, account_id AS accountId, amount, memo, created_at AS createdAt FROM entries ' +
      'WHERE account_id = ' +
      quote(accountId)
    if (range.from !== undefined) {
      sql += ' AND substr(created_at, 1, 10) >= ' + quote(range.from)
    }
    if (range.to !== undefined) {
      sql += ' AND substr(created_at, 1, 10) <= ' + quote(range.to)
    }
    return this.#db.prepare(sql + ' ORDER BY id').all() as unknown as EntryRow[]
  }

  balanceOf(accountId: number): number {
    const entries = this.listEntries(accountId)
    return entries.reduce((sum, entry) => sum + entry.amount, 0)
  }
}
