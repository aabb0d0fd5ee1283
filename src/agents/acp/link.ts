// One agent process and the protocol connection on its pipes. Whatever ends the connection ends the process tree, and
// the other way round; the conversations on it only see requests that are answered, refused or cut off.
import type {
  ClientApp,
  ClientConnection,
  CreateElicitationRequest,
  CreateElicitationResponse,
  RequestPermissionRequest,
  RequestPermissionResponse,
} from '@agentclientprotocol/sdk'
import { QuintetError } from '../../contract/errors.ts'
import { startChild, type Child } from '../../process/child.ts'
import { endSurvivors, SESSION_MARK } from '../../process/marker.ts'
import { programFile } from '../../process/spawn.ts'
import type { OpenOptions } from '../driver.ts'
import {
  authError,
  exitedError,
  missingError,
  refusalOf,
  refusedError,
  timeoutError,
  wantsLogin,
  type Ending,
} from './failures.ts'
import { parseNotification } from './normalise.ts'
import { openNotes, type Notes } from './notes.ts'
import { CANCELLED } from './questions.ts'
import { openWire } from './wire.ts'

/** One conversation's end of the connection. */
export interface Route {
  update(update: { readonly sessionUpdate: string }): void
  permission(request: RequestPermissionRequest, signal: AbortSignal): Promise<RequestPermissionResponse>
  form(request: CreateElicitationRequest, signal: AbortSignal): Promise<CreateElicitationResponse>
}

const START_TIMEOUT_MS = 60_000
const CLOSE_TIMEOUT_MS = 5_000
/** What a process has between closing its output and its end, and the other way round, before it is ended by us. */
const LAST_WORDS_MS = 500
const MAX_SAID = 2_000

export class Link {
  readonly program: string
  readonly options: OpenOptions
  /** Resolves when the process and its group are gone; never rejects. */
  readonly exited: Promise<void>
  readonly #child: Child
  readonly #notes: Notes
  readonly #connection: ClientConnection
  readonly #routes = new Map<string, Route>()
  #awaiting: Route | null = null
  #first: Route | null = null
  #junk = ''
  #ready = false
  #gone = false
  #ended: Promise<Ending> | undefined
  #swept: Promise<Ending> | undefined

  /** Starts the agent's process; sends nothing yet. Throws `E_AGENT_MISSING`, or why it cannot be started. */
  static async start(options: OpenOptions): Promise<Link> {
    options.signal.throwIfAborted()
    // Loaded when it is needed: it takes longer to load than everything else together.
    const { client } = await import('@agentclientprotocol/sdk')
    const child = await startAgent(options)
    try {
      options.onStart?.(child.identity, child.group)
      return new Link(options, child, client({ name: 'quintet' }))
    } catch (error) {
      await child.end(0)
      throw error
    }
  }

