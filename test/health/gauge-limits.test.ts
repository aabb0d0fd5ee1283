import { describe, expect, it } from 'vitest'
import {
  compactionReserve,
  DEFAULT_GAUGE_LIMITS,
  due,
  effectiveWindow,
  EMPTY_GAUGE,
  gaugeAfter,
  reading,
  type Gauge,
  type GaugeEvent,
} from '../../src/health/gauge.ts'

const used = (tokens: number, size: number | null = 200_000): GaugeEvent => ({
  kind: 'usage',
  usage: { used: tokens, size, source: 'provider' },
})
const compaction = (before: number | null): GaugeEvent => ({ kind: 'compaction', automatic: true, before })
const after = (...events: readonly GaugeEvent[]): Gauge => events.reduce(gaugeAfter, EMPTY_GAUGE)

describe('effectiveWindow', () => {
  it('takes the reserve off, and believes an automatic compaction more', () => {
    expect(effectiveWindow(200_000, { reserve: 33_000, compactedAt: null })).toBe(167_000)
    expect(effectiveWindow(200_000, { reserve: 33_000, compactedAt: 155_000 })).toBe(155_000)
    expect(effectiveWindow(200_000, { reserve: null, compactedAt: null })).toBe(200_000)
  })

  it('knows a window that was never announced once the agent compacted, and none before', () => {
    expect(effectiveWindow(null, { reserve: 33_000, compactedAt: null })).toBeNull()
    expect(effectiveWindow(null, { reserve: null, compactedAt: 160_000 })).toBe(160_000)
  })

  it('ignores a reserve as large as the window, and a compaction far below it', () => {
    expect(effectiveWindow(20_000, { reserve: 33_000, compactedAt: null })).toBe(20_000)
    expect(effectiveWindow(200_000, { reserve: null, compactedAt: 30_000 })).toBe(200_000)
  })
})

describe('compactionReserve', () => {
  it('is known for one agent and one window', () => {
    expect(compactionReserve('claude-code', 200_000)).toBe(33_000)
    expect(compactionReserve('claude', 1_000_000)).toBeNull()
    expect(compactionReserve('codex', 200_000)).toBeNull()
    expect(compactionReserve('claude', null)).toBeNull()
  })
})

describe('reading', () => {
  it('measures against the effective window', () => {
    const gauge = after(used(120_000))
    expect(reading(gauge, DEFAULT_GAUGE_LIMITS)).toMatchObject({ percent: 60, level: 'ok', reached: [] })
    expect(reading(gauge, DEFAULT_GAUGE_LIMITS, 33_000)).toMatchObject({
      percent: 71,
      level: 'high',
      announced: 200_000,
      effective: 167_000,
      reached: ['The context is 71 % full; the limit is 70 %.'],
    })
  })

  it('does not take an unknown window for empty or full, and still knows tokens and compactions', () => {
    const limits = { percent: 70, tokens: 100_000, compactions: 1 }
    const gauge = after(used(150_000, null))
    expect(reading(gauge, limits)).toMatchObject({ percent: null, level: 'unknown', effective: null })
    expect(reading(gauge, limits).reached).toEqual(['The context holds 150000 tokens; the limit is 100000.'])
    expect(reading(EMPTY_GAUGE, limits)).toMatchObject({
      used: null,
      percent: null,
      source: 'unknown',
      reached: [],
    })
  })

  it('counts an announced compaction once, whichever comes first', () => {
    expect(after(used(160_000), compaction(160_000), used(30_000)).compactions).toBe(1)
    expect(after(used(160_000), used(30_000), compaction(160_000)).compactions).toBe(1)
    expect(after(used(160_000), used(30_000)).compactions).toBe(1)
    expect(after(used(160_000), used(110_000)).compactions).toBe(0)
    expect(
      after(used(160_000), used(30_000), used(150_000), compaction(null), used(20_000)).compactions,
    ).toBe(2)
  })

  it('reaches the limit of compactions', () => {
    const gauge = after(used(160_000), compaction(null), used(30_000))
    const at = reading(gauge, { percent: null, tokens: null, compactions: 1 })
    expect(at.reached).toEqual(['The context was compacted once; the limit is 1.'])
    expect(at.effective).toBe(160_000)
  })

  it('knows nothing of the context after an announced compaction until it is told', () => {
    const limits = { percent: 70, tokens: 100_000, compactions: 2 }
    const full = after(used(190_000), compaction(null))
    expect(reading(full, limits)).toMatchObject({ used: null, percent: null, level: 'unknown', reached: [] })
    expect(reading(gaugeAfter(full, used(20_000)), limits)).toMatchObject({ used: 20_000, percent: 10 })
    // Announced after the context fell: what was told is of afterwards already.
    expect(reading(after(used(190_000), used(20_000), compaction(190_000)), limits)).toMatchObject({
      used: 20_000,
    })
    // How often it was compacted is known at once.
    expect(reading(gaugeAfter(full, compaction(null)), limits).reached).toEqual([
      'The context was compacted 2 times; the limit is 2.',
    ])
  })

  it('counts what came in since the constraints were stated, compactions included', () => {
    const gauge = after(
      used(10_000),
      { kind: 'constraints stated' },
      used(60_000),
      compaction(null),
      used(20_000),
      used(25_000),
    )
    expect(gauge).toMatchObject({ sinceStated: 55_000, compactedSinceStated: true })
    expect(gaugeAfter(gauge, { kind: 'constraints stated' })).toMatchObject({
      sinceStated: 0,
      compactedSinceStated: false,
    })
    expect(after(used(10_000)).sinceStated).toBeNull()
  })

  it('tells the trend from bounded readings', () => {
    const rising = after(...Array.from({ length: 40 }, (_, index) => used(index * 2_000)))
    expect(rising.readings).toHaveLength(8)
    expect(reading(rising, DEFAULT_GAUGE_LIMITS)).toMatchObject({ trend: 'rising', growth: 2_000 })
    expect(reading(after(used(50_000), used(50_100)), DEFAULT_GAUGE_LIMITS).trend).toBe('steady')
    expect(reading(after(used(50_000), used(40_000)), DEFAULT_GAUGE_LIMITS).trend).toBe('falling')
    expect(reading(after(used(50_000)), DEFAULT_GAUGE_LIMITS).trend).toBe('unknown')
  })

  it('survives a report that makes no sense', () => {
    expect(reading(after(used(50_000), used(Number.NaN)), DEFAULT_GAUGE_LIMITS)).toMatchObject({
      used: null,
      percent: null,
      level: 'unknown',
    })
  })
})

describe('due', () => {
  const full = reading(after(used(150_000)), DEFAULT_GAUGE_LIMITS)
  it('warns while a turn runs and resets at its end', () => {
    expect(due(full, { turnEnded: false, resets: true }).kind).toBe('warn')
    expect(due(full, { turnEnded: true, resets: true })).toEqual({ kind: 'reset', reasons: full.reached })
    expect(due(full, { turnEnded: true, resets: false }).kind).toBe('warn')
    expect(due(reading(after(used(1)), DEFAULT_GAUGE_LIMITS), { turnEnded: true, resets: true }).kind).toBe(
      'none',
    )
  })
})
