import type { Clock } from '../clock.ts'
import { createAccounts } from './accounts.ts'
import type { Accounts } from './accounts.ts'
import { openDatabase } from './database.ts'
import { createEntries } from './entries.ts'
import type { Entries } from './entries.ts'
import { createLoginSessions } from './login-sessions.ts'
import type { LoginSessions } from './login-sessions.ts'
import { migrate } from './migrate.ts'
import { createTransfers } from './transfers.ts'
import type { Transfers } from './transfers.ts'
import { createUsers } from './users.ts'
import type { Users } from './users.ts'

export type Repositories = {
  readonly users: Users
  readonly accounts: Accounts
  readonly entries: Entries
  readonly transfers: Transfers
  readonly loginSessions: LoginSessions
  close(): void
}

/** Opens the database, brings its schema up to date and answers one repository per table. */
export function openRepositories(path: string, clock: Clock): Repositories {
  const database = openDatabase(path)
  migrate(database)
  const entries = createEntries(database, clock)
  return {
    users: createUsers(database, clock),
    accounts: createAccounts(database, clock),
    entries,
    transfers: createTransfers(database, clock, entries),
    loginSessions: createLoginSessions(database),
    close: () => database.close(),
  }
}
