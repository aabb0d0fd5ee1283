import { describe, expect, test } from 'vitest'
import type { HealthWord } from '../../../src/contract/health.ts'
import type { TraceEvent } from '../../../src/contract/trace.ts'
import { AttemptHealth } from '../../../src/engine/health/attempt-health.ts'
import { AttemptBudget } from '../../../src/engine/health/budget.ts'
import { healthPolicy, type HealthPolicy } from '../../../src/engine/health/policy.ts'
import { TurnWatch, type WatchedTurn } from '../../../src/engine/health/watch.ts'
import type { EffectContext, Fact } from '../../../src/engine/port.ts'
import { FIRST_RUNG, type Ladder } from '../../../src/health/ladder.ts'
import { buildLedger } from '../../../src/health/ledger/ledger.ts'
import { NUDGE_OPENING } from '../../../src/health/nudge.ts'

const RED = 'AssertionError: expected 401 to equal 200\n 1 failed, 3 passed'
const DAY = 24 * 60 * 60 * 1000
const MONDAY = Date.UTC(2026, 0, 5, 12)

const exec = (a: number, cmd: string, text: string, exit = 1): TraceEvent[] => [
  { t: 'call', a, id: `c${a}`, tool: 'Bash', kind: 'exec', cmd, ts: new Date(MONDAY).toISOString() },
  { t: 'result', a, id: `c${a}`, ok: exit === 0, exit, text },
]
/** Edits that go back and forth while the same failure comes again. */
const round = (n: number): TraceEvent[] => [
  {
    t: 'call',
    a: 2 * n,
    id: `e${n}`,
    tool: 'Edit',
    kind: 'edit',
    path: '/w/src/a.ts',
    edits: [{ oldText: n % 2 === 0 ? 'one' : 'two', newText: n % 2 === 0 ? 'two' : 'one' }],
  },
  { t: 'result', a: 2 * n, id: `e${n}`, ok: true, text: '' },
  ...exec(2 * n + 1, `npm test -- --seed ${n}`, RED),
]
const rounds = (count: number): TraceEvent[] => Array.from({ length: count }, (_, n) => round(n)).flat()
const reds = (from: number, count = 4): TraceEvent[] =>
  Array.from({ length: count }, (_, n) => exec(from + n, `npm test -- --seed ${from + n}`, RED)).flat()
const says = (text: string): TraceEvent => ({ t: 'user', text })

interface Watched {
  readonly watch: TurnWatch
  readonly facts: Fact[]
  readonly health: AttemptHealth
  readonly types: () => string[]
}

function watched(
  plan: Parameters<typeof healthPolicy>[0]['health'] = {},
  more: Partial<Omit<WatchedTurn, 'policy' | 'health'>> = {},
): Watched {
  const policy: HealthPolicy = healthPolicy({ health: plan })
  const facts: Fact[] = []
  const effect: EffectContext = {
    signal: new AbortController().signal,
    record: (fact) => facts.push(fact) > 0,
    watchSignals: () => undefined,
  }
  const health = new AttemptHealth({
    agent: 'scripted',
    root: '/w',
    limits: policy.limits,
    decisions: [],
    ledger: buildLedger({ brief: 'Do it.', scope: { include: ['src/**'], exclude: [] } }),
  })
  const watch = new TurnWatch(effect, {
    attempt: 1,
    turn: 1,
    policy,
    health,
    ladder: FIRST_RUNG,
    tolerances: () => ({}),
    answers: () => [],
    nudges: [],
    lostNudge: null,
    before: 0,
    phase: () => Promise.resolve(null),
    learned: () => true,
    budget: new AttemptBudget(null, MONDAY),
    now: () => MONDAY,
    tell: (text) => {
      throw new Error(text)
    },
    ...more,
  })
  return { watch, facts, health, types: () => facts.map(({ type }) => type) }
}
const feed = ({ watch }: Watched, events: readonly TraceEvent[]): void => {
  for (const event of events) watch.note(event)
}
const WRONG = 'No, that is wrong: I asked for port 4711 in every config file.'

