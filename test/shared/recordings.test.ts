// Recorded wires of five real agents, played through the real driver. Needs the recordings beside the repository
// (../shared/data/acp-wire); without them the lane says so and passes.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { AgentEvent, ContextUsage, TurnOutcome } from '../../src/contract/agent.ts'
import { RECORDED, replay, type ReplayOptions, type Replayed } from '../agents/replay.ts'

const FOLDER = fileURLToPath(new URL('../../../shared/data/acp-wire/', import.meta.url))
const present = existsSync(FOLDER)

const END: TurnOutcome = { kind: 'stopped', reason: 'end_turn' }
const CANCELLED: TurnOutcome = { kind: 'stopped', reason: 'cancelled' }
const KILLED = expect.objectContaining({ kind: 'lost', signal: 'SIGKILL' })
const COPILOT_MODE = 'https://agentclientprotocol.com/protocol/session-modes#agent'

interface Expected {
  readonly options?: ReplayOptions
  readonly outcomes: readonly unknown[]
  readonly usage: readonly [used: number, size: number, source?: ContextUsage['source']] | null
  readonly mode: string | null
  /** Asked paths, `+` allowed and `-` refused, in order. */
  readonly asked?: readonly string[]
  /** Files whose edit was reported as completed. */
  readonly edited?: readonly string[]
  readonly how?: Replayed['how']
}

type Outcome = Replayed['outcomes'][number] & { readonly output?: number; readonly tokens?: number }

/** Tokens of each turn, as the lines of the file have them. */
function tokensIn(file: string, kind: 'outputTokens' | 'totalTokens'): number[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"stopReason"'))
    .flatMap((line) => {
      const { usage, _meta: meta } = JSON.parse(line).m.result ?? {}
      const { input_tokens: input, output_tokens: output } = meta?.quota?.token_count ?? {}
      return usage?.[kind] ?? (kind === 'outputTokens' ? output : input + output) ?? []
    })
    .filter(Number.isFinite)
}

const owned = ['src/auth/a.txt']
const both = ['src/api/forbidden.txt', 'src/auth/a.txt']

