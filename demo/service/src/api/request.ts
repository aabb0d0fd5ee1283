import type { IncomingMessage } from 'node:http'
import { ServiceError } from '../errors.ts'

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = ''
  for await (const chunk of request) {
    text += chunk
  }
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw new ServiceError('invalid', 'the body is not JSON')
  }
  if (!isObject(body)) {
    throw new ServiceError('invalid', 'the body is not a JSON object')
  }
  return body
}
