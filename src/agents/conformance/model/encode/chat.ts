// OpenAI Chat Completions. Pure.
import { pieces, promptTokens, type EncodedAnswer, type ModelAnswer, type StreamedEvent } from '../answer.ts'

/** An answer of the Chat Completions API. */
export function encodeChat(answer: ModelAnswer): EncodedAnswer {
  const tokens = promptTokens(answer.usage)
  const usage = {
    prompt_tokens: tokens,
    completion_tokens: answer.usage.output,
    total_tokens: tokens + answer.usage.output,
    prompt_tokens_details: { cached_tokens: answer.usage.cacheRead },
  }
  const calls = answer.calls.map(({ id, name, input }) => ({
    id: `call_${id}`,
    type: 'function',
    function: { name, arguments: JSON.stringify(input) },
  }))
  const finish = calls.length > 0 ? 'tool_calls' : 'stop'
  const base = { id: `chatcmpl-${answer.id}`, created: 0, model: answer.model }
  const chunk = (delta: object, reason: string | null = null): StreamedEvent => ({
    data: {
      ...base,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: reason }],
    },
  })
  const called = calls.flatMap(({ function: { name, arguments: text }, ...call }, index) => [
    chunk({ tool_calls: [{ index, ...call, function: { name, arguments: '' } }] }),
    ...pieces(text).map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
  ])
  const message = {
    role: 'assistant',
    content: answer.text || null,
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  }
  return {
    events: [
      chunk({ role: 'assistant', content: '' }),
      ...pieces(answer.text).map((content) => chunk({ content })),
      ...called,
      chunk({}, finish),
      { data: { ...base, object: 'chat.completion.chunk', choices: [], usage } },
    ],
    whole: {
      ...base,
      object: 'chat.completion',
      choices: [{ index: 0, finish_reason: finish, message }],
      usage,
    },
    end: 'data: [DONE]\n\n',
  }
}
