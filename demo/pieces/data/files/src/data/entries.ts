import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../clock.ts'
import { integerOf, integerOrNull, requireRow, textOf } from './row.ts'
import type { Row } from './row.ts'
import type { DayRange, EntryRow, NewEntry } from './types.ts'

export type Entries = {
  insertEntry(entry: NewEntry): EntryRow
  listEntries(accountId: number, range?: DayRange): EntryRow[]
  balanceOf(accountId: number): number
}

function entryFrom(row: Row): EntryRow {
  return {
    id: integerOf(row, 'id'),
    accountId: integerOf(row, 'account_id'),
    amount: integerOf(row, 'amount'),
    memo: textOf(row, 'memo'),
    createdAt: textOf(row, 'created_at'),
    transferId: integerOrNull(row, 'transfer_id'),
  }
}

export function createEntries(database: DatabaseSync, clock: Clock): Entries {
  const insert = database.prepare(
    'INSERT INTO entries (account_id, amount, memo, created_at, transfer_id) ' +
      'VALUES (?, ?, ?, ?, ?) RETURNING *',
  )
  const list = database.prepare(
    'SELECT * FROM entries WHERE account_id = ? ' +
      'AND substr(created_at, 1, 10) BETWEEN ? AND ? ORDER BY id',
  )
  const sum = database.prepare('SELECT coalesce(sum(amount), 0) AS balance FROM entries WHERE account_id = ?')

  return {
    insertEntry({ accountId, amount, memo, transferId }) {
      const createdAt = clock().toISOString()
      const row = insert.get(accountId, amount, memo, createdAt, transferId ?? null)
      return entryFrom(requireRow(row))
    },

    listEntries(accountId, { from = '0000-01-01', to = '9999-12-31' } = {}) {
      return list.all(accountId, from, to).map(entryFrom)
    },

    balanceOf(accountId) {
      return integerOf(requireRow(sum.get(accountId)), 'balance')
    },
  }
}
