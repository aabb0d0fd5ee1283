// Opening a session of the protocol in its four ways, and putting it into the mode that is wished for.
import { QuintetError } from '../../contract/errors.ts'
import { TOOL_SERVER } from '../../contract/tools.ts'
import { parseModeOption, parseOpened, type AgentSelf, type OpenedSession } from './answers.ts'
import type { Link } from './link.ts'

/** Which session is opened. A fork begins with the memory of the session `id`, the others are that session. */
export type SessionOpening =
  | { readonly kind: 'new' }
  | { readonly kind: 'resume' | 'load' | 'fork'; readonly id: string }

const METHODS = {
  new: 'session/new',
  resume: 'session/resume',
  load: 'session/load',
  fork: 'session/fork',
} as const

/** Modes in which agents change nothing, the strictest first, by the names that agents give them. */
const READ_ONLY = ['read-only', 'readonly', 'plan', 'ask', 'default'] as const

/** The mode for a session that is only asked something; null when none of the agent's own is known to hold it back. */
export function readOnlyMode({ modes, mode }: Pick<OpenedSession, 'modes' | 'mode'>): string | null {
  const offered = [...modes, ...(mode?.offered ?? [])]
  for (const name of READ_ONLY) {
    // Some agents name their modes by an address, with the name behind a hash.
    const found = offered.find((id) => id === name || id.endsWith(`#${name}`))
    if (found !== undefined) return found
  }
  return null
}

/** Opens a session. Throws what `Link.startRequest` throws, and `E_AGENT_PROTOCOL` when the agent names no session. */
export async function openSession(
  link: Link,
  self: AgentSelf,
  opening: SessionOpening,
): Promise<OpenedSession & { readonly id: string }> {
  const { cwd, meta } = link.options
  const mcpServers = opening.kind === 'fork' ? [] : toolServers(link, self)
  const params = {
    cwd,
    mcpServers,
    ...systemPrompt(link, self),
    ...(meta === undefined ? {} : { _meta: meta }),
  }
  const answer = await link.startRequest(
    METHODS[opening.kind],
    opening.kind === 'new' ? params : { ...params, sessionId: opening.id },
    self.logins,
  )
  const opened = parseOpened(answer)
  const id = opening.kind === 'resume' || opening.kind === 'load' ? opening.id : opened.id
  if (id !== null) return { ...opened, id }
  throw new QuintetError(
    'E_AGENT_PROTOCOL',
    'agent',
    `The agent ${link.program} opened a session without an id.`,
  )
}

/** Said anew whenever a session is opened or goes on; not yet in the stable part of the protocol. */
function systemPrompt({ options: { standing } }: Link, { capabilities }: AgentSelf): object {
  if (standing === undefined || !capabilities.systemPrompt) return {}
  return { systemPrompt: { mode: 'append', content: [{ type: 'text', text: standing }] } }
}

/** Said anew whenever a session is opened or goes on; a fork remembers and does nothing. */
function toolServers({ options: { mcp } }: Link, { reachesTools }: AgentSelf): readonly object[] {
  if (mcp === undefined || !reachesTools) return []
  const headers = [{ name: 'Authorization', value: `Bearer ${mcp.token}` }]
  return [{ type: 'http', name: TOOL_SERVER, url: mcp.url, headers }]
}

/**
 * Asks for a mode by whichever of the protocol's two ways the agent has, and resolves with the mode that its answer
 * states, `undefined` when the answer is a bare consent, and null when the mode cannot be had.
 */
export async function requestMode(
  link: Link,
  session: OpenedSession & { readonly id: string },
  wanted: string,
): Promise<string | undefined | null> {
  const option = session.modes.includes(wanted) ? null : (session.mode?.option ?? null)
  if (option === null && session.modes.length === 0) {
    link.note(`The agent has no modes; ${wanted} was asked for.`)
    return null
  }
  try {
    if (option === null) {
      await link.startRequest('session/set_mode', { sessionId: session.id, modeId: wanted })
      return undefined
    }
    const params = { sessionId: session.id, configId: option, value: wanted }
    const answer = await link.startRequest('session/set_config_option', params)
    const options =
      typeof answer === 'object' && answer !== null && 'configOptions' in answer
        ? answer.configOptions
        : undefined
    return parseModeOption(options)?.current
  } catch (error) {
    if (!(error instanceof QuintetError) || error.code !== 'E_AGENT_REFUSED') throw error
    link.note(`The mode ${wanted} cannot be had: ${error.message}`)
    return null
  }
}
