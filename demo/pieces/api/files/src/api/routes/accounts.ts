import { isAccountOrder } from '../../data/accounts.ts'
import type { AccountRow } from '../../data/types.ts'
import { ServiceError } from '../../errors.ts'
import type { Reply, Route, UserRequest } from '../route.ts'
import { currency, oneOf, optional, text, validate, validateQuery } from '../validate.ts'
import { accountView } from '../views.ts'

/** An open account of the user. That one belongs to somebody else is nobody's business. */
export function requireAccount({ services, user }: UserRequest, id: number): AccountRow {
  const account = Number.isSafeInteger(id)
    ? services.repositories.accounts.findAccount(user.id, id)
    : undefined
  if (account === undefined || account.closedAt !== null) {
    throw new ServiceError('missing', 'no such account')
  }
  return account
}

/** Refuses what would take the account below zero. */
export function requireFunds({ services }: UserRequest, account: AccountRow, amount: number): void {
  if (services.repositories.entries.balanceOf(account.id) < amount) {
    throw new ServiceError('conflict', 'the balance does not cover the amount')
  }
}

function view({ services }: UserRequest, account: AccountRow) {
  return accountView(account, services.repositories.entries.balanceOf(account.id))
}

function list(request: UserRequest): Reply {
  const { services, call, user } = request
  const { sort } = validateQuery({ sort: optional(oneOf(isAccountOrder), 'id') }, call.query)
  const accounts = services.repositories.accounts.listAccounts(user.id, sort)
  return { status: 200, body: { accounts: accounts.map((account) => view(request, account)) } }
}

async function open(request: UserRequest): Promise<Reply> {
  const { services, call, user } = request
  const given = validate({ name: text(), currency }, await call.body())
  const account = services.repositories.accounts.insertAccount({ userId: user.id, ...given })
  return { status: 201, body: view(request, account) }
}

function show(request: UserRequest): Reply {
  return { status: 200, body: view(request, requireAccount(request, Number(request.param('id')))) }
}

function close(request: UserRequest): Reply {
  const account = requireAccount(request, Number(request.param('id')))
  const { accounts, entries } = request.services.repositories
  if (entries.balanceOf(account.id) !== 0) {
    throw new ServiceError('conflict', 'only an account with a balance of zero can be closed')
  }
  accounts.closeAccount(account.id)
  return { status: 204 }
}

export const accountRoutes: readonly Route[] = [
  { method: 'GET', path: '/accounts', access: 'user', handle: list },
  { method: 'POST', path: '/accounts', access: 'user', handle: open },
  { method: 'GET', path: '/accounts/:id', access: 'user', handle: show },
  { method: 'DELETE', path: '/accounts/:id', access: 'user', handle: close },
]
