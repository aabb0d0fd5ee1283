import { describe, expect, test } from 'vitest'
import type { FactData } from '../../../src/contract/facts.ts'
import type { TraceEvent } from '../../../src/contract/trace.ts'
import { AttemptHealth, type Happening } from '../../../src/engine/health/attempt-health.ts'
import { checkStep } from '../../../src/engine/health/checks.ts'
import { phaseCompleted } from '../../../src/engine/health/phases.ts'
import { healthPolicy } from '../../../src/engine/health/policy.ts'
import { TurnFold } from '../../../src/health/diagnosis.ts'
import { buildLedger } from '../../../src/health/ledger/ledger.ts'
import { NUDGE_OPENING } from '../../../src/health/nudge.ts'

const LIMITS = { percent: 70, tokens: null, compactions: null }
const RED = 'AssertionError: expected 401 to equal 200\n 1 failed, 3 passed'

function attempt(brief = 'Do it.'): AttemptHealth {
  const start = { agent: 'scripted', root: '/w', limits: LIMITS, decisions: [] }
  return new AttemptHealth({
    ...start,
    ledger: buildLedger({ brief, scope: { include: ['src/**'], exclude: [] } }),
  })
}

const exec = (a: number, cmd: string, text: string, exit = 1): TraceEvent[] => [
  { t: 'call', a, id: `c${a}`, tool: 'Bash', kind: 'exec', cmd },
  { t: 'result', a, id: `c${a}`, ok: exit === 0, exit, text },
]
const edit = (a: number, path = '/w/src/a.ts'): TraceEvent[] => [
  {
    t: 'call',
    a,
    id: `c${a}`,
    tool: 'Edit',
    kind: 'edit',
    path,
    edits: [{ oldText: `${a}`, newText: `${a + 1}` }],
  },
  { t: 'result', a, id: `c${a}`, ok: true, text: '' },
]
const kinds = (found: readonly Happening[]): string[] => found.map(({ kind }) => kind)
const all = (health: AttemptHealth, events: readonly TraceEvent[]): Happening[] =>
  events.flatMap((event) => [...health.note(event)])

describe('the health of an attempt', () => {
  test('a change that is checked and stays red is an attempt at a fix; one that gets better is progress', () => {
    const health = attempt()
    const found = all(health, [
      ...exec(0, 'npm test', ' 3 failed'),
      ...edit(1),
      ...exec(2, 'npm test', ' 3 failed'),
      ...edit(3),
      ...exec(4, 'npm test', ' 2 failed'),
      ...edit(5),
      ...exec(6, 'npm test', ' 9 passed', 0),
      ...edit(7),
      ...exec(8, 'npm test', ' 9 passed', 0),
    ])
    expect(kinds(found)).toEqual(['fix iteration', 'progress', 'progress'])
    expect(health.failuresSinceBest).toBe(0)
  })

  test('a nudge lets the evidence begin anew, so that what goes on after it is told again', () => {
    const health = attempt()
    const runs = (from: number): TraceEvent[] =>
      [0, 1, 2, 3].flatMap((n) => exec(from + n, `npm test -- ${from + n}`, RED))
    expect(kinds(all(health, runs(0)))).toContain('alarm')
    expect(kinds(all(health, runs(4).slice(0, 6)))).not.toContain('alarm')
    health.note({ t: 'user', text: `# A look\n\n${NUDGE_OPENING}`, meta: true })
    expect(kinds(all(health, runs(8)))).toContain('alarm')
  })

  test('what the scope forbids is no forgotten instruction; what the brief forbids is', () => {
    const health = attempt('Do it. Never edit `src/legacy/**`.')
    expect(kinds(all(health, edit(0, '/w/other/b.ts')))).toEqual([])
    const [found] = all(health, edit(1, '/w/src/legacy/b.ts'))
    expect(found).toMatchObject({ kind: 'alarm', alarm: { symptom: 'forgotten instructions' } })
  })

  test('the limit is reached by what the agent reports; without a window nothing is', () => {
    const health = attempt()
    const [unknown] = all(health, [{ t: 'usage', ctx: 190_000, window: null }])
    expect(unknown).toMatchObject({ kind: 'context', reading: { percent: null, reached: [] } })
    const [high] = all(health, [{ t: 'usage', ctx: 150_000, window: 200_000, source: 'provider' }])
    expect(high).toMatchObject({ reading: { percent: 75, source: 'provider' } })
    expect(health.reading.reached).toEqual(['The context is 75 % full; the limit is 70 %.'])
  })

  test('a summary without a constraint of the brief: it is lost, and stated again', () => {
    const health = attempt('Do it. Never call the payment service from a test.')
    const found = all(health, [
      { t: 'compact', pre: 150_000, post: 20_000 },
      { t: 'summary', text: 'The agent has to write `src/**` only: these paths.' },
    ])
    expect(kinds(found)).toEqual(['compaction', 'context', 'compacted'])
    expect(found.at(-1)).toMatchObject({
      restated: expect.stringContaining('- Never call the payment service from a test.'),
    })
  })
})

