// Rollouts of Codex, of today and of the first versions. A response is counted once, though its figures are told again and
// again: by the total, which only a new response changes. The call that writes a summary is counted, but its figure is no
// measure of the conversation's context. Pure.
import type { TraceEvent } from '../../../contract/trace.ts'
import { fieldsOf, textField, traceCall, traceResult, traceSaid } from '../build.ts'
import { parsedJson } from '../format.ts'
import { contentText, numberField, WaitingCalls, type Importer } from './importer.ts'
import { parseCodexOutput } from './codex-output.ts'

type Fields = Readonly<Record<string, unknown>>
type Compaction = Extract<TraceEvent, { t: 'compact' }>
type Usage = Extract<TraceEvent, { t: 'usage' }>

/** Context that the program puts in the operator's place. */
const NOT_SAID =
  /^\s*(?:<(?:environment_context|user_instructions|skills_instructions|permissions|turn_aborted|subagent_notification|system-reminder|hook_prompt|INSTRUCTIONS)\b|# AGENTS\.md instructions)/
const CALLS = ['function_call', 'custom_tool_call', 'local_shell_call', 'web_search_call', 'tool_search_call']
const RETRIES = ['error', 'stream_error', 'warning']

export class CodexImporter implements Importer {
  readonly sidechain = 0
  readonly #calls = new WaitingCalls()
  #begun = false
  #meta: Fields = {}
  #model: string | null = null
  #cwd: string | null = null
  #held: TraceEvent[] = []
  #total: number | null = null
  #window: number | null = null
  /** Of the last response; held because it may turn out to be that of a summary. */
  #usage: Usage | null = null
  /** What was said last, held for the same reason. */
  #said: { readonly text: string; readonly event: TraceEvent } | null = null
  #compaction: { readonly event: Compaction; readonly summary: TraceEvent } | null = null
  #context: number | null = null
  #actions = 0
  #response = 0
  #answered = true

  take(value: unknown): readonly TraceEvent[] {
    const line = fieldsOf(value)
    const ts = textField(line, 'timestamp')
    const payload = 'payload' in line ? fieldsOf(line['payload']) : line
    switch ('payload' in line ? line['type'] : lineOfOld(line)) {
      case 'session_meta':
        this.#meta = payload
        this.#cwd = textField(payload, 'cwd') ?? this.#cwd
        return []
      case 'turn_context':
        this.#cwd ??= textField(payload, 'cwd') ?? null
        this.#model ??= textField(payload, 'model') ?? null
        return []
      case 'response_item':
        return this.#out(this.#item(payload, ts))
      case 'token_usage_record':
        this.#answered = true
        return []
      case 'event_msg':
        return this.#out(this.#event(payload, ts))
      case 'compacted':
        return this.#out(this.#compacted(payload, ts))
      default:
        return []
    }
  }

  end(): readonly TraceEvent[] {
    return this.#out(this.#settled(), true)
  }

  /** The header waits for the model, which the first turn names before anything is said by it. */
  #out(events: readonly TraceEvent[], last = false): readonly TraceEvent[] {
    if (this.#begun) return events
    this.#held.push(...events)
    if (this.#model === null && this.#held.length < 20 && !last) return []
    this.#begun = true
    const held = this.#held
    this.#held = []
    return [
      {
        t: 'session',
        v: 1,
        id: textField(this.#meta, 'id', 'session_id') ?? 'unknown',
        agent: 'codex',
        agentVersion: textField(this.#meta, 'cli_version') ?? null,
        model: this.#model,
        cwd: this.#cwd,
      },
      ...held,
    ]
  }

  /** What was held back, now that it is clear what it was. */
  #settled(): TraceEvent[] {
    const events: TraceEvent[] = []
    if (this.#compaction !== null) events.push(this.#compaction.event, this.#compaction.summary)
    this.#compaction = null
    if (this.#said !== null) events.push(this.#said.event)
    this.#said = null
    events.push(...this.#counted())
    return events
  }

  #counted(): TraceEvent[] {
    const usage = this.#usage
    this.#usage = null
    if (usage === null) return []
    this.#context = usage.ctx ?? this.#context
    return [usage]
  }

  #item(item: Fields, ts: string | undefined): TraceEvent[] {
    const type = String(item['type'])
    const at = ts === undefined ? {} : { ts }
    if (type === 'message') return this.#message(item, ts)
    if (type === 'reasoning') {
      const text = contentText(item['summary'])
      return text === '' ? [] : [...this.#settled(), traceSaid('think', { text, ...this.#part(item), ...at })]
    }
    if (CALLS.includes(type)) return [...this.#settled(), ...this.#call(type, item, ts)]
    if (!type.endsWith('_output')) return []
    this.#answered = true
    const call = this.#calls.take(textField(item, 'call_id') ?? '')
    if (call === undefined) return []
    return [...this.#settled(), ...traceResult(call, { ...parseCodexOutput(item['output']), ...at })]
  }

  #message(item: Fields, ts: string | undefined): TraceEvent[] {
    const text = contentText(item['content'])
    if (text === '') return []
    const at = ts === undefined ? {} : { ts }
    if (item['role'] === 'assistant') {
      const settled = this.#settled()
      this.#said = { text, event: traceSaid('say', { text, ...this.#part(item), ...at }) }
      return settled
    }
    const meta = item['role'] !== 'user' || NOT_SAID.test(text)
    this.#answered = true
    return [...this.#settled(), traceSaid(meta ? 'meta' : 'user', { text, ...at })]
  }

  #part(item: Fields): { readonly message?: string } {
    const id = textField(item, 'id')
    return id === undefined ? {} : { message: id }
  }

  #call(type: string, item: Fields, ts: string | undefined): TraceEvent[] {
    if (this.#answered) this.#response += 1
    this.#answered = false
    const id = textField(item, 'call_id', 'id') ?? `call-${this.#actions}`
    const call = traceCall({
      a: this.#actions,
      id,
      tool: textField(item, 'name') ?? type.replace(/_call$/, ''),
      input: argumentsOf(item),
      batch: `response ${this.#response}`,
      cwd: this.#cwd,
      ...(ts === undefined ? {} : { ts }),
    })
    this.#actions += 1
    // Looking whether a command has ended is no command.
    const polls = call.tool === 'write_stdin' && textField(argumentsOf(item), 'chars') === undefined
    const told = polls ? { ...call, kind: 'poll' as const } : call
    if (type !== 'web_search_call') this.#calls.add(told)
    return [told]
  }

  #event(event: Fields, ts: string | undefined): TraceEvent[] {
    const at = ts === undefined ? {} : { ts }
    const type = String(event['type'])
    this.#window = numberField(event, 'model_context_window') ?? this.#window
    if (type === 'token_count') return this.#count(fieldsOf(event['info']), ts)
    if (type === 'turn_aborted') return [...this.#settled(), { t: 'interrupt', ...at }]
    if (!RETRIES.includes(type)) return []
    const text = textField(event, 'message') ?? ''
    const code = /\b(4\d\d|5\d\d)\b/.exec(text)?.[1]
    if (type === 'warning' && code === undefined) return []
    return [
      {
        t: 'retry',
        ...(code === undefined ? {} : { status: Number(code) }),
        text: text.slice(0, 300),
        ...at,
      },
    ]
  }

  #count(info: Fields, ts: string | undefined): TraceEvent[] {
    this.#window = numberField(info, 'model_context_window') ?? this.#window
    const last = fieldsOf(info['last_token_usage'])
    const context = numberField(last, 'total_tokens')
    const total = numberField(fieldsOf(info['total_token_usage']), 'total_tokens') ?? null
    if (context === undefined) return []
    if (total === this.#total) {
      // Told again; right after a compaction it is the agent's estimate of what is left.
      if (this.#compaction !== null && this.#compaction.event.post === null) {
        this.#compaction = { ...this.#compaction, event: { ...this.#compaction.event, post: context } }
        this.#context = context
      }
      return []
    }
    this.#total = total
    const before = this.#counted()
    this.#usage = {
      t: 'usage',
      ctx: context,
      out: numberField(last, 'output_tokens') ?? null,
      window: this.#window,
      source: 'provider',
      ...(ts === undefined ? {} : { ts }),
    }
    return before
  }

  #compacted(payload: Fields, ts: string | undefined): TraceEvent[] {
    const text = textField(payload, 'message') ?? ''
    const at = ts === undefined ? {} : { ts }
    const wrote = this.#said !== null && text.includes(this.#said.text)
    if (wrote) this.#said = null
    const used = this.#usage
    if (used !== null && wrote) this.#usage = { ...used, ctx: null }
    const pre = wrote ? this.#context : (used?.ctx ?? this.#context)
    const events = this.#settled()
    this.#compaction = {
      event: { t: 'compact', trigger: null, pre, post: null, ...at },
      summary: traceSaid('summary', { text, ...at }),
    }
    return events
  }
}

/** Lines of the first versions are the bare items. */
function lineOfOld(line: Fields): string {
  if ('type' in line) return 'response_item'
  return 'id' in line && 'timestamp' in line ? 'session_meta' : ''
}

function argumentsOf(item: Fields): unknown {
  const given = item['arguments'] ?? item['input'] ?? item['action']
  if (typeof given !== 'string') return given
  return /^\s*\{/.test(given) ? (parsedJson(given) ?? given) : given
}
