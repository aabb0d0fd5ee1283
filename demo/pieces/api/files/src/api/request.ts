import type { IncomingMessage } from 'node:http'
import { ServiceError } from '../errors.ts'

export type JsonObject = Readonly<Record<string, unknown>>

const maximumBytes = 64 * 1024

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function parseJson(text: string): JsonObject {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new ServiceError('invalid', 'the body is not JSON')
    }
    throw error
  }
  if (!isObject(body)) {
    throw new ServiceError('invalid', 'the body is not a JSON object')
  }
  return body
}

export async function readJson(request: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = []
  let bytes = 0
  // Without this option a body that is too large would end the connection before the reply.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const buffer = Buffer.from(chunk)
    bytes += buffer.length
    if (bytes > maximumBytes) {
      throw new ServiceError('invalid', `the body has more than ${maximumBytes} bytes`)
    }
    chunks.push(buffer)
  }
  return parseJson(Buffer.concat(chunks).toString('utf8'))
}