describe('phases', () => {
  test('a phase of the plan, or a checkpoint, counts once', () => {
    const phases = ['Parser', 'Error messages']
    expect(phaseCompleted(phases, ['parser: done', 'something'], [])).toBe('Parser')
    expect(phaseCompleted(phases, ['parser: done'], ['Parser'])).toBe(null)
    expect(phaseCompleted([], ['Checkpoint: schema'], [])).toBe('schema')
    expect(phaseCompleted(phases, ['parsers of others'], [])).toBe(null)
  })
})

describe('checks', () => {
  const evidence = (tip: string, ...greens: boolean[]): FactData<'evidence.gathered'> => ({
    tip,
    commits: 1,
    uncommitted: [],
    inScope: [],
    outOfScope: [],
    blockedOn: [],
    checks: greens.map((green, index) => ({
      name: String(index),
      green,
      exitCode: green ? 0 : 1,
      signal: null,
      durationMs: 1,
      output: '',
      log: '',
    })),
  })

  test('fewer red ones are progress, as many on another tip an attempt at a fix, the same tip nothing', () => {
    const first = evidence('1', false, false)
    expect(checkStep([], first)).toBe(null)
    expect(checkStep([], evidence('1', true))).toBe('progress')
    expect(checkStep([first], evidence('2', true, false))).toBe('progress')
    expect(checkStep([first], evidence('2', false, false))).toBe('fix iteration')
    expect(checkStep([first], evidence('1', false, false))).toBe(null)
    expect(checkStep([first], evidence('2'))).toBe(null)
  })
})

describe('policy', () => {
  test('without a word in the plan: act on alarms and limits, never abandon unasked; 0 switches a limit off', () => {
    expect(healthPolicy({})).toMatchObject({
      nudge: 'auto',
      reset: 'auto',
      abandon: 'ask',
      limits: { percent: 70, tokens: null },
      resets: { errors: 20, phase: true, daily: null },
    })
    expect(
      healthPolicy({ health: { limit_percent: 0, limit_errors: 0, reset_daily: '04:30' } }),
    ).toMatchObject({
      limits: { percent: null },
      resets: { errors: null, daily: 270 },
    })
  })
})

describe('folded turns', () => {
  test('errors are counted by their signature, and an action is found in its turn', () => {
    const fold = new TurnFold('/w')
    for (const event of [
      { t: 'session', v: 1, id: 's', agent: 'x' } as const,
      { t: 'user', text: 'First', meta: true } as const,
      ...exec(0, 'npm test', RED),
      ...exec(1, 'npm test', RED),
      { t: 'user', text: 'The operator says: no', meta: true } as const,
      { t: 'user', text: 'no' } as const,
      ...edit(2),
    ]) {
      fold.note(event)
    }
    expect(fold.turns).toMatchObject([
      { turn: 1, actions: 2, failed: 2, errors: [{ count: 2 }] },
      { turn: 2, from: 2, files: ['src/a.ts'] },
    ])
    expect([fold.turnOf(1), fold.turnOf(2)]).toEqual([1, 2])
  })
})
