import type { Currency } from '../money.ts'

export type UserRow = {
  readonly id: number
  readonly email: string
  readonly name: string
  readonly passwordHash: string
  readonly createdAt: string
}

export type AccountRow = {
  readonly id: number
  readonly userId: number
  readonly name: string
  readonly currency: Currency
  readonly openedAt: string
  readonly closedAt: string | null
}

export type EntryRow = {
  readonly id: number
  readonly accountId: number
  readonly amount: number
  readonly memo: string
  readonly createdAt: string
}

export type NewUser = Pick<UserRow, 'email' | 'name' | 'passwordHash'>
export type NewAccount = Pick<AccountRow, 'userId' | 'name' | 'currency'>
export type NewEntry = Pick<EntryRow, 'accountId' | 'amount' | 'memo'>

/** Days as in "2026-01-31", both inclusive. */
export type DayRange = { readonly from?: string; readonly to?: string }
