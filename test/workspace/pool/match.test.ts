import { describe, expect, it } from 'vitest'
import { candidates, fitOf, inTurn, type Needs } from '../../../src/workspace/pool/match.ts'
import { newRecord, parseSlot, type SlotRecord } from '../../../src/workspace/pool/slot.ts'

const slot = (id: string, changes: Partial<SlotRecord> = {}): SlotRecord => ({
  ...newRecord({
    id,
    path: `/slots/${id}`,
    exclude: null,
    base: 'base',
    coordinationFolder: '.quintet/session',
    state: 'ready',
    owner: null,
  }),
  fingerprint: 'f',
  dependencies: 'installed',
  programs: 'p',
  readyAt: 1,
  filledAt: 1,
  otherNames: 'o',
  ...changes,
})
const needs: Needs = { base: 'base', setup: null, portNames: ['API_PORT'] }
const now = { programs: 'p', includes: null }

describe('candidates', () => {
  it('are ready and clean slots, those at the base first, of these the youngest', () => {
    const records = [
      slot('other', { base: 'older', filledAt: 9 }),
      slot('old'),
      slot('young', { filledAt: 2 }),
      slot('kept', { kept: 'Somebody was in it.' }),
      slot('busy', { state: 'advancing' }),
      slot('half', { readyAt: null }),
    ]
    const found = candidates(records, 'base')
    expect(found.map(({ id }) => id)).toEqual(['young', 'old', 'other'])
    const turns = [0, 1, 2].map((turn) => inTurn(found, 'base', turn).map(({ id }) => id))
    expect(turns).toEqual([
      ['young', 'old', 'other'],
      ['old', 'young', 'other'],
      ['young', 'old', 'other'],
    ])
    expect(inTurn([], 'base', 7)).toEqual([])
  })
})

describe('fitOf', () => {
  it('is exact when making the slot anew would make the same', () => {
    expect(fitOf(slot('a'), needs, now)).toBe('exact')
    expect(fitOf(slot('a', { dependencies: 'nothing', programs: 'q' }), needs, now)).toBe('exact')
    const setUp = slot('a', { setup: 's', portNames: ['API_PORT'] })
    expect(fitOf(setUp, { ...needs, setup: 's' }, now)).toBe('exact')
  })

  it.each<[string, Partial<SlotRecord>, Partial<Needs>]>([
    ['another base', { base: 'older' }, {}],
    ['other programs', { programs: 'q' }, {}],
    ['dependencies of which nothing is known', { fingerprint: null }, {}],
    ['other environment files', { includes: 'i' }, {}],
    ['ignored files that are missing', { otherNames: null }, {}],
    ['a set-up that was not run', {}, { setup: 's' }],
    ['a set-up that has to run again', { setup: 's', again: true, portNames: ['API_PORT'] }, { setup: 's' }],
    ['a set-up with other ports', { setup: 's', portNames: [] }, { setup: 's' }],
  ])('is not with %s', (_what, changes, wanted) => {
    expect(fitOf(slot('a', changes), { ...needs, ...wanted }, now)).toBe('near')
  })
})

describe('parseSlot', () => {
  it('reads what is written, and nothing else', () => {
    expect(parseSlot(JSON.stringify(slot('a')))).toEqual(slot('a'))
    expect(parseSlot('{}')).toBeNull()
    expect(parseSlot('')).toBeNull()
  })
})
