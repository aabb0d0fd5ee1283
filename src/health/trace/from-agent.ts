// The trace of a turn from the live events of its agent: chunks joined to messages, reports of one call to a call and one
// result, in the order in which things came to their end. Pure; the time is handed in.
import type { AgentEvent, ContextUsage, TurnOutcome } from '../../contract/agent.ts'
import type { CallKind, TraceCall, TraceEvent } from '../../contract/trace.ts'
import { exitIn, traceCall, traceResult, traceSaid } from './build.ts'
import { kindOfProtocol, kindOfTool } from './kinds.ts'

type ToolEvent = Extract<AgentEvent, { kind: 'tool' }>

/** How a turn ended; `broken`: it was given up without an outcome. */
export type TracedEnd = TurnOutcome | { readonly kind: 'broken' }

interface Joined {
  readonly t: 'say' | 'think'
  readonly message: string | undefined
  readonly parts: string[]
  chars: number
  readonly ts: string
}

interface OpenCall {
  tool: ToolEvent
  /** Null until enough is known of it to be told. */
  told: TraceCall | null
  readonly batch: string
  readonly ts: string
}

/** Of one message; what is beyond is left out. */
const MAX_JOINED = 256_000
const MAX_OPEN = 500
/** Calls that ended lately: reports of them that come after their end say nothing new. */
const MAX_ENDED = 500
const TROUBLE =
  /\b(?:429|50[0-9]|529)\b|overloaded|rate.?limit|retrying|network|connection (?:error|reset|refused)/i

export class AgentTrace {
  readonly #open = new Map<string, OpenCall>()
  readonly #ended = new Set<string>()
  readonly #cwd: string | null
  #action: number
  #batch: number
  #joined: Joined | null = null
  #usage: { readonly event: ContextUsage; readonly ts: string } | null = null
  #used: number | null = null
  /** Context when a compaction began; undefined while none goes on. */
  #before: number | null | undefined

  /** `action`: index of the next call, above 0 when the trace goes on; `cwd`: paths inside are told relative to it. */
  constructor({ action = 0, cwd = null }: { readonly action?: number; readonly cwd?: string | null } = {}) {
    this.#cwd = cwd
    this.#action = action
    this.#batch = action
  }

  /** Index of the next call. */
  get action(): number {
    return this.#action
  }

