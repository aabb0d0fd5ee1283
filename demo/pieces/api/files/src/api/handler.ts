import type { IncomingMessage, RequestListener } from 'node:http'
import { ServiceError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Dispatch } from './dispatch.ts'
import { readJson } from './request.ts'
import { replyTo, send } from './respond.ts'
import type { Call, Reply } from './route.ts'

function callFrom(request: IncomingMessage): Call {
  const url = new URL(request.url ?? '/', 'http://localhost')
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    authorization: request.headers.authorization,
    body: () => readJson(request),
  }
}

/** Ties the routes to `node:http`. This is the only place that knows both. */
export function createHandler(dispatch: Dispatch, log: Log): RequestListener {
  async function answer(request: IncomingMessage): Promise<Reply> {
    try {
      return await dispatch(callFrom(request))
    } catch (error) {
      if (!(error instanceof ServiceError)) {
        log('error', 'request failed', { url: request.url, error: String(error) })
      }
      return replyTo(error)
    }
  }

  return (request, response) => {
    void answer(request).then((reply) => send(response, reply))
  }
}