describe('what the prompt itself gives rise to', () => {
  test('a repeated correction never ends the turn: what is seen in it goes with the prompt', async () => {
    const it = watched()
    feed(it, [says(WRONG), says(WRONG)])
    expect(it.types()).toContain('health.alarm')
    expect(it.watch.signal.aborted).toBe(false)
    const [nudge, ...rest] = it.watch.sending()
    expect(rest).toEqual([])
    expect(nudge).toContain(NUDGE_OPENING)
    expect(nudge).toContain('the operator had to say again')
    expect(nudge).not.toContain('Tried already')
    expect(nudge).not.toContain('Do not repeat any of it')
    expect(it.facts.filter(({ type }) => type === 'health.nudged')).toHaveLength(1)
    expect(await it.watch.end()).toBeNull()
  })

  test('an end that it leads to is proposed when the turn is over', async () => {
    const again: Ladder = { ...FIRST_RUNG, misunderstandings: 2 }
    const it = watched({ abandon: 'auto' }, { ladder: again })
    feed(it, [says(WRONG), says(WRONG)])
    expect(it.watch.signal.aborted).toBe(false)
    it.watch.sending()
    expect(it.watch.signal.aborted).toBe(false)
    expect(await it.watch.end()).toMatchObject({ kind: 'abandon', cut: false, auto: true })
  })

  test('once the prompt is on its way the turn can be ended', async () => {
    const it = watched()
    expect(it.watch.sending()).toEqual([])
    feed(it, reds(0))
    expect(it.watch.signal.aborted).toBe(true)
    expect(await it.watch.end()).toMatchObject({ kind: 'nudge', cut: true })
  })
})

describe('what is more than a nudge', () => {
  test('two independent families: reset, in the middle of the turn', async () => {
    const it = watched()
    it.watch.sending()
    feed(it, rounds(14))
    expect(it.watch.signal.aborted).toBe(true)
    expect(await it.watch.end()).toMatchObject({ kind: 'reset', cut: true, reason: 'stuck' })
  })

  test.each([
    ['over its limit', { t: 'usage', ctx: 150_000, window: 200_000, source: 'provider' }],
    ['just compacted', { t: 'compact', pre: 150_000, post: 20_000 }],
  ] as const)('one family with a context that is %s is no ground for a reset', async (_name, event) => {
    const it = watched({ nudge: 'off', limit_percent: 70 })
    it.watch.sending()
    feed(it, [event, ...reds(0, 5)])
    expect(it.types()).toContain('health.alarm')
    expect(it.watch.signal.aborted).toBe(false)
  })

  test('over its limit: reset by its own policy, when the turn has come to its end', async () => {
    const it = watched()
    it.watch.sending()
    feed(it, [...exec(0, 'ls', 'a', 0), { t: 'usage', ctx: 150_000, window: 200_000, source: 'provider' }])
    expect(it.watch.signal.aborted).toBe(false)
    expect(await it.watch.end()).toMatchObject({ kind: 'reset', cut: false, reason: 'utilisation' })
  })

  const stuck: Ladder = { ...FIRST_RUNG, resets: 1, iterations: 2 }
  const vain: TraceEvent[] = [...exec(0, 'npm test', RED), ...round(1)]

  test('to abandon is proposed, and interrupts nobody', async () => {
    const it = watched({}, { ladder: stuck })
    it.watch.sending()
    feed(it, vain)
    expect(it.types()).toContain('health.proposed')
    expect(it.watch.signal.aborted).toBe(false)
    expect(await it.watch.end()).toMatchObject({ kind: 'abandon', cut: false, auto: false })
  })

  test('to abandon by rule ends the turn', async () => {
    const it = watched({ abandon: 'auto' }, { ladder: stuck })
    it.watch.sending()
    feed(it, vain)
    expect(it.watch.signal.aborted).toBe(true)
    expect(await it.watch.end()).toMatchObject({ kind: 'abandon', cut: true, auto: true })
  })
})

describe('nudges', () => {
  const nudged = ({ facts }: Watched): unknown[] =>
    facts.flatMap(({ type, data }) => (type === 'health.nudged' ? [data] : []))

  test('are told of when they go to the agent, and not when they are decided', async () => {
    const it = watched()
    it.watch.sending()
    feed(it, reds(0))
    expect(await it.watch.end()).toMatchObject({ kind: 'nudge', cut: true })
    expect(nudged(it)).toEqual([])
    const next = watched({}, { turn: 2, nudges: ['Look.'] })
    expect(nudged(next)).toEqual([])
    expect(next.watch.sending()).toEqual([])
    expect(nudged(next)).toMatchObject([{ turn: 2, text: 'Look.', by: 'rule' }])
    const again = watched({}, { turn: 2, nudges: ['Look.'] })
    again.watch.sending()
    const key = ({ facts }: Watched) => facts.find(({ type }) => type === 'health.nudged')?.key
    expect(key(again)).toBe(key(next))
  })

  test('that a crash kept from the agent go with the prompt', () => {
    const it = watched({}, { lostNudge: 'Look again.' })
    expect(it.watch.sending()).toEqual(['Look again.'])
    expect(nudged(it)).toMatchObject([{ text: 'Look again.' }])
  })

  test('begin the evidence anew in every rule', () => {
    const it = watched({ nudge: 'off' })
    it.watch.sending()
    const same = (a: number): TraceEvent[] =>
      exec(a, 'cat missing.txt', 'cat: missing.txt: No such file or directory')
    feed(it, [...same(0), ...same(1), { t: 'user', text: NUDGE_OPENING, meta: true }, ...same(2), ...same(3)])
    expect(it.types()).not.toContain('health.alarm')
    feed(it, same(4))
    expect(it.types()).toContain('health.alarm')
  })

  test('count their actions through all attempts', () => {
    const it = watched({ nudge: 'off' }, { before: 40 })
    it.watch.sending()
    feed(it, reds(0))
    const ladder = it.facts.findLast(({ type }) => type === 'health.ladder')?.data
    expect(ladder).toMatchObject({ ladder: { alarms: [{ a: 43, evidence: { actions: [40, 41, 42, 43] } }] } })
  })
})