  private constructor(options: OpenOptions, child: Child, app: ClientApp) {
    this.options = options
    this.program = options.command[0] ?? ''
    this.#child = child
    this.#notes = openNotes(options.log)
    const stream = openWire({
      stdin: child.stdin,
      stdout: child.stdout,
      onUpdate: (params) => this.#update(params),
      onJunk: (sample) => this.#takeJunk(sample),
    })
    this.#connection = app
      .onRequest('session/request_permission', ({ params, signal }) => {
        return this.#asked(params.sessionId)?.permission(params, signal) ?? CANCELLED
      })
      .onRequest('elicitation/create', ({ params, signal }) => {
        return this.#asked(sessionOf(params))?.form(params, signal) ?? { action: 'cancel' }
      })
      .connect(stream)
    const onAbort = (): void => this.#inBackground(this.sweep())
    options.signal.addEventListener('abort', onAbort, { once: true })
    this.exited = child.exited.then(async () => {
      this.#gone = true
      options.signal.removeEventListener('abort', onAbort)
      // What it said before it ended may still be in the pipe.
      if (this.#ended === undefined) await within(this.#connection.closed, LAST_WORDS_MS)
      await this.end().catch((error: unknown) => this.note(String(error)))
    })
  }

  get alive(): boolean {
    return !this.#gone && this.#ended === undefined && !this.#connection.signal.aborted
  }

  /** The answer as it came. Rejects with the SDK's error for a refusal, and with the reason of a closed connection. */
  request(method: string, params: unknown): Promise<unknown> {
    return this.#connection.agent.request(method, params)
  }

  /**
   * A request with the time limit of the start. Throws `E_AGENT_EXITED`, `E_AGENT_AUTH`, `E_AGENT_PROTOCOL`,
   * `E_AGENT_REFUSED` (an error answer) or the abort's reason.
   */
  async startRequest(method: string, params: unknown, logins: readonly string[] = []): Promise<unknown> {
    const timeoutMs = this.options.initializeTimeoutMs ?? START_TIMEOUT_MS
    const { signal } = this.options
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(timeoutError(this.program, method, timeoutMs)), timeoutMs)
    const onAbort = (): void => late.reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      signal.throwIfAborted()
      return await Promise.race([this.request(method, params), late.promise])
    } catch (error) {
      throw await this.#startFailure(method, error, logins)
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** Sends what is no request. Resolves also when nobody is there any more. */
  async notify(method: string, params: unknown): Promise<void> {
    if (!this.alive) return
    await this.#connection.agent.notify(method, params).catch((error: unknown) => this.note(String(error)))
  }

  /** Tells the agent that a session is over; how it takes it matters to nobody. */
  async closeSession(sessionId: string): Promise<void> {
    const closing = this.request('session/close', { sessionId }).catch((error: unknown) =>
      this.note(String(error)),
    )
    await within(closing, CLOSE_TIMEOUT_MS)
  }

  /** What concerns a session of unknown id goes to `route`: updates may arrive together with the answer that names it. */
  awaitSession(route: Route): void {
    this.#awaiting = route
    this.#first ??= route
  }

  /** From now on the agent has something to save when it is ended, and is given the time for it. */
  initialised(): void {
    this.#ready = true
  }

  /** From now on what concerns the session `id` goes to `route`. */
  connect(id: string, route: Route): void {
    this.#routes.set(id, route)
    if (this.#awaiting === route) this.#awaiting = null
    this.#first ??= route
  }

  disconnect(id: string): void {
    this.#routes.delete(id)
  }

  /** A remark in the log. */
  note(line: string): void {
    this.#notes.write(line)
  }

  /** The last of what the agent said outside the protocol. */
  said(): string {
    const stderr = this.#child.stderrTail()
    return stderr.trim() === '' ? this.#junk : stderr
  }

  /** Ends the process and its group; idempotent. */
  end(): Promise<Ending> {
    this.#ended ??= this.#end()
    return this.#ended
  }

  /** Ends the process and everything that it ever started; idempotent. Throws `E_PROCESS_SURVIVES`. */
  sweep(): Promise<Ending> {
    this.#swept ??= this.#sweep()
    return this.#swept
  }

  async #end(): Promise<Ending> {
    const cutOff = this.#connection.signal.aborted
    this.#connection.close()
    if (cutOff) await within(this.#child.exited, LAST_WORDS_MS)
    await this.#child.end(this.#ready ? undefined : 0)
    const ending = await this.#child.exited
    await this.#notes.close()
    return ending
  }

  async #sweep(): Promise<Ending> {
    const ending = await this.end()
    const mark = this.options.env[SESSION_MARK]
    if (mark !== undefined) await endSurvivors(mark)
    return ending
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.note(String(error)))
  }

  /** Sub-agents ask under ids of their own: the first conversation answers for them. */
  #asked(session: string): Route | null {
    return this.#routes.get(session) ?? this.#awaiting ?? this.#first
  }

  #update(params: unknown): void {
    const notification = parseNotification(params)
    if (notification === null) return
    const route = this.#routes.get(notification.sessionId) ?? this.#awaiting
    route?.update(notification.update)
  }

  #takeJunk(sample: string): void {
    this.#junk = `${this.#junk}${sample}\n`.slice(-MAX_SAID)
    this.note(`no protocol message: ${sample}`)
  }

  async #startFailure(method: string, error: unknown, logins: readonly string[]): Promise<unknown> {
    if (this.options.signal.aborted) return this.options.signal.reason
    if (error instanceof QuintetError) return error
    const refusal = refusalOf(error)
    if (refusal === null) return exitedError(this.program, await this.end(), this.said())
    return wantsLogin(refusal)
      ? authError(this.program, refusal, logins)
      : refusedError(this.program, method, refusal)
  }
}

async function startAgent(options: OpenOptions): Promise<Child> {
  const { cwd, box, log } = options
  const [program = '', ...args] = options.command
  const env = { ...options.env, ...(options.home === undefined ? {} : { HOME: options.home }) }
  if (program === '' || (await programFile(program, { cwd, env })) === null) throw missingError(program)
  return startChild(program, args, { cwd, env, box, log })
}

function sessionOf(request: CreateElicitationRequest): string {
  return 'sessionId' in request && typeof request.sessionId === 'string' ? request.sessionId : ''
}

async function within(work: Promise<unknown>, limitMs: number): Promise<void> {
  const limit = Promise.withResolvers<void>()
  const timer = setTimeout(limit.resolve, limitMs)
  await Promise.race([work, limit.promise])
  clearTimeout(timer)
}
