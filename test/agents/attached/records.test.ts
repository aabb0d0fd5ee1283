import { expect, test } from 'vitest'
import { parseClaudeSession, transcriptFolder } from '../../../src/agents/attached/claude-file.ts'
import { ClaudeTranscript } from '../../../src/agents/attached/claude-transcript.ts'
import { hasPerson } from '../../../src/agents/attached/codex-found.ts'
import { CodexRollout } from '../../../src/agents/attached/codex-rollout.ts'
import { EMPTY_PICTURE, withEvent, type Picture } from '../../../src/agents/attached/picture.ts'
import type { RecordReader } from '../../../src/agents/attached/record.ts'
import type { AgentEvent } from '../../../src/contract/agent.ts'
import { result, said, wrote } from '../../support/terminal.ts'

const events = (reader: RecordReader, lines: readonly object[]): AgentEvent[] =>
  lines.flatMap((line) => [...reader.take(JSON.stringify(line))])

const picture = (all: readonly AgentEvent[]): Picture => all.reduce(withEvent, EMPTY_PICTURE)

test('a message of Claude is counted once, however many lines it has', () => {
  const all = events(new ClaudeTranscript(), [
    said('msg_1', [{ type: 'text', text: 'One.' }], 20_000),
    said('msg_1', [wrote('toolu_1', '/w/a.txt')], 20_000),
    said('msg_1', [wrote('toolu_1', '/w/a.txt')], 20_000),
    result('toolu_1', 'written'),
    result('toolu_1', 'written'),
  ])
  expect(all.filter(({ kind }) => kind === 'usage')).toEqual([
    { kind: 'usage', usage: { used: 20_000, size: null, source: 'provider' } },
  ])
  expect(all.flatMap((event) => (event.kind === 'tool' ? [event.status] : []))).toEqual([
    'running',
    'completed',
  ])
  expect(picture(all)).toMatchObject({ context: { used: 20_000 }, files: ['/w/a.txt'] })
})

test('a refused edit of Claude is no file that it has changed', () => {
  const all = events(new ClaudeTranscript(), [
    said('msg_1', [wrote('toolu_1', '/w/theirs.txt')], 20_000),
    result('toolu_1', 'It belongs to api.', true),
  ])
  expect(all.at(-1)).toMatchObject({ kind: 'tool', status: 'failed', output: 'It belongs to api.' })
  expect(picture(all).files).toEqual([])
})

test('sub-agents, synthetic messages and lines of other kinds say nothing', () => {
  const reader = new ClaudeTranscript()
  const message = said('msg_1', [{ type: 'text', text: 'x' }], 9_000)
  const synthetic = { type: 'assistant', message: { model: '<synthetic>', content: [] } }
  expect(events(reader, [{ ...message, isSidechain: true }, synthetic, { type: 'attachment' }])).toEqual([])
  expect(reader.take('no json')).toEqual([])
  expect(reader.take('null')).toEqual([])
  expect(reader.take('[]')).toEqual([])
})

test('a compaction of Claude takes the figure away, with its summary', () => {
  const reader = new ClaudeTranscript()
  const before = events(reader, [said('msg_1', [], 80_000)])
  const compacted = events(reader, [
    { type: 'system', subtype: 'compact_boundary', compactMetadata: { trigger: 'auto' } },
    { type: 'user', isCompactSummary: true, message: { content: [{ type: 'text', text: 'Summary.' }] } },
  ])
  expect(compacted).toEqual([{ kind: 'compaction', phase: 'completed', summary: 'Summary.' }])
  expect(picture([...before, ...compacted])).toMatchObject({ context: null, compactions: 1 })
  const after = events(reader, [said('msg_2', [], 6_000)])
  expect(picture([...before, ...compacted, ...after])).toMatchObject({
    context: { used: 6_000 },
    compactions: 1,
  })
})

const count = (total: number, last: number): object => ({
  type: 'event_msg',
  payload: {
    type: 'token_count',
    info: {
      total_token_usage: { total_tokens: total },
      last_token_usage: { total_tokens: last },
      model_context_window: 258_400,
    },
  },
})
const item = (payload: object): object => ({ type: 'response_item', payload })
const event = (payload: object): object => ({ type: 'event_msg', payload })

test('a rollout of Codex: patches, commands, refusals, its state, and figures that are told again', () => {
  const reader = new CodexRollout()
  const all = events(reader, [
    event({ type: 'task_started' }),
    item({
      type: 'custom_tool_call',
      call_id: 'c1',
      name: 'apply_patch',
      input: '*** Begin Patch\n*** Update File: src/a.txt\n@@\n-one\n+two\n*** End Patch',
    }),
    item({ type: 'custom_tool_call_output', call_id: 'c1', output: 'Exit code: 0\nSuccess.' }),
    count(40_380, 40_380),
    count(40_380, 40_380),
    item({
      type: 'function_call',
      call_id: 'c2',
      name: 'exec_command',
      arguments: '{"cmd":"echo x > src/b.txt"}',
    }),
    item({
      type: 'function_call_output',
      call_id: 'c2',
      output: 'Command blocked by PreToolUse hook: not yours',
    }),
  ])
  expect(reader.state).toBe('busy')
  expect(all.filter(({ kind }) => kind === 'usage')).toHaveLength(1)
  expect(picture(all)).toEqual({
    context: { used: 40_380, size: 258_400, source: 'provider' },
    compactions: 0,
    files: ['src/a.txt'],
  })
  expect(all.at(-1)).toMatchObject({
    tool: 'execute',
    status: 'failed',
    title: 'exec_command: echo x > src/b.txt',
  })
  const compacted = events(reader, [
    { type: 'compacted', payload: { message: 'Summary.' } },
    count(40_380, 3_000),
  ])
  expect(picture([...all, ...compacted])).toMatchObject({ context: null, compactions: 1 })
  events(reader, [event({ type: 'task_complete' })])
  expect(reader.state).toBe('idle')
})

test('the file of a session is believed for a person at a terminal alone', () => {
  const file = {
    pid: 7,
    sessionId: 'abc-1',
    cwd: '/w',
    kind: 'interactive',
    status: 'waiting',
    state: 'dreaming',
  }
  expect(
    parseClaudeSession(JSON.stringify({ ...file, waitingFor: 'permission prompt', procStart: '42' })),
  ).toEqual({
    pid: 7,
    conversation: 'abc-1',
    cwd: '/w',
    state: 'waiting',
    waitingFor: 'permission prompt',
    started: '42',
  })
  expect(parseClaudeSession(JSON.stringify({ ...file, status: 'new to us' }))).toMatchObject({
    state: 'unknown',
  })
  for (const other of [{ kind: 'sdk' }, { kind: undefined }, { pid: -1 }, { sessionId: '../../x' }])
    expect(parseClaudeSession(JSON.stringify({ ...file, ...other }))).toBeNull()
  expect(parseClaudeSession('{')).toBeNull()
  expect(transcriptFolder('/work/repo.quintet/a_b')).toBe('-work-repo-quintet-a-b')
})

test('servers and runs without a person are no terminals of Codex', () => {
  expect([[], ['-m', 'gpt-5.5'], ['resume', '--last']].map((args) => hasPerson(args))).toEqual([
    true,
    true,
    true,
  ])
  expect([['app-server'], ['exec', 'Do it.'], ['mcp-server']].map((args) => hasPerson(args))).toEqual([
    false,
    false,
    false,
  ])
})
