import { describe, expect, it } from 'vitest'
import { nudgeText } from '../../src/health/nudge.ts'
import { healthStats, learnedBudget, sessionSize, type SessionRecord } from '../../src/health/stats.ts'
import { renderStats } from '../../src/tui/stats.ts'
import { alarm } from './handoff/sample.ts'

const record = (over: Partial<SessionRecord>): SessionRecord => ({
  outcome: 'landed',
  discarded: null,
  size: 'small',
  attempts: 1,
  resets: [],
  nudges: [],
  durationMs: 1_000,
  attemptMs: 1_000,
  output: 100,
  largestContext: 5_000,
  ...over,
})
const many = (count: number, over: Partial<SessionRecord>): readonly SessionRecord[] =>
  Array.from({ length: count }, () => record(over))
const fixes = (reason: string) => ({ kind: 'no better state after a reset', reason }) as const

describe('healthStats', () => {
  it('adds up costs within a currency only', () => {
    const spent = [
      { tokens: 5, cost: 2, currency: 'USD' },
      { tokens: null, cost: 3, currency: 'EUR' },
      { tokens: 1, cost: 1, currency: 'USD', otherCosts: { EUR: 1 } },
    ]
    const stats = healthStats(spent.map((one) => record({ spent: one })))
    expect(stats.spent).toEqual({ tokens: 6, cost: 3, currency: 'USD', otherCosts: { EUR: 4 } })
    expect(renderStats(stats, 80).join('\n')).toContain('3.00 USD, 4.00 EUR')
  })

  it('counts outcomes, reasons by kind, resets and nudges', () => {
    const stats = healthStats([
      ...many(7, { nudges: [{ helped: true }, { helped: null }] }),
      record({
        outcome: 'abandoned',
        discarded: fixes('3 attempts at a fix.'),
        nudges: [{ helped: false }],
        resets: [{ reason: 'stuck', helped: false }],
      }),
      record({ outcome: 'failed', discarded: { kind: 'set-up', reason: 'npm ci failed.' } }),
      record({
        outcome: 'abandoned',
        discarded: fixes('4 attempts at a fix.'),
        resets: [
          { reason: 'stuck', helped: null },
          { reason: 'daily', helped: true },
        ],
      }),
      record({ outcome: 'open' }),
    ])
    expect(stats.outcomes).toEqual({ landed: 7, abandoned: 2, failed: 1, open: 1 })
    expect(stats.discardRate).toBe(0.3)
    expect(stats.band).toBe('above')
    // Sentences differ from one session to the next; what is counted is their kind.
    expect(stats.reasons).toEqual([
      { reason: 'no better state after a reset', count: 2, last: '4 attempts at a fix.' },
      { reason: 'set-up', count: 1, last: 'npm ci failed.' },
    ])
    expect(stats.nudges).toEqual({ count: 15, helped: 7, share: 7 / 8 })
    expect(stats.resets).toEqual({
      count: 3,
      helped: 1,
      share: 0.5,
      reasons: [
        { reason: 'stuck', count: 2 },
        { reason: 'daily', count: 1 },
      ],
    })
    expect(stats.perLanded.durationMs).toBeCloseTo(11_000 / 7)
    expect(stats.perLanded.output).toBeCloseTo(1_100 / 7)
  })

  it.each([
    [9, 0, 'too few'],
    [10, 0, 'below'],
    [9, 1, 'within'],
    [8, 2, 'within'],
    [7, 3, 'above'],
  ] as const)('%d landed and %d discarded are %s the band', (landed, discarded, band) => {
    expect(healthStats([...many(landed, {}), ...many(discarded, { outcome: 'abandoned' })]).band).toBe(band)
  })

  it('says nothing where nothing is known', () => {
    const stats = healthStats([])
    expect(stats).toMatchObject({
      discardRate: null,
      band: 'too few',
      perLanded: { durationMs: null, output: null },
      tokens: { output: null, largestContext: null, told: 0, of: 0 },
    })
    expect(renderStats(stats, 200)).toContain('for each landed piece: nothing has landed, tokens not known')
    expect(healthStats([record({ outcome: 'open' })]).nudges.share).toBeNull()
  })

  it('keeps every figure on a narrow terminal', () => {
    const stats = healthStats([...many(3, {}), record({ outcome: 'abandoned' })])
    const narrow = renderStats(stats, 40)
    expect(narrow.slice(0, 2)).toEqual(['sessions: 3 landed, 1 abandoned, 0', '  failed, 0 open'])
    expect(narrow.filter((line) => line.length > 40)).toEqual([])
    const words = (lines: readonly string[]) => lines.join(' ').split(/\s+/)
    expect(words(narrow)).toEqual(words(renderStats(stats, 1_000)))
  })

  it('adds up the tokens that were told, and says how many sessions told them', () => {
    const silent = record({ output: null, largestContext: null })
    const stats = healthStats([record({ output: 300, largestContext: 9_000 }), record({}), silent])
    expect(stats.perLanded.output).toBeCloseTo(400 / 3)
    expect(stats.tokens).toEqual({ output: 400, largestContext: 9_000, told: 2, of: 3 })
    expect(renderStats(stats, 200)).toContain(
      'for each landed piece: 1s, 133 tokens put out, told by 2 of 3 sessions, largest context 9,000 tokens',
    )
    expect(renderStats(healthStats([record({ output: null })]), 200)).toContain(
      'for each landed piece: 1s, largest context 5,000 tokens, what was put out is not told',
    )
    expect(renderStats(healthStats([silent]), 200)).toContain('for each landed piece: 1s, tokens not known')
  })

  it('learns how long an attempt may take from ten that landed, of its size where there are so many', () => {
    const times = Array.from({ length: 10 }, (_, index) => record({ attemptMs: (index + 1) * 100 }))
    const others = [
      record({ outcome: 'abandoned', attemptMs: 9_999 }),
      record({ size: 'large', attemptMs: 5_000 }),
    ]
    expect(learnedBudget([...times, ...others], 'small')).toEqual({ ms: 900, from: 10 })
    expect(learnedBudget([...times, ...others], 'large')).toEqual({ ms: 1_000, from: 11 })
    expect(learnedBudget(times.slice(1), 'small')).toBeNull()
    const stats = healthStats(times)
    expect(stats.budgets).toMatchObject({ small: { ms: 900, from: 10 }, medium: null, large: null })
    expect(renderStats(stats, 200).join('\n')).toContain('learned from 10 that landed, small: 9 of 10')
    expect([99, 100, 500].map(sessionSize)).toEqual(['small', 'medium', 'large'])
  })
})

describe('nudgeText', () => {
  it('names evidence, where it was seen, and what was tried', () => {
    const text = nudgeText([{ ...alarm, evidence: { ...alarm.evidence, turns: [5, 3] } }], ['Never push.'])
    expect(text).toContain('- 4 runs, same failure: token expired. (turns 3 to 5)')
    expect(text).toContain('Tried already, without effect:\n- raise the timeout\n- mock the clock')
    expect(text).toContain('These constraints hold:\n- Never push.')
  })

  it('is bounded', () => {
    const tried = Array.from({ length: 30 }, (_, index) => `${index} ${'x'.repeat(1_000)}`)
    const text = nudgeText([{ ...alarm, evidence: { ...alarm.evidence, tried, turns: [] } }])
    expect(text).toContain('- and 22 more')
    expect(text.length).toBeLessThan(4_000)
    expect(text).not.toContain('(turn')
  })
})
