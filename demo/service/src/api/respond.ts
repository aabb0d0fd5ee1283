import type { ServerResponse } from 'node:http'
import { ServiceError } from '../errors.ts'
import type { ErrorKind } from '../errors.ts'

const statusOf: Record<ErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  missing: 404,
  conflict: 409,
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

export function sendNothing(response: ServerResponse): void {
  response.writeHead(204)
  response.end()
}

export function sendError(response: ServerResponse, error: unknown): void {
  if (error instanceof ServiceError) {
    sendJson(response, statusOf[error.kind], { error: error.message })
  } else {
    sendJson(response, 500, { error: 'internal error' })
  }
}
