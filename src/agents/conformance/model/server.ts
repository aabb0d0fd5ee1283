// A model provider on 127.0.0.1 that answers from scripts, so that real agents can be tried without a key, without a network
// and with the same result every time. Speaks Anthropic Messages, OpenAI Responses and Chat Completions, and Gemini.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { QuintetError } from '../../../contract/errors.ts'
import type { EncodedAnswer, ModelAnswer } from './answer.ts'
import { encodeAnthropic } from './encode/anthropic.ts'
import { encodeChat } from './encode/chat.ts'
import { encodeGemini } from './encode/gemini.ts'
import { encodeResponses } from './encode/responses.ts'
import { Player, type Play, type PlayedRequest, type PlayOptions } from './play.ts'
import { parseRequest, type Protocol } from './request.ts'
import type { ModelScript, ScriptedFault } from './script.ts'

export interface ScriptedModel extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** Everything that was asked so far, oldest first. */
  readonly seen: readonly PlayedRequest[]
  /** Resolves with the first request, past or to come, that `matches`. */
  until(matches: (request: PlayedRequest) => boolean, signal: AbortSignal): Promise<PlayedRequest>
}

const ENCODE: Readonly<Record<Protocol, (answer: ModelAnswer) => EncodedAnswer>> = {
  anthropic: encodeAnthropic,
  responses: encodeResponses,
  chat: encodeChat,
  gemini: encodeGemini,
}
const MODELS = ['claude-sonnet-4-5', 'gpt-5.5', 'gemini-2.5-pro', 'scripted-model']
const LARGEST_BODY = 64 * 1024 * 1024
/** Events of an answer that is cut off in the middle. */
const CUT_AFTER = 3
const BYTES_PER_TOKEN = 4
const COUNTING = /count_tokens$|:countTokens$|input_tokens$/

/** Starts the model on a free port of the loopback. */
export async function startScriptedModel(
  scripts: readonly ModelScript[],
  options: PlayOptions,
): Promise<ScriptedModel> {
  const player = new Player(scripts, options)
  const seen: PlayedRequest[] = []
  const waiting = new Set<() => void>()
  const server = createServer((request, response) => {
    answer(request, response, player, (one) => {
      seen.push(one)
      for (const look of waiting) look()
    }).catch((error: unknown) =>
      sendJson(response, 400, { error: { type: 'scripted_model', message: String(error) } }),
    )
  })
  server.requestTimeout = 0
  const port = await listening(server)
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    until: (matches, signal) => firstMatch(seen, waiting, matches, signal),
    [Symbol.asyncDispose]: () => closed(server),
  }
}

function firstMatch(
  seen: readonly PlayedRequest[],
  waiting: Set<() => void>,
  matches: (request: PlayedRequest) => boolean,
  signal: AbortSignal,
): Promise<PlayedRequest> {
  const { promise, resolve, reject } = Promise.withResolvers<PlayedRequest>()
  const look = (): void => {
    const found = seen.find(matches)
    if (found !== undefined) resolve(found)
  }
  const giveUp = (): void => reject(signal.reason)
  waiting.add(look)
  signal.addEventListener('abort', giveUp, { once: true })
  look()
  if (signal.aborted) giveUp()
  return promise.finally(() => {
    waiting.delete(look)
    signal.removeEventListener('abort', giveUp)
  })
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  player: Player,
  note: (seen: PlayedRequest) => void,
): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://127.0.0.1').pathname
  const body = await bodyOf(request)
  if (request.method === 'POST' && COUNTING.test(path)) {
    const tokens = Math.ceil(body.length / BYTES_PER_TOKEN)
    return sendJson(response, 200, { input_tokens: tokens, totalTokens: tokens })
  }
  const asked = request.method === 'POST' ? parseRequest(path, jsonOf(body)) : null
  if (asked === null) return sendOther(response, path)
  const { play, seen } = player.play(asked)
  note(seen)
  if (play.turn.delayMs !== undefined) await delay(play.turn.delayMs)
  const encoded = ENCODE[asked.protocol](play.answer)
  if (play.kind === 'fault' && !(await survives(play, response, asked.protocol))) return
  if (asked.stream) return sendStream(response, encoded, play)
  return sendJson(response, 200, encoded.whole)
}

/** Carries a fault out; true when the answer has to be begun all the same. */
async function survives(
  { fault }: Extract<Play, { kind: 'fault' }>,
  response: ServerResponse,
  protocol: Protocol,
): Promise<boolean> {
  switch (fault.kind) {
    case 'status':
      sendFault(response, protocol, fault)
      return false
    case 'hang':
      await new Promise<void>((resolve) => response.once('close', resolve))
      return false
    case 'reset':
      if (fault.when === 'middle') return true
      response.socket?.resetAndDestroy()
      return false
  }
}

function sendStream(response: ServerResponse, { events, end }: EncodedAnswer, play: Play): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  const isCut = play.kind === 'fault'
  for (const { event, data } of isCut ? events.slice(0, CUT_AFTER) : events)
    response.write(`${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`)
  if (!isCut) response.end(end)
  // What was written has to be on its way before the connection is torn.
  else response.write(': cut\n\n', () => response.socket?.resetAndDestroy())
}

const FAULT_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
}

function sendFault(
  response: ServerResponse,
  protocol: Protocol,
  { status, message, retryAfterSeconds }: Extract<ScriptedFault, { kind: 'status' }>,
): void {
  const type = FAULT_TYPES[status] ?? 'api_error'
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', retryAfterSeconds)
  if (protocol === 'anthropic') return sendJson(response, status, { type: 'error', error: { type, message } })
  if (protocol !== 'gemini') return sendJson(response, status, { error: { type, code: type, message } })
  const name = status === 429 ? 'RESOURCE_EXHAUSTED' : 'UNAVAILABLE'
  sendJson(response, status, { error: { code: status, message, status: name } })
}

function sendOther(response: ServerResponse, path: string): void {
  if (/\/models\/?$/u.test(path)) {
    const data = MODELS.map((id) => ({ id, object: 'model', type: 'model', display_name: id, created: 1 }))
    return sendJson(response, 200, { object: 'list', data, models: [], has_more: false })
  }
  sendJson(response, 404, { type: 'error', error: { type: 'not_found_error', message: 'Not served here.' } })
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    const bytes = Buffer.from(part)
    size += bytes.length
    if (size > LARGEST_BODY)
      throw new QuintetError(
        'E_MODEL_BODY',
        'agent',
        'A request to the scripted model is larger than 64 MiB.',
      )
    parts.push(bytes)
  }
  return Buffer.concat(parts).toString('utf8')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

function listening(server: Server): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  server.once('error', (cause) =>
    reject(
      new QuintetError('E_MODEL_PORT', 'environment', 'The scripted model got no port on 127.0.0.1.', {
        cause,
      }),
    ),
  )
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    resolve(typeof address === 'object' && address !== null ? address.port : 0)
  })
  return promise
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
