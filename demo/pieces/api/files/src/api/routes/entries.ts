import { parseAmount } from '../../money.ts'
import type { Reply, Route, UserRequest } from '../route.ts'
import { ValidationError, day, optional, text, validate, validateQuery } from '../validate.ts'
import { entryView } from '../views.ts'
import { requireAccount, requireFunds } from './accounts.ts'

function list(request: UserRequest): Reply {
  const account = requireAccount(request, Number(request.param('id')))
  const shape = { from: optional(day, '0000-01-01'), to: optional(day, '9999-12-31') }
  const range = validateQuery(shape, request.call.query)
  const entries = request.services.repositories.entries.listEntries(account.id, range)
  const views = entries.map((entry) => entryView(entry, account.currency))
  return { status: 200, body: { entries: views } }
}

async function add(request: UserRequest): Promise<Reply> {
  const account = requireAccount(request, Number(request.param('id')))
  const shape = { amount: text(), memo: optional(text(), '') }
  const given = validate(shape, await request.call.body())
  const amount = parseAmount(given.amount, account.currency)
  if (amount === 0) {
    throw new ValidationError({ amount: 'is zero' })
  }
  if (amount < 0) {
    requireFunds(request, account, -amount)
  }
  const { memo } = given
  const { entries } = request.services.repositories
  const entry = entries.insertEntry({ accountId: account.id, amount, memo })
  return { status: 201, body: entryView(entry, account.currency) }
}

export const entryRoutes: readonly Route[] = [
  { method: 'GET', path: '/accounts/:id/entries', access: 'user', handle: list },
  { method: 'POST', path: '/accounts/:id/entries', access: 'user', handle: add },
]
