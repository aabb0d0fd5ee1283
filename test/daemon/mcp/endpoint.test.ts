import type { Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listen, type Route } from '../../../src/daemon/http/server.ts'
import { protocol } from '../../../src/daemon/mcp/protocol.ts'
import { mcpRoutes } from '../../../src/daemon/mcp/routes.ts'
import { SessionTokens } from '../../../src/daemon/mcp/tokens.ts'
import type { ToolCall } from '../../../src/engine/session/tools.ts'

const DAEMON = 'the-token-of-the-daemon'
const AUTH = { run: 'r-1', piece: 'auth' }
const API = { run: 'r-1', piece: 'api' }

interface Asked {
  readonly session: string
  readonly call: ToolCall
  readonly signal: AbortSignal
}

const tokens = new SessionTokens()
const asked: Asked[] = []
const held = Promise.withResolvers<null>()
let server: Server
let port = 0

beforeAll(async () => {
  const tools = protocol(async ({ run, piece }, call, signal) => {
    asked.push({ session: `${run}/${piece}`, call, signal })
    if (call.tool === 'hold') await Promise.race([held.promise, aborted(signal)])
    return { text: `for ${piece}`, failed: call.tool === 'bad' }
  }, '1')
  const ordinary: Route = { method: 'GET', path: '/v1/health', handle: () => Promise.resolve('well') }
  const opened = await listen([ordinary, ...mcpRoutes(tokens, tools)], DAEMON)
  server = opened.server
  port = opened.port
  tokens.listening(port)
})

afterAll(() => {
  held.resolve(null)
  server.closeAllConnections()
  server.close()
})

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(null), { once: true })
  })
}

interface Call {
  readonly token: string
  readonly path?: string
  readonly method?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

async function call({ token, path = '/mcp/r-1/auth', method = 'POST', body, headers = {}, signal }: Call) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  })
  const text = await response.text()
  const events = text.split('\n').filter((line) => line.startsWith('data:'))
  return { status: response.status, text, message: parsed(events.at(-1)?.slice('data:'.length) ?? text) }
}

function parsed(text: string): { readonly result?: unknown; readonly error?: unknown } | null {
  return text === '' ? null : JSON.parse(text)
}

function request(method: string, params: object = {}): object {
  return { jsonrpc: '2.0', id: 1, method, params }
}

describe('the token of a session', () => {
  test('opens its own tools and nothing else', async () => {
    const { url, token } = tokens.open(AUTH)
    const other = tokens.open(API)
    expect(url).toBe(`http://127.0.0.1:${port}/mcp/r-1/auth`)
    const ping = request('ping')
    const statuses = await Promise.all([
      call({ token, body: ping }),
      call({ token, body: ping, path: '/mcp/r-1/api' }),
      call({ token: other.token, body: ping }),
      call({ token: DAEMON, body: ping }),
      call({ token: '', body: ping }),
      call({ token: `${token}x`, body: ping }),
      call({ token, path: '/v1/health', method: 'GET' }),
      call({ token, path: '/mcp/r-1/none', body: ping }),
      call({ token, path: '/mcp/r-1', body: ping }),
      call({ token: DAEMON, path: '/v1/health', method: 'GET' }),
    ])
    expect(statuses.map(({ status }) => status)).toEqual([200, 401, 401, 401, 401, 401, 401, 401, 401, 200])
    expect(asked).toEqual([])
  })

  test('is void once there is a newer one, or it was taken back', async () => {
    const first = tokens.open(AUTH)
    const second = tokens.open(AUTH)
    const works = async (token: string): Promise<boolean> =>
      (await call({ token, body: request('ping') })).status === 200
    expect([await works(first.token), await works(second.token)]).toEqual([false, true])
    tokens.close(AUTH, first.token)
    expect(await works(second.token)).toBe(true)
    tokens.close(AUTH, second.token)
    expect(await works(second.token)).toBe(false)
  })

  test('does not help a page that calls itself by another name', async () => {
    const { token } = tokens.open(AUTH)
    const { request: open } = await import('node:http')
    const status = await new Promise<number | undefined>((resolve, reject) => {
      open({
        port,
        host: '127.0.0.1',
        method: 'POST',
        path: '/mcp/r-1/auth',
        headers: { host: 'evil.example', authorization: `Bearer ${token}` },
      })
        .on('response', (response) => {
          response.resume()
          resolve(response.statusCode)
        })
        .on('error', reject)
        .end('{}')
    })
    expect(status).toBe(403)
  })
})

