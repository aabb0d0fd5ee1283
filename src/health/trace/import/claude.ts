// Transcripts of Claude Code. One message of the API is several lines that carry the same usage: it is counted once, by
// its id, when the next begins, for only its last line has the final figure. What sub-agents did is left apart: their
// context is their own. Pure.
import type { TraceEvent } from '../../../contract/trace.ts'
import { exitIn, fieldsOf, textField, traceCall, traceResult, traceSaid } from '../build.ts'
import { contentText, numberField, WaitingCalls, type Importer } from './importer.ts'

type Fields = Readonly<Record<string, unknown>>

const INTERRUPTED = /^\[Request interrupted by user/
/** What the program says in the operator's place. */
const NOT_SAID =
  /^\s*<(?:command-name|command-message|command-args|local-command-\w+|bash-(?:input|stdout|stderr)|system-reminder|task-notification|user-memory-input)\b/
/** Events that are held until the model is known, which the header names. */
const MAX_HELD = 200
const MAX_REMEMBERED = 2_000
const SYNTHETIC = '<synthetic>'

interface Counted {
  readonly id: string
  readonly event: TraceEvent
}

export class ClaudeImporter implements Importer {
  readonly #calls = new WaitingCalls()
  /** Messages counted, and calls told, lately. */
  readonly #seen = new Set<string>()
  #held: TraceEvent[] | null = []
  #header: Fields = {}
  #cwd: string | null = null
  /** Null until the first line that belongs to a conversation. */
  #own: boolean | null = null
  #usage: Counted | null = null
  #actions = 0
  #sidechain = 0

  get sidechain(): number {
    return this.#sidechain
  }

  take(value: unknown): readonly TraceEvent[] {
    const line = fieldsOf(value)
    if (!this.#isOwn(line)) return []
    const ts = textField(line, 'timestamp')
    switch (line['type']) {
      case 'user':
        return this.#out(this.#user(line, ts))
      case 'assistant':
        return this.#out(this.#assistant(line, ts))
      case 'system':
        return this.#out(this.#system(line, ts))
      default:
        return []
    }
  }

  end(): readonly TraceEvent[] {
    const rest = this.#flush()
    return this.#held === null ? rest : [...this.#begin(null), ...rest]
  }

  /** A file that begins with lines of a sub-agent is that sub-agent's own. */
  #isOwn(line: Fields): boolean {
    if (!['user', 'assistant', 'system'].includes(String(line['type']))) return false
    const side = line['isSidechain'] === true
    this.#own ??= side
    if (side === this.#own) {
      if (this.#cwd === null) {
        this.#header = line
        this.#cwd = textField(line, 'cwd') ?? null
      }
      return true
    }
    this.#sidechain += 1
    return false
  }

  #out(events: readonly TraceEvent[]): readonly TraceEvent[] {
    if (this.#held === null) return events
    this.#held.push(...events)
    return this.#held.length > MAX_HELD ? this.#begin(null) : []
  }

  #begin(model: string | null): readonly TraceEvent[] {
    const held = this.#held ?? []
    this.#held = null
    return [
      {
        t: 'session',
        v: 1,
        id: textField(this.#header, 'agentId', 'sessionId') ?? 'unknown',
        agent: 'claude-code',
        agentVersion: textField(this.#header, 'version') ?? null,
        model,
        cwd: this.#cwd,
      },
      ...held,
    ]
  }

  #user(line: Fields, ts: string | undefined): TraceEvent[] {
    const { content } = fieldsOf(line['message'])
    const at = ts === undefined ? {} : { ts }
    if (line['isCompactSummary'] === true)
      return [traceSaid('summary', { text: contentText(content), ...at })]
    const results = Array.isArray(content)
      ? content.filter((block) => fieldsOf(block)['type'] === 'tool_result')
      : []
    const events = results.flatMap((block) => this.#result(fieldsOf(block), line, ts))
    const text = contentText(Array.isArray(content) ? content.filter(isText) : content)
    if (text === '') return events
    if (INTERRUPTED.test(text)) return [...events, { t: 'interrupt', ...at }]
    const meta = line['isMeta'] === true || line['isVisibleInTranscriptOnly'] === true || NOT_SAID.test(text)
    return [...events, ...(meta ? [] : this.#flush()), traceSaid(meta ? 'meta' : 'user', { text, ...at })]
  }

  #result(block: Fields, line: Fields, ts: string | undefined): readonly TraceEvent[] {
    const call = this.#calls.take(textField(block, 'tool_use_id') ?? '')
    if (call === undefined) return []
    const text = contentText(block['content'])
    const exit = exitIn(text)
    const told = fieldsOf(line['toolUseResult'])
    return traceResult(call, {
      ok: block['is_error'] !== true,
      ...(exit === undefined ? {} : { exit }),
      text,
      ...(told['timedOut'] === true ? { timeout: true } : {}),
      ...(ts === undefined ? {} : { ts }),
    })
  }

  #assistant(line: Fields, ts: string | undefined): readonly TraceEvent[] {
    const message = fieldsOf(line['message'])
    const id = textField(message, 'id') ?? ''
    const at = ts === undefined ? {} : { ts }
    const model = textField(message, 'model')
    const blocks = Array.isArray(message['content']) ? message['content'] : []
    if (line['isApiErrorMessage'] === true || model === SYNTHETIC) {
      const text = contentText(blocks)
      return line['isApiErrorMessage'] === true
        ? [{ t: 'retry', ...status(text), text: text.slice(0, 300), ...at }]
        : []
    }
    const begun = this.#held !== null && model !== undefined ? this.#begin(model) : []
    const counted = this.#count(id, message['usage'], ts)
    const said = blocks.flatMap((block) => this.#block(fieldsOf(block), id, ts))
    return [...begun, ...counted, ...said]
  }

  #block(block: Fields, message: string, ts: string | undefined): TraceEvent[] {
    const at = ts === undefined ? {} : { ts }
    switch (block['type']) {
      case 'text':
      case 'thinking': {
        const text = textField(block, 'text', 'thinking')
        if (text === undefined) return []
        return [traceSaid(block['type'] === 'text' ? 'say' : 'think', { text, message, ...at })]
      }
      case 'tool_use':
      case 'server_tool_use': {
        const id = textField(block, 'id')
        if (id === undefined || !this.#isNew(`call ${id}`)) return []
        const call = traceCall({
          a: this.#actions,
          id,
          tool: textField(block, 'name') ?? 'unknown',
          input: block['input'],
          batch: message,
          cwd: this.#cwd,
          ...at,
        })
        this.#actions += 1
        this.#calls.add(call)
        return [call]
      }
      default:
        return []
    }
  }

  /** The usage of the message before, when this line begins another. */
  #count(id: string, usage: unknown, ts: string | undefined): readonly TraceEvent[] {
    const fields = fieldsOf(usage)
    const input = numberField(fields, 'input_tokens')
    const before = this.#usage?.id === id ? [] : this.#flush()
    if (input === undefined || (this.#usage?.id !== id && !this.#isNew(`message ${id}`))) return before
    const out = numberField(fields, 'output_tokens') ?? 0
    const cached =
      (numberField(fields, 'cache_creation_input_tokens') ?? 0) +
      (numberField(fields, 'cache_read_input_tokens') ?? 0)
    const event: TraceEvent = {
      t: 'usage',
      ctx: input + cached + out,
      out,
      window: null,
      source: 'provider',
      ...(ts === undefined ? {} : { ts }),
    }
    this.#usage = { id, event }
    return before
  }

  #flush(): readonly TraceEvent[] {
    const counted = this.#usage
    this.#usage = null
    return counted === null ? [] : [counted.event]
  }

  #system(line: Fields, ts: string | undefined): readonly TraceEvent[] {
    const at = ts === undefined ? {} : { ts }
    if (line['subtype'] === 'compact_boundary') {
      const metadata = fieldsOf(line['compactMetadata'])
      return [
        ...this.#flush(),
        {
          t: 'compact',
          trigger: textField(metadata, 'trigger') ?? null,
          pre: numberField(metadata, 'preTokens') ?? null,
          post: numberField(metadata, 'postTokens') ?? null,
          ...at,
        },
      ]
    }
    if (line['subtype'] !== 'api_error') return []
    const error = fieldsOf(line['error'])
    const code = numberField(error, 'status')
    return [{ t: 'retry', ...(code === undefined ? {} : { status: code }), ...at }]
  }

  #isNew(key: string): boolean {
    if (this.#seen.has(key)) return false
    this.#seen.add(key)
    if (this.#seen.size > MAX_REMEMBERED) this.#seen.delete(this.#seen.keys().next().value ?? '')
    return true
  }
}

function isText(block: unknown): boolean {
  return fieldsOf(block)['type'] === 'text'
}

function status(text: string): { readonly status?: number } {
  const found = /\b(4\d\d|5\d\d)\b/.exec(text)?.[1]
  return found === undefined ? {} : { status: Number(found) }
}