const RECORDINGS: Readonly<Record<string, Expected>> = {
  // Modes in which the agents write without asking.
  'claude-agent-acp-0.101': { outcomes: [END], usage: [150_380, 1_000_000], mode: 'auto', edited: both },
  'codex-acp-2.6': { outcomes: [END], usage: [150_380, 258_400], mode: 'agent', edited: both },
  'opencode-default': { outcomes: [END], usage: [150_300, 200_000], mode: 'build', edited: both },
  'codex-acp-2.6-workspace-write': {
    options: { mode: 'workspace-write' },
    outcomes: [END],
    usage: [150_380, 258_400],
    mode: 'workspace-write',
    edited: both,
  },
  // Modes in which they ask.
  'claude-agent-acp-0.101-default': {
    options: { mode: 'default' },
    outcomes: [END],
    usage: [150_380, 1_000_000],
    mode: 'default',
    asked: ['+src/auth/a.txt', '-src/api/forbidden.txt', '-src/api/by-shell.txt'],
    edited: owned,
  },
  'codex-acp-2.6-read-only': {
    options: { mode: 'read-only' },
    outcomes: [CANCELLED],
    usage: [80_380, 258_400],
    mode: 'read-only',
    asked: ['+src/auth/a.txt', '-src/api/forbidden.txt'],
    edited: owned,
  },
  'codex-acp-2.6-read-only-2': {
    options: { mode: 'read-only' },
    outcomes: [CANCELLED, END],
    usage: [150_380, 258_400],
    mode: 'read-only',
    asked: ['-src/api/forbidden.txt'],
  },
  'codex-permission-profile': {
    options: { mode: 'permission-profile:owner' },
    outcomes: [CANCELLED],
    usage: [1_050, 258_400],
    mode: 'permission-profile:owner',
    asked: ['-/repo-worktrees/auth/src/api/forbidden.txt'],
    edited: ['/repo-worktrees/auth/src/auth/hello.txt'],
  },
  'gemini-default': {
    outcomes: [END],
    usage: null,
    mode: 'default',
    asked: ['+src/auth/a.txt', '-src/api/forbidden.txt', '+'],
    edited: owned,
  },
  'opencode-ask': {
    outcomes: [END],
    usage: [80_300, 200_000],
    mode: 'build',
    asked: ['+src/auth/a.txt', '-src/api/forbidden.txt'],
    edited: owned,
  },
  'copilot-default': {
    outcomes: [END],
    usage: [10_041, 168_000, 'estimate'],
    mode: COPILOT_MODE,
    asked: ['+src/auth/a.txt', '-src/api/forbidden.txt'],
    edited: owned,
  },
  // Compaction and sub-agents.
  'claude-compaction': {
    options: { mode: 'default' },
    outcomes: [END, END, END],
    usage: [23_100, 200_000],
    mode: 'default',
  },
  'codex-compaction': {
    options: { mode: 'read-only' },
    outcomes: [END, END, END],
    usage: [23_100, 258_400],
    mode: 'read-only',
  },
  'claude-subagent': {
    options: { mode: 'default' },
    outcomes: [END],
    usage: [1_050, 200_000],
    mode: 'default',
    asked: ['-src/api/from-sub.txt'],
  },
  // kill -9 in the middle of a turn, and afterwards.
  'crash-claude-1': {
    options: { mode: 'default' },
    outcomes: [KILLED],
    usage: [20_100, 200_000],
    mode: 'default',
    asked: ['+src/auth/one.txt'],
    edited: ['src/auth/one.txt'],
  },
  'crash-claude-resume': {
    options: { mode: 'default', resume: RECORDED },
    outcomes: [END],
    usage: [25_100, 200_000],
    mode: 'default',
    how: 'resumed',
    asked: ['+src/auth/two.txt'],
    edited: ['src/auth/two.txt'],
  },
  'crash-claude-load': {
    options: { mode: 'default', resume: RECORDED },
    outcomes: [END],
    usage: [1_050, 200_000],
    mode: 'default',
    how: 'loaded',
  },
  'crash-codex-load': {
    options: { mode: 'read-only', resume: RECORDED },
    outcomes: [END],
    usage: [1_050, 258_400],
    mode: 'read-only',
    how: 'loaded',
  },
  'crash-opencode-resume': {
    options: { resume: RECORDED },
    outcomes: [END],
    usage: [25_000, 200_000],
    mode: 'build',
    how: 'resumed',
    asked: ['+src/auth/two.txt'],
    edited: ['src/auth/two.txt'],
  },
  'crash-copilot-load': {
    options: { resume: RECORDED },
    outcomes: [END],
    usage: [10_149, 168_000, 'estimate'],
    mode: COPILOT_MODE,
    how: 'loaded',
    asked: ['+src/auth/two.txt'],
    edited: ['src/auth/two.txt'],
  },
  'mem-gemini': { outcomes: [KILLED], usage: null, mode: 'default' },
  // The provider refuses the key.
  'err-codex-fatal': {
    options: { mode: 'read-only' },
    outcomes: [{ kind: 'failed', code: 'E_AGENT_AUTH', message: 'Authentication required' }],
    usage: null,
    mode: 'read-only',
  },
  'err-gemini-fatal': {
    outcomes: [{ kind: 'failed', code: 'E_AGENT_AUTH', message: 'invalid x-api-key' }],
    usage: null,
    mode: 'default',
  },
  'err-opencode-fatal': {
    outcomes: [{ kind: 'failed', code: 'E_AGENT_AUTH', message: 'Internal error: invalid x-api-key' }],
    usage: [0, 200_000],
    mode: 'build',
  },
}

