import { expect, test } from 'vitest'
import { TraceSurvey } from '../../../src/health/trace/survey.ts'
import type { TraceEvent } from '../../../src/contract/trace.ts'
import { read } from './reading.ts'

const base = { sessionId: 's1', version: '2.1.0', cwd: '/repo', isSidechain: false }
const usage = (input: number, output: number): object => ({
  input_tokens: input,
  cache_creation_input_tokens: 20,
  cache_read_input_tokens: 300,
  output_tokens: output,
})
const assistant = (id: string, block: object, counts = usage(1, 5), more: object = {}): object => ({
  ...base,
  type: 'assistant',
  message: { id, role: 'assistant', model: 'claude-opus', content: [block], usage: counts },
  ...more,
})
const user = (content: unknown, more: object = {}): object => ({
  ...base,
  type: 'user',
  message: { role: 'user', content },
  ...more,
})
const use = (id: string, name: string, input: object): object => ({ type: 'tool_use', id, name, input })
const result = (id: string, content: unknown, more: object = {}): object =>
  user([{ type: 'tool_result', tool_use_id: id, content, ...more }])

function surveyed(events: readonly TraceEvent[]): TraceSurvey['report'] {
  const survey = new TraceSurvey()
  for (const event of events) survey.note(event)
  return survey.report
}

test('a message of several lines is counted once, with the figures of its last line', async () => {
  const { events } = await read([
    user('Do it.'),
    assistant('m1', { type: 'thinking', thinking: 'Hm.' }, usage(1, 1)),
    assistant('m1', { type: 'text', text: 'Both.' }, usage(1, 2)),
    assistant('m1', use('t1', 'Read', { file_path: '/repo/a.ts' }), usage(1, 3)),
    result('t1', 'one'),
    assistant('m1', use('t2', 'Grep', { pattern: 'x' }), usage(1, 40)),
    result('t2', [{ type: 'text', text: 'two' }]),
    assistant('m2', { type: 'text', text: 'Done.' }, usage(2, 7)),
    // A resumed session may tell the same again.
    assistant('m1', { type: 'text', text: 'Both.' }, usage(1, 40)),
  ])
  expect(events.filter(({ t }) => t === 'usage')).toMatchObject([
    { ctx: 361, out: 40, window: null },
    { ctx: 329, out: 7, window: null },
  ])
  expect(events.filter(({ t }) => t === 'call')).toMatchObject([
    { a: 0, kind: 'read', path: 'a.ts', batch: 'm1' },
    { a: 1, kind: 'search', batch: 'm1' },
  ])
  expect(surveyed(events).context).toMatchObject({ messages: 2, output: 47, window: null, percent: null })
})

test('kinds, edits, exits, refusals, commands of the program, interrupts and trouble', async () => {
  const { events } = await read([
    user('Fix it.'),
    user('<command-name>/compact</command-name>'),
    user('Caveat', { isMeta: true }),
    assistant('m1', use('t1', 'Edit', { file_path: '/repo/a.ts', old_string: 'one', new_string: 'two\n' })),
    result('t1', 'ok'),
    assistant('m2', use('t2', 'Edit', { file_path: '/repo/a.ts', old_string: 'two\n', new_string: 'one' })),
    result('t2', 'refused', { is_error: true }),
    assistant('m3', use('t3', 'Bash', { command: 'npm test' })),
    result('t3', 'Exit code 1\n      Tests  1 failed | 2 passed (3)', { is_error: true }),
    assistant('m4', use('t4', 'mcp__quintet__ask', { text: 'x' })),
    user([{ type: 'text', text: '[Request interrupted by user for tool use]' }]),
    { ...base, type: 'system', subtype: 'api_error', error: { status: 529 } },
    assistant('m5', { type: 'text', text: 'API Error: 429 rate limited' }, usage(0, 0), {
      isApiErrorMessage: true,
    }),
  ])
  const edits = events.flatMap((event) => (event.t === 'call' ? (event.edits ?? []) : []))
  expect(edits).toHaveLength(2)
  expect([edits[0]?.old, edits[0]?.new]).toEqual([edits[1]?.new, edits[1]?.old])
  expect(edits[0]).toMatchObject({ path: 'a.ts', oldLines: 1, newLines: 1 })
  expect(events.map(({ t }) => t)).toEqual([
    'session',
    'user',
    'meta',
    'meta',
    'call',
    'result',
    'usage',
    'call',
    'result',
    'usage',
    'call',
    'result',
    'tests',
    'usage',
    'call',
    'interrupt',
    'retry',
    'retry',
    'usage',
  ])
  expect(events.filter(({ t }) => t === 'tests')).toMatchObject([
    { a: 2, failed: 1, passed: 2, failing: null },
  ])
  expect(events.filter(({ t }) => t === 'result')).toMatchObject([
    { ok: true },
    { ok: false },
    { ok: false, exit: 1 },
  ])
  expect(events.filter(({ t }) => t === 'retry')).toMatchObject([{ status: 529 }, { status: 429 }])
  expect(surveyed(events)).toMatchObject({
    actions: 4,
    failed: 2,
    turns: 1,
    interrupts: 1,
    retries: 2,
    files: { changed: ['a.ts'] },
  })
})

test('a compaction, its summary, and what sub-agents did is left apart', async () => {
  const side = { isSidechain: true, agentId: 'x' }
  const { events, tally } = await read([
    { type: 'file-history-snapshot', messageId: 'x' },
    user('Do it.'),
    assistant('m1', { type: 'text', text: 'a' }),
    { ...user('sub'), ...side },
    { ...assistant('m9', { type: 'text', text: 'sub' }, usage(90_000, 1)), ...side },
    {
      ...base,
      type: 'system',
      subtype: 'compact_boundary',
      compactMetadata: { trigger: 'auto', preTokens: 170_000, postTokens: 3_000 },
    },
    user('This session is being continued.', { isCompactSummary: true }),
    assistant('m2', { type: 'text', text: 'b' }),
  ])
  expect(events.map(({ t }) => t)).toEqual([
    'session',
    'user',
    'say',
    'usage',
    'compact',
    'summary',
    'say',
    'usage',
  ])
  expect(tally.sidechain).toBe(2)
  expect(surveyed(events)).toMatchObject({
    model: 'claude-opus',
    context: { peak: 170_000, used: 326 },
    compactions: [{ a: 0, trigger: 'auto', pre: 170_000, post: 3_000 }],
  })
})

test('the file of a sub-agent is its own session', async () => {
  const side = { isSidechain: true, agentId: 'helper' }
  const { events, tally } = await read([
    { ...user('Look.'), ...side },
    { ...assistant('m1', { type: 'text', text: 'Seen.' }), ...side },
  ])
  expect(events).toMatchObject([{ t: 'session', id: 'helper' }, { t: 'user' }, { t: 'say' }, { t: 'usage' }])
  expect(tally.sidechain).toBe(0)
})
