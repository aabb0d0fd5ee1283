// What the scripted agent sends while it plays: the messages that real agents send for the same deeds.
import { randomUUID } from 'node:crypto'
import type {
  AgentContext,
  PermissionOption,
  SessionUpdate,
  ToolCallContent,
  ToolKind,
} from '@agentclientprotocol/sdk'
import * as v from 'valibot'

/** A tool call as the client sees it before it is done. */
export interface ToolStart {
  readonly title: string
  readonly kind: ToolKind
  readonly paths?: readonly string[]
  readonly content?: ToolCallContent[]
  /** The tool's own name and its arguments. */
  readonly name?: string
  readonly input?: Readonly<Record<string, unknown>>
}

/** How a tool call came out. */
export interface ToolResult {
  readonly ok: boolean
  readonly text?: string
  readonly exit?: number
}

/** What of the client matters to an agent. */
export interface ClientAbilities {
  readonly forms: boolean
  readonly compaction: boolean
}

/** A permission was given, refused, or the turn was cancelled over it. */
export type Permission = 'allowed' | 'refused' | 'cancelled'

const ALLOW_ONCE = 'allow-once'
const ALLOW_ALWAYS = 'allow-always'
const REJECT = 'reject'
/** What stands in for an answer that was declined. */
const NO_ANSWER = '(no answer)'
const MAX_DIFF_TEXT = 100_000

/** Speaks for one session. Every method resolves when the message is written. */
export class Voice {
  readonly #client: AgentContext
  readonly #session: string
  readonly abilities: ClientAbilities
  /** Tokens put out in this turn. */
  output = 0
  /** Tokens of all calls of this turn, as a model would count them. */
  total = 0
  #calls = 0

  constructor(client: AgentContext, session: string, abilities: ClientAbilities) {
    this.#client = client
    this.#session = session
    this.abilities = abilities
  }

  update(update: SessionUpdate): Promise<void> {
    return this.#client.notify('session/update', { sessionId: this.#session, update })
  }

  say(text: string): Promise<void> {
    const messageId = randomUUID()
    return this.update({ sessionUpdate: 'agent_message_chunk', messageId, content: { type: 'text', text } })
  }

  think(text: string): Promise<void> {
    const messageId = randomUUID()
    return this.update({ sessionUpdate: 'agent_thought_chunk', messageId, content: { type: 'text', text } })
  }

  usage(used: number, size: number, cost?: number): Promise<void> {
    const told = cost === undefined ? {} : { cost: { amount: cost, currency: 'USD' } }
    return this.update({ sessionUpdate: 'usage_update', used, size, ...told })
  }

  /** Announces a tool call, does the work, and reports how it came out. */
  async tool(step: number, start: ToolStart, work: () => Promise<ToolResult>): Promise<void> {
    const toolCallId = await this.begin(step, start)
    await this.finish(toolCallId, await work())
  }

  /** Announces a tool call; resolves with its id. */
  async begin(step: number, start: ToolStart): Promise<string> {
    const toolCallId = this.#nextCall(step)
    const { title, kind, paths = [], content = [], name, input } = start
    const locations = paths.map((path) => ({ path }))
    await this.update({
      sessionUpdate: 'tool_call',
      toolCallId,
      ...(name === undefined ? {} : { name }),
      title,
      kind,
      status: 'in_progress',
      locations,
      content,
      ...(input === undefined ? {} : { rawInput: input }),
    })
    return toolCallId
  }

  /** Reports how a tool call came out. */
  finish(toolCallId: string, { ok, text, exit }: ToolResult): Promise<void> {
    const output = {
      ...(text === undefined ? {} : { output: text }),
      ...(exit === undefined ? {} : { exit_code: exit }),
    }
    return this.update({
      sessionUpdate: 'tool_call_update',
      toolCallId,
      status: ok ? 'completed' : 'failed',
      ...(text === undefined ? {} : { content: [{ type: 'content', content: { type: 'text', text } }] }),
      ...(Object.keys(output).length === 0 ? {} : { rawOutput: output }),
    })
  }

  /** Asks for leave to write a path, the way agents do in the mode in which they ask. */
  async permission(step: number, title: string, path: string): Promise<Permission> {
    const toolCallId = this.#nextCall(step)
    const call = { toolCallId, title, kind: 'edit', status: 'pending', locations: [{ path }] } as const
    await this.update({ sessionUpdate: 'tool_call', ...call, locations: [{ path }] })
    const { outcome } = await this.#client.request('session/request_permission', {
      sessionId: this.#session,
      toolCall: { ...call, locations: [{ path }] },
      options: [
        { optionId: ALLOW_ALWAYS, name: 'Allow for this session', kind: 'allow_always' },
        { optionId: ALLOW_ONCE, name: 'Allow', kind: 'allow_once' },
        { optionId: REJECT, name: 'Reject', kind: 'reject_once' },
      ],
    })
    if (outcome.outcome === 'cancelled') return 'cancelled'
    const allowed = outcome.optionId !== REJECT
    await this.update({
      sessionUpdate: 'tool_call_update',
      toolCallId,
      status: allowed ? 'completed' : 'failed',
    })
    return allowed ? 'allowed' : 'refused'
  }

  /** Puts a question by a form, or as a choice where the client has no forms. Null when the turn was cancelled over it. */
  async ask(
    step: number,
    name: string,
    question: string,
    options: readonly string[],
  ): Promise<string | null> {
    return this.abilities.forms
      ? this.#askByForm(name, question, options)
      : this.#askByChoice(step, question, options)
  }

  async #askByForm(name: string, question: string, options: readonly string[]): Promise<string | null> {
    const choices = options.length === 0 ? {} : { enum: [...options] }
    const answer = await this.#client.request('elicitation/create', {
      mode: 'form',
      sessionId: this.#session,
      message: question,
      requestedSchema: {
        type: 'object',
        properties: { [name]: { type: 'string', ...choices } },
        required: [name],
      },
    })
    if (answer.action === 'cancel') return null
    const accepted = v.safeParse(v.object({ content: v.object({ [name]: v.string() }) }), answer)
    return accepted.success ? (accepted.output.content[name] ?? NO_ANSWER) : NO_ANSWER
  }

  async #askByChoice(step: number, question: string, options: readonly string[]): Promise<string | null> {
    const choices = options.map((name, index): PermissionOption => ({
      optionId: String(index),
      name,
      kind: 'allow_once',
    }))
    const { outcome } = await this.#client.request('session/request_permission', {
      sessionId: this.#session,
      toolCall: { toolCallId: this.#nextCall(step), title: question, kind: 'other', status: 'pending' },
      options: [...choices, { optionId: REJECT, name: 'No answer', kind: 'reject_once' }],
    })
    if (outcome.outcome === 'cancelled') return null
    return options[Number(outcome.optionId)] ?? NO_ANSWER
  }

  #nextCall(step: number): string {
    this.#calls += 1
    return `${this.#session}:${step}:${this.#calls}`
  }
}

/** A change of a file as the content of a tool call; a text too long to look at is left out. */
export function diffContent(path: string, oldText: string | null, newText: string): ToolCallContent[] {
  if ((oldText?.length ?? 0) + newText.length > MAX_DIFF_TEXT) return []
  return [{ type: 'diff', path, oldText, newText }]
}
