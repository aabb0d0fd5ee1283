// The agent of a fresh look: a conversation that nobody has spoken in, given one prompt in a scratch workspace and listened
// to until it ends, has done enough, or has had its time.
import type { Conversation } from '../../../agents/driver.ts'
import { headlessAvailable, runOnce } from '../../../agents/headless/driver.ts'
import { headlessOf } from '../../../agents/headless/of.ts'
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
import type { SpentAside } from '../../spend/aside.ts'
import { TurnMeter } from '../../spend/meter.ts'
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

export interface PlayedFresh {
  readonly events: readonly TraceEvent[]
  /** The headless program that played it; absent: a conversation over the protocol. */
  readonly via?: string
}

/** What a clean conversation does with a prompt. `forks`: the session's own is alive and can fork; else the agent's headless
 *  program plays it, where that is installed and a box holds it. `spent` hears what it uses, however it ends. */
export async function playFresh(
  services: Services,
  place: Furnished & { readonly forks: boolean },
  prompt: string,
  { signal, spent }: Playing,
): Promise<PlayedFresh> {
  const once = place.forks ? null : await playOnce(services, place, prompt, { signal, spent })
  if (once !== null) {
    await importWork(services, place.session)
    return once
  }
  const trace = new BoundedTrace(place.workspace.path)
  const meter = new TurnMeter(null)
  const onEvent = (event: AgentEvent): void => {
    meter.note(event)
    trace.note(event)
  }
  const conversation = await open(services, place, { signal, onEvent })
  try {
    const limit = AbortSignal.any([signal, trace.full, AbortSignal.timeout(MOST_MS)])
    meter.end(await conversation.prompt(prompt, limit))
    signal.throwIfAborted()
  } finally {
    spent({ ...meter.metered, by: 'a fresh look' })
    await conversation.stop()
  }
  await importWork(services, place.session)
  return { events: trace.events }
}

export interface Playing {
  readonly signal: AbortSignal
  readonly spent: (
    what: Pick<SpentAside, 'by' | 'tokens' | 'derived' | 'estimated' | 'cost' | 'currency'>,
  ) => void
}

/** The same by `claude -p`; null where it is not there, or nothing would hold it. What it did before it failed counts. */
async function playOnce(
  services: Services,
  { session, workspace, agent, boxed }: Furnished,
  prompt: string,
  { signal, spent }: Playing,
): Promise<PlayedFresh | null> {
  const { box } = boxed
  if (box === null || headlessOf(agent.command) !== 'claude') return null
  const cwd = workspace.path
  const env = { ...sessionEnvironment(services, session, workspace), ...agent.env, ...boxed.env }
  if (!(await headlessAvailable('claude', { cwd, env }))) return null
  const limits = { turns: MOST_ACTIONS, timeout: MOST_MS }
  const once = await runOnce({ agent: 'claude', cwd, prompt, env, box, signal, ...limits })
  const { usage, cost, events, outcome } = once
  const by = 'claude -p'
  const tokens = usage?.tokens ?? null
  spent({ by, tokens, derived: false, estimated: false, cost, currency: cost === null ? null : 'USD' })
  // One that did not even begin says nothing of the session.
  if (outcome === 'failed' && events.length === 0) return null
  const trace = new BoundedTrace(cwd)
  for (const event of events) trace.note(event)
  return { events: trace.events, via: by }
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
