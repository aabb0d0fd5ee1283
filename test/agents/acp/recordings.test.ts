// Excerpts in the manner of four agents, each with the peculiarities that once led a client astray.
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { replay } from '../replay.ts'
import { FIXTURES } from '../stage.ts'

const wire = (name: string): string => join(FIXTURES, 'wire', `${name}.jsonl`)
const chosen = (optionId: string): string =>
  `session/request_permission ${JSON.stringify({ outcome: { outcome: 'selected', optionId } })}`

describe.concurrent('an agent in the manner of', () => {
  test('claude: a mode told by an update, tool calls in pieces, a compaction ended twice', async () => {
    const { mode, capabilities, outcomes, usage, events, questions, answers } = await replay(wire('claude'), {
      mode: 'default',
    })
    expect(capabilities).toMatchObject({ resume: true, load: true, fork: true, version: '0.101.0' })
    expect(mode).toEqual({ wanted: 'default', actual: 'default' })
    // What the cache held was not put out.
    expect(outcomes).toEqual([{ kind: 'stopped', reason: 'end_turn', output: 400, tokens: 394_600 }])
    expect(questions).toMatchObject([
      { kind: 'permission', text: 'Edit src/auth/a.txt', paths: ['src/auth/a.txt'], tool: 'edit' },
    ])
    expect(answers).toEqual([chosen('allow-once')])
    const tool = { kind: 'tool', id: 't1', tool: 'edit' }
    const input = { file_path: expect.stringMatching(/src\/auth\/a\.txt$/) }
    expect(events).toEqual([
      { kind: 'mode', mode: 'default' },
      { kind: 'usage', usage: { used: 13_001, size: 1_000_000, source: 'provider' } },
      { ...tool, title: 'Edit', status: 'pending', paths: [] },
      { ...tool, title: 'Edit src/auth/a.txt', status: 'pending', paths: ['src/auth/a.txt'], input },
      {
        ...tool,
        title: 'Edit src/auth/a.txt',
        status: 'completed',
        paths: ['src/auth/a.txt'],
        input,
        output: 'ok',
      },
      { kind: 'notice', text: 'A warning: Nothing breaks.' },
      { kind: 'compaction', phase: 'started' },
      { kind: 'compaction', phase: 'completed', summary: 'What was done.' },
      { kind: 'text', text: 'Done.' },
    ])
    expect(usage).toBeNull()
  })

  test('codex: a mode that is an option only, paths in the earlier tool call alone, a refusal that ends the turn', async () => {
    const { mode, outcomes, usage, questions, answers } = await replay(wire('codex'), {
      mode: 'permission-profile:owner',
    })
    expect(mode).toEqual({ wanted: 'permission-profile:owner', actual: 'permission-profile:owner' })
    expect(questions).toMatchObject([{ text: 'Edit files', paths: ['src/auth/b.txt', 'src/api/c.txt'] }])
    expect(answers).toEqual([chosen('cancel')])
    expect(outcomes).toEqual([
      { kind: 'stopped', reason: 'cancelled' },
      { kind: 'failed', code: 'E_AGENT_AUTH', message: 'Authentication required' },
    ])
    expect(usage).toEqual({ used: 80_380, size: 258_400, source: 'provider' })
  })

  test('gemini: history told after the answer, "always" listed first, tokens beside the protocol, an error as JSON', async () => {
    const { how, mode, outcomes, usage, events, answers } = await replay(wire('gemini'), { resume: 's-1' })
    expect(how).toBe('loaded')
    expect(mode).toEqual({ wanted: null, actual: 'default' })
    expect(events).toEqual([{ kind: 'text', text: 'Done.' }])
    expect(answers).toEqual([chosen('once')])
    expect(outcomes).toEqual([
      { kind: 'stopped', reason: 'end_turn', output: 400, tokens: 394_600 },
      { kind: 'failed', code: 'E_AGENT_AUTH', message: 'invalid key' },
    ])
    expect(usage).toBeNull()
  })

  test('opencode: writes through the client are refused, a folder is no file, an unknown window, death in a turn', async () => {
    const { mode, outcomes, usage, events, questions, answers } = await replay(wire('opencode'))
    expect(mode).toEqual({ wanted: null, actual: 'build' })
    expect(questions).toMatchObject([{ text: 'src/auth/a.txt', paths: ['src/auth/a.txt'] }])
    expect(answers).toEqual([chosen('once'), expect.stringMatching(/^fs\/write_text_file .*-32601/)])
    expect(events.at(-2)).toMatchObject({ kind: 'tool', tool: 'execute', paths: [] })
    expect(usage).toEqual({ used: 80_300, size: null, source: 'provider' })
    expect(outcomes).toEqual([expect.objectContaining({ kind: 'lost', exitCode: null, signal: 'SIGKILL' })])
  })
})
