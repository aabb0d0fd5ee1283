// What agents themselves wrote of real sessions, read as traces. The figures were counted in the files by hand. Needs the
// samples beside the repository (../shared/data/agent-samples, trajectories and acp-wire); without them the lane passes.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { emptyTally } from '../../src/health/trace/read.ts'
import { describe, expect, test } from 'vitest'
import type { TraceEvent } from '../../src/contract/trace.ts'
import { AgentTrace } from '../../src/health/trace/from-agent.ts'
import { openTrace } from '../../src/health/trace/open.ts'
import type { Tally } from '../../src/health/trace/read.ts'
import { TraceSurvey, type TraceReport } from '../../src/health/trace/survey.ts'
import { replay } from '../agents/replay.ts'

const DATA = fileURLToPath(new URL('../../../shared/data/', import.meta.url))
const present = ['agent-samples', 'trajectories', 'acp-wire'].every((name) => existsSync(join(DATA, name)))

interface Read {
  readonly events: readonly TraceEvent[]
  readonly report: TraceReport
  readonly tally: Tally
}

async function read(name: string): Promise<Read> {
  const { events, tally } = await openTrace(join(DATA, name))
  const survey = new TraceSurvey()
  const all: TraceEvent[] = []
  for await (const event of events) {
    survey.note(event)
    all.push(event)
  }
  return { events: all, report: survey.report, tally }
}

const contexts = (events: readonly TraceEvent[]): (number | null)[] =>
  events.flatMap((event) => (event.t === 'usage' ? [event.ctx] : []))
const calls = (events: readonly TraceEvent[]): string[] =>
  events.flatMap((event) =>
    event.t === 'call' ? [`${event.a} ${event.kind} ${event.cmd ?? event.path ?? ''}`] : [],
  )
const results = (events: readonly TraceEvent[]): unknown[] =>
  events.flatMap((event) => (event.t === 'result' ? [[event.ok, event.exit]] : []))

