import type { PublicRequest, Reply, Route, UserRequest } from '../route.ts'
import { email, optional, password, text, validate } from '../validate.ts'

async function register({ services, call }: PublicRequest): Promise<Reply> {
  const shape = { email, password, name: optional(text(), undefined) }
  const given = validate(shape, await call.body())
  const user = await services.auth.register({ ...given, name: given.name ?? given.email })
  return { status: 201, body: user }
}

function showMe({ user }: UserRequest): Reply {
  return { status: 200, body: user }
}

async function changePassword({ services, call, user }: UserRequest): Promise<Reply> {
  const { current, next } = validate({ current: password, next: password }, await call.body())
  await services.auth.changePassword(user.id, current, next)
  return { status: 204 }
}

export const userRoutes: readonly Route[] = [
  { method: 'POST', path: '/users', access: 'public', handle: register },
  { method: 'GET', path: '/me', access: 'user', handle: showMe },
  { method: 'POST', path: '/me/password', access: 'user', handle: changePassword },
]
