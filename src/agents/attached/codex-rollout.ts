// The rollout of Codex as events. That it asks its person is not written there: a patch takes no time, so one without an
// outcome waits for a word, and so does a command beyond its sandbox that has not even said that it goes on. Figures are told again and again: a response is counted once, by the total that only a
// new one changes. After a compaction the figure is unknown until the next response. Pure.
import type { AgentEvent, ToolKind } from '../../contract/agent.ts'
import type { TerminalState } from '../../contract/terminal.ts'
import {
  countIn,
  fieldsOf,
  lineFields,
  newCall,
  OpenCalls,
  OUTPUT_CHARS,
  textIn,
  textOf,
  type Fields,
  type RecordReader,
  type ToolEvent,
} from './record.ts'

const EXIT = /^(?:Process exited with code|Exit code:) (\d+)/m
const BLOCKED = /^(?:Command|apply_patch|Tool call) blocked by/
const PATCHED = /^\*\*\* (?:Add File|Update File|Delete File|Move to): (.+)$/gm

/** Until a patch, and the hook that judges it, are through. */
const PATCH_MS = 3_000
/** Until a command has said that it goes on, where it does not name the time itself; and what is allowed on top. */
const YIELD_MS = 10_000
const LATE_MS = 5_000

/** A call that may be asked about. */
interface Askable {
  readonly id: string
  readonly what: string
  /** From when on there is no other reason that it has no outcome; milliseconds since 1970. */
  readonly from: number
}

export class CodexRollout implements RecordReader {
  readonly #calls = new OpenCalls()
  #asked: Askable | null = null
  #total: number | null = null
  #state: TerminalState | null = null

  get state(): TerminalState | null {
    return this.#state
  }

  waitingFor(now: number): string | null {
    return this.#asked !== null && this.#state === 'busy' && now >= this.#asked.from ? this.#asked.what : null
  }

  take(text: string): readonly AgentEvent[] {
    const line = lineFields(text)
    const payload = fieldsOf(line['payload'])
    this.#follow(payload, Date.parse(textIn(line, 'timestamp') ?? ''))
    switch (line['type']) {
      case 'response_item':
        return this.#item(payload)
      case 'event_msg':
        return this.#event(payload)
      case 'compacted':
        return [{ kind: 'compaction', phase: 'completed', ...summaryOf(payload) }]
      default:
        return []
    }
  }

  #follow(item: Fields, at: number): void {
    const type = textIn(item, 'type') ?? ''
    const id = textIn(item, 'call_id')
    if (type.endsWith('_output') && this.#asked?.id === id) this.#asked = null
    else if (type === 'task_started' || type === 'task_complete' || type === 'turn_aborted')
      this.#asked = null
    else if (id !== null && type.endsWith('_call') && !Number.isNaN(at))
      this.#asked = askable(item, id, at) ?? this.#asked
  }

  #item(item: Fields): readonly AgentEvent[] {
    const type = textIn(item, 'type') ?? ''
    const id = textIn(item, 'call_id')
    if (type === 'message' && item['role'] === 'assistant') return said(item)
    if (id === null) return []
    if (type === 'function_call' || type === 'custom_tool_call') {
      const call = this.#calls.begin(toolCall(id, item))
      return call === null ? [] : [call]
    }
    if (!type.endsWith('_output')) return []
    const output = textIn(item, 'output') ?? textOf(item['output'])
    const exit = EXIT.exec(output)?.[1]
    const ok = !BLOCKED.test(output) && (exit === undefined || exit === '0')
    const ended = this.#calls.end(id, { ok, output })
    if (ended === null) return []
    return [exit === undefined ? ended : { ...ended, exit: Number(exit) }]
  }

  #event(event: Fields): readonly AgentEvent[] {
    switch (event['type']) {
      case 'task_started':
        this.#state = 'busy'
        return []
      case 'task_complete':
      case 'turn_aborted':
        this.#state = 'idle'
        return []
      case 'token_count':
        return this.#usage(fieldsOf(event['info']))
      case 'item_completed': {
        const item = fieldsOf(event['item'])
        if (item['type'] === 'FileChange')
          this.#calls.add(textIn(item, 'id') ?? '', Object.keys(fieldsOf(item['changes'])))
        return []
      }
      case 'stream_error':
        return [{ kind: 'notice', text: textIn(event, 'message') ?? 'The model could not be reached.' }]
      default:
        return []
    }
  }

  #usage(info: Fields): readonly AgentEvent[] {
    const total = countIn(fieldsOf(info['total_token_usage']), 'total_tokens')
    const used = countIn(fieldsOf(info['last_token_usage']), 'total_tokens')
    if (used === null || total === this.#total) return []
    this.#total = total
    const size = countIn(info, 'model_context_window')
    return [{ kind: 'usage', usage: { used, size, source: 'provider' } }]
  }
}

function askable(item: Fields, id: string, at: number): Askable | null {
  if (textIn(item, 'name') === 'apply_patch') return { id, what: 'approval of a patch', from: at + PATCH_MS }
  const input = lineFields(textIn(item, 'arguments') ?? '')
  if (input['sandbox_permissions'] !== 'require_escalated') return null
  const from = at + (countIn(input, 'yield_time_ms') ?? YIELD_MS) + LATE_MS
  return { id, what: 'approval of a command', from }
}

function said(item: Fields): readonly AgentEvent[] {
  const text = textOf(item['content'])
  const message = textIn(item, 'id')
  return text === '' ? [] : [{ kind: 'text', text, ...(message === null ? {} : { message }) }]
}

function summaryOf(payload: Fields): { readonly summary?: string } {
  const text = textIn(payload, 'message') ?? ''
  return text === '' ? {} : { summary: text.slice(0, OUTPUT_CHARS) }
}

function toolCall(id: string, item: Fields): ToolEvent {
  const name = textIn(item, 'name') ?? 'unknown'
  const given = textIn(item, 'input') ?? textIn(item, 'arguments') ?? ''
  if (name === 'apply_patch') {
    const paths = [...given.matchAll(PATCHED)].flatMap(([, path]) => path?.trim() ?? [])
    return newCall({ id, name, tool: 'edit', input: given, paths, about: paths.join(' ') })
  }
  const input = lineFields(given)
  const tool: ToolKind = /^(?:exec_command|shell|local_shell|write_stdin)/.test(name) ? 'execute' : 'other'
  const about = textIn(input, 'cmd') ?? textIn(input, 'command')
  return newCall({ id, name, tool, input, paths: [], about })
}
