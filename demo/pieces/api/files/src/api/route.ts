import type { Auth, User } from '../auth/auth.ts'
import type { Repositories } from '../data/repositories.ts'
import type { JsonObject } from './request.ts'

export type Services = { readonly repositories: Repositories; readonly auth: Auth }

/** A request, without anything of HTTP that a route has no business with. */
export type Call = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly authorization: string | undefined
  body(): Promise<JsonObject>
}

export type Reply = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON; a reply without one has no body at all. */
  readonly body?: unknown
}

/** What a route is given: who asks, for what, and what is there to answer with. */
export type PublicRequest = {
  readonly services: Services
  readonly call: Call
  /** The value of a `:name` in the path of the route. */
  param(name: string): string
}
export type UserRequest = PublicRequest & { readonly user: User }

export type Method = 'GET' | 'POST' | 'DELETE'

export type Route = { readonly method: Method; readonly path: string } & (
  | { readonly access: 'public'; handle(request: PublicRequest): Promise<Reply> | Reply }
  | { readonly access: 'user'; handle(request: UserRequest): Promise<Reply> | Reply }
)
