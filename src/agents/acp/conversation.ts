// One session of the protocol: turns, questions, the mode and the context gauge. The process below it is link.ts; a
// fork is a second conversation on the same process.
import { setTimeout as delay } from 'node:timers/promises'
import type {
  CreateElicitationRequest,
  CreateElicitationResponse,
  RequestPermissionRequest,
  RequestPermissionResponse,
} from '@agentclientprotocol/sdk'
import type {
  AgentAnswer,
  AgentEvent,
  AgentQuestion,
  ContextUsage,
  TurnOutcome,
} from '../../contract/agent.ts'
import { QuintetError } from '../../contract/errors.ts'
import type { Conversation, ConversationListener } from '../driver.ts'
import { parseStop, type AgentSelf, type OpenedSession } from './answers.ts'
import { failedOutcome, refusalOf } from './failures.ts'
import { TurnWords } from './refused-login.ts'
import type { Link, Route } from './link.ts'
import { normalise, type Memory, type ToolEvent } from './normalise.ts'
import { withoutDetails } from './tool-details.ts'
import { CANCELLED, formFields, formResponse, permissionQuestion, permissionResponse } from './questions.ts'
import { openSession, readOnlyMode, requestMode, type SessionOpening } from './session.ts'

export interface ConversationOpening {
  readonly session: SessionOpening
  readonly listener: ConversationListener
  /** The worktree's path, and its real path where that differs. */
  readonly roots: readonly string[]
  readonly mode: string | null
}

/** A turn in flight. */
interface Turn {
  readonly cancelled: AbortController
  readonly settled: Promise<void>
  readonly words: TurnWords
  /** Ends our waiting for a turn that cannot be ended by force. */
  giveUp(): void
}

const CANCEL_TIMEOUT_MS = 10_000
/** Silence after which a loaded session counts as told to its end, and the limit without silence. */
const QUIET_MS = 250
const HISTORY_LIMIT_MS = 10_000
/** What of a repeated history was said or done, and is no state. */
const WORDS = /^(?:user_message|agent_message|agent_thought|tool_call)/
const MAX_TOOLS = 500
/** Tool calls whose arguments are kept; more are not open at once. */
const MAX_DETAILED = 50
const CANCELLED_TURN: TurnOutcome = { kind: 'stopped', reason: 'cancelled' }
const SILENT: ConversationListener = {
  onEvent: () => undefined,
  onQuestion: () => Promise.resolve({ kind: 'declined' }),
}
const HOW = { new: 'new', fork: 'new', resume: 'resumed', load: 'loaded' } as const

export class AcpConversation implements Conversation, Route {
  readonly how: Conversation['how']
  readonly capabilities: Conversation['capabilities']
  readonly fork?: (listener?: ConversationListener) => Promise<Conversation>
  readonly #link: Link
  readonly #self: AgentSelf
  readonly #opening: ConversationOpening
  readonly #over = new AbortController()
  readonly #tools = new Map<string, ToolEvent>()
  #id = ''
  #wanted: string | null
  #mode: string | null = null
  /** The last mode that an update told since the wished one was asked for. */
  #modeHeard: string | null = null
  #usage: ContextUsage | null = null
  #compaction: Memory['compaction'] = null
  #usageIsStale = false
  /** What a resumed agent repeats of its history is no event of today. */
  #replaying = true
  #updates = 0
  #words = 0
  #turn: Turn | null = null
  #stopped: Promise<void> | undefined

  /** Opens a session on an initialised link. Throws what the session's opening throws; the link is left as it is. */
  static async open(link: Link, self: AgentSelf, opening: ConversationOpening): Promise<AcpConversation> {
    const conversation = new AcpConversation(link, self, opening)
    const { session } = opening
    if (session.kind === 'resume' || session.kind === 'load') link.connect(session.id, conversation)
    else link.awaitSession(conversation)
    await conversation.#begin(await openSession(link, self, session))
    return conversation
  }

  private constructor(link: Link, self: AgentSelf, opening: ConversationOpening) {
    this.#link = link
    this.#self = self
    this.#opening = opening
    this.#wanted = opening.mode
    this.how = HOW[opening.session.kind]
    this.capabilities = self.capabilities
    if (self.capabilities.fork) this.fork = (listener = SILENT) => this.#fork(listener)
  }

  get id(): string {
    return this.#id
  }

