import { describe, expect, test } from 'vitest'
import {
  mergeTool,
  normalise,
  parseNotification,
  type Memory,
  type ToolEvent,
} from '../../../src/agents/acp/normalise.ts'

const memory = (more: Partial<Memory> = {}): Memory => ({
  roots: ['/r'],
  tools: new Map(),
  compaction: null,
  estimates: false,
  ...more,
})
const earlier: ToolEvent = {
  kind: 'tool',
  id: 't',
  title: 'Edit a',
  tool: 'edit',
  status: 'running',
  paths: ['a'],
}
const withTool = memory({ tools: new Map([['t', earlier]]) })
const events = (update: { sessionUpdate: string; [key: string]: unknown }, known = memory()): unknown =>
  normalise(update, known).events

describe('tool calls', () => {
  test.each([
    ['locations', { locations: [{ path: '/r/a' }, { path: '/r/b', line: 3 }] }, ['a', 'b']],
    ['diffs', { content: [{ type: 'content' }, { type: 'diff', path: '/r/c', newText: '' }] }, ['c']],
    ['the input', { rawInput: { file_path: '/r/d', content: '/r/no' } }, ['d']],
    ['the input in other words', { rawInput: { fileName: '/r/e', filepath: 'f' } }, ['f', 'e']],
    ['all of them once', { locations: [{ path: 'a' }], rawInput: { path: '/r/a' } }, ['a']],
    ['outside', { locations: [{ path: '/etc/passwd' }] }, ['/etc/passwd']],
    ['the worktree itself is none', { locations: [{ path: '/r' }] }, []],
    ['what is no list', { locations: 'x', content: 3, rawInput: ['/r/a'] }, []],
  ])('have their paths from %s', (_where, delta, paths) => {
    expect(mergeTool({ toolCallId: 'n', ...delta }, memory())?.paths).toEqual(paths)
  })

  test('take over what a later delta leaves out', () => {
    expect(mergeTool({ toolCallId: 't', status: 'completed', title: null }, withTool)).toEqual({
      ...earlier,
      status: 'completed',
    })
    expect(mergeTool({ toolCallId: 't', locations: [{ path: 'b' }] }, withTool)?.paths).toEqual(['a', 'b'])
  })

  test('say nothing when nothing changed, and nothing without an id', () => {
    expect(events({ sessionUpdate: 'tool_call_update', toolCallId: 't', _meta: {} }, withTool)).toEqual([])
    expect(events({ sessionUpdate: 'tool_call', title: 'x' })).toEqual([])
  })

  test('of a kind that is not known are other; a status that is not known changes nothing', () => {
    const delta = { toolCallId: 't', kind: 'switch_mode', status: 'paused' }
    expect(mergeTool(delta, withTool)).toMatchObject({ tool: 'other', status: 'running' })
  })

  test('have a title on one bounded line', () => {
    expect(mergeTool({ toolCallId: 'n', title: 'a\n  b' }, memory())?.title).toBe('a b')
    expect(mergeTool({ toolCallId: 'n', title: '/r/src/a.ts' }, memory())?.title).toBe('src/a.ts')
    expect(mergeTool({ toolCallId: 'n', title: 'x'.repeat(5_000) }, memory())?.title).toHaveLength(200)
  })
})

describe('usage', () => {
  test('carries its source, and null for a window that is not known', () => {
    const update = { sessionUpdate: 'usage_update', used: 5 }
    expect(events({ ...update, size: 10 })).toEqual([
      { kind: 'usage', usage: { used: 5, size: 10, source: 'provider' } },
    ])
    expect(events({ ...update, size: 0 }, memory({ estimates: true }))).toEqual([
      { kind: 'usage', usage: { used: 5, size: null, source: 'estimate' } },
    ])
    expect(events({ sessionUpdate: 'usage_update', used: 'many', size: 1 })).toEqual([])
  })

  test('leaves out figures that cannot be', () => {
    const update = { sessionUpdate: 'usage_update', used: 5 }
    for (const used of [-1, 1.5, 1e300]) expect(events({ ...update, used })).toEqual([])
    expect(events({ ...update, size: 1e300, cost: { amount: 1e300, currency: 'USD' } })).toEqual([
      { kind: 'usage', usage: { used: 5, size: null, source: 'provider' } },
    ])
  })
})

describe('compaction', () => {
  const update = { sessionUpdate: 'compaction_update', compactionId: 'c', status: 'completed' }

  test('has a summary where there is one', () => {
    expect(normalise({ ...update, status: 'in_progress' } as never, memory())).toEqual({
      events: [{ kind: 'compaction', phase: 'started' }],
      compaction: { id: 'c', phase: 'started' },
    })
    const summary = [{ type: 'text', text: 'a' }, { type: 'image' }, { type: 'text', text: 'b' }]
    expect(events({ ...update, summary }, memory({ compaction: { id: 'c', phase: 'started' } }))).toEqual([
      { kind: 'compaction', phase: 'completed', summary: 'ab' },
    ])
    expect(events({ ...update, status: 'cancelled' })).toEqual([{ kind: 'compaction', phase: 'failed' }])
  })

  test('ends once', () => {
    const ended = memory({ compaction: { id: 'c', phase: 'completed' } })
    expect(events(update, ended)).toEqual([])
    expect(events({ ...update, compactionId: 'd' }, ended)).toHaveLength(1)
  })
})

describe('other reports', () => {
  test('are text, thoughts, modes and notices', () => {
    const content = { type: 'text', text: 'x' }
    expect(events({ sessionUpdate: 'agent_message_chunk', content })).toEqual([{ kind: 'text', text: 'x' }])
    expect(events({ sessionUpdate: 'agent_thought_chunk', content })).toEqual([
      { kind: 'thought', text: 'x' },
    ])
    expect(events({ sessionUpdate: 'current_mode_update', currentModeId: 'm' })).toEqual([
      { kind: 'mode', mode: 'm' },
    ])
    const configOptions = [
      { id: 'model', currentValue: 'x' },
      { id: 'z', category: 'mode', currentValue: 'm' },
    ]
    expect(events({ sessionUpdate: 'config_option_update', configOptions })).toEqual([
      { kind: 'mode', mode: 'm' },
    ])
    expect(events({ sessionUpdate: 'notice', severity: 'error', title: 't', description: null })).toEqual([
      { kind: 'notice', text: 't' },
    ])
  })

  test.each([
    { sessionUpdate: 'user_message_chunk', content: { type: 'text', text: 'x' } },
    { sessionUpdate: 'agent_message_chunk', content: { type: 'image', data: '' } },
    { sessionUpdate: 'agent_message_chunk' },
    { sessionUpdate: 'subagent_update', sessionId: 'c', state: {} },
    { sessionUpdate: 'plan', entries: [] },
    { sessionUpdate: 'of_the_future', content: 7 },
    { sessionUpdate: 'config_option_update', configOptions: { mode: 'x' } },
  ])('that are not understood are nothing: %j', (update) => {
    expect(events(update)).toEqual([])
  })

  test('without a session are none', () => {
    expect(parseNotification({ update: { sessionUpdate: 'plan' } })).toBeNull()
    expect(parseNotification({ sessionId: 's', update: {} })).toBeNull()
    expect(parseNotification(null)).toBeNull()
  })
})
