import type { ServerResponse } from 'node:http'
import { ServiceError } from '../errors.ts'
import type { ErrorKind } from '../errors.ts'
import type { Reply } from './route.ts'
import { ValidationError } from './validate.ts'

const statusOf: Record<ErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  missing: 404,
  conflict: 409,
}

/** The reply to a failed call. What is not the caller's fault is not explained to the caller. */
export function replyTo(error: unknown): Reply {
  if (error instanceof ValidationError) {
    return { status: 400, body: { error: error.message, fields: error.fields } }
  }
  if (error instanceof ServiceError) {
    return { status: statusOf[error.kind], body: { error: error.message } }
  }
  return { status: 500, body: { error: 'internal error' } }
}

export function send(response: ServerResponse, { status, headers = {}, body }: Reply): void {
  if (body === undefined) {
    response.writeHead(status, headers).end()
    return
  }
  response.writeHead(status, { ...headers, 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
