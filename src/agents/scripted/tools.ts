// Tools that the scripted agent was offered over HTTP, called the way agents call them: a handshake, then the call; the
// answer comes as JSON or as a stream of events.
import type { McpServer } from '@agentclientprotocol/sdk'
import * as v from 'valibot'
import { TOOL_SERVER } from '../../contract/tools.ts'

/** Where the tools are, and what opens them. */
export interface ToolServer {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** What a call came to. */
export interface ToolReply {
  readonly text: string
  readonly ok: boolean
}

const PROTOCOL_VERSION = '2025-06-18'
const Answer = v.object({
  result: v.optional(
    v.object({
      content: v.optional(v.array(v.looseObject({ text: v.optional(v.string(), '') })), []),
      isError: v.optional(v.boolean(), false),
    }),
  ),
  error: v.optional(v.object({ message: v.string() })),
})

/** The server of ours among those that a session was opened with; null when there is none. */
export function toolServer(servers: readonly McpServer[] = []): ToolServer | null {
  for (const server of servers) {
    if (!('type' in server) || server.type !== 'http' || server.name !== TOOL_SERVER) continue
    return {
      url: server.url,
      headers: Object.fromEntries(server.headers.map(({ name, value }) => [name, value])),
    }
  }
  return null
}

/** Calls a tool. What goes wrong on the way is part of the reply. */
export async function callTool(
  server: ToolServer,
  call: { readonly tool: string; readonly arguments: Readonly<Record<string, unknown>> },
  signal: AbortSignal,
): Promise<ToolReply> {
  const clientInfo = { name: 'quintet-scripted', version: '1' }
  await post(
    server,
    'initialize',
    { protocolVersion: PROTOCOL_VERSION, capabilities: {}, clientInfo },
    signal,
  )
  const response = await post(server, 'tools/call', { name: call.tool, arguments: call.arguments }, signal)
  if (!response.ok) return { ok: false, text: `The tools answer with status ${response.status}.` }
  const { result, error } = v.parse(Answer, message(await response.text()))
  if (result === undefined) return { ok: false, text: error?.message ?? 'The tools gave no answer.' }
  return { ok: !result.isError, text: result.content.map(({ text }) => text).join('\n') }
}

function post(server: ToolServer, method: string, params: object, signal: AbortSignal): Promise<Response> {
  return fetch(server.url, {
    method: 'POST',
    headers: {
      ...server.headers,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal,
  })
}

/** The last message of an answer, whichever way it came. */
function message(text: string): unknown {
  const events = text.split('\n').filter((line) => line.startsWith('data:'))
  return JSON.parse(events.at(-1)?.slice('data:'.length) ?? text)
}
