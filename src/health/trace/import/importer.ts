// What every importer is, and what they share: calls that wait for their result, and what is left out. Pure.
import type { TraceCall, TraceEvent } from '../../../contract/trace.ts'

/** Turns the lines of one agent's own file into ours, in order, holding a bounded part of it. */
export interface Importer {
  take(value: unknown): readonly TraceEvent[]
  /** What was held back until now. */
  end(): readonly TraceEvent[]
  /** Lines of sub-agents, which have a context of their own. */
  readonly sidechain: number
}

const MAX_WAITING = 1_000

/** Calls by id until their result comes; the oldest are forgotten. */
export class WaitingCalls {
  readonly #calls = new Map<string, TraceCall>()

  add(call: TraceCall): void {
    this.#calls.set(call.id, call)
    if (this.#calls.size > MAX_WAITING) this.#calls.delete(this.#calls.keys().next().value ?? '')
  }

  has(id: string): boolean {
    return this.#calls.has(id)
  }

  /** The call, once. */
  take(id: string): TraceCall | undefined {
    const call = this.#calls.get(id)
    this.#calls.delete(id)
    return call
  }
}

/** A number that is one. */
export function numberField(fields: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = fields[name]
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** The texts among blocks of content, or the text that stands in their place. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  const texts = content.flatMap((block: unknown) => {
    if (typeof block !== 'object' || block === null || !('text' in block)) return []
    return typeof block.text === 'string' ? [block.text] : []
  })
  return texts.join('\n')
}
