import { describe, expect, it } from 'vitest'
import type { TraceEvent } from '../../../src/contract/trace.ts'
import { fillHandoff } from '../../../src/health/handoff/fill.ts'
import {
  gatesPassed,
  handoffGates,
  isClosed,
  settledGates,
  type GateInput,
  type GateName,
} from '../../../src/health/handoff/gates.ts'
import type { ProbeItem } from '../../../src/health/probe/item.ts'
import { scoreProbe } from '../../../src/health/probe/score.ts'
import { input } from './sample.ts'

const handoff = fillHandoff({ ...input, known: ['src/a.ts', 'src/b.ts'] })
const exec = (a: number, cmd: string): TraceEvent => ({
  t: 'call',
  a,
  id: `${a}`,
  tool: 'x',
  kind: 'exec',
  cmd,
})
const file = (a: number, kind: 'read' | 'edit', path: string): TraceEvent => ({
  t: 'call',
  a,
  id: `${a}`,
  tool: 'x',
  kind,
  path,
})
const item = (id: string, kind: ProbeItem['class']): ProbeItem => ({
  id,
  class: kind,
  question: '',
  fact: '',
  truth: { kind: 'number', value: 1 },
})
const items = [item('q1', 'constraints'), item('q2', 'files'), item('q3', 'state')]
const probe = (answers: Record<string, unknown>) => scoreProbe(items, new Map(Object.entries(answers)))

const good: GateInput = {
  handoff,
  events: [exec(0, 'cd x && npm  test'), ...Array.from({ length: 20 }, (_, index) => exec(index + 1, 'ls'))],
  root: '/w',
  failures: [{ a: 0, signature: 'E1 token expired' }],
  probe: probe({ q1: 1, q2: 1, q3: 1 }),
  ended: false,
}
const measured = (over: Partial<GateInput>, name: GateName) =>
  handoffGates({ ...good, ...over }).find((gate) => gate.name === name)
const passed = (over: Partial<GateInput>, name: GateName) => measured(over, name)?.passed
const verdict = (over: Partial<GateInput>, name: GateName) => measured(over, name)?.verdict