  /** Something is said to the agent; `meta`: not in the words of the operator. */
  prompt(text: string, { ts, meta }: { readonly ts: string; readonly meta: boolean }): readonly TraceEvent[] {
    const said = traceSaid('user', { text, ts })
    return [...this.#settled(), meta && said.t === 'user' ? { ...said, meta: true } : said]
  }

  note(event: AgentEvent, ts: string): readonly TraceEvent[] {
    switch (event.kind) {
      case 'text':
        return this.#join('say', event, ts)
      case 'thought':
        return this.#join('think', event, ts)
      case 'tool':
        return this.#tool(event, ts)
      case 'usage':
        this.#usage = { event: event.usage, ts }
        return []
      case 'compaction':
        return this.#compaction(event, ts)
      case 'notice':
        return [...this.#spoken(), remark(event.text, TROUBLE.test(event.text), ts)]
      case 'mode':
        return []
    }
  }

  /** The turn is over: what was held back, calls that never came to their end, and how it ended. */
  end(outcome: TracedEnd, ts: string): readonly TraceEvent[] {
    const unfinished = [...this.#open.values()].flatMap((open) =>
      open.told === null ? [this.#tell(open)] : [],
    )
    this.#open.clear()
    return [...unfinished, ...this.#settled(), ...ending(outcome, ts)]
  }

  #join(
    t: Joined['t'],
    chunk: { readonly text: string; readonly message?: string },
    ts: string,
  ): TraceEvent[] {
    const { text, message } = chunk
    const same = this.#joined?.t === t && this.#joined.message === message
    const before = same ? [] : this.#spoken()
    this.#joined ??= { t, message, parts: [], chars: 0, ts }
    if (this.#joined.chars < MAX_JOINED) this.#joined.parts.push(text)
    this.#joined.chars += text.length
    return before
  }

  #spoken(): TraceEvent[] {
    const joined = this.#joined
    this.#joined = null
    if (joined === null) return []
    const { t, message, parts, ts } = joined
    const text = parts.join('')
    if (text.trim() === '') return []
    return [traceSaid(t, { text, ts, ...(message === undefined ? {} : { message }) })]
  }

  /** Some agents tell usage at the beginning and the end of an answer; the last before something comes of it counts. */
  #counted(): TraceEvent[] {
    const usage = this.#usage
    this.#usage = null
    if (usage === null || usage.event.used === this.#used) return []
    const { used, size, source } = usage.event
    this.#used = used
    return [{ t: 'usage', ctx: used, window: size, source, ts: usage.ts }]
  }

  #settled(): TraceEvent[] {
    return [...this.#spoken(), ...this.#counted()]
  }

  #tool(tool: ToolEvent, ts: string): TraceEvent[] {
    if (this.#ended.has(tool.id)) return []
    const events = this.#spoken()
    const open = this.#opened(tool, ts)
    open.tool = tool
    const over = tool.status === 'completed' || tool.status === 'failed'
    if (open.told === null && (over || (tool.status === 'running' && isTelling(tool))))
      events.push(this.#tell(open))
    if (!over || open.told === null) return events
    this.#open.delete(tool.id)
    this.#ended.add(tool.id)
    if (this.#ended.size > MAX_ENDED) this.#ended.delete(this.#ended.keys().next().value ?? '')
    return [...events, ...traceResult(open.told, outcomeOf(tool, ts)), ...this.#counted()]
  }

  /** Calls that are open at the same time were made at once. */
  #opened(tool: ToolEvent, ts: string): OpenCall {
    const known = this.#open.get(tool.id)
    if (known !== undefined) return known
    if (this.#open.size === 0) this.#batch += 1
    const open: OpenCall = { tool, told: null, batch: tool.message ?? `batch ${this.#batch}`, ts }
    this.#open.set(tool.id, open)
    if (this.#open.size > MAX_OPEN) this.#open.delete(this.#open.keys().next().value ?? '')
    return open
  }

  #tell(open: OpenCall): TraceCall {
    const { tool, batch, ts } = open
    const name = tool.name ?? tool.tool
    const call = traceCall({
      a: this.#action,
      id: tool.id,
      tool: name,
      kind: kindOf(tool),
      input: tool.input ?? (tool.tool === 'execute' ? { command: tool.title } : tool.title),
      ...(tool.edits === undefined ? {} : { edits: tool.edits }),
      paths: tool.paths,
      cwd: this.#cwd,
      batch,
      ts,
    })
    this.#action += 1
    open.told = call
    return call
  }

  #compaction(event: Extract<AgentEvent, { kind: 'compaction' }>, ts: string): TraceEvent[] {
    if (event.phase === 'started') {
      const settled = this.#settled()
      this.#before = this.#used
      return settled
    }
    const spoken = this.#spoken()
    const now = this.#usage?.event.used ?? null
    const pre = this.#before === undefined ? (now ?? this.#used) : this.#before
    const post = this.#before !== undefined && now !== null && now !== pre ? now : null
    this.#before = undefined
    if (event.phase === 'failed') return [...spoken, { t: 'meta', text: 'a compaction failed', ts }]
    const { summary } = event
    return [
      ...spoken,
      { t: 'compact', trigger: null, pre, post, ts },
      ...(summary === undefined ? [] : [traceSaid('summary', { text: summary, ts })]),
      ...this.#counted(),
    ]
  }
}

/** Whether enough is known of a running call: some agents tell what an edit changes only at its end. */
function isTelling(tool: ToolEvent): boolean {
  const changes = tool.tool === 'edit' || tool.tool === 'delete' || tool.tool === 'move'
  return tool.edits !== undefined || (tool.input !== undefined && !changes) || tool.tool === 'execute'
}

/** Some agents name the shell as the tool and say of the call that it reads. */
function kindOf(tool: ToolEvent): CallKind {
  const spoken = kindOfProtocol(tool.tool)
  const named = kindOfTool(tool.name ?? '') ?? (/^mcp__\w/.test(tool.title) ? 'mcp' : undefined)
  return named === undefined || (named === 'exec' && (spoken === 'read' || spoken === 'search'))
    ? spoken
    : named
}

function outcomeOf(tool: ToolEvent, ts: string): Parameters<typeof traceResult>[1] {
  const text = tool.output ?? ''
  const exit = tool.exit ?? exitIn(text)
  return {
    ok: tool.status === 'completed' && (exit === undefined || exit === 0),
    ...(exit === undefined ? {} : { exit }),
    text,
    ...(tool.outputChars === undefined ? {} : { chars: tool.outputChars }),
    ts,
  }
}

function ending(outcome: TracedEnd, ts: string): TraceEvent[] {
  switch (outcome.kind) {
    case 'stopped':
      return outcome.reason === 'cancelled'
        ? [{ t: 'interrupt', ts }]
        : [{ t: 'meta', text: `The turn ended: ${outcome.reason}.`, ts }]
    case 'failed':
      return [remark(outcome.message, TROUBLE.test(outcome.message), ts)]
    case 'broken':
      return [{ t: 'meta', text: 'The turn was broken off.', ts }]
    case 'lost':
      return [{ t: 'meta', text: 'The agent process ended during the turn.', ts }]
  }
}

function remark(text: string, trouble: boolean, ts: string): TraceEvent {
  if (!trouble) return traceSaid('meta', { text, ts })
  const code = /\b(4\d\d|5\d\d)\b/.exec(text)?.[1]
  return { t: 'retry', ...(code === undefined ? {} : { status: Number(code) }), text: text.slice(0, 300), ts }
}
