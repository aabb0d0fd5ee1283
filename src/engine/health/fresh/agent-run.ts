// The agent of a fresh look: a conversation that nobody has spoken in, given one prompt in a scratch workspace and listened
// to until it ends, has done enough, or has had its time.
import type { Conversation } from '../../../agents/driver.ts'
import { agentCommand, SCRIPTED, type AgentCommand } from '../../../agents/presets.ts'
import type { AgentEvent } from '../../../contract/agent.ts'
import type { TraceEvent } from '../../../contract/trace.ts'
import { AgentTrace } from '../../../health/trace/from-agent.ts'
import type { Services } from '../../services.ts'
import { importWork, requireLevel, sessionBox, type SessionBox } from '../../session/box.ts'
import { sessionEnvironment } from '../../session/environment.ts'
import { guardsOfAgent, setGuards } from '../../session/guards.ts'
import { bringIdentity } from '../../session/identity.ts'
import { permissionAnswer } from '../../session/next.ts'
import type { Scratch } from './scratch.ts'

const MOST_ACTIONS = 15
const MOST_MS = 10 * 60_000

/** A scratch workspace in which things can be run. */
export interface Furnished extends Scratch {
  readonly agent: AgentCommand
  readonly boxed: SessionBox
}

/** Makes the box of a scratch workspace, as strong as the plan demands. Throws `E_ENFORCEMENT`. */
export async function furnish(services: Services, scratch: Scratch): Promise<Furnished> {
  const { session, workspace } = scratch
  const guards = await setGuards(services, session, workspace.path)
  const agent = agentCommand(session.piece, services.config, { root: services.repo.root })
  const boxed = await sessionBox(services, { session, workspace, agent, guards })
  requireLevel(session, boxed)
  return { ...scratch, agent, boxed }
}

/** What a clean conversation does with a prompt. */
export async function playFresh(
  services: Services,
  place: Furnished,
  prompt: string,
  signal: AbortSignal,
): Promise<readonly TraceEvent[]> {
  const trace = new BoundedTrace(place.workspace.path)
  const conversation = await open(services, place, { signal, onEvent: (event) => trace.note(event) })
  try {
    const limit = AbortSignal.any([signal, trace.full, AbortSignal.timeout(MOST_MS)])
    await conversation.prompt(prompt, limit)
    signal.throwIfAborted()
  } finally {
    await conversation.stop()
  }
  await importWork(services, place.session)
  return trace.events
}

async function open(
  services: Services,
  { session, workspace, agent, boxed }: Furnished,
  heard: { readonly signal: AbortSignal; readonly onEvent: (event: AgentEvent) => void },
): Promise<Conversation> {
  const { name, command, env, mode } = agent
  if (name === SCRIPTED) await bringIdentity(workspace.path, session.home)
  const rules = await guardsOfAgent(services, session, { ...agent, boxed: boxed.box !== null })
  const { ownership, piece } = session
  const permission = {
    judge: (paths: readonly string[]) => ownership.judge(piece.id, paths),
    pathless: boxed.level === 'enforced' ? 'allow' : 'ask',
  } as const
  return await services.driver.open({
    cwd: workspace.path,
    env: { ...sessionEnvironment(services, session, workspace), ...env, ...rules.env, ...boxed.env },
    command,
    ...(rules.meta === undefined ? {} : { meta: rules.meta }),
    ...(mode === undefined ? {} : { mode }),
    box: boxed.box ?? false,
    ...(name === SCRIPTED ? { home: session.home } : {}),
    log: `${session.logs}/agent.log`,
    ...heard,
    // Nobody is there to be asked.
    onQuestion: (question) => Promise.resolve(permissionAnswer(question, permission) ?? { kind: 'declined' }),
  })
}

/** The events of a run, until it has had as many actions as it may. */
class BoundedTrace {
  readonly events: TraceEvent[] = []
  readonly #agent: AgentTrace
  readonly #full = new AbortController()
  #results = 0

  constructor(cwd: string) {
    this.#agent = new AgentTrace({ cwd })
  }

  get full(): AbortSignal {
    return this.#full.signal
  }

  note(event: AgentEvent): void {
    if (this.#full.signal.aborted) return
    for (const made of this.#agent.note(event, new Date().toISOString())) {
      this.events.push(made)
      if (made.t === 'result') this.#results++
    }
    if (this.#results >= MOST_ACTIONS) this.#full.abort()
  }
}
