import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../clock.ts'
import { inTransaction } from './database.ts'
import type { Entries } from './entries.ts'
import { integerOf, requireRow, textOf } from './row.ts'
import type { Row } from './row.ts'
import type { NewTransfer, TransferRow } from './types.ts'

export type Transfers = {
  /** Records the transfer and its two entries: all three, or none. */
  insertTransfer(transfer: NewTransfer): TransferRow
}

function transferFrom(row: Row): TransferRow {
  return {
    id: integerOf(row, 'id'),
    fromAccountId: integerOf(row, 'from_account_id'),
    toAccountId: integerOf(row, 'to_account_id'),
    amount: integerOf(row, 'amount'),
    memo: textOf(row, 'memo'),
    createdAt: textOf(row, 'created_at'),
  }
}

export function createTransfers(
  database: DatabaseSync,
  clock: Clock,
  entries: Pick<Entries, 'insertEntry'>,
): Transfers {
  const insert = database.prepare(
    'INSERT INTO transfers (from_account_id, to_account_id, amount, memo, created_at) ' +
      'VALUES (?, ?, ?, ?, ?) RETURNING *',
  )

  return {
    insertTransfer({ fromAccountId, toAccountId, amount, memo }) {
      return inTransaction(database, () => {
        const createdAt = clock().toISOString()
        const row = insert.get(fromAccountId, toAccountId, amount, memo, createdAt)
        const transfer = transferFrom(requireRow(row))
        const half = { memo, transferId: transfer.id }
        entries.insertEntry({ ...half, accountId: fromAccountId, amount: -amount })
        entries.insertEntry({ ...half, accountId: toAccountId, amount })
        return transfer
      })
    },
  }
}
