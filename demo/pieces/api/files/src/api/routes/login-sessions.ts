import type { PublicRequest, Reply, Route, UserRequest } from '../route.ts'
import { email, password, validate } from '../validate.ts'

async function login({ services, call }: PublicRequest): Promise<Reply> {
  const given = validate({ email, password }, await call.body())
  return { status: 200, body: { token: await services.auth.login(given.email, given.password) } }
}

async function logout({ services, call }: UserRequest): Promise<Reply> {
  await services.auth.logout(call.authorization)
  return { status: 204 }
}

async function list({ services, call }: UserRequest): Promise<Reply> {
  return { status: 200, body: { sessions: await services.auth.listSessions(call.authorization) } }
}

async function end({ services, call, param }: UserRequest): Promise<Reply> {
  await services.auth.endSession(call.authorization, param('id'))
  return { status: 204 }
}

export const loginSessionRoutes: readonly Route[] = [
  { method: 'POST', path: '/login', access: 'public', handle: login },
  { method: 'POST', path: '/logout', access: 'user', handle: logout },
  { method: 'GET', path: '/login-sessions', access: 'user', handle: list },
  { method: 'DELETE', path: '/login-sessions/:id', access: 'user', handle: end },
]
