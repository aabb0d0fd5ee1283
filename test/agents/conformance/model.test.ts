import { expect, test } from 'vitest'
import { playMark, type ModelScript } from '../../../src/agents/conformance/model/script.ts'
import { startScriptedModel } from '../../../src/agents/conformance/model/server.ts'

const SCRIPT: ModelScript = {
  name: 'one',
  turns: [
    {
      text: 'Writing.',
      calls: [{ kind: 'write', path: 'a/b.txt', content: 'hello\n' }],
      fill: 0.5,
    },
    { fault: { kind: 'status', status: 529, message: 'Overloaded', retryAfterSeconds: 2 } },
    { fault: { kind: 'reset', when: 'middle' }, text: 'x'.repeat(400) },
    { text: 'Done.' },
  ],
  summary: 'What was said.',
}
const OPTIONS = { window: 10_000, aside: /from memory/ }
const CWD = 'Primary working directory: /work/tree\n'

const WRITE = {
  name: 'Write',
  input_schema: { properties: { file_path: {}, content: {} }, required: ['file_path'] },
}

function anthropic(text: string, more: object = {}): RequestInit {
  const messages = [{ role: 'user', content: [{ type: 'text', text }] }]
  return {
    method: 'POST',
    body: JSON.stringify({ model: 'm', system: CWD, messages, tools: [WRITE], ...more }),
  }
}

test('the next turn of the named script is said, with the tools and paths that the agent has', async () => {
  await using model = await startScriptedModel([SCRIPT], OPTIONS)
  const answer = await fetch(`${model.url}/v1/messages`, anthropic(`Go. ${playMark('one', 'k')}`))
  expect(await answer.json()).toMatchObject({
    content: [
      { type: 'text', text: 'Writing.' },
      { type: 'tool_use', name: 'Write', input: { file_path: '/work/tree/a/b.txt', content: 'hello\n' } },
    ],
    stop_reason: 'tool_use',
    usage: { input_tokens: 1000, cache_read_input_tokens: 3950, output_tokens: 50 },
  })
  expect(model.seen).toMatchObject([{ kind: 'turn', script: 'one', key: 'k', turn: 0, notOffered: [] }])
})

test('failures take turns of their own, so a retry meets what comes after', async () => {
  await using model = await startScriptedModel([SCRIPT], OPTIONS)
  const ask = (): Promise<Response> =>
    fetch(`${model.url}/v1/messages`, anthropic(playMark('one', 'k'), { stream: true }))
  await (await ask()).text()
  const overloaded = await ask()
  expect([overloaded.status, overloaded.headers.get('retry-after')]).toEqual([529, '2'])
  await expect(ask().then((cut) => cut.text())).rejects.toThrow('terminated')
  const text = await (await ask()).text()
  expect(text).toContain('"text":"Done."')
  expect(text.trimEnd().split('\n\n').at(-1)).toBe('event: message_stop\ndata: {"type":"message_stop"}')
})

test('two sessions read one script each for itself', async () => {
  await using model = await startScriptedModel([SCRIPT], OPTIONS)
  for (const key of ['left', 'right'])
    await fetch(`${model.url}/v1/messages`, anthropic(playMark('one', key)))
  expect(model.seen.map(({ key, turn }) => [key, turn])).toEqual([
    ['left', 0],
    ['right', 0],
  ])
})

test('titles, summaries, suggestions and what a copy is asked take no turn', async () => {
  await using model = await startScriptedModel([SCRIPT], OPTIONS)
  const mark = playMark('one', 'k')
  const say = async (text: string, more: object = {}): Promise<string> =>
    (await fetch(`${model.url}/v1/messages`, anthropic(text, more))).text()
  expect(await say(`Create a detailed summary of our conversation so far. ${mark}`)).toContain(
    `What was said. ${mark}`,
  )
  await say(`A title, please. ${mark}`, { tools: [] })
  await say(`Answer from memory. ${mark}`)
  await say(`Reply with ONLY the suggestion. ${mark}`)
  await say(mark, { max_tokens: 1 })
  expect(model.seen.map(({ kind, turn }) => [kind, turn])).toEqual([
    ['summary', null],
    ['title', null],
    ['aside', null],
    ['aside', null],
    ['quota', null],
  ])
})

test('a call for which the agent has no tool is left out and told', async () => {
  await using model = await startScriptedModel([SCRIPT], OPTIONS)
  await fetch(`${model.url}/v1/messages`, anthropic(playMark('one', 'k'), { tools: [{ name: 'Other' }] }))
  expect(model.seen[0]?.notOffered).toEqual(['write'])
})

