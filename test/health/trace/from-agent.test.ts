import { expect, test } from 'vitest'
import type { AgentEvent } from '../../../src/contract/agent.ts'
import type { TraceEvent } from '../../../src/contract/trace.ts'
import { AgentTrace, type TracedEnd } from '../../../src/health/trace/from-agent.ts'

const TS = '2030-01-01T00:00:00.000Z'
const STOPPED: TracedEnd = { kind: 'stopped', reason: 'end_turn' }
type Tool = Extract<AgentEvent, { kind: 'tool' }>

const tool = (id: string, status: Tool['status'], more: Partial<Tool> = {}): Tool => ({
  kind: 'tool',
  id,
  title: 'npm test',
  tool: 'execute',
  status,
  paths: [],
  ...more,
})
const usage = (used: number): AgentEvent => ({
  kind: 'usage',
  usage: { used, size: 1_000, source: 'provider' },
})

function traced(events: readonly AgentEvent[], end: TracedEnd = STOPPED, action = 0): TraceEvent[] {
  const trace = new AgentTrace({ action })
  return [...events.flatMap((event) => trace.note(event, TS)), ...trace.end(end, TS)]
}

test('chunks are joined to messages, by their id where there is one', () => {
  const text = (words: string, message?: string): AgentEvent => ({
    kind: 'text',
    text: words,
    ...(message === undefined ? {} : { message }),
  })
  const events = traced([
    { kind: 'thought', text: 'Hm' },
    { kind: 'thought', text: '.' },
    text('One ', 'm1'),
    usage(10),
    text('message.', 'm1'),
    text('Two.', 'm2'),
  ])
  expect(events).toMatchObject([
    { t: 'think', text: 'Hm.', chars: 3 },
    { t: 'say', text: 'One message.', message: 'm1' },
    { t: 'say', text: 'Two.', message: 'm2' },
    { t: 'usage', ctx: 10, window: 1_000, source: 'provider' },
    { t: 'meta', text: 'The turn ended: end_turn.' },
  ])
})

test('a call has one result, however often it is told of', () => {
  const events = traced([
    tool('1', 'pending', { title: 'Terminal', name: 'Bash' }),
    tool('1', 'pending', { name: 'Bash', input: { command: 'npm test' } }),
    tool('1', 'completed', {
      name: 'Bash',
      input: { command: 'npm test' },
      output: 'Tests:       1 passed, 1 total',
    }),
    tool('1', 'completed', { name: 'Bash', output: 'again' }),
  ])
  expect(events.map(({ t }) => t)).toEqual(['call', 'result', 'tests', 'meta'])
  expect(events).toMatchObject([
    { a: 0, id: '1', tool: 'Bash', kind: 'exec', cmd: 'npm test' },
    { a: 0, id: '1', ok: true },
    { a: 0, failed: 0, passed: 1 },
    {},
  ])
})

test('calls that are open together share a batch; the index goes on where it was', () => {
  const events = traced(
    [
      tool('1', 'running'),
      tool('2', 'running'),
      tool('2', 'completed', { exit: 0 }),
      tool('1', 'failed', { output: 'Exit code 3\nno' }),
      tool('3', 'running'),
      tool('3', 'completed'),
    ],
    STOPPED,
    7,
  )
  const calls = events.flatMap((event) => (event.t === 'call' ? [event] : []))
  expect(calls.map(({ a }) => a)).toEqual([7, 8, 9])
  expect(calls[0]?.batch).toBe(calls[1]?.batch)
  expect(calls[2]?.batch).not.toBe(calls[0]?.batch)
  expect(events.filter(({ t }) => t === 'result')).toMatchObject([
    { a: 8, ok: true, exit: 0 },
    { a: 7, ok: false, exit: 3 },
    { a: 9, ok: true },
  ])
})

test('a command that ended well for its agent and badly by its exit code has failed', () => {
  expect(traced([tool('1', 'completed', { exit: 1, output: 'no' })])).toMatchObject([
    { t: 'call', cmd: 'npm test' },
    { t: 'result', ok: false, exit: 1 },
    {},
  ])
})

test('edits by whatever the agent tells of them, and a shell that reads', () => {
  const edits = [{ path: 'a.ts', old: 'one', new: 'two' }]
  const events = traced([
    tool('1', 'running', { tool: 'edit', title: 'Edit', paths: ['a.ts'] }),
    tool('1', 'completed', { tool: 'edit', title: 'Edit', paths: ['a.ts'], edits }),
    tool('2', 'completed', {
      tool: 'edit',
      name: 'Edit',
      input: { file_path: 'a.ts', old_string: 'two', new_string: 'one' },
    }),
    tool('3', 'completed', {
      tool: 'read',
      name: 'exec_command',
      title: "Read file 'a.ts'",
      paths: ['a.ts'],
    }),
    tool('4', 'completed', { tool: 'other', title: 'mcp__quintet__ask' }),
  ])
  const calls = events.flatMap((event) => (event.t === 'call' ? [event] : []))
  expect(calls.map(({ kind, path }) => [kind, path])).toEqual([
    ['edit', 'a.ts'],
    ['edit', 'a.ts'],
    ['read', 'a.ts'],
    ['mcp', undefined],
  ])
  expect(calls[0]?.edits?.[0]?.old).toBe(calls[1]?.edits?.[0]?.new)
})

test('a compaction has the context before and after it', () => {
  const events = traced([
    usage(900),
    tool('1', 'completed'),
    { kind: 'compaction', phase: 'started' },
    usage(90),
    { kind: 'compaction', phase: 'completed', summary: 'What was done.' },
  ])
  expect(events.map(({ t }) => t)).toEqual(['call', 'result', 'usage', 'compact', 'summary', 'usage', 'meta'])
  expect(events[3]).toMatchObject({ pre: 900, post: 90 })
})

test.each<[TracedEnd, object]>([
  [{ kind: 'stopped', reason: 'cancelled' }, { t: 'interrupt' }],
  [
    { kind: 'failed', code: 'E_AGENT_ERROR', message: '429 Too Many Requests' },
    { t: 'retry', status: 429 },
  ],
  [
    { kind: 'failed', code: 'E_AGENT_ERROR', message: 'broken' },
    { t: 'meta', text: 'broken' },
  ],
  [{ kind: 'lost', exitCode: 1, signal: null, stderr: '' }, { t: 'meta' }],
  [{ kind: 'broken' }, { t: 'meta' }],
])('the end %j, and a call that never came to one', (end, expected) => {
  expect(traced([tool('1', 'pending')], end)).toMatchObject([{ t: 'call', a: 0 }, expected])
})

test('trouble with the provider is told apart from the rest', () => {
  expect(
    traced([
      { kind: 'notice', text: 'API overloaded (529): retrying in 5 s' },
      { kind: 'notice', text: 'A new version is there.' },
    ]).map(({ t }) => t),
  ).toEqual(['retry', 'meta', 'meta'])
})
