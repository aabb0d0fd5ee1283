// Gemini generateContent. Pure.
import { pieces, promptTokens, type EncodedAnswer, type ModelAnswer } from '../answer.ts'

/** An answer of the generateContent API. */
export function encodeGemini(answer: ModelAnswer): EncodedAnswer {
  const tokens = promptTokens(answer.usage)
  const usageMetadata = {
    promptTokenCount: tokens,
    candidatesTokenCount: answer.usage.output,
    totalTokenCount: tokens + answer.usage.output,
    ...(answer.usage.cacheRead === 0 ? {} : { cachedContentTokenCount: answer.usage.cacheRead }),
  }
  const calls = answer.calls.map(({ id, name, input }) => ({
    functionCall: { id: `call_${id}`, name, args: input },
    thoughtSignature: 'c2lnbmF0dXJl',
  }))
  const body = (parts: readonly object[], finish: object): object => ({
    candidates: [{ content: { role: 'model', parts }, index: 0, ...finish }],
    usageMetadata,
    modelVersion: answer.model,
    responseId: `gen_${answer.id}`,
  })
  const over = { finishReason: 'STOP' }
  const said = answer.text === '' ? [] : [{ text: answer.text }]
  return {
    events: [
      ...pieces(answer.text).map((text) => ({ data: body([{ text }], {}) })),
      { data: body(calls.length > 0 ? calls : [{ text: '' }], over) },
    ],
    whole: body([...said, ...calls], over),
  }
}
