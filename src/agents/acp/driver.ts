// The driver for agents that speak the Agent Client Protocol, version 1. What an agent can do is what it says when it is
// initialised; how it is called is decided elsewhere (presets.ts).
import { realpath } from 'node:fs/promises'
import { QuintetError } from '../../contract/errors.ts'
import type { AgentDriver, Conversation, OpenOptions } from '../driver.ts'
import type { AgentSelf } from './answers.ts'
import { AcpConversation, type ConversationOpening } from './conversation.ts'
import { initialise } from './initialise.ts'
import { Link } from './link.ts'
import type { SessionOpening } from './session.ts'

/** The driver for agents that speak the Agent Client Protocol on their standard streams. */
export function acpDriver(): AgentDriver {
  return { name: 'acp', open }
}

async function open(options: OpenOptions): Promise<Conversation> {
  const link = await Link.start(options)
  try {
    const self = await initialise(link)
    const opening = {
      listener: options,
      roots: [...new Set([options.cwd, await realpath(options.cwd)])],
      mode: options.mode ?? null,
    }
    if (options.resume === undefined) {
      return await AcpConversation.open(link, self, { ...opening, session: { kind: 'new' } })
    }
    return await openEarlier(link, self, opening, options.resume)
  } catch (error) {
    await link.sweep()
    throw error
  }
}

/** Goes on with a conversation: by resuming, else by loading, whatever the agent can; else `E_RESUME_FAILED`. */
async function openEarlier(
  link: Link,
  self: AgentSelf,
  opening: Omit<ConversationOpening, 'session'>,
  id: string,
): Promise<Conversation> {
  const ways: SessionOpening[] = []
  if (self.capabilities.resume) ways.push({ kind: 'resume', id })
  if (self.capabilities.load) ways.push({ kind: 'load', id })
  const failures: QuintetError[] = []
  for (const session of ways) {
    try {
      return await AcpConversation.open(link, self, { ...opening, session })
    } catch (error) {
      if (!(error instanceof QuintetError) || error.code === 'E_AGENT_AUTH') throw error
      failures.push(error)
      if (error.code !== 'E_AGENT_REFUSED' || !link.alive) break
    }
  }
  const why =
    failures.map(({ message }) => message).join(' ') ||
    `The agent ${link.program} can neither resume nor load.`
  throw new QuintetError('E_RESUME_FAILED', 'agent', `The conversation cannot be continued. ${why}`, {
    details: { conversation: id, failures: failures.map(({ code, message }) => ({ code, message })) },
    cause: failures.at(-1),
  })
}
