import { ServiceError } from '../errors.ts'
import { matchRoute } from './match.ts'
import type { Params } from './match.ts'
import type { Call, PublicRequest, Reply, Services } from './route.ts'
import { routes } from './routes.ts'

/** Answers a call, or throws why it cannot. */
export type Dispatch = (call: Call) => Promise<Reply>

function paramOf(params: Params, name: string): string {
  const value = params.get(name)
  if (value === undefined) {
    throw new TypeError(`the path of the route has no :${name}`)
  }
  return value
}

export function createDispatch(services: Services): Dispatch {
  return async (call) => {
    const match = matchRoute(routes, call.method, call.path)
    if (match.kind === 'missing') {
      throw new ServiceError('missing', 'no such route')
    }
    if (match.kind === 'wrong-method') {
      const allow = match.allowed.join(', ')
      return { status: 405, headers: { allow }, body: { error: `only ${allow}` } }
    }
    const { route, params } = match
    const request: PublicRequest = { services, call, param: (name) => paramOf(params, name) }
    if (route.access === 'public') {
      return route.handle(request)
    }
    const user = await services.auth.authenticate(call.authorization)
    return route.handle({ ...request, user })
  }
}