describe.skipIf(!present)(`recorded wires${present ? '' : ` (skipped: there is no ${FOLDER})`}`, () => {
  describe.concurrent('each comes to what was recorded', () => {
    test.each(Object.entries(RECORDINGS))('%s', async (name, expected) => {
      const file = join(FOLDER, `${name}.jsonl`)
      const result = await replay(file, expected.options)
      const outcomes: readonly Outcome[] = result.outcomes
      expect(outcomes.map(({ output: _output, tokens: _tokens, ...outcome }) => outcome)).toEqual(
        expected.outcomes,
      )
      expect(outcomes.flatMap(({ output }) => output ?? [])).toEqual(tokensIn(file, 'outputTokens'))
      expect(outcomes.flatMap(({ tokens }) => tokens ?? [])).toEqual(tokensIn(file, 'totalTokens'))
      expect(result.how).toBe(expected.how ?? 'new')
      expect(result.mode.actual).toBe(expected.mode)
      const [used, size, source = 'provider'] = expected.usage ?? []
      expect(result.usage).toEqual(expected.usage === null ? null : { used, size, source })
      expect(asked(result)).toEqual(expected.asked ?? [])
      expect(edited(result.events)).toEqual(expected.edited ?? edited(result.events))
      expect(
        result.answers.filter((answer) => answer.startsWith('fs/') && !answer.includes('-32601')),
      ).toEqual([])
    })
  })

  test('the compactions of claude and codex are told once each, with their summary where there is one', async () => {
    const claude = await replay(join(FOLDER, 'claude-compaction.jsonl'))
    const codex = await replay(join(FOLDER, 'codex-compaction.jsonl'))
    expect(compactions(claude.events)).toEqual(['started', 'completed: 1. Primary Request and Intent'])
    const pair = ['started', 'completed']
    expect(compactions(codex.events)).toEqual([...pair, ...pair, ...pair])
  })

  test.each(['claude', 'codex', 'copilot', 'gemini', 'opencode'])(
    'a turn of %s is cancelled',
    async (agent) => {
      const { outcomes } = await replay(join(FOLDER, `err-${agent}-slow2.jsonl`), { cancel: true })
      expect(outcomes).toMatchObject([CANCELLED])
    },
  )

  test('a conversation that gemini cannot load is not continued', async () => {
    const opening = replay(join(FOLDER, 'crash-gemini-load.jsonl'), { resume: 'gone' })
    await expect(opening).rejects.toMatchObject({
      code: 'E_RESUME_FAILED',
      message: expect.stringContaining('No previous sessions found'),
    })
  })

  test('no recording makes the driver fail in a way of its own', async () => {
    const files = readdirSync(FOLDER).filter((file) => file.endsWith('.jsonl') && !file.includes('slow2'))
    expect(files.length).toBeGreaterThan(40)
    for (const file of files.filter((file) => file !== 'crash-gemini-load.jsonl')) {
      const { outcomes } = await replay(
        join(FOLDER, file),
        /crash-.*-(load|resume)|gemini-load/.test(file) ? { resume: RECORDED } : {},
      )
      expect({ file, turns: outcomes.length > 0 }).toEqual({ file, turns: true })
    }
  })
})

function asked({ questions, answers }: Replayed): string[] {
  const permissions = answers.filter((answer) => answer.startsWith('session/request_permission'))
  return questions.map(({ options, paths }, index) => {
    const allowed = options.some(
      ({ id, effect }) => effect === 'allow_once' && permissions[index]?.includes(`"${id}"`),
    )
    return `${allowed ? '+' : '-'}${paths.join(' ')}`
  })
}

function edited(events: readonly AgentEvent[]): string[] {
  const done = events.flatMap((event) =>
    event.kind === 'tool' && event.tool === 'edit' && event.status === 'completed' ? event.paths : [],
  )
  return [...new Set(done)].sort()
}

function compactions(events: readonly AgentEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.kind !== 'compaction') return []
    return [event.summary === undefined ? event.phase : `${event.phase}: ${event.summary.slice(0, 29)}`]
  })
}
