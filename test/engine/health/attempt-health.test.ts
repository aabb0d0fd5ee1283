// What an attempt is held against, what it is told again, and what it is warned of.
import { describe, expect, test } from 'vitest'
import type { Alarm } from '../../../src/contract/health.ts'
import type { TraceEvent } from '../../../src/contract/trace.ts'
import {
  AttemptHealth,
  type AttemptStart,
  type Happening,
} from '../../../src/engine/health/attempt-health.ts'
import { fillHandoff } from '../../../src/health/handoff/fill.ts'
import { buildLedger, type LedgerInput } from '../../../src/health/ledger/ledger.ts'
import { input } from '../../health/handoff/sample.ts'

const LIMITS = { percent: 70, tokens: null, compactions: null }
const scope = { include: ['src/**'], exclude: [] }

function attempt(demands: LedgerInput = {}, more: Partial<AttemptStart> = {}): AttemptHealth {
  const decisions = (demands.decisions ?? []).map(({ text }) => text)
  const ledger = buildLedger({ scope, ...demands })
  return new AttemptHealth({ agent: 'scripted', root: '/w', limits: LIMITS, ledger, decisions, ...more })
}

const exec = (a: number, cmd: string, text = '', exit = 0): TraceEvent[] => [
  { t: 'call', a, id: `c${a}`, tool: 'Bash', kind: 'exec', cmd },
  { t: 'result', a, id: `c${a}`, ok: exit === 0, exit, text },
]
const edit = (a: number, path = '/w/src/a.ts'): TraceEvent[] => [
  { t: 'call', a, id: `c${a}`, tool: 'Edit', kind: 'edit', path },
  { t: 'result', a, id: `c${a}`, ok: true, text: '' },
]
const operator = (text: string): TraceEvent => ({ t: 'user', text })
const prompt = (text: string): TraceEvent => ({ t: 'user', text, meta: true })
const usage = (ctx: number): TraceEvent => ({ t: 'usage', ctx, window: 200_000, source: 'provider' })
const END: TraceEvent = { t: 'meta', text: 'The turn ended: end_turn.' }

const all = (health: AttemptHealth, events: readonly TraceEvent[]): Happening[] =>
  events.flatMap((event) => [...health.note(event)])
const alarms = (found: readonly Happening[]): Alarm[] =>
  found.flatMap((happening) => (happening.kind === 'alarm' ? [happening.alarm] : []))

describe('what the operator says in the course of an attempt', () => {
  test('is checked from then on', () => {
    const health = attempt({ brief: 'Do it.' })
    expect(alarms(all(health, exec(0, 'npm install left-pad')))).toEqual([])
    health.note(operator('No, never run `npm install`.'))
    const [alarm] = alarms(all(health, exec(1, 'npm install left-pad')))
    expect(alarm).toMatchObject({
      rule: 'constraint',
      strength: 'strong',
      symptom: 'forgotten instructions',
      evidence: { text: 'broke a constraint: No, never run `npm install`..' },
    })
  })

  test('is not held against what the operator allows again', () => {
    const health = attempt({ brief: 'Never run `npm install`.' })
    health.note(operator('All right. Please run `npm install` now.'))
    expect(alarms(all(health, exec(0, 'npm install')))).toEqual([])
  })

  test('a decision that is made meanwhile is checked, and to act against it is inconsistent', () => {
    const health = attempt({ decisions: [{ n: 1, text: 'Use npm instead of pnpm.' }] })
    expect(alarms(all(health, exec(0, 'pnpm add x')))).toMatchObject([{ symptom: 'inconsistent behaviour' }])
    health.decide([
      { n: 1, text: 'Use npm instead of pnpm.' },
      { n: 2, text: 'Use pnpm instead of npm.' },
    ])
    // The later decision replaces the earlier one.
    expect(alarms(all(health, exec(1, 'pnpm add y')))).toEqual([])
    expect(alarms(all(health, exec(2, 'npm test', ' 3 passed')))).toMatchObject([
      { symptom: 'inconsistent behaviour', evidence: { count: 1 } },
    ])
    expect(health.known.decisions).toHaveLength(2)
  })

  test('costs no memory that grows', () => {
    const health = attempt()
    for (let a = 0; a < 400; a++) health.note(operator(`Never use the library number${a}.`))
    expect(health.known.ledger.length).toBeLessThanOrEqual(300)
  })
})

describe('tokens since the constraints were stated', () => {
  const brief = 'Do it. Never push.'

  test('begin anew with every text that states them', () => {
    const health = attempt({ brief })
    all(health, [usage(10_000), usage(30_000)])
    expect(health.reading.sinceStated).toBe(30_000)
    health.note(prompt('Lost in the compaction\n\nConstraints that hold:\n- Never push.'))
    health.note(usage(31_000))
    expect(health.reading.sinceStated).toBe(1_000)
    health.note(prompt('Go on.'))
    expect(health.reading.sinceStated).toBe(1_000)
  })

  test('count the constraint that was stated longest ago', () => {
    const health = attempt({ brief })
    all(health, [usage(10_000), operator('Always use pnpm.'), usage(15_000)])
    expect(health.reading.sinceStated).toBe(15_000)
    health.note(prompt('- Never push.'))
    expect(health.reading.sinceStated).toBe(5_000)
  })

  test('begin anew with a summary that keeps them', () => {
    const health = attempt({ brief })
    all(health, [
      usage(100_000),
      { t: 'compact', post: 5_000 },
      { t: 'summary', text: 'One must never push.' },
    ])
    expect(health.reading).toMatchObject({ sinceStated: 0, compactedSinceStated: false })
  })
})

