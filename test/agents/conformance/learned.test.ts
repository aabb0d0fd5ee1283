import { expect, test } from 'vitest'
import { filled, heard, isUnanswered } from '../../../src/agents/conformance/model/learned.ts'
import type { ModelRequest } from '../../../src/agents/conformance/model/request.ts'

function request(...texts: readonly string[]): ModelRequest {
  const messages = texts.map((text) => ({ role: 'user' as const, text }))
  return {
    protocol: 'anthropic',
    stream: false,
    model: 'm',
    system: '',
    limit: null,
    messages,
    tools: [],
    wants: null,
  }
}

test.for([
  ['alone', '30', '30'],
  ['on a line of its own', 'Wall time: 7 seconds\nOutput:\n30', '30'],
  ['as text in JSON', '[{"type":"text","text":"7"}]', '7'],
  ['as text in JSON in JSON', String.raw`{"output":"{\"text\":\"7\"}"}`, '7'],
  ['within other words', 'It took 7 seconds for 30 days.', null],
] as const)('the answer is heard %s', ([, text, answer]) => {
  expect(heard(request('30', text), ['7', '30'])).toBe(answer)
})

test('only the newest message is listened to', () => {
  expect(heard(request('7', 'Something else.'), ['7'])).toBeNull()
  expect(isUnanswered(request('There is no answer yet. Call this tool again.'))).toBe(true)
  expect(isUnanswered(request('There is no answer yet.', '7'))).toBe(false)
})

test('answers are put into everything that is said and done', () => {
  const turn = {
    text: 'It is {{answer.ttl}} of {{answer.other}}.',
    thinking: '{{answer.ttl}}?',
    fill: 0.5,
    calls: [
      { kind: 'write', path: 'f', content: '{{answer.ttl}}' },
      { kind: 'edit', path: 'f', old: 'x', new: '{{answer.ttl}}' },
      { kind: 'run', command: 'echo {{answer.ttl}}' },
      { kind: 'tool', tool: 't', input: { list: ['{{answer.ttl}}'], count: 1 } },
      { kind: 'read', path: 'f' },
    ],
  } as const
  expect(filled(turn, {})).toBe(turn)
  expect(filled(turn, { ttl: '7' })).toEqual({
    text: 'It is 7 of {{answer.other}}.',
    thinking: '7?',
    fill: 0.5,
    calls: [
      { kind: 'write', path: 'f', content: '7' },
      { kind: 'edit', path: 'f', old: 'x', new: '7' },
      { kind: 'run', command: 'echo 7' },
      { kind: 'tool', tool: 't', input: { list: ['7'], count: 1 } },
      { kind: 'read', path: 'f' },
    ],
  })
})
