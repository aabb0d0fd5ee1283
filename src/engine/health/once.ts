// A question to a conversation that cannot be forked over the protocol, or whose process is gone: a copy of it is asked by
// the agent's headless program, in the box of its session, where its conversations are. Whether that can be had is looked up
// each time. The copy carries the mark of the session: a turn that begins meanwhile ends it.
import { headlessAvailable, runOnce, type OnceResult } from '../../agents/headless/driver.ts'
import { headlessOf } from '../../agents/headless/of.ts'
import { agentCommand, type AgentCommand } from '../../agents/presets.ts'
import { errorData } from '../../contract/errors.ts'
import type { Store } from '../../store/store.ts'
import { guardState } from '../../workspace/guard/install.ts'
import { sessionBox } from '../session/box.ts'
import { countAside } from '../spend/aside.ts'
import { costTold } from '../spend/standing.ts'
import { sessionEnvironment } from '../session/environment.ts'
import { storedConversation } from '../session/stored.ts'
import type { Live } from '../session/turn/conversations.ts'
import type { Services } from '../services.ts'
import type { TurnInput } from '../session/turn/input.ts'
import type { Asked } from './fork.ts'

type Place = Pick<TurnInput, 'session' | 'workspace' | 'attempt'> & {
  /** Its conversation, where that is alive. */
  readonly live: Live | null
}

/** Longest that a copy may take; it has no tools, and reads the whole conversation once. */
const TIMEOUT_MS = 2 * 60_000
const VIA = 'claude -p'

/** What a copy of the conversation answers, asked by a headless program. What it uses counts into what the session has
 *  spent. Never throws for what an agent can do wrong. */
export async function askOnce(
  services: Services,
  place: Place,
  prompt: string,
  signal: AbortSignal,
): Promise<Asked> {
  const { session, attempt, live } = place
  const why = live === null ? 'Its conversation has ended' : 'Its agent cannot fork a conversation'
  if (isAtWork(services.store, session.stream))
    return none(live === null ? 'Its agent is just being started.' : `${why}, and is at work.`)
  const conversation = live?.conversation.id ?? storedConversation(services.store, session.stream, attempt)
  if (conversation === null) return none('It never had a conversation.')
  try {
    const agent = agentCommand(session.piece, services.config, { root: services.repo.root })
    if (headlessOf(agent.command) !== 'claude') return none(`${why}, and no program of its agent copies one.`)
    const answer = await askCopy(services, { ...place, agent }, { conversation, prompt, signal })
    if (answer === null) return none(`${why}, and the program claude, which could copy it, was not found.`)
    count(services, place, conversation, answer)
    if (answer.outcome === 'answered') return { kind: 'reply', text: answer.text, via: VIA }
    return none(`A copy of the conversation did not answer. ${answer.why ?? ''}`.trim())
  } catch (error) {
    signal.throwIfAborted()
    return none(errorData(error).message)
  }
}

/** The copy tells what it cost together with the conversation before it. */
function count(
  { store }: Services,
  { session, attempt }: Place,
  conversation: string,
  { usage, cost }: OnceResult,
): void {
  const { stream } = session
  const before = costTold(store, stream, conversation) ?? 0
  countAside(
    { store },
    {
      stream,
      attempt,
      by: VIA,
      tokens: usage?.tokens ?? null,
      derived: false,
      estimated: false,
      cost: cost === null || cost < before ? cost : cost - before,
      currency: cost === null ? null : 'USD',
    },
  )
}

interface Question {
  readonly conversation: string
  readonly prompt: string
  readonly signal: AbortSignal
}

async function askCopy(
  services: Services,
  { session, workspace, agent, live }: Place & { readonly agent: AgentCommand },
  { conversation, prompt, signal }: Question,
): Promise<OnceResult | null> {
  const cwd = workspace.path
  const shared = { ...sessionEnvironment(services, session, workspace), ...agent.env }
  if (!(await headlessAvailable('claude', { cwd, env: shared }))) return null
  const guards = await guardState({ repo: services.repo, ...session.name, path: cwd })
  // A new box cannot be made ready while something of the session runs in the old one.
  const { box, env } = live?.boxed ?? (await sessionBox(services, { session, workspace, agent, guards }))
  return await runOnce({
    agent: 'claude',
    cwd,
    prompt,
    env: { ...shared, ...env },
    box: box ?? false,
    signal,
    forkOf: conversation,
    timeout: TIMEOUT_MS,
  })
}

function none(why: string): Asked {
  return { kind: 'none', why }
}

/** A turn has begun and not ended. One that a daemon has left so is taken up by the next. */
function isAtWork(store: Store, stream: string): boolean {
  let atWork = false
  for (const { type } of store.events({ stream, types: ['turn.started', 'turn.ended', 'session.lost'] }))
    atWork = type === 'turn.started'
  return atWork
}
