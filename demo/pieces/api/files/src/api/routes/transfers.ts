import type { AccountRow } from '../../data/types.ts'
import { ServiceError } from '../../errors.ts'
import { parseAmount } from '../../money.ts'
import type { Reply, Route, UserRequest } from '../route.ts'
import { ValidationError, id, optional, text, validate } from '../validate.ts'
import { transferView } from '../views.ts'
import { requireAccount, requireFunds } from './accounts.ts'

function checkPair(from: AccountRow, to: AccountRow): void {
  if (from.id === to.id) {
    throw new ValidationError({ to: 'is the account that the money comes from' })
  }
  if (from.currency !== to.currency) {
    throw new ServiceError('conflict', 'the accounts have different currencies')
  }
}

async function add(request: UserRequest): Promise<Reply> {
  const shape = { from: id, to: id, amount: text(), memo: optional(text(), '') }
  const { memo, ...given } = validate(shape, await request.call.body())
  const from = requireAccount(request, given.from)
  const to = requireAccount(request, given.to)
  checkPair(from, to)
  const amount = parseAmount(given.amount, from.currency)
  if (amount <= 0) {
    throw new ValidationError({ amount: 'is not more than zero' })
  }
  requireFunds(request, from, amount)
  const transfer = request.services.repositories.transfers.insertTransfer({
    fromAccountId: from.id,
    toAccountId: to.id,
    amount,
    memo,
  })
  return { status: 201, body: transferView(transfer, from.currency) }
}

export const transferRoutes: readonly Route[] = [
  { method: 'POST', path: '/transfers', access: 'user', handle: add },
]
