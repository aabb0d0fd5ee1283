import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Auth } from '../auth/auth.ts'
import type { Store } from '../data/store.ts'
import { ServiceError } from '../errors.ts'
import type { Log } from '../log.ts'
import { formatAmount, isCurrency, parseAmount } from '../money.ts'
import { readJson } from './request.ts'
import { sendError, sendJson, sendNothing } from './respond.ts'

export type HandlerDeps = {
  readonly store: Store
  readonly auth: Auth
  readonly log: Log
}

export function createHandler(deps: HandlerDeps): RequestListener {
  return (request, response) => {
    handle(deps, request, response).catch((error: unknown) => {
      if (!(error instanceof ServiceError)) {
        deps.log('error', 'request failed', { url: request.url, error: String(error) })
      }
      sendError(response, error)
    })
  }
}

// All routes. /accounts/7/entries becomes "/accounts/:id/entries".
async function handle(
  { store, auth }: HandlerDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const parts = url.pathname.split('/').filter((part) => part !== '')
  const pattern = parts.map((part) => (/^\d+$/.test(part) ? ':id' : part)).join('/')
  const authorization = request.headers.authorization

  switch (`${request.method} /${pattern}`) {
    case 'GET /health': {
      sendJson(response, 200, { status: 'ok' })
      return
    }

    case 'POST /users': {
      const body = await readJson(request)
      if (typeof body['email'] !== 'string' || !body['email'].includes('@')) {
        throw new ServiceError('invalid', 'email is required')
      }
      if (typeof body['password'] !== 'string') {
        throw new ServiceError('invalid', 'password is required')
      }
      const name = typeof body['name'] === 'string' ? body['name'] : body['email']
      const user = await auth.register({ email: body['email'], name, password: body['password'] })
      sendJson(response, 201, user)
      return
    }

    case 'POST /login': {
      const body = await readJson(request)
      if (typeof body['email'] !== 'string' || typeof body['password'] !== 'string') {
        throw new ServiceError('invalid', 'email and password are required')
      }
      sendJson(response, 200, { token: await auth.login(body['email'], body['password']) })
      return
    }

    case 'POST /logout': {
      await auth.authenticate(authorization)
      await auth.logout(authorization)
      sendNothing(response)
      return
    }

    case 'GET /me': {
      sendJson(response, 200, await auth.authenticate(authorization))
      return
    }

    case 'POST /me/password': {
      const user = await auth.authenticate(authorization)
      const body = await readJson(request)
      if (typeof body['current'] !== 'string' || typeof body['next'] !== 'string') {
        throw new ServiceError('invalid', 'current and next are required')
      }
      await auth.changePassword(user.id, body['current'], body['next'])
      sendNothing(response)
      return
    }

    case 'GET /accounts': {
      const user = await auth.authenticate(authorization)
      const rows = store.listAccounts(user.id, url.searchParams.get('sort') ?? 'id')
      const accounts = rows.map((row) => ({
        id: row.id,
        name: row.name,
        currency: row.currency,
        balance: formatAmount(store.balanceOf(row.id), row.currency),
        openedAt: row.openedAt,
      }))
      sendJson(response, 200, { accounts })
      return
    }

    case 'POST /accounts': {
      const user = await auth.authenticate(authorization)
      const body = await readJson(request)
      if (typeof body['name'] !== 'string' || body['name'].trim() === '') {
        throw new ServiceError('invalid', 'name is required')
      }
      if (typeof body['currency'] !== 'string' || !isCurrency(body['currency'])) {
        throw new ServiceError('invalid', 'currency is not supported')
      }
      const row = store.insertAccount({
        userId: user.id,
        name: body['name'].trim(),
        currency: body['currency'],
      })
      sendJson(response, 201, {
        id: row.id,
        name: row.name,
        currency: row.currency,
        balance: formatAmount(0, row.currency),
        openedAt: row.openedAt,
      })
      return
    }

    case 'GET /accounts/:id': {
      const user = await auth.authenticate(authorization)
      const row = store.findAccount(user.id, Number(parts[1]))
      if (row === undefined || row.closedAt !== null) {
        throw new ServiceError('missing', 'no such account')
      }
      sendJson(response, 200, {
        id: row.id,
        name: row.name,
        currency: row.currency,
        balance: formatAmount(store.balanceOf(row.id), row.currency),
        openedAt: row.openedAt,
      })
      return
    }

    case 'DELETE /accounts/:id': {
      const user = await auth.authenticate(authorization)
      const row = store.findAccount(user.id, Number(parts[1]))
      if (row === undefined || row.closedAt !== null) {
        throw new ServiceError('missing', 'no such account')
      }
      if (store.balanceOf(row.id) !== 0) {
        throw new ServiceError('conflict', 'only an account with a balance of zero can be closed')
      }
      store.closeAccount(row.id)
      sendNothing(response)
      return
    }

    case 'GET /accounts/:id/entries': {
      const user = await auth.authenticate(authorization)
      const row = store.findAccount(user.id, Number(parts[1]))
      if (row === undefined || row.closedAt !== null) {
        throw new ServiceError('missing', 'no such account')
      }
      const from = url.searchParams.get('from')
      const to = url.searchParams.get('to')
      const range = { ...(from === null ? {} : { from }), ...(to === null ? {} : { to }) }
      const entries = store.listEntries(row.id, range).map((entry) => ({
        id: entry.id,
        amount: formatAmount(entry.amount, row.currency),
        memo: entry.memo,
        createdAt: entry.createdAt,
      }))
      sendJson(response, 200, { entries })
      return
    }

    case 'POST /accounts/:id/entries': {
      const user = await auth.authenticate(authorization)
      const row = store.findAccount(user.id, Number(parts[1]))
      if (row === undefined || row.closedAt !== null) {
        throw new ServiceError('missing', 'no such account')
      }
      const body = await readJson(request)
      if (typeof body['amount'] !== 'string') {
        throw new ServiceError('invalid', 'amount is required, as a string')
      }
      const amount = parseAmount(body['amount'], row.currency)
      if (amount === 0) {
        throw new ServiceError('invalid', 'an amount is not zero')
      }
      if (store.balanceOf(row.id) + amount < 0) {
        throw new ServiceError('conflict', 'the balance does not cover the amount')
      }
      const memo = typeof body['memo'] === 'string' ? body['memo'] : ''
      const entry = store.insertEntry({ accountId: row.id, amount, memo })
      sendJson(response, 201, {
        id: entry.id,
        amount: formatAmount(entry.amount, row.currency),
        memo: entry.memo,
        createdAt: entry.createdAt,
      })
      return
    }

    default: {
      throw new ServiceError('missing', 'no such route')
    }
  }
}
