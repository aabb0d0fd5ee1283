// The rule of the warm pool, case by case: nothing but values goes in, and actions come out.
import { expect, test } from 'vitest'
import {
  allot,
  hasAged,
  poolActions,
  widthOf,
  type PoolAction,
  type PoolSituation,
  type PoolSlot,
} from '../../../src/engine/pool/actions.ts'

const HOUR = 60 * 60_000
const NOW = 100 * 24 * HOUR
const MB = 1024 ** 2
const IDLE = { preparing: 0, integrating: 0, working: 0 }

const slot = (id: string, base: string, more: Partial<PoolSlot> = {}): PoolSlot => ({
  id,
  base,
  setupHash: null,
  state: 'ready',
  kept: null,
  filledAt: NOW - HOUR,
  bytes: 100 * MB,
  ...more,
})

const want = (base: string, count: number, who = 'plan auth'): PoolSituation['wants'][number] => ({
  who,
  base,
  setupHash: null,
  count,
})

/** What is done on a large machine at rest, but for what is said. */
function actions(more: Partial<PoolSituation>): readonly PoolAction[] {
  return poolActions({
    now: NOW,
    on: true,
    held: null,
    slots: [],
    wants: [],
    jobs: [],
    setbacks: [],
    disk: { free: 100_000 * MB, limit: null, each: 100 * MB, measured: true },
    load: IDLE,
    cores: 16,
    maxAge: 7 * 24 * HOUR,
    ...more,
  })
}

const fill = (base: string, who = 'plan auth'): PoolAction => ({ kind: 'fill', base, setupHash: null, who })
const advance = (id: string, base: string): PoolAction => ({
  kind: 'advance',
  slot: id,
  base,
  setupHash: null,
})
const evicted = (found: readonly PoolAction[]): string[] =>
  found.flatMap((action) => (action.kind === 'evict' ? [action.slot] : []))

test('what is wanted is made, as many at once as the machine has room for', () => {
  expect(actions({ wants: [want('a', 3)] })).toEqual([fill('a'), fill('a'), fill('a')])
  expect(actions({ wants: [want('a', 3)], cores: 2 })).toEqual([fill('a')])
  expect(actions({ wants: [want('a', 9)], cores: 8 })).toHaveLength(4)
  expect(actions({})).toEqual([])
})

test('what is there, or under way, is not made again', () => {
  const jobs = [{ base: 'a', setupHash: null, slot: null }]
  expect(actions({ wants: [want('a', 3)], slots: [slot('1', 'a')], jobs })).toEqual([fill('a')])
  expect(actions({ wants: [want('a', 2)], slots: [slot('1', 'a')], jobs })).toEqual([])
})

test('a slot that no session is given, or in which something is done, does not count and is not touched', () => {
  const slots = [
    slot('1', 'a', { kept: 'Somebody has left a file in it.', filledAt: 0 }),
    slot('2', 'a', { state: 'claiming', filledAt: 0 }),
  ]
  expect(actions({ wants: [want('a', 1)], slots })).toEqual([fill('a')])
})

test('sessions come first: nothing is begun while one is prepared or integrated, one thing while agents work', () => {
  expect(widthOf({ ...IDLE, preparing: 1 }, 16)).toBe(0)
  expect(widthOf({ ...IDLE, integrating: 1 }, 16)).toBe(0)
  expect(widthOf({ ...IDLE, working: 3 }, 16)).toBe(1)
  expect([1, 2, 3, 16].map((cores) => widthOf(IDLE, cores))).toEqual([1, 1, 1, 8])
  expect(actions({ wants: [want('a', 3)], load: { ...IDLE, preparing: 1 } })).toEqual([
    { kind: 'wait', why: expect.stringContaining('that comes first'), lasting: false },
  ])
  expect(actions({ wants: [want('a', 3)], load: { ...IDLE, working: 1 } })).toEqual([fill('a')])
})

test('a slot at another base is moved before one is made', () => {
  expect(actions({ wants: [want('b', 2)], slots: [slot('1', 'a')] })).toEqual([advance('1', 'b'), fill('b')])
  const both = actions({ wants: [want('a', 1), want('b', 1)], slots: [slot('1', 'a'), slot('2', 'a')] })
  expect(both).toEqual([advance('1', 'b')])
})

test('the more urgent want is met first', () => {
  const wants = [want('a', 1, 'run auth-1'), want('b', 1)]
  expect(actions({ wants, cores: 2 })).toEqual([fill('a', 'run auth-1')])
})

test('a slot goes by age, whether it is wanted or not, and another is made', () => {
  const slots = [slot('1', 'a', { filledAt: NOW - 8 * 24 * HOUR })]
  expect(actions({ wants: [want('a', 1)], slots })).toEqual([
    { kind: 'evict', slot: '1', why: 'it is older than 7 days' },
    fill('a'),
  ])
})

test('a slot that nobody wants is kept for a day', () => {
  expect(actions({ slots: [slot('1', 'a', { filledAt: NOW - 23 * HOUR })] })).toEqual([])
  expect(actions({ slots: [slot('1', 'a', { filledAt: NOW - 25 * HOUR })] })).toEqual([
    { kind: 'evict', slot: '1', why: 'nobody wants a workspace at its base' },
  ])
})

