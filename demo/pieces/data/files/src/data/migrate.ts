import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from './database.ts'
import { integerOf, requireRow } from './row.ts'

export type Migration = { readonly version: number; readonly file: string; readonly sql: string }

export class MigrationError extends Error {
  readonly file: string

  constructor(file: string, cause: unknown) {
    super(`migration ${file} failed`, { cause })
    this.name = 'MigrationError'
    this.file = file
  }
}

/** Reads `001_users.sql` and its like, in the order of their numbers. */
export function loadMigrations(): Migration[] {
  const folder = join(import.meta.dirname, 'migrations')
  return readdirSync(folder)
    .filter((file) => /^\d+_.+\.sql$/.test(file))
    .map((file) => ({
      version: Number.parseInt(file, 10),
      file,
      sql: readFileSync(join(folder, file), 'utf8'),
    }))
    .sort((a, b) => a.version - b.version)
}

export function schemaVersion(database: DatabaseSync): number {
  return integerOf(requireRow(database.prepare('PRAGMA user_version').get()), 'user_version')
}

/** Brings the schema up to date and answers the files that were applied, each in a transaction. */
export function migrate(database: DatabaseSync, migrations = loadMigrations()): string[] {
  const current = schemaVersion(database)
  const pending = migrations.filter((migration) => migration.version > current)
  for (const { version, file, sql } of pending) {
    try {
      inTransaction(database, () => {
        database.exec(sql)
        // A pragma takes no parameters; the version is a number that was parsed from a file name.
        database.exec(`PRAGMA user_version = ${version}`)
      })
    } catch (error) {
      throw new MigrationError(file, error)
    }
  }
  return pending.map((migration) => migration.file)
}
