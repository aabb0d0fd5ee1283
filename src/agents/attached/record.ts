// What both readers of conversations share: the line of an agent's record as events of ours, and the fields of lines that
// nobody vouches for. Pure.
import type { AgentEvent, ToolKind } from '../../contract/agent.ts'
import { tokenCount } from '../../contract/figures.ts'
import type { TerminalState } from '../../contract/terminal.ts'

export type Fields = Readonly<Record<string, unknown>>

/** Reads one conversation, in order. */
export interface RecordReader {
  /** What a line says; nothing for lines of other kinds. Never throws. */
  take(line: string): readonly AgentEvent[]
  /** What the record itself tells of whether the agent is at work; null: nothing. */
  readonly state: TerminalState | null
  /** What the person is asked, as far as the record lets it be concluded; `now`: milliseconds since 1970. */
  waitingFor(now: number): string | null
}

/** Characters of an output, of a text and of arguments as JSON that an event holds at most. */
export const OUTPUT_CHARS = 64_000
const INPUT_CHARS = 64_000
const TITLE_CHARS = 200

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

export function textIn(fields: Fields, name: string): string | null {
  const value = fields[name]
  return typeof value === 'string' ? value : null
}

/** A whole figure within bounds, as counts of tokens are; null for anything else. */
export function countIn(fields: Fields, name: string): number | null {
  return tokenCount(fields[name])
}

/** The fields of a line of JSON; none when it is no object. */
export function lineFields(line: string): Fields {
  try {
    return fieldsOf(JSON.parse(line))
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

/** The texts among blocks of content, or the text that stands in their place. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.flatMap((block: unknown) => textIn(fieldsOf(block), 'text') ?? []).join('\n')
}

export type ToolEvent = Extract<AgentEvent, { kind: 'tool' }>

const MOST_OPEN = 500

/** Calls until their result comes; the oldest are forgotten. */
export class OpenCalls {
  readonly #calls = new Map<string, ToolEvent>()

  /** The call as it began; null when it was told before. */
  begin(call: ToolEvent): ToolEvent | null {
    if (this.#calls.has(call.id)) return null
    this.#calls.set(call.id, call)
    if (this.#calls.size > MOST_OPEN) this.#calls.delete(this.#calls.keys().next().value ?? '')
    return call
  }

  /** More paths of a call. */
  add(id: string, paths: readonly string[]): void {
    const call = this.#calls.get(id)
    if (call !== undefined) this.#calls.set(id, { ...call, paths: [...new Set([...call.paths, ...paths])] })
  }

  /** The call with its result, once. */
  end(id: string, result: { readonly ok: boolean; readonly output: string }): ToolEvent | null {
    const call = this.#calls.get(id)
    if (call === undefined) return null
    this.#calls.delete(id)
    const { ok, output } = result
    return {
      ...call,
      status: ok ? 'completed' : 'failed',
      output: output.slice(0, OUTPUT_CHARS),
      ...(output.length > OUTPUT_CHARS ? { outputChars: output.length } : {}),
    }
  }
}

/** A call as it begins. */
export function newCall(call: {
  readonly id: string
  readonly name: string
  readonly tool: ToolKind
  readonly input: unknown
  readonly paths: readonly string[]
  readonly about: string | null
}): ToolEvent {
  const { id, name, tool, input, paths, about } = call
  const short = JSON.stringify(input ?? null).length <= INPUT_CHARS
  const title = about === null ? name : `${name}: ${about}`
  return {
    kind: 'tool',
    id,
    title: title.slice(0, TITLE_CHARS),
    tool,
    status: 'running',
    paths,
    name: name.slice(0, TITLE_CHARS),
    ...(short ? { input } : {}),
  }
}