test('the Responses API: a patch where no tool writes, tools in groups, events in order', async () => {
  await using model = await startScriptedModel([SCRIPT], OPTIONS)
  const body = {
    model: 'm',
    stream: true,
    input: [{ role: 'user', content: [{ type: 'input_text', text: playMark('one', 'k') }] }],
    tools: [
      { type: 'namespace', name: 'group', tools: [{ type: 'function', name: 'inner' }] },
      { type: 'custom', name: 'apply_patch' },
    ],
  }
  const text = await (
    await fetch(`${model.url}/v1/responses`, { method: 'POST', body: JSON.stringify(body) })
  ).text()
  const events = text
    .trimEnd()
    .split('\n\n')
    .map((event) => JSON.parse(event.split('\ndata: ')[1] ?? ''))
  expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, index) => index))
  expect(events.at(-1)).toMatchObject({
    type: 'response.completed',
    response: {
      usage: { input_tokens: 4950, output_tokens: 50 },
      output: [
        { type: 'message' },
        {
          type: 'custom_tool_call',
          input: '*** Begin Patch\n*** Add File: a/b.txt\n+hello\n*** End Patch',
        },
      ],
    },
  })
  expect(model.seen[0]?.tools).toEqual(['inner', 'apply_patch'])
})

test('Chat Completions and Gemini say the same in their own words', async () => {
  await using model = await startScriptedModel([SCRIPT], OPTIONS)
  const chat = await fetch(`${model.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({
      model: 'm',
      messages: [
        { role: 'system', content: 'Working directory: /work/tree' },
        { role: 'user', content: playMark('one', 'chat') },
      ],
      tools: [
        {
          type: 'function',
          function: { name: 'write', parameters: { properties: { filePath: {}, content: {} } } },
        },
      ],
    }),
  })
  expect(await chat.json()).toMatchObject({
    choices: [
      {
        finish_reason: 'tool_calls',
        message: {
          tool_calls: [
            { function: { name: 'write', arguments: expect.stringContaining('/work/tree/a/b.txt') } },
          ],
        },
      },
    ],
    usage: { prompt_tokens: 4950 },
  })
  const gemini = await fetch(`${model.url}/v1beta/models/m:generateContent`, {
    method: 'POST',
    body: JSON.stringify({
      systemInstruction: { parts: [{ text: "I'm currently working in the directory: /work/tree\n" }] },
      contents: [{ role: 'user', parts: [{ text: playMark('one', 'gemini') }] }],
      tools: [
        {
          functionDeclarations: [
            { name: 'write_file', parametersJsonSchema: { properties: { file_path: {} } } },
          ],
        },
      ],
    }),
  })
  expect(await gemini.json()).toMatchObject({
    candidates: [
      {
        content: {
          parts: [
            { text: 'Writing.' },
            { functionCall: { name: 'write_file', args: { file_path: '/work/tree/a/b.txt' } } },
          ],
        },
      },
    ],
    usageMetadata: { promptTokenCount: 4950 },
  })
})

test('what is not served and what cannot be read is answered, and the server goes on', async () => {
  await using model = await startScriptedModel([SCRIPT], OPTIONS)
  expect((await fetch(`${model.url}/v1/else`, { method: 'POST', body: '{}' })).status).toBe(404)
  expect((await fetch(`${model.url}/v1/messages`, { method: 'POST', body: 'no json' })).status).toBe(200)
  expect((await fetch(`${model.url}/v1/messages`, { method: 'POST', body: '"text"' })).status).toBe(400)
  const models = await (await fetch(`${model.url}/v1/models`)).json()
  expect(models).toMatchObject({
    object: 'list',
    data: expect.arrayContaining([
      { id: 'gpt-5.5', object: 'model', type: 'model', display_name: 'gpt-5.5', created: 1 },
    ]),
  })
})

test('whoever waits for a turn hears of it, also of one that is past', async () => {
  await using model = await startScriptedModel([SCRIPT], OPTIONS)
  const signal = AbortSignal.timeout(10_000)
  const later = model.until(({ turn }) => turn === 0, signal)
  await fetch(`${model.url}/v1/messages`, anthropic(playMark('one', 'k')))
  expect(await later).toMatchObject({ turn: 0 })
  expect(await model.until(({ turn }) => turn === 0, signal)).toMatchObject({ turn: 0 })
  await expect(model.until(() => false, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
})
