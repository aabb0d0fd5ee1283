// One connection to the state file: pragmas, prepared statements, transactions, and failures that say what to do. The
// only file that calls SQLite; the tables have a file each.
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { storeFailure } from './failures.ts'
import { migrate, noState, requireReadable } from './migrations.ts'
import type { Row } from './rows.ts'
import { openSqlite } from './sqlite.ts'

export type Parameters = Readonly<Record<string, null | number | string>>

/** What a commit touched: events for readers, work (claims and signals) for the engine. */
export type Change = 'events' | 'work'

export interface DatabaseOptions {
  readonly readOnly?: boolean
  /** How long a write waits for the lock of another process, in milliseconds. */
  readonly busyMs?: number
}

const BUSY_MS = 5_000
const MODE_RETRY_MS = 20

/** Opens the file, creating it and its folder unless `readOnly`. Throws `E_NO_STATE`, `E_STATE_…`, `E_DISK_FULL`. */
export function openDatabase(path: string, options: DatabaseOptions = {}): Database {
  const readOnly = options.readOnly ?? false
  if (readOnly && !existsSync(path)) throw noState(path)
  const database = new Database(path, connect(path, readOnly))
  try {
    database.exec(`PRAGMA busy_timeout = ${options.busyMs ?? BUSY_MS}`)
    if (readOnly) requireReadable(database)
    else prepareForWriting(database, options.busyMs ?? BUSY_MS)
    return database
  } catch (error) {
    database[Symbol.dispose]()
    throw error
  }
}

function connect(path: string, readOnly: boolean): DatabaseSync {
  try {
    if (!readOnly) mkdirSync(dirname(path), { recursive: true })
    return openSqlite(path, readOnly)
  } catch (error) {
    throw storeFailure(error, path)
  }
}

function prepareForWriting(database: Database, busyMs: number): void {
  setWriteAheadLog(database, busyMs)
  database.exec(
    'PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 16777216',
  )
  migrate(database)
}

/** Two processes that switch the mode at once: one is refused without waiting, so it asks again. */
function setWriteAheadLog(database: Database, busyMs: number): void {
  const deadline = performance.now() + busyMs
  while (database.get('PRAGMA journal_mode')?.['journal_mode'] !== 'wal') {
    try {
      database.get('PRAGMA journal_mode = WAL')
    } catch (error) {
      if (performance.now() > deadline) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, MODE_RETRY_MS)
    }
  }
}

/** A connection. Everything is synchronous; nothing read stays open between calls, so no call blocks another. */
export class Database implements Disposable {
  readonly path: string
  readonly #sqlite: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  readonly #listeners = new Set<(change: Change) => void>()
  #inTransaction = false
  #changed = new Set<Change>()

  constructor(path: string, sqlite: DatabaseSync) {
    this.path = path
    this.#sqlite = sqlite
  }

  /** Runs statements without parameters. */
  exec(sql: string): void {
    this.#guarded(() => this.#sqlite.exec(sql))
  }

  /** Runs one write; the number of rows it changed. */
  run(sql: string, parameters: Parameters = {}): number {
    return this.#guarded(() => Number(this.#statement(sql).run(parameters).changes))
  }

  /** The first row. */
  get(sql: string, parameters: Parameters = {}): Row | undefined {
    return this.#guarded(() => this.#statement(sql).get(parameters))
  }

  /** All rows: for queries that are bounded by what they ask. */
  all(sql: string, parameters: Parameters = {}): Row[] {
    return this.#guarded(() => this.#statement(sql).all(parameters))
  }

  /** Rows until `enough` says so; the statement is closed on return. */
  take(sql: string, parameters: Parameters, enough: (row: Row) => boolean): Row[] {
    return this.#guarded(() => {
      const rows: Row[] = []
      for (const row of this.#statement(sql).iterate(parameters)) {
        rows.push(row)
        if (enough(row)) break
      }
      return rows
    })
  }

  /** Runs `work` in one write transaction; inside another it is part of that one. Rolls back when `work` throws. */
  transaction<T>(work: () => T): T {
    if (this.#inTransaction) return work()
    this.exec('BEGIN IMMEDIATE')
    this.#inTransaction = true
    try {
      const result = work()
      this.exec('COMMIT')
      return result
    } catch (error) {
      this.#changed.clear()
      // A full disk ends the transaction by itself.
      if (this.#sqlite.isTransaction) this.exec('ROLLBACK')
      throw error
    } finally {
      this.#inTransaction = false
      this.#announce()
    }
  }

  /** Runs `work` with another limit for waiting on locks, in milliseconds. */
  withBusyLimit<T>(busyMs: number, work: () => T): T {
    const before = Number(this.get('PRAGMA busy_timeout')?.['timeout'] ?? BUSY_MS)
    this.exec(`PRAGMA busy_timeout = ${Math.round(busyMs)}`)
    try {
      return work()
    } finally {
      this.exec(`PRAGMA busy_timeout = ${before}`)
    }
  }

  /** Notes that a write of this connection changed something others of this process look at. */
  touched(change: Change): void {
    this.#changed.add(change)
    if (!this.#inTransaction) this.#announce()
  }

  /** Calls `listener` after every commit of this connection that changed something, before the writing call returns. */
  onCommit(listener: (change: Change) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  [Symbol.dispose](): void {
    this.#listeners.clear()
    this.#statements.clear()
    if (this.#sqlite.isOpen) this.#sqlite.close()
  }

  #announce(): void {
    const changes = [...this.#changed]
    this.#changed.clear()
    for (const change of changes) for (const listener of this.#listeners) listener(change)
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#sqlite.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }

  #guarded<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw storeFailure(error, this.path)
    }
  }
}
