// Anthropic Messages. Pure.
import { pieces, type EncodedAnswer, type ModelAnswer, type StreamedEvent } from '../answer.ts'

type Block =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: unknown }

/** An answer of the Messages API. */
export function encodeAnthropic(answer: ModelAnswer): EncodedAnswer {
  const { input, output, cacheRead } = answer.usage
  const usage = {
    input_tokens: input,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cacheRead,
    output_tokens: output,
    service_tier: 'standard',
  }
  const content = blocks(answer)
  const stop = answer.calls.length > 0 ? 'tool_use' : 'end_turn'
  const message = {
    id: `msg_${answer.id}`,
    type: 'message',
    role: 'assistant',
    model: answer.model,
    stop_sequence: null,
  }
  const begun = { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } }
  const delta = { stop_reason: stop, stop_sequence: null }
  return {
    events: [
      event({ type: 'message_start', message: begun }),
      ...content.flatMap(blockEvents),
      event({ type: 'message_delta', delta, usage }),
      event({ type: 'message_stop' }),
    ],
    whole: { ...message, content, stop_reason: stop, usage },
  }
}

const event = (data: { readonly type: string } & Readonly<Record<string, unknown>>): StreamedEvent => ({
  event: data.type,
  data,
})

function blocks({ text, thinking, calls }: ModelAnswer): readonly Block[] {
  const thought: readonly Block[] =
    thinking === '' ? [] : [{ type: 'thinking', thinking, signature: 'c2lnbmF0dXJl' }]
  const said: readonly Block[] = text === '' && calls.length > 0 ? [] : [{ type: 'text', text }]
  const made = calls.map(({ id, name, input }) => ({
    type: 'tool_use' as const,
    id: `toolu_${id}`,
    name,
    input,
  }))
  return [...thought, ...said, ...made]
}

function blockEvents(block: Block, index: number): readonly StreamedEvent[] {
  const about = (type: string, more: object): StreamedEvent => event({ type, index, ...more })
  const deltas = (text: string, delta: (piece: string) => object): readonly StreamedEvent[] =>
    pieces(text).map((piece) => about('content_block_delta', { delta: delta(piece) }))
  const stop = about('content_block_stop', {})
  const start = (begun: object): StreamedEvent => about('content_block_start', { content_block: begun })
  switch (block.type) {
    case 'text':
      return [
        start({ ...block, text: '' }),
        ...deltas(block.text, (text) => ({ type: 'text_delta', text })),
        stop,
      ]
    case 'thinking':
      return [
        start({ ...block, thinking: '', signature: '' }),
        ...deltas(block.thinking, (thinking) => ({ type: 'thinking_delta', thinking })),
        about('content_block_delta', { delta: { type: 'signature_delta', signature: block.signature } }),
        stop,
      ]
    case 'tool_use':
      return [
        start({ ...block, input: {} }),
        ...deltas(JSON.stringify(block.input), (piece) => ({
          type: 'input_json_delta',
          partial_json: piece,
        })),
        stop,
      ]
  }
}
