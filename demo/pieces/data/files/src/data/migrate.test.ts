import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from './database.ts'
import { MigrationError, loadMigrations, migrate, schemaVersion } from './migrate.ts'

test('a fresh database gets every migration, once', () => {
  const database = openDatabase(':memory:')
  const files = loadMigrations().map((migration) => migration.file)
  assert.deepEqual(migrate(database), files)
  assert.deepEqual(migrate(database), [])
  database.close()
})

test('a database of version 3 keeps its entries', () => {
  const database = openDatabase(':memory:')
  migrate(
    database,
    loadMigrations().filter((migration) => migration.version <= 3),
  )
  database.exec(`
    INSERT INTO users VALUES (1, 'ada@example.com', 'Ada', 'x', '2025-01-01T00:00:00.000Z');
    INSERT INTO accounts VALUES (1, 1, 'Current', 'EUR', '2025-01-01T00:00:00.000Z', NULL);
    INSERT INTO entries VALUES (1, 1, 1250, 'salary', '2025-01-02T00:00:00.000Z');
  `)

  assert.deepEqual(migrate(database), ['004_login_sessions.sql', '005_transfers.sql'])

  const row = database.prepare('SELECT amount, transfer_id FROM entries').get()
  assert.deepEqual({ ...row }, { amount: 1250, transfer_id: null })
  database.close()
})

test('a migration that fails leaves nothing behind and names its file', () => {
  const database = openDatabase(':memory:')
  const broken = [
    { version: 1, file: '001_good.sql', sql: 'CREATE TABLE good (id INTEGER)' },
    { version: 2, file: '002_bad.sql', sql: 'CREATE TABLE half (id INTEGER); CREATE nonsense' },
  ]

  assert.throws(
    () => migrate(database, broken),
    (error) => error instanceof MigrationError && error.file === '002_bad.sql',
  )

  assert.equal(schemaVersion(database), 1)
  const tables = database.prepare('SELECT name FROM sqlite_schema').all()
  assert.deepEqual(
    tables.map((table) => table['name']),
    ['good'],
  )
  database.close()
})
