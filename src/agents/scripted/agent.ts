// The agent's side of the protocol: sessions, turns and what the scripted agent says of itself.
import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import {
  agent,
  RequestError,
  type AgentApp,
  type AgentContext,
  type InitializeResponse,
} from '@agentclientprotocol/sdk'
import * as v from 'valibot'
import type { Script } from '../../contract/script.ts'
import type { Environment } from '../../process/environment.ts'
import { playTurn, type ProgressKeeper } from './play.ts'
import { loadProgress, saveProgress, START, type Progress } from './progress.ts'
import type { Stage } from './steps.ts'
import { toolServer, type ToolServer } from './tools.ts'
import { Voice, type ClientAbilities } from './voice.ts'

export interface ScriptedOptions {
  readonly script: Script
  readonly scriptFile: string
  /** Folder of the progress files. */
  readonly state: string
  readonly statusFile: string | null
  readonly speed: number
  /** Passed on to every command that it runs. */
  readonly env: Environment
  readonly version: string
}

interface Session {
  readonly cwd: string
  readonly keeper: ProgressKeeper
  readonly tools: ToolServer | null
  mode: string
  turn: { readonly cancel: AbortController; readonly over: Promise<void> } | null
}

const MODES = [
  { id: 'ask', name: 'Ask before writing where the script says so' },
  { id: 'free', name: 'Never ask for permission' },
]
const NOT_FOUND = -32002

interface PromptAnswer {
  readonly stopReason: 'end_turn' | 'cancelled'
  /** Not in the stable part of the protocol; agents tell it all the same. */
  readonly usage?: {
    readonly inputTokens: number
    readonly outputTokens: number
    readonly totalTokens: number
  }
}
const Fork = v.object({ sessionId: v.string(), cwd: v.string() })

/** The agent, to be connected to a client, and what is to be done when the client is gone. */
export function scriptedAgent(options: ScriptedOptions): { readonly app: AgentApp; leave(): Promise<void> } {
  const desk = new Desk(options)
  return { app: agentApp(desk, options.version), leave: () => desk.leave() }
}

function agentApp(desk: Desk, version: string): AgentApp {
  return agent({ name: 'quintet-scripted' })
    .onRequest('initialize', ({ params }) => {
      desk.abilities = {
        forms: params.clientCapabilities?.elicitation?.form != null,
        compaction: params.clientCapabilities?.session?.compaction != null,
      }
      return selfDescription(version)
    })
    .onRequest('session/new', ({ params }) => desk.start(params.cwd, toolServer(params.mcpServers)))
    .onRequest('session/resume', ({ params }) =>
      desk.resume(params.sessionId, params.cwd, toolServer(params.mcpServers)),
    )
    .onRequest('session/load', async ({ params, client }) => {
      const answer = await desk.resume(params.sessionId, params.cwd, toolServer(params.mcpServers))
      await desk.repeat(params.sessionId, client)
      return answer
    })
    .onRequest(
      'session/fork',
      (params) => v.parse(Fork, params),
      ({ params }) => desk.fork(params.sessionId, params.cwd),
    )
    .onRequest('session/close', ({ params }) => desk.close(params.sessionId))
    .onRequest('session/set_mode', async ({ params, client }) => {
      await desk.setMode(params.sessionId, params.modeId, client)
      return {}
    })
    .onRequest('session/prompt', ({ params, client }) =>
      desk.prompt(params.sessionId, client, textOf(params.prompt)),
    )
    .onNotification('session/cancel', ({ params }) => desk.cancel(params.sessionId))
}

function selfDescription(version: string): InitializeResponse {
  // Forking is not in the stable part of the protocol; agents that can do it say so all the same.
  const sessionCapabilities = { resume: {}, fork: {}, close: {} }
  return {
    protocolVersion: 1,
    agentInfo: { name: 'quintet-scripted', title: 'Scripted agent', version },
    agentCapabilities: {
      loadSession: true,
      mcpCapabilities: { http: true },
      promptCapabilities: {},
      sessionCapabilities,
    },
    authMethods: [],
  }
}

/** The open sessions of this process. */
class Desk {
  readonly #options: ScriptedOptions
  readonly #sessions = new Map<string, Session>()
  abilities: ClientAbilities = { forms: false, compaction: false }

  constructor(options: ScriptedOptions) {
    this.#options = options
  }

  async start(
    cwd: string,
    tools: ToolServer | null,
  ): Promise<{ sessionId: string; modes: ReturnType<typeof modeState> }> {
    const sessionId = randomUUID()
    const session = this.#open(sessionId, { cwd, tools }, START)
    await session.keeper.save(START)
    return { sessionId, modes: modeState(session) }
  }