test('the disk: a fifth of what is free, and no more than is configured', () => {
  const slots = [slot('1', 'a')]
  const wants = [want('a', 3)]
  const tight = { free: 1_000 * MB, limit: null, each: 100 * MB, measured: true }
  // 220 MB for all: the one that is there, and one more.
  expect(actions({ slots, wants, disk: tight })).toEqual([
    fill('a'),
    { kind: 'wait', why: expect.stringContaining('of 220 MB'), lasting: true },
  ])
  const limited = actions({
    slots,
    wants,
    disk: { free: 100_000 * MB, limit: 150 * MB, each: 100 * MB, measured: true },
  })
  expect(limited).toEqual([
    { kind: 'wait', why: expect.stringContaining('The setting `disk` of [pool]'), lasting: true },
  ])
  // What is under way takes its room already.
  expect(actions({ slots, wants, jobs: [{ base: 'a', setupHash: null, slot: null }], disk: tight })).toEqual([
    { kind: 'wait', why: expect.stringContaining('200 MB are taken'), lasting: true },
  ])
})

test('under pressure those go first that nobody wants, then the oldest', () => {
  const slots = [
    slot('old', 'a', { filledAt: NOW - 3 * HOUR }),
    slot('spare', 'z', { filledAt: NOW - HOUR }),
    slot('new', 'a', { filledAt: NOW - HOUR }),
  ]
  const wants = [want('a', 2)]
  const with_ = (free: number): string[] =>
    evicted(actions({ slots, wants, disk: { free: free * MB, limit: null, each: 100 * MB, measured: true } }))
  expect(with_(1_300)).toEqual([])
  expect(with_(1_000)).toEqual(['spare'])
  expect(with_(300)).toEqual(['spare', 'old'])
})

test('what has failed is not tried before its time, and everything else goes on', () => {
  const wants = [want('a', 1), want('b', 1)]
  const halted = (next: number | null): readonly PoolAction[] =>
    actions({ wants, setbacks: [{ base: 'a', setupHash: null, next }] })
  expect(halted(NOW + 90_000)).toEqual([
    {
      kind: 'wait',
      why: 'A workspace at a could not be made; it is tried again in 2 minutes.',
      lasting: false,
    },
    fill('b'),
  ])
  expect(halted(null)[0]).toMatchObject({ kind: 'wait', lasting: true })
  expect(halted(NOW - 1)).toEqual([fill('a'), fill('b')])
})

test('turned off, nothing is made and what stands ready goes at once', () => {
  const slots = [slot('1', 'a'), slot('2', 'a', { state: 'claiming' }), slot('3', 'a', { kept: 'Mine.' })]
  const off = actions({ on: false, slots, wants: [want('a', 3)] })
  expect(off).toEqual([{ kind: 'evict', slot: '1', why: 'the pool is turned off' }])
})

test('a slot with another set-up is spare, and is made anew; what failed with the one is tried with the other', () => {
  const wants = [{ ...want('a', 1), setupHash: 'new' }]
  const other = actions({ wants, slots: [slot('1', 'a', { setupHash: 'old' })] })
  expect(other).toEqual([{ kind: 'advance', slot: '1', base: 'a', setupHash: 'new' }])
  const jobs = [{ base: 'a', setupHash: 'old', slot: null }]
  expect(actions({ wants, jobs })).toHaveLength(1)
  const halted = actions({ wants, setbacks: [{ base: 'a', setupHash: 'old', next: null }] })
  expect(halted).toEqual([{ kind: 'fill', base: 'a', setupHash: 'new', who: 'plan auth' }])
})

test('what is held back is not begun, and says why; removals go on', () => {
  const slots = [slot('1', 'z', { filledAt: NOW - 25 * HOUR })]
  expect(actions({ wants: [want('a', 2)], slots: [], held: 'Not now.' })).toEqual([
    { kind: 'wait', why: 'Not now.', lasting: false },
  ])
  expect(evicted(actions({ slots, held: 'Not now.' }))).toEqual(['1'])
})

test('a base that has just moved is not followed before its time', () => {
  const slots = [slot('1', 'a')]
  const wants = [{ ...want('b', 1), notBefore: NOW + 1 }, want('c', 1)]
  expect(actions({ wants: wants.slice(0, 1), slots })).toEqual([
    { kind: 'wait', why: expect.stringContaining('has just moved'), lasting: false },
  ])
  expect(actions({ wants, slots })).toContainEqual(advance('1', 'c'))
  expect(actions({ wants: [{ ...want('b', 1), notBefore: NOW }], slots })).toEqual([advance('1', 'b')])
})

test('until it is known what one takes, the next waits for the first', () => {
  const disk = { free: 100_000 * MB, limit: null, each: MB, measured: false }
  expect(actions({ wants: [want('a', 3)], disk })).toEqual([fill('a')])
  const jobs = [{ base: 'a', setupHash: null, slot: null }]
  expect(actions({ wants: [want('a', 3)], disk, jobs })).toEqual([])
})

test('what is under way and wanted by nobody is known', () => {
  const jobs = [
    { base: 'a', setupHash: null, slot: null },
    { base: 'a', setupHash: null, slot: null },
    { base: 'a', setupHash: 'x', slot: null },
  ]
  expect(allot([], [want('a', 1)], jobs).unwanted).toEqual(jobs.slice(1))
  expect(allot([slot('1', 'a')], [want('a', 1)], jobs).unwanted).toEqual(jobs)
})

test('a slot is old by its age, and sooner where nobody wants it', () => {
  const aged = (hours: number, wanted: boolean): boolean =>
    hasAged({ filledAt: NOW - hours * HOUR }, { now: NOW, maxAge: 7 * 24 * HOUR, wanted })
  expect([aged(25, true), aged(25, false), aged(23, false), aged(8 * 24, true)]).toEqual([
    false,
    true,
    false,
    true,
  ])
})