describe('a compaction that shows no summary', () => {
  const demands = { brief: 'Never push.', decisions: [{ n: 1, text: 'Dates are ISO 8601' }] }
  const compacted = (found: readonly Happening[]) =>
    found.flatMap((happening) => (happening.kind === 'compacted' ? [happening] : []))

  test.each([
    ['that is announced', [{ t: 'compact', trigger: null } as const]],
    ['that only the fall of the context tells of', [usage(9_000)]],
    ['that is concluded, and announced afterwards', [usage(9_000), { t: 'compact', trigger: null } as const]],
    ['that is announced, and then falls', [{ t: 'compact', trigger: null } as const, usage(9_000)]],
  ])('%s: counted once, and the whole ledger is stated again', (_how, events) => {
    const health = attempt(demands)
    const begin: TraceEvent = { t: 'session', v: 1, id: 's', agent: 'x', cwd: '/w' }
    const found = all(health, [begin, usage(120_000), ...edit(0), ...events, END, ...exec(1, 'ls')])
    expect(found.filter(({ kind }) => kind === 'compaction')).toHaveLength(1)
    expect(compacted(found)).toHaveLength(1)
    expect(compacted(found)[0]).toMatchObject({ lost: null })
    for (const part of ['- Never push.', '- Dates are ISO 8601', '- src/a.ts', '- Write only these paths'])
      expect(compacted(found)[0]?.restated).toContain(part)
    expect(health.reading.compactions).toBe(1)
  })
})

test('a compaction at the limit reaches no limit: the figure is of before it', () => {
  const health = attempt({ brief: 'Never push.' })
  all(health, [usage(100_000), ...exec(0, 'ls')])
  const found = all(health, [
    { t: 'compact', trigger: 'auto', pre: 167_000 },
    { t: 'summary', text: 'One must never push.' },
    prompt('- Never push.'),
  ])
  const reached = (happenings: readonly Happening[]) =>
    happenings.flatMap((one) => (one.kind === 'context' ? [[one.reading.used, one.reading.reached]] : []))
  expect(found.filter(({ kind }) => kind === 'compaction')).toHaveLength(1)
  for (const [used, limits] of reached(found)) expect([used, limits]).toEqual([null, []])
  expect(health.reading).toMatchObject({ used: null, percent: null, reached: [], compactions: 1 })
  expect(reached(all(health, [usage(20_000)]))).toEqual([[20_000, []]])
  expect(reached(all(health, [usage(160_000)]))).toMatchObject([[160_000, [expect.stringContaining('%')]]])
})

describe('an attempt that began with a handoff', () => {
  const handoff = fillHandoff({
    ...input,
    alarms: input.alarms.map((alarm) => ({
      ...alarm,
      evidence: { ...alarm.evidence, signature: 'assertionerror: expected # to equal #' },
    })),
  })
  const RED = 'AssertionError: expected 401 to equal 200\n 1 failed, 3 passed'
  const begun = () => attempt({}, { handoff })

  const tried = (events: readonly TraceEvent[]) =>
    alarms(all(begun(), events)).filter(({ rule }) => rule === 'triedAgain')

  test('an approach that failed before raises an alarm when it comes back a second time, once', () => {
    const red = (a: number, cmd = 'npm test'): TraceEvent[] => exec(a, cmd, RED, 1)
    const found = tried([
      ...red(0),
      ...edit(1),
      ...red(2),
      ...edit(3),
      ...red(4, 'npm test -- x'),
      ...edit(5),
      ...red(6),
    ])
    expect(found).toMatchObject([
      {
        a: 4,
        family: 'failure',
        strength: 'strong',
        evidence: {
          signature: 'assertionerror: expected # to equal #',
          count: 2,
          actions: [2, 4],
          text: 'met again 2 times what an earlier attempt had tried without success: assertionerror: expected # to equal #.',
          tried: ['npm test', 'npm test -- x'],
        },
      },
    ])
  })

  test('the check with other arguments before anything is changed is a look', () => {
    const seeded = {
      ...handoff,
      checks: handoff.checks.map((check) => ({ ...check, command: 'npm test -- --seed 9' })),
    }
    const looks = [0, 1, 2].flatMap((a) => exec(a, `npm test -- --seed ${a}`, RED, 1))
    const found = alarms(all(attempt({}, { handoff: seeded }), looks))
    expect(found.filter(({ rule }) => rule === 'triedAgain')).toEqual([])
  })

  test('one change and its red run, looked at twice, is no approach tried again', () => {
    expect(tried([...edit(0), ...exec(1, 'npm test', RED, 1)])).toEqual([])
    expect(tried([...edit(0), ...exec(1, 'npm test', RED, 1), ...exec(2, 'npm test 2>&1', RED, 1)])).toEqual(
      [],
    )
  })

  test('the first look at the failure is none, nor is what happens after twenty actions', () => {
    expect(alarms(all(begun(), exec(0, 'npm test', RED, 1)))).toEqual([])
    const later = Array.from({ length: 21 }, (_, a) => exec(a, `ls ${a}`)).flat()
    const found = alarms(all(begun(), [...later, ...edit(21), ...exec(22, 'npm test', RED, 1)]))
    expect(found).toEqual([])
  })
})
