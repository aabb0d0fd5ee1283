import type { Clock } from '../clock.ts'
import { isAccountOrder } from './accounts.ts'
import type { Accounts } from './accounts.ts'
import type { Entries } from './entries.ts'
import { openRepositories } from './repositories.ts'
import type { AccountRow } from './types.ts'
import type { Users } from './users.ts'

/** The repositories under the names of the one store there used to be. New code opens them directly. */
export type Store = Users &
  Entries &
  Omit<Accounts, 'listAccounts'> & {
    /** An order that does not exist counts as none. */
    listAccounts(userId: number, sort?: string): AccountRow[]
    close(): void
  }

export function openStore(path: string, clock: Clock): Store {
  const { users, accounts, entries, close } = openRepositories(path, clock)
  return {
    ...users,
    ...accounts,
    ...entries,
    listAccounts: (userId, sort = 'id') => accounts.listAccounts(userId, isAccountOrder(sort) ? sort : 'id'),
    close,
  }
}
