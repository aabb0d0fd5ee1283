// Where agents reach their tools: one address a session, opened by the token of that session alone.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ServerResponse } from 'node:http'
import { errnoOf } from '../../contract/errors.ts'
import type { SessionName } from '../../engine/names.ts'
import { STREAMED, type Request, type Route } from '../http/server.ts'
import type { Protocol } from './protocol.ts'
import type { SessionTokens } from './tokens.ts'

/** What of a request's headers matters to the protocol. */
const HEADERS = ['accept', 'content-type', 'mcp-protocol-version', 'mcp-session-id', 'mcp-method', 'mcp-name']

/** The routes of the endpoint; whatever the method, the protocol answers. */
export function mcpRoutes(tokens: SessionTokens, protocol: Protocol): readonly Route[] {
  return (['GET', 'POST', 'DELETE'] as const).map((method) => ({
    method,
    path: '/mcp/:run/:piece',
    admits: (params, token) => tokens.accepts(sessionOf(params), token),
    handle: async (request) => {
      const answer = await protocol.answer(
        sessionOf(request.params),
        webRequest(method, request),
        request.body,
      )
      await send(answer, request.response)
      return STREAMED
    },
  }))
}

function sessionOf(params: Request['params']): SessionName {
  return { run: params['run'] ?? '', piece: params['piece'] ?? '' }
}

function webRequest(method: string, { params, headers, signal }: Request): globalThis.Request {
  const kept = HEADERS.flatMap((name): [string, string][] => {
    const value = headers[name]
    return typeof value === 'string' ? [[name, value]] : []
  })
  const url = `http://127.0.0.1/mcp/${params['run'] ?? ''}/${params['piece'] ?? ''}`
  return new globalThis.Request(url, { method, headers: kept, signal })
}

async function send(answer: Response, response: ServerResponse): Promise<void> {
  response.writeHead(answer.status, { ...Object.fromEntries(answer.headers), 'cache-control': 'no-store' })
  if (answer.body === null) {
    response.end()
    return
  }
  try {
    await pipeline(Readable.fromWeb(answer.body), response)
  } catch (error) {
    if (!GONE.includes(errnoOf(error) ?? '')) throw error
  }
}

/** The agent did not wait for the answer. */
const GONE: readonly string[] = ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE', 'ABORT_ERR']