describe('the protocol', () => {
  test('is spoken from the handshake to the call, in the form that agents know', async () => {
    const { token } = tokens.open(AUTH)
    const clientInfo = { name: 'test', version: '1' }
    const hello = await call({
      token,
      body: request('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo }),
    })
    expect(hello.message?.result).toMatchObject({
      protocolVersion: '2025-06-18',
      serverInfo: { name: 'quintet' },
      capabilities: { tools: {} },
    })
    const note = await call({ token, body: { jsonrpc: '2.0', method: 'notifications/initialized' } })
    expect([note.status, note.text]).toEqual([202, ''])
    expect((await call({ token, method: 'GET' })).status).toBe(405)
    expect((await call({ token, method: 'DELETE' })).status).toBe(405)
    expect((await call({ token, body: request('nonsense') })).message?.error).toMatchObject({ code: -32601 })
  })

  test('lists every tool in full, to be loaded at once', async () => {
    const { token } = tokens.open(AUTH)
    const { message } = await call({ token, body: request('tools/list') })
    expect(message?.result).toMatchObject({
      tools: ['scope_request', 'whose_file', 'decisions', 'report_status', 'ask_operator'].map((name) => ({
        name,
        inputSchema: { type: 'object' },
        _meta: { 'anthropic/alwaysLoad': true },
      })),
    })
  })

  test('passes a call on with the session that the token belongs to', async () => {
    const { token } = tokens.open(API)
    asked.length = 0
    const body = request('tools/call', { name: 'whose_file', arguments: { paths: ['a'] } })
    const { message } = await call({ token, path: '/mcp/r-1/api', body })
    expect(message?.result).toEqual({ content: [{ type: 'text', text: 'for api' }], isError: false })
    expect(asked).toMatchObject([
      { session: 'r-1/api', call: { tool: 'whose_file', arguments: { paths: ['a'] } } },
    ])
    const bad = await call({ token, path: '/mcp/r-1/api', body: request('tools/call', { name: 'bad' }) })
    expect(bad.message?.result).toMatchObject({ isError: true })
  })

  test('is spoken in its newest version, too', async () => {
    const { token } = tokens.open(AUTH)
    const envelope = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    }
    const { status, message } = await call({
      token,
      headers: { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' },
      body: request('tools/list', { _meta: envelope }),
    })
    expect([status, message?.error]).toEqual([200, undefined])
    expect(message?.result).toMatchObject({ tools: [{ name: 'scope_request' }, {}, {}, {}, {}] })
  })

  test('tells a call that nobody waits for its answer any longer', async () => {
    const { token } = tokens.open(AUTH)
    asked.length = 0
    const gone = new AbortController()
    const pending = call({ token, signal: gone.signal, body: request('tools/call', { name: 'hold' }) }).then(
      () => 'answered',
      () => 'gone',
    )
    while (asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const [first] = asked
    const noticed = first === undefined ? Promise.resolve(null) : aborted(first.signal)
    gone.abort()
    expect(await pending).toBe('gone')
    await noticed
  })

  test('takes no request that is too large or no JSON', async () => {
    const { token } = tokens.open(AUTH)
    const large = await call({ token, body: request('ping', { filling: 'x'.repeat(2_000_000) }) }).catch(
      () => null,
    )
    expect(large === null || large.status === 413).toBe(true)
    const response = await fetch(`http://127.0.0.1:${port}/mcp/r-1/auth`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{',
    })
    expect(response.status).toBe(400)
  })
})
