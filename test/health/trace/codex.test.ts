import { expect, test } from 'vitest'
import { TraceSurvey } from '../../../src/health/trace/survey.ts'
import { patchEdits } from '../../../src/health/trace/patch.ts'
import { read } from './reading.ts'

const line = (type: string, payload: object): object => ({ timestamp: '2030-01-01T00:00:00Z', type, payload })
const item = (payload: object): object => line('response_item', payload)
const said = (role: string, text: string): object =>
  item({ type: 'message', role, content: [{ type: role === 'user' ? 'input_text' : 'output_text', text }] })
const call = (id: string, name: string, input: object): object =>
  item({ type: 'function_call', name, arguments: JSON.stringify(input), call_id: id })
const output = (id: string, text: unknown): object =>
  item({ type: 'function_call_output', call_id: id, output: text })
const count = (total: number, last: number, out = 10): object =>
  line('event_msg', {
    type: 'token_count',
    info: {
      total_token_usage: { total_tokens: total },
      last_token_usage: { input_tokens: last - out, output_tokens: out, total_tokens: last },
      model_context_window: 1_000,
    },
  })
const META = line('session_meta', { id: 'c1', cwd: '/repo', cli_version: '0.166.0' })
const CONTEXT = line('turn_context', { cwd: '/repo', model: 'gpt' })

test('responses are counted once; that of a summary is no measure of the context', async () => {
  const { events } = await read([
    META,
    said('user', '<environment_context>x</environment_context>'),
    CONTEXT,
    said('user', 'Do it.'),
    said('assistant', 'One.'),
    call('1', 'exec_command', { cmd: 'npm test' }),
    output(
      '1',
      'Chunk ID: a1\nWall time: 0.1 seconds\nProcess exited with code 1\nOriginal token count: 2\nOutput:\nTests:       1 failed, 2 total\n',
    ),
    count(400, 400),
    count(400, 400),
    said('assistant', 'The summary.'),
    count(450, 50),
    line('compacted', { message: 'Here it is: The summary.' }),
    count(450, 80),
    said('assistant', 'Two.'),
    count(600, 150),
  ])
  expect(events.map(({ t }) => t)).toEqual([
    'session',
    'meta',
    'user',
    'say',
    'call',
    'result',
    'tests',
    'usage',
    'usage',
    'compact',
    'summary',
    'say',
    'usage',
  ])
  expect(
    events.filter(({ t }) => t === 'usage').map((event) => (event.t === 'usage' ? event.ctx : 0)),
  ).toEqual([400, null, 150])
  const survey = new TraceSurvey()
  for (const event of events) survey.note(event)
  expect(survey.report).toMatchObject({
    model: 'gpt',
    turns: 1,
    context: { messages: 3, output: 30, used: 150, peak: 400, window: 1_000, percent: 15, peakPercent: 40 },
    compactions: [{ a: 1, trigger: null, pre: 400, post: 80 }],
  })
})

test('what differs from call to call is no part of an output', async () => {
  const text = (id: string, seconds: string): string =>
    `Chunk ID: ${id}\nWall time: ${seconds} seconds\nProcess exited with code 2\nOriginal token count: 2\nOutput:\nno\n`
  const { events } = await read([
    META,
    CONTEXT,
    call('1', 'exec_command', { cmd: 'x' }),
    output('1', text('aa', '0.1')),
    call('2', 'shell', { command: ['bash', '-lc', 'x'] }),
    output('2', JSON.stringify({ output: 'no\n', metadata: { exit_code: 2 } })),
    call('3', 'exec_command', { cmd: 'y' }),
    output('3', 'Command blocked by PreToolUse hook: no.'),
    call('4', 'update_plan', { plan: [] }),
    output('4', 'Plan updated'),
    call('5', 'write_stdin', { session_id: 1 }),
    output('5', 'Wall time: 1 seconds\nProcess running with session ID 1\nOutput:\n…'),
  ])
  const results = events.flatMap((event) => (event.t === 'result' ? [event] : []))
  expect(results).toMatchObject([
    { ok: false, exit: 2, text: 'no\n' },
    { ok: false, exit: 2, text: 'no\n' },
    { ok: false },
    { ok: null },
    { ok: true, exit: null, text: '…' },
  ])
  expect(results[0]?.hash).toBe(results[1]?.hash)
  expect(events.flatMap((event) => (event.t === 'call' ? [[event.kind, event.cmd]] : []))).toEqual([
    ['exec', 'x'],
    ['exec', 'x'],
    ['exec', 'y'],
    ['plan', undefined],
    ['poll', undefined],
  ])
})

test('calls made at once share a batch; patches are edits, in a shell as well', async () => {
  const patch =
    '*** Begin Patch\n*** Update File: a.ts\n@@\n same\n-one\n+two\n*** Add File: b.ts\n+new\n*** Delete File: c.ts\n*** End Patch'
  const { events } = await read([
    META,
    CONTEXT,
    item({ type: 'custom_tool_call', name: 'apply_patch', call_id: '1', input: patch }),
    call('2', 'exec_command', { cmd: `apply_patch <<'E'\n${patch}\nE` }),
    item({
      type: 'custom_tool_call_output',
      call_id: '1',
      output: 'Exit code: 0\nWall time: 0.1 seconds\nOutput:\nSuccess.\n',
    }),
    output('2', 'Process exited with code 0\nOutput:\n'),
    call('3', 'exec_command', { cmd: 'ls' }),
  ])
  const calls = events.flatMap((event) => (event.t === 'call' ? [event] : []))
  expect(calls.map(({ kind, batch }) => [kind, batch])).toEqual([
    ['edit', 'response 1'],
    ['edit', 'response 1'],
    ['exec', 'response 2'],
  ])
  expect(calls[0]?.edits).toEqual(calls[1]?.edits)
  expect(patchEdits(patch)).toEqual([
    { path: 'a.ts', old: 'same\none', new: 'same\ntwo' },
    { path: 'b.ts', old: null, new: 'new' },
    { path: 'c.ts', old: null, new: null },
  ])
})

test('rollouts of the first versions are the bare items', async () => {
  const { events, tally } = await read([
    { id: 'old', timestamp: '2025-05-01T00:00:00Z', instructions: null },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Do it.' }] },
    { type: 'function_call', name: 'shell', call_id: '1', arguments: '{"command":["ls"]}' },
    { type: 'function_call_output', call_id: '1', output: '{"output":"a","metadata":{"exit_code":0}}' },
  ])
  expect(tally.format).toBe('codex')
  expect(events).toMatchObject([
    { t: 'session', id: 'old', agent: 'codex', model: null },
    { t: 'user' },
    { t: 'call', cmd: 'ls' },
    { t: 'result', ok: true, exit: 0, text: 'a' },
  ])
})
