import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../clock.ts'
import { isCurrency } from '../money.ts'
import type { Currency } from '../money.ts'
import { ColumnError, integerOf, requireRow, textOf, textOrNull } from './row.ts'
import type { Row } from './row.ts'
import type { AccountRow, NewAccount } from './types.ts'

const orders = ['id', 'name', 'opened_at'] as const

/** The columns that a list of accounts can be sorted by. */
export type AccountOrder = (typeof orders)[number]

export type Accounts = {
  insertAccount(account: NewAccount): AccountRow
  /** Open and closed accounts alike, as long as they belong to the user. */
  findAccount(userId: number, id: number): AccountRow | undefined
  /** The open accounts of the user. */
  listAccounts(userId: number, order?: AccountOrder): AccountRow[]
  closeAccount(id: number): void
}

export function isAccountOrder(value: string): value is AccountOrder {
  return orders.some((order) => order === value)
}

function currencyOf(row: Row): Currency {
  const currency = textOf(row, 'currency')
  if (!isCurrency(currency)) {
    throw new ColumnError('currency', 'a currency', currency)
  }
  return currency
}

function accountFrom(row: Row): AccountRow {
  return {
    id: integerOf(row, 'id'),
    userId: integerOf(row, 'user_id'),
    name: textOf(row, 'name'),
    currency: currencyOf(row),
    openedAt: textOf(row, 'opened_at'),
    closedAt: textOrNull(row, 'closed_at'),
  }
}

export function createAccounts(database: DatabaseSync, clock: Clock): Accounts {
  const insert = database.prepare(
    'INSERT INTO accounts (user_id, name, currency, opened_at) VALUES (?, ?, ?, ?) RETURNING *',
  )
  const find = database.prepare('SELECT * FROM accounts WHERE user_id = ? AND id = ?')
  const close = database.prepare('UPDATE accounts SET closed_at = ? WHERE id = ?')
  const open = 'SELECT * FROM accounts WHERE closed_at IS NULL AND user_id = ?'
  const listBy = {
    id: database.prepare(`${open} ORDER BY id`),
    name: database.prepare(`${open} ORDER BY name, id`),
    opened_at: database.prepare(`${open} ORDER BY opened_at, id`),
  } satisfies Record<AccountOrder, unknown>

  return {
    insertAccount({ userId, name, currency }) {
      const openedAt = clock().toISOString()
      return accountFrom(requireRow(insert.get(userId, name, currency, openedAt)))
    },

    findAccount(userId, id) {
      const row = find.get(userId, id)
      return row === undefined ? undefined : accountFrom(row)
    },

    listAccounts(userId, order = 'id') {
      return listBy[order].all(userId).map(accountFrom)
    },

    closeAccount(id) {
      close.run(clock().toISOString(), id)
    },
  }
}
