// The tools as a server of the Model Context Protocol, stateless: every request has a server of its own. The library is
// loaded with the first request of an agent.
import type { McpHttpHandler } from '@modelcontextprotocol/server'
import * as v from 'valibot'
import { TOOL_LIST, TOOL_SERVER } from '../../contract/tools.ts'
import type { SessionName } from '../../engine/names.ts'
import type { ToolAnswer, ToolCall } from '../../engine/session/tools.ts'

/** Who is asked for what a tool does. */
export type CallTool = (session: SessionName, call: ToolCall, signal: AbortSignal) => Promise<ToolAnswer>

/** Agents show a tool only by its name until it is looked up, unless it says this of itself. */
const ALWAYS = { 'anthropic/alwaysLoad': true }
const TOOLS = TOOL_LIST.map((tool) => ({ ...tool, _meta: ALWAYS }))
const Client = v.pipe(
  v.string(),
  v.transform((id): SessionName => ({
    run: id.slice(0, id.indexOf('/')),
    piece: id.slice(id.indexOf('/') + 1),
  })),
)

export interface Protocol {
  /** Answers one request of a session, whose token was checked before. */
  answer(session: SessionName, request: Request, body: unknown): Promise<Response>
}

/** The protocol over what plays a call; `version` is the package's. */
export function protocol(call: CallTool, version: string): Protocol {
  let handler: Promise<McpHttpHandler> | undefined
  return {
    async answer({ run, piece }, request, body) {
      handler ??= createHandler(call, version)
      const authInfo = { token: '', clientId: `${run}/${piece}`, scopes: [] }
      return (await handler).fetch(request, { authInfo, ...(body === null ? {} : { parsedBody: body }) })
    },
  }
}

async function createHandler(call: CallTool, version: string): Promise<McpHttpHandler> {
  const { createMcpHandler, Server } = await import('@modelcontextprotocol/server')
  return createMcpHandler(({ authInfo }) => {
    const session = v.parse(Client, authInfo?.clientId)
    const server = new Server({ name: TOOL_SERVER, version }, { capabilities: { tools: {} } })
    server.setRequestHandler('tools/list', () => Promise.resolve({ tools: TOOLS }))
    server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
      const request = { tool: params.name, arguments: params.arguments }
      const { text, failed } = await call(session, request, mcpReq.signal)
      return { content: [{ type: 'text', text }], isError: failed }
    })
    return server
  })
}
