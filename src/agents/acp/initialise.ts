// The first request of every connection: what we offer an agent, and what it says of itself.
import { parseSelf, type AgentSelf } from './answers.ts'
import type { Link } from './link.ts'

/** `fs/*` and `terminal/*` are not offered: agents write with their own tools, ownership is enforced from outside. */
const OFFERED = {
  fs: { readTextFile: false, writeTextFile: false },
  terminal: false,
  session: { compaction: {}, notices: {} },
  elicitation: { form: {} },
}

/** Initialises an agent that was just started. Throws what `Link.startRequest` throws, and `E_AGENT_PROTOCOL`. */
export async function initialise(link: Link): Promise<AgentSelf> {
  const answer = await link.startRequest('initialize', {
    protocolVersion: 1,
    clientInfo: { name: 'quintet', version: '1' },
    clientCapabilities: OFFERED,
  })
  link.initialised()
  return parseSelf(answer)
}
