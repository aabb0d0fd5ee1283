// The transcript of Claude Code as events. One message of the API is several lines with the same usage: it is counted
// once, by its id. What sub-agents do stands in files of their own, and lines of theirs are left out: their context is not
// this one. After a compaction the figure is unknown until the next answer. Pure.
import type { AgentEvent, ToolEdit, ToolKind } from '../../contract/agent.ts'
import { tokenCount } from '../../contract/figures.ts'
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

const KINDS: Readonly<Record<string, ToolKind>> = {
  Read: 'read',
  NotebookRead: 'read',
  Edit: 'edit',
  MultiEdit: 'edit',
  Write: 'edit',
  NotebookEdit: 'edit',
  Bash: 'execute',
  BashOutput: 'read',
  Glob: 'search',
  Grep: 'search',
  LS: 'search',
  WebFetch: 'fetch',
  WebSearch: 'fetch',
  TodoWrite: 'think',
}
const SYNTHETIC = '<synthetic>'
const EDIT_CHARS = 64_000
const MOST_SEEN = 2_000
/** A summary comes with the line after its boundary. */
const BOUNDARY = 'compact_boundary'

export class ClaudeTranscript implements RecordReader {
  /** The transcript does not tell; the session's own file does. */
  readonly state = null
  readonly waitingFor = (): null => null
  readonly #calls = new OpenCalls()
  readonly #seen = new Set<string>()
  #boundary = false

  take(text: string): readonly AgentEvent[] {
    const line = lineFields(text)
    if (line['isSidechain'] === true) return []
    switch (line['type']) {
      case 'assistant':
        return [...this.#compacted(), ...this.#assistant(fieldsOf(line['message']), line)]
      case 'user':
        return this.#user(line)
      case 'system':
        return this.#system(line)
      default:
        return []
    }
  }

  #system(line: Fields): readonly AgentEvent[] {
    if (line['subtype'] === 'api_error')
      return [{ kind: 'notice', text: 'The model could not be reached; it is tried again.' }]
    if (line['subtype'] !== BOUNDARY) return []
    const before = this.#compacted()
    this.#boundary = true
    return before
  }

  #compacted(summary?: string): readonly AgentEvent[] {
    if (!this.#boundary) return []
    this.#boundary = false
    const more = summary === undefined || summary === '' ? {} : { summary: summary.slice(0, OUTPUT_CHARS) }
    return [{ kind: 'compaction', phase: 'completed', ...more }]
  }

  #user(line: Fields): readonly AgentEvent[] {
    const { content } = fieldsOf(line['message'])
    if (line['isCompactSummary'] === true) return this.#compacted(textOf(content))
    const blocks: readonly unknown[] = Array.isArray(content) ? content : []
    const results = blocks.flatMap((block): readonly AgentEvent[] => {
      const fields = fieldsOf(block)
      if (fields['type'] !== 'tool_result') return []
      const result = { ok: fields['is_error'] !== true, output: textOf(fields['content']) }
      const ended = this.#calls.end(textIn(fields, 'tool_use_id') ?? '', result)
      return ended === null ? [] : [ended]
    })
    return [...this.#compacted(), ...results]
  }

  #assistant(message: Fields, line: Fields): readonly AgentEvent[] {
    if (line['isApiErrorMessage'] === true) return [{ kind: 'notice', text: textOf(message['content']) }]
    if (message['model'] === SYNTHETIC) return []
    const id = textIn(message, 'id') ?? ''
    const blocks: readonly unknown[] = Array.isArray(message['content']) ? message['content'] : []
    return [
      ...this.#usage(id, message['usage']),
      ...blocks.flatMap((block) => this.#block(fieldsOf(block), id)),
    ]
  }

  #usage(id: string, value: unknown): readonly AgentEvent[] {
    const usage = fieldsOf(value)
    const input = countIn(usage, 'input_tokens')
    if (input === null || !this.#isNew(`message ${id}`)) return []
    const rest = ['cache_creation_input_tokens', 'cache_read_input_tokens', 'output_tokens']
    const used = tokenCount(rest.reduce((sum, name) => sum + (countIn(usage, name) ?? 0), input))
    if (used === null) return []
    return [{ kind: 'usage', usage: { used, size: null, source: 'provider' } }]
  }

  #block(block: Fields, message: string): readonly AgentEvent[] {
    const part = message === '' ? {} : { message }
    if (block['type'] === 'text') return [{ kind: 'text', text: textIn(block, 'text') ?? '', ...part }]
    if (block['type'] === 'thinking')
      return [{ kind: 'thought', text: textIn(block, 'thinking') ?? '', ...part }]
    const id = textIn(block, 'id')
    if (block['type'] !== 'tool_use' || id === null || !this.#isNew(`call ${id}`)) return []
    const call = this.#calls.begin({ ...toolCall(id, block), ...part })
    return call === null ? [] : [call]
  }

  #isNew(key: string): boolean {
    if (this.#seen.has(key)) return false
    this.#seen.add(key)
    if (this.#seen.size > MOST_SEEN) this.#seen.delete(this.#seen.keys().next().value ?? '')
    return true
  }
}

function toolCall(id: string, block: Fields): ToolEvent {
  const name = textIn(block, 'name') ?? 'unknown'
  const input = fieldsOf(block['input'])
  const path = textIn(input, 'file_path') ?? textIn(input, 'notebook_path')
  const tool = (Object.hasOwn(KINDS, name) ? KINDS[name] : undefined) ?? 'other'
  const about = path ?? textIn(input, 'command') ?? textIn(input, 'pattern')
  const call = newCall({ id, name, tool, input: block['input'], paths: path === null ? [] : [path], about })
  const edits = path === null || tool !== 'edit' ? [] : editsOf(path, input)
  return edits.length === 0 ? call : { ...call, edits }
}

function editsOf(path: string, input: Fields): readonly ToolEdit[] {
  const many: readonly unknown[] = Array.isArray(input['edits']) ? input['edits'] : [input]
  return many.slice(0, 50).flatMap((value): readonly ToolEdit[] => {
    const edit = fieldsOf(value)
    const text = textIn(edit, 'new_string') ?? textIn(edit, 'content')
    if (text === null) return []
    return [
      { path, old: textIn(edit, 'old_string')?.slice(0, EDIT_CHARS) ?? null, new: text.slice(0, EDIT_CHARS) },
    ]
  })
}
