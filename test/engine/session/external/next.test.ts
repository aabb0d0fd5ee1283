import { describe, expect, it } from 'vitest'
import type { Evidence } from '../../../../src/contract/session.ts'
import { afterJudging, afterReading, type Known } from '../../../../src/engine/session/external/next.ts'

const NEW: Known = { looked: null, taken: null, sight: null, standing: 'working' }
const AT: Known = { looked: 'c1', taken: 'c1', sight: 'moved', standing: 'working' }

describe('afterReading', () => {
  it('takes every commit that is not the last one', () => {
    expect(afterReading({ kind: 'at', commit: 'c1' }, NEW, 'x')).toEqual({ kind: 'adopt', commit: 'c1' })
    expect(afterReading({ kind: 'at', commit: 'c1' }, AT, 'x')).toEqual({ kind: 'nothing' })
    expect(afterReading({ kind: 'at', commit: 'c2' }, AT, 'x')).toEqual({ kind: 'adopt', commit: 'c2' })
  })

  it('says once that the branch is not there yet', () => {
    const said = afterReading({ kind: 'absent' }, NEW, 'x')
    expect(said).toMatchObject({ kind: 'tell', sight: 'absent', wait: false })
    expect(afterReading({ kind: 'absent' }, { ...NEW, sight: 'absent' }, 'x')).toEqual({ kind: 'nothing' })
  })

  it.each([
    ['working', true],
    ['waiting', false],
    ['finished', false],
  ] as const)('a branch that goes while the session is %s asks the operator: %s', (standing, wait) => {
    const said = afterReading({ kind: 'absent' }, { ...AT, standing }, 'x')
    expect(said).toMatchObject({ kind: 'tell', sight: 'gone', wait })
  })

  it('judges anew what has come back, and only says so where nobody was asked', () => {
    const gone: Known = { ...AT, sight: 'gone' }
    const back = { kind: 'at', commit: 'c1' } as const
    expect(afterReading(back, { ...gone, standing: 'waiting' }, 'x')).toEqual({ kind: 'judge' })
    expect(afterReading(back, { ...gone, standing: 'finished' }, 'x')).toMatchObject({ sight: 'same' })
    expect(afterReading(back, { ...AT, sight: 'unreachable' }, 'x')).toMatchObject({ sight: 'same' })
  })

  it('says once that nobody can tell', () => {
    const lost = { kind: 'unreachable', why: 'no route' } as const
    expect(afterReading(lost, AT, 'x')).toMatchObject({ kind: 'tell', sight: 'unreachable', wait: false })
    expect(afterReading(lost, { ...AT, sight: 'unreachable' }, 'x')).toEqual({ kind: 'nothing' })
  })
})

describe('afterJudging', () => {
  const red = { name: 'unit', green: false, exitCode: 1, signal: null, durationMs: 1, output: '', log: '' }
  const good: Evidence = {
    tip: 'c1',
    commits: 2,
    uncommitted: [],
    inScope: ['a'],
    outOfScope: [],
    checks: [{ ...red, green: true }],
  }
  const judged = { branch: 'x', piece: 'a', required: ['unit'], claimed: true, news: false }

  it('finishes when the work is said to be complete and nothing is missing', () => {
    expect(afterJudging(good, judged)).toEqual({ kind: 'finish' })
    expect(afterJudging({ ...good, checks: [] }, judged)).toMatchObject({ kind: 'wait' })
    expect(afterJudging({ ...good, checks: [red] }, judged)).toMatchObject({
      kind: 'wait',
      reason: expect.stringContaining('check unit is red'),
    })
  })

  it('minds before that only what it may not change', () => {
    const open = { ...judged, claimed: false }
    expect(afterJudging({ ...good, checks: [] }, open)).toMatchObject({ kind: 'listen' })
    const outside = { ...good, outOfScope: [{ path: 'b', owner: 'b' }] }
    expect(afterJudging(outside, open)).toMatchObject({ kind: 'wait' })
  })

  it('tells what was handed over before anything else', () => {
    expect(afterJudging(good, { ...judged, news: true })).toMatchObject({ kind: 'wait' })
  })
})
