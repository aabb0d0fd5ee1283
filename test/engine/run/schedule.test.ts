import { describe, expect, it } from 'vitest'
import type { Piece } from '../../../src/contract/plan.ts'
import {
  integrationDue,
  runPhase,
  startable,
  stranded,
  verdict,
  type Standings,
} from '../../../src/engine/run/schedule.ts'

function piece(id: string, ...dependsOn: string[]): Piece {
  return {
    id,
    title: id,
    brief: id,
    scope: { include: [`/${id}/`], exclude: [] },
    reads: [],
    depends_on: dependsOn,
    checks: [],
  }
}

const PIECES = [piece('auth'), piece('data'), piece('api', 'auth', 'data'), piece('docs')]

describe('startable', () => {
  it('lets external pieces start beside the limit, and counts none of them', () => {
    const pieces = [{ ...piece('web'), agent: 'external' }, piece('auth'), piece('data')]
    const standings: Standings = { web: 'live', auth: 'planned', data: 'planned' }
    expect(startable(pieces, standings, 1)).toEqual(['auth'])
    expect(startable(pieces, { web: 'planned', auth: 'live', data: 'planned' }, 1)).toEqual(['web'])
  })

  it('starts what depends on nothing, in plan order', () => {
    const standings: Standings = { auth: 'planned', data: 'planned', api: 'planned', docs: 'planned' }
    expect(startable(PIECES, standings, 5)).toEqual(['auth', 'data', 'docs'])
  })

  it('keeps to the limit, counting what is live', () => {
    const standings: Standings = { auth: 'live', data: 'planned', api: 'planned', docs: 'planned' }
    expect(startable(PIECES, standings, 2)).toEqual(['data'])
    expect(startable(PIECES, standings, 1)).toEqual([])
  })

  it('does not count sessions that wait for the operator against the limit', () => {
    const standings: Standings = { auth: 'waiting', data: 'planned', api: 'planned', docs: 'planned' }
    expect(startable(PIECES, standings, 1)).toEqual(['data'])
  })

  it('waits for every dependency, landed or finished', () => {
    expect(startable(PIECES, { auth: 'finished', data: 'live', api: 'planned', docs: 'landed' }, 5)).toEqual(
      [],
    )
    expect(
      startable(PIECES, { auth: 'finished', data: 'landed', api: 'planned', docs: 'landed' }, 5),
    ).toEqual(['api'])
  })
})

describe('stranded', () => {
  it('names a planned piece whose dependency was abandoned', () => {
    const standings: Standings = { auth: 'abandoned', data: 'live', api: 'planned', docs: 'live' }
    expect(stranded(PIECES, standings)).toEqual([{ piece: 'api', because: 'auth' }])
  })

  it('leaves a piece alone whose dependency failed: it may be retried', () => {
    expect(stranded(PIECES, { auth: 'failed', data: 'live', api: 'planned', docs: 'live' })).toEqual([])
  })
})

describe('runPhase', () => {
  it('works while anything is live or waits', () => {
    expect(runPhase({ a: 'finished', b: 'live' })).toBe('work')
    expect(runPhase({ a: 'finished', b: 'waiting' })).toBe('work')
  })

  it('is quiet with what is finished beside what has failed', () => {
    expect(runPhase({ a: 'finished', b: 'failed' })).toBe('quiet')
  })

  it('does not end with a failed session: the operator may retry it', () => {
    expect(runPhase({ a: 'landed', b: 'failed' })).toBe('quiet')
  })

  it('waits for a landed session to say that it has heard', () => {
    expect(runPhase({ a: 'landing', b: 'landed' })).toBe('work')
    expect(startable([piece('a'), piece('b', 'a')], { a: 'landing', b: 'planned' }, 5)).toEqual(['b'])
  })

  it('ends when all have landed or were abandoned', () => {
    expect(runPhase({ a: 'landed', b: 'abandoned' })).toBe('ended')
  })
})

describe('integrationDue', () => {
  const standings: Standings = { a: 'finished', b: 'live' }

  it('is as soon as something is finished, or once nobody is at work', () => {
    const due = { standings, ready: ['a'], seen: new Set<string>() }
    expect(integrationDue({ ...due, land: 'each' })).toBe(true)
    expect(integrationDue({ ...due, land: 'together' })).toBe(false)
    expect(integrationDue({ ...due, land: 'together', standings: { a: 'finished', b: 'failed' } })).toBe(true)
  })

  it('is not for what an integration has had already', () => {
    const land = 'each'
    expect(integrationDue({ standings, land, ready: ['a'], seen: new Set(['a']) })).toBe(false)
    expect(integrationDue({ standings, land, ready: ['a', 'c'], seen: new Set(['a']) })).toBe(true)
    expect(integrationDue({ standings, land, ready: [], seen: new Set() })).toBe(false)
  })
})

describe('verdict', () => {
  it('counts what has landed and nothing else', () => {
    expect(verdict({ a: 'landed', b: 'landed' }, false)).toBe('landed')
    expect(verdict({ a: 'landed', b: 'abandoned' }, false)).toBe('partial')
    expect(verdict({ a: 'abandoned', b: 'abandoned' }, false)).toBe('nothing')
    expect(verdict({ a: 'landed', b: 'abandoned' }, true)).toBe('stopped')
    expect(verdict({ a: 'landed', b: 'landed' }, true)).toBe('landed')
  })
})
