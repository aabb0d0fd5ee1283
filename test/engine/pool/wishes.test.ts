// Who wants workspaces ahead, and for how long.
import { expect, test } from 'vitest'
import * as v from 'valibot'
import { PlanFile } from '../../../src/contract/plan.ts'
import { withSetback, without } from '../../../src/engine/pool/setbacks.ts'
import {
  allWants,
  firstSessions,
  standing,
  waitingPieces,
  withWish,
  type Wish,
} from '../../../src/engine/pool/wishes.ts'
import { piece } from '../../support/services.ts'

const HOUR = 60 * 60_000
const wish = (more: Partial<Wish> = {}): Wish => ({
  plan: 'auth',
  by: 'check',
  ref: 'HEAD',
  count: 2,
  setup: null,
  at: 0,
  ...more,
})
const pieces = (...all: ReturnType<typeof piece>[]): PlanFile['pieces'] =>
  v.parse(PlanFile, { goal: 'Do it.', pieces: all }).pieces

test('as many as can begin at once are wanted for a plan; those that work elsewhere need none', () => {
  const three = pieces(piece('a'), piece('b'), piece('c', { depends_on: ['a'] }))
  expect(firstSessions(three, undefined)).toBe(2)
  expect(firstSessions(three, 1)).toBe(1)
  expect(firstSessions(pieces(...'abcdefgh'.split('').map((id) => piece(id))), undefined)).toBe(5)
  const outside = piece('o', { agent: 'external', branch: 'theirs' })
  expect(firstSessions(pieces(outside), undefined)).toBe(0)
  expect(firstSessions(pieces(outside, piece('a', { depends_on: ['o'] })), undefined)).toBe(1)
})

test('a wish stands for a day, or until its plan is run', () => {
  const wishes = [wish(), wish({ plan: null })]
  expect(standing(wishes, [], 23 * HOUR)).toEqual(wishes)
  expect(standing(wishes, [], 24 * HOUR)).toEqual([])
  expect(standing(wishes, [{ plan: 'auth', at: HOUR }], 2 * HOUR)).toEqual([wishes[1]])
  expect(standing([wish({ at: HOUR })], [{ plan: 'auth', at: 0 }], 2 * HOUR)).toHaveLength(1)
  expect(withWish(wishes, wish({ count: 4 }))).toEqual([wishes[1], wish({ count: 4 })])
})

test('pieces of an open run that have not begun are waited for, once the first have', () => {
  const run = {
    run: 'auth-1',
    plan: 'auth',
    base: 'a',
    setup: null,
    limit: undefined,
    pieces: pieces(piece('a'), piece('b', { depends_on: ['a'] }), piece('c', { depends_on: ['a'] })),
  }
  expect(waitingPieces({ ...run, begun: new Set() })).toBeNull()
  expect(waitingPieces({ ...run, begun: new Set(['a']) })).toMatchObject({ who: 'run auth-1', count: 2 })
  expect(waitingPieces({ ...run, limit: 1, begun: new Set(['a']) })).toMatchObject({ count: 1 })
  expect(waitingPieces({ ...run, begun: new Set(['a', 'b', 'c']) })).toBeNull()
})

test('wishes for the same workspaces share them; what runs wait for comes first, and on top', () => {
  const at = (who: string, count: number): Parameters<typeof allWants>[1][number] => ({
    who,
    base: 'a',
    setup: null,
    setupHash: null,
    count,
  })
  expect(allWants([at('run x-1', 1)], [at('plan p', 2), at('plan q', 3)])).toMatchObject([
    at('run x-1', 1),
    { ...at('plan q', 3), others: ['plan p'] },
  ])
  const other = { ...at('plan q', 3), setup: ['make'], setupHash: 'make' }
  expect(allWants([], [at('plan p', 2), other])).toEqual([at('plan p', 2), other])
})

const error = { code: 'E_INSTALL_FAILED', kind: 'environment', message: 'It failed.', hints: [] } as const
const source = { base: 'a', setupHash: null }

test('a fill that goes on failing is tried less and less, and then not at all', () => {
  let setbacks = withSetback([], source, { error, begun: 0, now: 1 })
  expect(setbacks).toMatchObject([{ base: 'a', count: 1, next: 60_001 }])
  for (const [at, rest] of [
    [10, 600_000],
    [20, 3_600_000],
    [30, null],
    [40, null],
  ] as const) {
    setbacks = withSetback(setbacks, source, { error, begun: at, now: at + 1 })
    expect(setbacks).toMatchObject([{ next: rest === null ? null : at + 1 + rest }])
  }
})

test('fills that fail together have failed once, and each set-up fails for itself', () => {
  let setbacks = withSetback([], source, { error, begun: 0, now: 10 })
  for (const now of [11, 12, 13]) setbacks = withSetback(setbacks, source, { error, begun: 0, now })
  expect(setbacks).toMatchObject([{ count: 1, next: 60_013 }])
  const both = withSetback(setbacks, { base: 'a', setupHash: 'x' }, { error, begun: 0, now: 20 })
  expect(both).toMatchObject([{ setupHash: null }, { setupHash: 'x', count: 1 }])
  expect(without(both, source)).toMatchObject([{ setupHash: 'x' }])
})
