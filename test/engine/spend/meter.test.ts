import { describe, expect, test } from 'vitest'
import type { AgentEvent } from '../../../src/contract/agent.ts'
import { TurnMeter } from '../../../src/engine/spend/meter.ts'

const used = (tokens: number, cost?: number): AgentEvent => ({
  kind: 'usage',
  usage: { used: tokens, size: 200_000, source: 'provider' },
  ...(cost === undefined ? {} : { cost: { amount: cost, currency: 'USD' } }),
})
const tool = (id: string, status: 'pending' | 'running' | 'completed' | 'failed'): AgentEvent => ({
  kind: 'tool',
  id,
  title: id,
  tool: 'execute',
  status,
  paths: [],
})
const stopped = (tokens?: number) =>
  ({ kind: 'stopped', reason: 'end_turn', ...(tokens === undefined ? {} : { tokens }) }) as const

function metered(events: readonly AgentEvent[], before: number | null = null): TurnMeter {
  const meter = new TurnMeter(before)
  for (const event of events) meter.note(event)
  return meter
}

describe('tokens', () => {
  test('figures at the beginning and at the end of a call are one call, and come to what the agent says itself', () => {
    // As claude-agent-acp told it: five calls, 394,600 tokens in all.
    const ends = [13_080, 40_380, 80_380, 110_380, 150_380]
    const events = ends.flatMap((end, n) => [
      used(end - 79),
      tool(`t${n}`, 'pending'),
      used(end),
      tool(`t${n}`, 'completed'),
    ])
    const meter = metered([...events, used(150_380, 0.1)])
    expect(meter.metered.tokens).toBe(394_600 + 150_380)
    expect(metered(events.slice(0, -1)).metered).toMatchObject({ tokens: 394_600, derived: true })
    meter.end(stopped(394_600))
    expect(meter.metered).toMatchObject({ tokens: 394_600, derived: false })
  })

  test('what was not told is not known, and a turn that is lost keeps what was seen', () => {
    expect(metered([]).metered).toMatchObject({ tokens: null, derived: false })
    const lost = metered([used(5_000)])
    lost.end({ kind: 'lost', exitCode: null, signal: 'SIGKILL', stderr: '' })
    expect(lost.metered).toMatchObject({ tokens: 5_000, derived: true })
  })

  test('what rests on an estimate of the agent is named so, until a total is told', () => {
    const meter = metered([{ kind: 'usage', usage: { used: 9_807, size: 168_000, source: 'estimate' } }])
    expect(meter.metered).toMatchObject({ tokens: 9_807, derived: true, estimated: true })
    expect(metered([used(5)]).metered).toMatchObject({ derived: true, estimated: false })
    meter.end(stopped(13_000))
    expect(meter.metered).toMatchObject({ tokens: 13_000, derived: false, estimated: false })
  })

  test('a compaction ends a call, and what is left of the context is none', () => {
    const events: AgentEvent[] = [
      used(180_000),
      { kind: 'compaction', phase: 'started' },
      used(18_000),
      { kind: 'compaction', phase: 'completed' },
      used(20_000),
    ]
    expect(metered(events).metered.tokens).toBe(200_000)
  })
})

describe('cost', () => {
  test('is told for the whole conversation, and never added up', () => {
    const meter = metered([used(1, 0.5), used(2, 0.75), used(3, 0.75)], 0.25)
    expect(meter.metered).toMatchObject({ cost: 0.5, currency: 'USD', costTold: 0.75 })
  })

  test('begins anew in a process that counts from nothing', () => {
    expect(metered([used(1, 0.1), used(2, 0.3)], 2).metered).toMatchObject({ cost: expect.closeTo(0.3) })
  })
})

test('between tools is where the last open one has ended', () => {
  const meter = new TurnMeter(null)
  expect(meter.note(tool('a', 'pending'))).toBe(false)
  expect(meter.note(tool('b', 'running'))).toBe(false)
  expect(meter.note(tool('a', 'completed'))).toBe(false)
  expect(meter.isBetweenTools).toBe(false)
  expect(meter.note(tool('b', 'failed'))).toBe(true)
  expect(meter.note(tool('b', 'failed'))).toBe(false)
})
