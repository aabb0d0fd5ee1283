// The daemon's HTTP server: loopback only, a bearer token on every request, JSON in and out. Routes are a table; this
// file knows nothing of what they do.
import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as v from 'valibot'
import { errorData, QuintetError, type ErrorKind } from '../../contract/errors.ts'
import { VIEW_SCHEMA } from '../../contract/view.ts'

// The import statement would evaluate every export of the module, a WebSocket client among them: 10 MB for nothing.
const { createServer } = process.getBuiltinModule('node:http')

export interface Request {
  /** Parts of the path that the route names, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** The id of the last event that a reconnecting reader of a stream has seen; null for every other request. */
  readonly lastEventId: string | null
  readonly body: unknown
  readonly headers: IncomingHttpHeaders
  readonly response: ServerResponse
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal
}

/** Answers with data, or takes the response over and answers `STREAMED`. */
export type Handler = (request: Request) => Promise<unknown>
export const STREAMED = Symbol('streamed')

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** `/v1/runs/:run`; a part with a colon matches one path segment. */
  readonly path: string
  /** Whose token opens it; absent: the daemon's, which opens no route that says otherwise. */
  readonly admits?: (params: Request['params'], token: string) => boolean
  readonly handle: Handler
}

const MAX_BODY_BYTES = 1024 * 1024
const STATUS: Readonly<Record<ErrorKind, number>> = {
  usage: 400,
  config: 422,
  precondition: 409,
  conflict: 409,
  agent: 502,
  git: 500,
  environment: 500,
  internal: 500,
}

/** Listens on a free port of 127.0.0.1. */
export async function listen(
  routes: readonly Route[],
  token: string,
): Promise<{ server: Server; port: number }> {
  const server = createServer((request, response) => {
    void answer(routes, token, request, response)
  })
  server.keepAliveTimeout = 5_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  return { server, port: address.port }
}

async function answer(
  routes: readonly Route[],
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const data = await dispatch(routes, token, request, response)
    if (data !== STREAMED) send(response, 200, { schema: VIEW_SCHEMA, ok: true, data })
  } catch (error) {
    const failure = errorData(error)
    if (response.headersSent) response.destroy()
    else
      send(response, error instanceof Refused ? error.status : STATUS[failure.kind], {
        schema: VIEW_SCHEMA,
        ok: false,
        error: failure,
      })
  }
}

async function dispatch(
  routes: readonly Route[],
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<unknown> {
  requireLocal(request)
  const url = urlOf(request)
  const found = findRoute(routes, request.method ?? '', url.pathname)
  if (found?.route.admits === undefined) requireToken(request, token)
  else if (!found.route.admits(found.params, bearer(request))) throw wrongToken()
  if (found !== null) {
    const { route, params } = found
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    return route.handle({
      params,
      query: url.searchParams,
      lastEventId: lastEventId(request),
      body: request.method === 'POST' ? await loadBody(request) : null,
      headers: request.headers,
      response,
      signal: gone.signal,
    })
  }
  throw new Refused(404, 'E_NO_ROUTE', `The daemon does not know ${request.method ?? ''} ${url.pathname}.`)
}

/** A refusal with an HTTP status of its own. */
class Refused extends QuintetError {
  readonly status: number

  constructor(status: number, code: string, message: string) {
    super(code, 'usage', message)
    this.status = status
  }
}

/** A page in a browser that resolves its own name to 127.0.0.1 sends that name as the host. */
function requireLocal(request: IncomingMessage): void {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '')
  if (host !== '127.0.0.1' && host !== 'localhost')
    throw new Refused(403, 'E_HOST', 'The daemon answers to local names only.')
}

function requireToken(request: IncomingMessage, token: string): void {
  const given = Buffer.from(request.headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw wrongToken()
}

function bearer(request: IncomingMessage): string {
  return /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
}

function wrongToken(): Refused {
  return new Refused(401, 'E_TOKEN', 'The token is missing or wrong.')
}

function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { readonly route: Route; readonly params: Record<string, string> } | null {
  for (const route of routes) {
    const params = route.method === method ? matchPath(route.path, path) : null
    if (params !== null) return { route, params }
  }
  return null
}

function urlOf(request: IncomingMessage): URL {
  const url = URL.parse(request.url ?? '/', 'http://127.0.0.1')
  if (url === null) throw malformed()
  return url
}

function lastEventId(request: IncomingMessage): string | null {
  const given = request.headers['last-event-id']
  return typeof given === 'string' && given !== '' ? given : null
}

function malformed(): Refused {
  return new Refused(400, 'E_URL', 'The address of the request is malformed.')
}

function matchPath(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return null
  const params: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? ''
    if (part.startsWith(':')) params[part.slice(1)] = decoded(value)
    else if (part !== value) return null
  }
  return params
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch (error) {
    if (error instanceof URIError) throw malformed()
    throw error
  }
}

async function loadBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > MAX_BODY_BYTES) throw new Refused(413, 'E_BODY_TOO_LARGE', 'The request is too large.')
    chunks.push(bytes)
  }
  if (size === 0) return {}
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw new Refused(400, 'E_BODY', 'The request body is not JSON.')
    throw error
  }
}

/** A request body that fits the schema. Throws `E_REQUEST` with what does not. */
export function parseBody<S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> {
  const parsed = v.safeParse(schema, body)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new QuintetError(
    'E_REQUEST',
    'usage',
    `The request is not valid: ${v.getDotPath(issue) ?? 'body'}: ${issue.message}`,
  )
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  })
  response.end(text)
}