  get mode(): Conversation['mode'] {
    return { wanted: this.#wanted, actual: this.#mode }
  }

  get usage(): ContextUsage | null {
    return this.#usage
  }

  get alive(): boolean {
    return this.#stopped === undefined && this.#link.alive
  }

  get exited(): Promise<void> {
    return this.#link.exited
  }

  async prompt(text: string, signal: AbortSignal): Promise<TurnOutcome> {
    if (this.#turn !== null) {
      throw new QuintetError('E_AGENT_BUSY', 'internal', 'The agent is still at its last prompt.')
    }
    if (signal.aborted) return CANCELLED_TURN
    if (!this.alive) return this.#lost()
    const over = Promise.withResolvers<void>()
    const gaveUp = Promise.withResolvers<never>()
    const turn: Turn = {
      cancelled: new AbortController(),
      settled: over.promise,
      words: new TurnWords(this.capabilities.name),
      giveUp: () => gaveUp.reject(stuckError()),
    }
    this.#turn = turn
    const onAbort = (): void => {
      // Why the process could not be ended is also thrown to the one who waits for the turn.
      this.cancel().catch((error: unknown) => this.#link.note(String(error)))
    }
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      const prompt = [{ type: 'text', text }]
      const request = this.#link.request('session/prompt', { sessionId: this.#id, prompt })
      const stop = parseStop(await Promise.race([request, gaveUp.promise]))
      const hidden = stop.reason === 'end_turn' ? turn.words.hidden() : null
      return hidden ?? { kind: 'stopped', ...stop }
    } catch (error) {
      return await this.#failure(error, turn)
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#turn = null
      over.resolve()
    }
  }

  async cancel(): Promise<void> {
    const turn = this.#turn
    if (turn === null) return
    turn.cancelled.abort()
    // Not awaited: an agent that does not read must not hold the time limit up.
    void this.#link.notify('session/cancel', { sessionId: this.#id })
    const timeoutMs = this.#link.options.cancelTimeoutMs ?? CANCEL_TIMEOUT_MS
    if (await settlesWithin(turn.settled, timeoutMs)) return
    this.#link.note(`The cancelled turn did not end within ${timeoutMs} ms.`)
    if (this.#isFork) turn.giveUp()
    else await this.#link.sweep()
    await turn.settled
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#isFork ? this.#leave() : this.#end()
    return this.#stopped
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  update(update: { readonly sessionUpdate: string }): void {
    this.#updates += 1
    if (this.#replaying && WORDS.test(update.sessionUpdate)) this.#words += 1
    const { events, tool, compaction } = normalise(update, this.#memory)
    if (compaction !== undefined) this.#compaction = compaction
    if (tool !== undefined) this.#rememberTool(tool)
    for (const event of events) {
      this.#remember(event)
      this.#turn?.words.note(event)
      if (this.#isNews(event)) this.#opening.listener.onEvent(event)
    }
  }

  async permission(
    request: RequestPermissionRequest,
    signal: AbortSignal,
  ): Promise<RequestPermissionResponse> {
    const answer = await this.#ask(permissionQuestion(request, this.#memory), signal)
    return answer === null ? CANCELLED : permissionResponse(request, answer)
  }

  async form(request: CreateElicitationRequest, signal: AbortSignal): Promise<CreateElicitationResponse> {
    const fields = formFields(request)
    const answers: AgentAnswer[] = []
    for (const { question } of fields) {
      const answer = await this.#ask(question, signal)
      if (answer === null) return { action: 'cancel' }
      answers.push(answer)
      if (answer.kind === 'declined') break
    }
    return formResponse(fields, answers)
  }

  get #isFork(): boolean {
    return this.#opening.session.kind === 'fork'
  }

  get #memory(): Memory {
    return {
      roots: this.#opening.roots,
      tools: this.#tools,
      compaction: this.#compaction,
      estimates: this.#self.estimates,
    }
  }

  async #begin(opened: OpenedSession & { readonly id: string }): Promise<void> {
    this.#id = opened.id
    this.#link.connect(opened.id, this)
    if (this.how === 'loaded') await this.#historyTold()
    this.#replaying = false
    this.#mode = opened.mode?.current ?? this.#mode
    // A fork is asked and thrown away: in the mode of its session it could change the same files.
    const wanted = (this.#isFork ? readOnlyMode(opened) : null) ?? this.#opening.mode
    this.#wanted = wanted
    if (wanted === null) return
    // Some agents consent in the answer and tell the mode by an update, others the other way round.
    this.#modeHeard = null
    const stated = await requestMode(this.#link, opened, wanted)
    if (stated !== null) this.#mode = stated ?? this.#modeHeard ?? wanted
  }

  /** At least one agent goes on repeating the history of a loaded session after it has answered. One that repeats nothing
   *  remembers nothing: it was killed before it had written down what it was told. */
  async #historyTold(): Promise<void> {
    const limit = performance.now() + HISTORY_LIMIT_MS
    let before = -1
    while ((before !== this.#updates || this.#words === 0) && performance.now() < limit) {
      before = this.#updates
      await delay(QUIET_MS)
    }
    if (this.#words > 0) return
    throw new QuintetError(
      'E_AGENT_FORGOT',
      'agent',
      `The agent ${this.#link.program} loaded a conversation of which it remembers nothing.`,
    )
  }

  #remember(event: AgentEvent): void {
    switch (event.kind) {
      case 'tool':
        this.#rememberTool(event)
        return
      case 'usage':
        this.#usage = event.usage
        this.#usageIsStale = false
        return
      case 'compaction':
        if (event.phase === 'started') this.#usageIsStale = true
        else if (event.phase === 'completed' && this.#usageIsStale) this.#usage = null
        return
      case 'mode':
        this.#mode = event.mode
        this.#modeHeard = event.mode
        return
      case 'text':
      case 'thought':
      case 'notice':
    }
  }

  /** Of finished tools, and of all but the newest, only what is short. */
  #rememberTool(tool: ToolEvent): void {
    const over = tool.status === 'completed' || tool.status === 'failed'
    this.#tools.delete(tool.id)
    this.#tools.set(tool.id, over ? withoutDetails(tool) : tool)
    if (this.#tools.size > MAX_TOOLS) this.#tools.delete(this.#tools.keys().next().value ?? '')
    const aged = [...this.#tools.values()].at(-MAX_DETAILED - 1)
    // A key that is set again keeps its place.
    if (aged !== undefined) this.#tools.set(aged.id, withoutDetails(aged))
  }

  #isNews(event: AgentEvent): boolean {
    if (this.#isFork && this.#turn === null) return false
    return !this.#replaying || event.kind === 'usage' || event.kind === 'mode'
  }

  /** The answer, or null when the question was withdrawn before there was one. */
  async #ask(question: AgentQuestion, signal: AbortSignal): Promise<AgentAnswer | null> {
    const turn = this.#turn === null ? [] : [this.#turn.cancelled.signal]
    const until = AbortSignal.any([signal, this.#over.signal, ...turn])
    if (until.aborted) return null
    const withdrawn = new Promise<null>((resolve) => {
      until.addEventListener('abort', () => resolve(null), { once: true })
    })
    try {
      return await Promise.race([withdrawn, this.#opening.listener.onQuestion(question, until)])
    } catch (error) {
      // The agent must get an answer, whatever became of the one who was asked.
      this.#link.note(`A question was not answered: ${String(error)}`)
      return null
    }
  }

  async #failure(error: unknown, turn: Turn): Promise<TurnOutcome> {
    const refusal = refusalOf(error)
    if (refusal !== null) return turn.cancelled.signal.aborted ? CANCELLED_TURN : failedOutcome(refusal)
    if (!(error instanceof QuintetError)) {
      this.#link.note(`The connection ended: ${String(error)}`)
      return this.#lost()
    }
    if (!this.#link.alive) await this.#link.sweep()
    return failedOutcome(error)
  }

  async #lost(): Promise<TurnOutcome> {
    const { exitCode, signal } = await this.#link.sweep()
    return { kind: 'lost', exitCode, signal, stderr: this.#link.said() }
  }

  #fork(listener: ConversationListener): Promise<Conversation> {
    const session = { kind: 'fork', id: this.#id } as const
    return AcpConversation.open(this.#link, this.#self, { ...this.#opening, session, listener })
  }

  async #end(): Promise<void> {
    this.#over.abort()
    await this.#link.sweep()
  }

  /** A fork goes without taking the process along. */
  async #leave(): Promise<void> {
    this.#over.abort()
    await this.cancel()
    if (this.#self.closes && this.#link.alive) await this.#link.closeSession(this.#id)
    this.#link.disconnect(this.#id)
  }
}

async function settlesWithin(work: Promise<void>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs)
  })
  const inTime = await Promise.race([work.then(() => true), late])
  clearTimeout(timer)
  return inTime
}

function stuckError(): QuintetError {
  return new QuintetError('E_AGENT_STUCK', 'agent', 'The agent did not end its turn when it was cancelled.')
}
