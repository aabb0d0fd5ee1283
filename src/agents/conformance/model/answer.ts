// An answer of the model before it is put into a protocol's words. Pure types.
import type { ScriptedUsage } from './script.ts'
import type { ToolCall } from './tools.ts'

export interface ModelAnswer {
  /** Unique in the server's life; identifiers of parts are built from it. */
  readonly id: string
  readonly model: string
  readonly text: string
  readonly thinking: string
  readonly calls: readonly (ToolCall & { readonly id: string })[]
  readonly usage: ScriptedUsage
}

/** One event of a stream of server-sent events. */
export interface StreamedEvent {
  readonly event?: string
  readonly data: unknown
}

/** The same answer in one protocol: as events, and as the one body for those that do not stream. */
export interface EncodedAnswer {
  readonly events: readonly StreamedEvent[]
  readonly whole: unknown
  /** Sent behind the last event, as it is. */
  readonly end?: string
}

const PIECE_CHARACTERS = 40
/** No provider says as much at once as a script can, and an agent may give up on who cannot read it as fast: Copilot ends
 *  the stream of its reports, without a word, behind the 4096th that waits. */
const PIECES = 200

/** The pieces that a text is streamed in; none of an empty one. */
export function pieces(text: string): readonly string[] {
  const length = Math.max(PIECE_CHARACTERS, Math.ceil(text.length / PIECES))
  return Array.from({ length: Math.ceil(text.length / length) }, (_, at) =>
    text.slice(at * length, (at + 1) * length),
  )
}

/** Everything that was read, cached or not. */
export const promptTokens = ({ input, cacheRead }: ScriptedUsage): number => input + cacheRead