describe('policies', () => {
  test('reset "off": the agent is nudged for what else would be ground for a reset', async () => {
    const it = watched({ reset: 'off' })
    it.watch.sending()
    feed(it, rounds(14))
    expect(it.types().filter((type) => type === 'health.alarm').length).toBeGreaterThan(1)
    expect(it.types()).not.toContain('health.reset-due')
    expect(await it.watch.end()).toMatchObject({ kind: 'nudge' })
  })

  test('reset "ask": proposed once, nobody is interrupted for it', async () => {
    const it = watched({ reset: 'ask', nudge: 'off' })
    it.watch.sending()
    feed(it, rounds(14))
    expect(it.facts.flatMap(({ type, data }) => (type === 'health.proposed' ? [data] : []))).toMatchObject([
      { what: 'reset' },
    ])
    expect(it.watch.signal.aborted).toBe(false)
    expect(await it.watch.end()).toBeNull()
  })

  test('a new day is a reset at the end of the turn, by the clock that is given', async () => {
    const at = (now: number): Watched => watched({ reset_daily: '00:00' }, { now: () => now })
    const same = at(MONDAY)
    feed(same, exec(0, 'ls', 'a', 0))
    expect(await same.watch.end()).toBeNull()
    const next = at(MONDAY + DAY)
    feed(next, exec(0, 'ls', 'a', 0))
    expect(await next.watch.end()).toMatchObject({ kind: 'reset', cut: false, reason: 'daily' })
  })

  test('errors alone, twice, with nothing learned between: to abandon is proposed in place of a reset', async () => {
    const fails = Array.from({ length: 4 }, (_, a) => exec(a, 'npm test', ` ${a + 1} failed`)).flat()
    const policy = { limit_errors: 3, nudge: 'off' } as const
    const first = watched(policy, { learned: () => false })
    first.watch.sending()
    feed(first, fails)
    expect(await first.watch.end()).toMatchObject({ kind: 'reset', reason: 'errors' })
    const second = watched(policy, {
      learned: () => false,
      ladder: { ...FIRST_RUNG, resets: 1, unchanged: 1 },
    })
    second.watch.sending()
    feed(second, fails)
    expect(await second.watch.end()).toMatchObject({ kind: 'abandon', auto: false })
  })
})

describe('what the operator says meanwhile', () => {
  test('"not stuck" takes alarms back, "nudge" counts as one; what else was answered changes nothing', () => {
    const said: HealthWord[] = []
    const it = watched({ nudge: 'ask' }, { answers: () => said })
    it.watch.sending()
    feed(it, reds(0))
    const ladder = (): unknown => it.facts.findLast(({ type }) => type === 'health.ladder')?.data
    expect(ladder()).toMatchObject({ ladder: { alarms: [{}], nudges: 0 } })
    said.push('nudge')
    feed(it, [{ t: 'compact', pre: 9, post: 1 }])
    expect(ladder()).toMatchObject({ ladder: { alarms: [{}], nudges: 1 } })
    said.push('not-stuck')
    feed(it, [{ t: 'compact', pre: 9, post: 1 }])
    expect(ladder()).toMatchObject({ ladder: { alarms: [], rung: 'ok' } })
  })
})

describe('watchfulness', () => {
  /** Actions after which the same failure under changing arguments is an alarm. */
  const alarmedAfter = (before: readonly TraceEvent[]): number => {
    const it = watched({ nudge: 'off' })
    it.watch.sending()
    feed(it, before)
    for (let a = 0; a < 12; a++) {
      feed(it, exec(a, `npm test -- --seed ${a}`, RED))
      if (it.types().includes('health.alarm')) return a + 1
    }
    return 0
  }

  test('a context over its limit, or just compacted, lowers the thresholds', () => {
    const usual = alarmedAfter([])
    expect(usual).toBeGreaterThan(1)
    const full: TraceEvent = { t: 'usage', ctx: 150_000, window: 200_000, source: 'provider' }
    expect(alarmedAfter([full])).toBeLessThan(usual)
    expect(alarmedAfter([{ t: 'compact', pre: 150_000, post: 20_000 }])).toBeLessThan(usual)
  })
})
