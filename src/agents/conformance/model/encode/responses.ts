// OpenAI Responses. Pure.
import { pieces, promptTokens, type EncodedAnswer, type ModelAnswer, type StreamedEvent } from '../answer.ts'

type Item =
  | {
      readonly type: 'message'
      readonly id: string
      readonly role: 'assistant'
      readonly status: 'completed'
      readonly content: readonly [
        { readonly type: 'output_text'; readonly text: string; readonly annotations: [] },
      ]
    }
  | {
      readonly type: 'custom_tool_call'
      readonly id: string
      readonly call_id: string
      readonly name: string
      readonly status: 'completed'
      readonly input: string
    }
  | {
      readonly type: 'function_call'
      readonly id: string
      readonly call_id: string
      readonly name: string
      readonly namespace?: string
      readonly status: 'completed'
      readonly arguments: string
    }

/** An answer of the Responses API. */
export function encodeResponses(answer: ModelAnswer): EncodedAnswer {
  const tokens = promptTokens(answer.usage)
  const usage = {
    input_tokens: tokens,
    input_tokens_details: { cached_tokens: answer.usage.cacheRead },
    output_tokens: answer.usage.output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: tokens + answer.usage.output,
  }
  const output = items(answer)
  const base = { id: `resp_${answer.id}`, object: 'response', created_at: 0, model: answer.model }
  const begun = { ...base, status: 'in_progress', output: [], usage: null }
  const whole = { ...base, status: 'completed', output, usage }
  const said = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...output.flatMap(itemEvents),
    { type: 'response.completed', response: whole },
  ]
  const events = said.map((data, index): StreamedEvent => ({
    event: data.type,
    data: { ...data, sequence_number: index },
  }))
  return { events, whole }
}

function items({ id, text, calls }: ModelAnswer): readonly Item[] {
  const content = [{ type: 'output_text' as const, text, annotations: [] as [] }] as const
  const said: readonly Item[] =
    text === '' ? [] : [{ type: 'message', id: `msg_${id}`, role: 'assistant', status: 'completed', content }]
  const made = calls.map(({ id: call, name, group, input }): Item => {
    const shared = { call_id: `call_${call}`, name, status: 'completed' as const }
    if (typeof input === 'string') return { type: 'custom_tool_call', id: `ctc_${call}`, ...shared, input }
    const namespace = group === undefined ? {} : { namespace: group }
    return {
      type: 'function_call',
      id: `fc_${call}`,
      ...shared,
      ...namespace,
      arguments: JSON.stringify(input),
    }
  })
  return [...said, ...made]
}

type Said = { readonly type: string } & Readonly<Record<string, unknown>>

function itemEvents(item: Item, index: number): readonly Said[] {
  const begun = (empty: object): Said => ({
    type: 'response.output_item.added',
    output_index: index,
    item: { ...item, status: 'in_progress', ...empty },
  })
  const done = { type: 'response.output_item.done', output_index: index, item }
  switch (item.type) {
    case 'message':
      return [begun({ content: [] }), ...messageEvents(item.id, item.content[0], index), done]
    case 'custom_tool_call':
      return [begun({ input: '' }), done]
    case 'function_call': {
      const at = { item_id: item.id, output_index: index }
      const deltas = pieces(item.arguments).map((delta) => ({
        type: 'response.function_call_arguments.delta',
        ...at,
        delta,
      }))
      const whole = { type: 'response.function_call_arguments.done', ...at, arguments: item.arguments }
      return [begun({ arguments: '' }), ...deltas, whole, done]
    }
  }
}

function messageEvents(id: string, part: { readonly text: string }, index: number): readonly Said[] {
  const at = { item_id: id, output_index: index, content_index: 0 }
  return [
    { type: 'response.content_part.added', ...at, part: { ...part, text: '' } },
    ...pieces(part.text).map((delta) => ({ type: 'response.output_text.delta', ...at, delta })),
    { type: 'response.output_text.done', ...at, text: part.text },
    { type: 'response.content_part.done', ...at, part },
  ]
}
