import type { AccountRow, EntryRow } from '../data/types.ts'
import { formatAmount } from '../money.ts'
import type { Currency } from '../money.ts'

/** How rows look to the outside. A column that is not named here never leaves the service. */
export function accountView(account: AccountRow, balance: number) {
  const { id, name, currency, openedAt } = account
  return { id, name, currency, balance: formatAmount(balance, currency), openedAt }
}

export function entryView(entry: EntryRow, currency: Currency) {
  const { id, memo, createdAt, transferId } = entry
  const amount = formatAmount(entry.amount, currency)
  return { id, amount, memo, createdAt, ...(transferId === null ? {} : { transferId }) }
}
