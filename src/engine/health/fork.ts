// A question to a copy of a conversation. The copy is thrown away, so the conversation knows nothing of it.
import type { AgentEvent } from '../../contract/agent.ts'
import { errorData } from '../../contract/errors.ts'
import type { TurnMeter } from '../spend/meter.ts'
import type { Live } from '../session/turn/conversations.ts'

const REPLY_CHARS = 20_000
const TIMEOUT_MS = 45_000

export type Asked =
  /** `via`: the headless program that was asked; absent: a fork over the protocol. */
  | { readonly kind: 'reply'; readonly text: string; readonly via?: string }
  | { readonly kind: 'none'; readonly why: string }

export interface Asking {
  readonly signal: AbortSignal
  /** Hears what the copy uses. */
  readonly meter?: TurnMeter
}

/** What a fork of the conversation answers. It works in the session's own worktree, so it is in its agent's most cautious
 *  mode, every question of it is declined, and the first tool that it takes up ends it: a memory is asked for, nothing that
 *  can be looked up. Never throws for what an agent can do wrong. */
export async function askFork(live: Live, prompt: string, { signal, meter }: Asking): Promise<Asked> {
  const { conversation } = live
  if (conversation.fork === undefined) return { kind: 'none', why: 'The agent cannot fork a conversation.' }
  const tool = new AbortController()
  const used: string[] = []
  let text = ''
  const onEvent = (event: AgentEvent): void => {
    meter?.note(event)
    if (event.kind === 'text') text = (text + event.text).slice(-REPLY_CHARS)
    if (event.kind !== 'tool' || event.tool === 'think') return
    used.push(event.title)
    tool.abort()
  }
  const onQuestion = (): Promise<{ readonly kind: 'declined' }> => Promise.resolve({ kind: 'declined' })
  try {
    await using fork = await conversation.fork({ onEvent, onQuestion })
    const { wanted, actual } = fork.mode
    if (actual !== null && wanted !== null && actual !== wanted)
      return {
        kind: 'none',
        why: `A fork of this agent cannot be held back: it stays in the mode ${actual}.`,
      }
    const limit = AbortSignal.any([signal, tool.signal, AbortSignal.timeout(TIMEOUT_MS)])
    const outcome = await fork.prompt(prompt, limit)
    meter?.end(outcome)
    signal.throwIfAborted()
    const [first] = used
    if (first !== undefined) return { kind: 'none', why: `The fork took up a tool (${first}) and was ended.` }
    if (outcome.kind !== 'stopped') return { kind: 'none', why: 'The fork did not answer.' }
    return outcome.reason === 'cancelled'
      ? { kind: 'none', why: 'The fork did not answer in time.' }
      : { kind: 'reply', text }
  } catch (error) {
    signal.throwIfAborted()
    return { kind: 'none', why: errorData(error).message }
  }
}