describe('handoffGates', () => {
  it('pass an attempt that knows everything and goes on', () => {
    expect(handoffGates(good).map(({ passed }) => passed)).toEqual([true, true, true, true, true, true])
    expect(gatesPassed(handoffGates(good))).toBe(true)
  })

  it('stay open until enough was seen', () => {
    const gates = handoffGates({ ...good, events: [], failures: [], probe: null })
    expect(gates.map(({ passed }) => passed)).toEqual([null, null, null, null, null, null])
    expect(gatesPassed(gates)).toBeNull()
  })

  it('demand every constraint and edited file', () => {
    expect(passed({ probe: probe({ q1: 'unknown', q2: 1, q3: 1 }) }, 'constraints')).toBe(false)
    expect(passed({ probe: probe({ q1: 1, q2: 2, q3: 1 }) }, 'edited files')).toBe(false)
    expect(passed({ probe: probe({ q1: 1, q2: 1 }) }, 'state')).toBe(false)
    expect(verdict({ probe: scoreProbe([], null) }, 'state')).toBe('not measured')
  })

  it('allow one re-read in ten, not two, and know it early', () => {
    const read = [file(0, 'read', '/w/src/a.ts'), file(1, 'read', '/w/src/b.ts')]
    const rest = good.events.slice(2)
    expect(passed({ events: [...read.slice(0, 1), ...good.events.slice(1)] }, 're-reads')).toBe(true)
    expect(passed({ events: [...read, ...rest] }, 're-reads')).toBe(false)
    expect(passed({ events: read }, 're-reads')).toBe(false)
    expect(passed({ events: read.slice(0, 1) }, 're-reads')).toBeNull()
    expect(passed({ events: read.slice(0, 1), ended: true }, 're-reads')).toBe(false)
  })

  it('fail when what was tried and failed comes back within twenty actions', () => {
    const again = (a: number) => ({ failures: [{ a, signature: 'E1 token expired' }] })
    expect(passed(again(5), 'tried and failed')).toBe(false)
    expect(passed(again(20), 'tried and failed')).toBe(true)
    expect(passed({ failures: [{ a: 5, signature: 'other' }] }, 'tried and failed')).toBe(true)
    expect(passed({ events: good.events.slice(0, 3) }, 'tried and failed')).toBeNull()
  })

  it('take the stated check before any change for no repetition, after one for one', () => {
    const changed = [file(0, 'edit', '/w/src/a.ts'), exec(1, 'npm test'), ...good.events.slice(2)]
    expect(
      passed({ events: changed, failures: [{ a: 1, signature: 'E1 token expired' }] }, 'tried and failed'),
    ).toBe(false)
  })

  it('take it for a look with other arguments too, and a failure of something else for none', () => {
    const checks = handoff.checks.map((check) => ({ ...check, command: 'npm test -- --seed 3' }))
    const first = (cmd: string) => ({
      handoff: { ...handoff, checks },
      events: [exec(0, cmd), ...good.events.slice(1)],
      failures: [{ a: 0, signature: 'E1 token expired' }],
    })
    expect(passed(first('npm test -- --seed 0'), 'tried and failed')).toBe(true)
    expect(passed(first('npm install x'), 'tried and failed')).toBe(false)
  })

  it('demand the stated check before the first change', () => {
    expect(
      passed({ events: [file(0, 'edit', '/w/src/a.ts'), exec(1, 'npm test')] }, 'stated check first'),
    ).toBe(false)
    expect(passed({ events: [file(0, 'read', '/w/src/a.ts')] }, 'stated check first')).toBeNull()
    expect(passed({ events: [], ended: true }, 'stated check first')).toBe(false)
    expect(verdict({ handoff: { ...handoff, checks: [] }, events: [] }, 'stated check first')).toBe(
      'not measured',
    )
    const [run] = handoff.checks
    const firstCheck = run === undefined ? null : { run, same: true, note: '' }
    expect(passed({ handoff: { ...handoff, firstCheck }, events: [] }, 'stated check first')).toBe(true)
    // One that came to no end proves nothing.
    const broken = run === undefined ? null : { run: { ...run, exit: null }, same: null, note: '' }
    expect(
      passed({ handoff: { ...handoff, firstCheck: broken }, events: [] }, 'stated check first'),
    ).toBeNull()
  })

  it('all close when the attempt ends, as passed, failed or not measured', () => {
    const end = { events: [], failures: [], probe: null, ended: true }
    const gates = handoffGates({ ...good, ...end })
    expect(gates.map(({ verdict: stands }) => stands)).toEqual([
      'not measured',
      'not measured',
      'not measured',
      'not measured',
      'passed',
      'failed',
    ])
    expect(gates.every(isClosed)).toBe(true)
    const copy = handoffGates({ ...good, probe: { none: 'The agent cannot fork a conversation.' } })
    expect(copy[0]).toMatchObject({
      verdict: 'not measured',
      passed: null,
      note: 'The agent cannot fork a conversation.',
    })
    expect(gatesPassed(copy)).toBe(true)
    expect(gatesPassed(copy.slice(0, 3))).toBeNull()
  })

  it('stay as they were once they are closed, and are no verdict of their own before', () => {
    const before = handoffGates(good)
    const worse = handoffGates({ ...good, probe: null, events: [file(0, 'edit', '/w/a.ts')] })
    expect(settledGates(before, worse)).toEqual(before)
    const open = handoffGates({ ...good, probe: null })
    expect(settledGates(open, handoffGates(good))).toEqual(handoffGates(good))
  })

  it('count what was read before as known, not only what was changed', () => {
    const reads = [file(0, 'read', '/w/src/a.ts'), file(1, 'read', '/w/src/b.ts')]
    expect(passed({ events: reads }, 're-reads')).toBe(false)
    expect(passed({ events: reads, handoff: { ...handoff, known: [] } }, 're-reads')).toBeNull()
  })
})
