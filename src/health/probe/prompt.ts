// What a probe asks, and reading what is answered. The session that answers is a copy and is thrown away. Pure.
import type { ProbeItem } from './item.ts'

/** The whole prompt: one JSON object is asked for, and "unknown" is said to be better than a guess. */
export function probePrompt(items: readonly ProbeItem[]): string {
  return [
    'Answer from memory, without tools and without looking anything up.',
    'Reply with one JSON object and nothing else: a key for every question below, its answer as the value.',
    'Where the answer is not known any more, the value is "unknown": a wrong answer counts less than none.',
    '',
    ...items.map(({ id, question }) => `${id}: ${question}`),
    '',
    `{${items.map(({ id }) => `"${id}": …`).join(', ')}}`,
  ].join('\n')
}

/** The answers by item id; null when the reply holds no JSON object. */
export function parseAnswers(reply: string): ReadonlyMap<string, unknown> | null {
  for (let at = reply.indexOf('{'); at !== -1; at = reply.indexOf('{', at + 1)) {
    const object = objectIn(reply.slice(at, endOf(reply, at)))
    if (object !== null) return new Map(Object.entries(object))
  }
  return null
}

function objectIn(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Just behind the brace that closes the one at `start`, strings respected. */
function endOf(text: string, start: number): number {
  let depth = 0
  let quoted = false
  for (let index = start; index < text.length; index++) {
    const char = text[index]
    if (quoted) {
      if (char === '\\') index++
      else if (char === '"') quoted = false
    } else if (char === '"') quoted = true
    else if (char === '{') depth++
    else if (char === '}' && --depth === 0) return index + 1
  }
  return text.length
}