  async resume(
    id: string,
    cwd: string,
    tools: ToolServer | null,
  ): Promise<{ modes: ReturnType<typeof modeState> }> {
    return { modes: modeState(this.#open(id, { cwd, tools }, await this.#known(id))) }
  }

  /** A fork remembers and does nothing: a probe of it must not do the session's work a second time. */
  async fork(id: string, cwd: string): Promise<{ sessionId: string; modes: ReturnType<typeof modeState> }> {
    const progress = { ...(await this.#known(id)), forkOf: id }
    const sessionId = randomUUID()
    const session = this.#open(sessionId, { cwd, tools: null }, progress)
    await session.keeper.save(progress)
    return { sessionId, modes: modeState(session) }
  }

  /** What was said so far, as loading a session repeats it. */
  async repeat(id: string, client: AgentContext): Promise<void> {
    const { cursor } = this.#session(id).keeper.current
    for (const step of this.#options.script.steps.slice(0, cursor)) {
      if ('say' in step) await this.#voice(client, id).say(step.say)
    }
  }

  close(id: string): object {
    this.cancel(id)
    this.#sessions.delete(id)
    return {}
  }

  cancel(id: string): void {
    this.#sessions.get(id)?.turn?.cancel.abort()
  }

  async setMode(id: string, mode: string, client: AgentContext): Promise<void> {
    if (!MODES.some((known) => known.id === mode)) throw RequestError.invalidParams({ mode }, 'unknown mode')
    this.#session(id).mode = mode
    await this.#voice(client, id).update({ sessionUpdate: 'current_mode_update', currentModeId: mode })
  }

  async prompt(id: string, client: AgentContext, text: string): Promise<PromptAnswer> {
    const session = this.#session(id)
    if (session.turn !== null) throw RequestError.invalidRequest(undefined, 'the last turn is not over')
    const cancel = new AbortController()
    const over = Promise.withResolvers<void>()
    session.turn = { cancel, over: over.promise }
    try {
      const voice = this.#voice(client, id)
      const { current } = session.keeper
      if (current.forkOf !== null) {
        await voice.say(recalled(this.#options, text) ?? recollection(this.#options.script, current))
        return { stopReason: 'end_turn' }
      }
      const end = await playTurn(this.#stage(session, voice, cancel.signal), session.keeper)
      if (end.kind === 'error') throw new RequestError(-32603, end.message)
      const { output, total } = voice
      const totalTokens = Math.max(output, total)
      const usage = { inputTokens: totalTokens - output, outputTokens: output, totalTokens }
      return {
        stopReason: end.kind === 'ended' ? 'end_turn' : 'cancelled',
        ...(output === 0 ? {} : { usage }),
      }
    } finally {
      session.turn = null
      over.resolve()
    }
  }

  /** Cancels all turns and resolves when their commands have ended, too. */
  async leave(): Promise<void> {
    const turns = [...this.#sessions.values()].map(({ turn }) => turn).filter((turn) => turn !== null)
    for (const { cancel } of turns) cancel.abort()
    await Promise.all(turns.map(({ over }) => over))
  }

  #stage(session: Session, voice: Voice, signal: AbortSignal): Stage {
    const { script, scriptFile, statusFile, speed, env } = this.#options
    const { keeper } = session
    return {
      script,
      folder: dirname(scriptFile),
      cwd: session.cwd,
      tools: session.tools,
      statusFile,
      speed,
      env,
      voice,
      signal,
      asks: session.mode !== 'free',
      begin: (text) => keeper.save({ ...keeper.current, begun: text === undefined ? {} : { text } }),
    }
  }

  #voice(client: AgentContext, id: string): Voice {
    return new Voice(client, id, this.abilities)
  }

  #open(id: string, place: Pick<Session, 'cwd' | 'tools'>, progress: Progress): Session {
    const { state } = this.#options
    const keeper: ProgressKeeper = {
      current: progress,
      save: async (next) => {
        await saveProgress(state, id, next)
        keeper.current = next
      },
    }
    const session: Session = { ...place, keeper, mode: 'ask', turn: null }
    this.#sessions.set(id, session)
    return session
  }

  #session(id: string): Session {
    const session = this.#sessions.get(id)
    if (session === undefined) throw new RequestError(NOT_FOUND, `There is no session ${id}.`)
    return session
  }

  async #known(id: string): Promise<Progress> {
    const progress = await loadProgress(this.#options.state, id)
    if (progress === null) throw new RequestError(NOT_FOUND, `There is no session ${id}.`)
    return progress
  }
}

function modeState(session: Session): {
  currentModeId: string
  availableModes: { id: string; name: string }[]
} {
  return { currentModeId: session.mode, availableModes: [...MODES] }
}

function textOf(prompt: readonly { readonly type: string }[]): string {
  return prompt.map((part) => ('text' in part ? String(part.text) : '')).join('\n')
}

/** The answers to the questions of a prompt as JSON; null when the script holds none, or nothing is asked. */
function recalled({ script: { recalls = [] }, env }: ScriptedOptions, prompt: string): string | null {
  const questions = [...prompt.matchAll(/^(q\d+): (.*)$/gm)]
  if (recalls.length === 0 || questions.length === 0) return null
  const answers = questions.map(([, id = '', question = '']) => {
    const known = recalls.find(({ about }) => question.includes(about))
    const answer = known === undefined ? 'unknown' : known.answer
    return [
      id,
      typeof answer === 'string' && answer.startsWith('$')
        ? (env[answer.slice(1)] ?? process.env[answer.slice(1)])
        : answer,
    ]
  })
  return JSON.stringify(Object.fromEntries(answers))
}

function recollection(script: Script, progress: Progress): string {
  const answers = Object.entries(progress.answers).map(([name, answer]) => `${name}: ${answer}`)
  const step = `Step ${progress.cursor} of ${script.steps.length} of the script ${script.name}.`
  return [step, ...answers].join('\n')
}