describe.skipIf(!present)('imported', () => {
  test('a transcript of Claude Code with four compactions', async () => {
    const { events, report, tally } = await read('agent-samples/claude/transcript-with-compactions.jsonl')
    // 178 lines, 11 of them of the model in 7 messages; 300 new and the cached tokens and 80 put out in each.
    expect(tally).toEqual({ ...emptyTally(), text: true, format: 'claude-code', lines: 178 })
    expect(contexts(events)).toEqual([13_080, 40_380, 80_380, 140_380, 145_380, 146_380, 20_380])
    expect(report).toEqual({
      id: '2af314f1-08e4-44cf-a01b-4b22af7f61ec',
      agent: 'claude-code',
      agentVersion: '2.1.330',
      model: 'claude-sonnet-4-5',
      actions: 5,
      failed: 1,
      turns: 2,
      interrupts: 0,
      retries: 0,
      // The window is nowhere in a transcript.
      context: {
        messages: 7,
        output: 560,
        used: 3_216,
        peak: 146_418,
        window: null,
        percent: null,
        peakPercent: null,
      },
      compactions: [
        { a: 3, trigger: 'auto', pre: 80_473, post: 3_312 },
        { a: 4, trigger: 'auto', pre: 140_426, post: 3_156 },
        { a: 5, trigger: 'auto', pre: 146_418, post: 3_254 },
        { a: 5, trigger: 'manual', pre: 20_380, post: 3_216 },
      ],
      // The write of src/api/forbidden.txt was refused.
      files: { changed: ['src/auth/a.txt'], read: ['src/auth/a.txt'] },
    })
    expect(calls(events)).toEqual([
      '0 read src/auth/a.txt',
      '1 edit src/auth/a.txt',
      '2 write src/api/forbidden.txt',
      '3 exec echo hello-from-shell',
      '4 exec echo part2',
    ])
    expect(events.filter(({ t }) => t === 'summary')).toHaveLength(4)
  })

  test('a rollout of Codex with three compactions', async () => {
    const { events, report, tally } = await read('agent-samples/codex/rollout-compaction.jsonl')
    expect(tally).toMatchObject({ format: 'codex', lines: 91, broken: 0, long: 0 })
    // Ten responses; the three that wrote summaries are counted and are no measure of the context.
    expect(contexts(events)).toEqual([
      40_100,
      100_100,
      150_100,
      null,
      188_100,
      null,
      20_100,
      22_100,
      null,
      23_100,
    ])
    expect(report).toMatchObject({
      agentVersion: '0.166.0',
      model: 'gpt-5.5',
      actions: 5,
      failed: 0,
      turns: 2,
      context: {
        messages: 10,
        output: 1_600,
        used: 23_100,
        peak: 188_100,
        window: 258_400,
        percent: 8,
        peakPercent: 72,
      },
      compactions: [
        { a: 3, trigger: null, pre: 150_100, post: 7_757 },
        { a: 4, trigger: null, pre: 188_100, post: 7_757 },
        { a: 5, trigger: null, pre: 22_100, post: 7_757 },
      ],
      files: { changed: [], read: [] },
    })
    expect(calls(events)).toEqual([1, 2, 3, 4, 5].map((step) => `${step - 1} exec echo step${step}`))
    expect(results(events)).toEqual(Array.from({ length: 5 }, () => [true, 0]))
  })

  test('a rollout of Codex in which hooks refused', async () => {
    const { events, report } = await read('agent-samples/codex/rollout-hooks-compaction.jsonl')
    expect(contexts(events)).toEqual([40_380, 80_380, 160_380, null, 16_380, 1_050])
    expect(report).toMatchObject({
      actions: 4,
      failed: 2,
      turns: 1,
      context: { messages: 6, output: 670, used: 1_050, peak: 160_380, window: 258_400, peakPercent: 62 },
      compactions: [{ a: 3, pre: 160_380, post: 7_128 }],
      files: { changed: ['src/auth/a.txt'], read: [] },
    })
    expect(results(events)).toEqual([
      [true, 0],
      [false, undefined],
      [false, undefined],
      [true, 0],
    ])
  })

  test.each(['copilot/session-events', 'gemini/chat-session', 'pi/session'])(
    'the file of another agent is refused: %s',
    async (name) => {
      await expect(read(`agent-samples/${name}.jsonl`)).rejects.toMatchObject({ code: 'E_TRACE_FORMAT' })
    },
  )

  test('eighty recorded trajectories are read to the last action', async () => {
    const folders = readdirSync(join(DATA, 'trajectories'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    )
    const totals = { files: 0, actions: 0, compactions: 0, interrupts: 0, unread: 0 }
    for (const { name } of folders) {
      for (const file of readdirSync(join(DATA, 'trajectories', name))) {
        const { report, tally } = await read(join('trajectories', name, file))
        totals.files += 1
        totals.actions += report.actions
        totals.compactions += report.compactions.length
        totals.interrupts += report.interrupts
        totals.unread += tally.broken + tally.long + tally.unknown
      }
    }
    // Two results belong to no call.
    expect(totals).toEqual({ files: 80, actions: 6_767, compactions: 30, interrupts: 53, unread: 2 })
  })
})

describe.skipIf(!present)('live', () => {
  const EDIT = { path: 'src/auth/a.txt', oldText: expect.stringMatching(/^one/) }
  test.each([
    ['claude-agent-acp-0.101', 'one edited'],
    ['codex-acp-2.6', 'one edited\n'],
    ['opencode-default', 'one edited'],
    ['gemini-default', 'one edited\n'],
    ['copilot-default', 'one edited'],
  ])('the wire of %s gives arguments, edits and outcomes', async (name, newText) => {
    const { events } = await replay(join(DATA, 'acp-wire', `${name}.jsonl`))
    const trace = new AgentTrace()
    const told = [
      ...events.flatMap((event) => trace.note(event, '2030-01-01T00:00:00.000Z')),
      ...trace.end({ kind: 'stopped', reason: 'end_turn' }, '2030-01-01T00:00:00.000Z'),
    ]
    expect(told.flatMap((event) => (event.t === 'call' ? (event.edits ?? []) : []))).toContainEqual(
      expect.objectContaining({ ...EDIT, newText }),
    )
    const read = told.find((event) => event.t === 'call' && event.kind === 'read')
    expect(read).toMatchObject({ path: 'src/auth/a.txt' })
    const ids = told.flatMap((event) => (event.t === 'result' ? [event.id] : []))
    expect(new Set(ids).size).toBe(ids.length)
  })
})
