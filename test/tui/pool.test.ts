// What the pool looks like: slots, what is in the way, and what to do next.
import { expect, test } from 'vitest'
import type { PoolSlotView, PoolView } from '../../src/contract/pool.ts'
import { costsText, preparedText, renderPool } from '../../src/tui/pool.ts'

const NOW = 1_000_000_000
const MB = 1024 ** 2
const EMPTY: PoolView = {
  on: true,
  slots: [],
  wants: [],
  failures: [],
  waiting: [],
  underWay: 0,
  doing: [],
  stuck: false,
  old: { count: 0, bytes: 0 },
  disk: { used: 0, budget: 2_000 * MB, free: 10_000 * MB },
  costs: {},
}
const slot = (more: Partial<PoolSlotView>): PoolSlotView => ({
  id: 'slot-00000001',
  path: '/work/repo.quintet/pool/slot-00000001',
  state: 'ready',
  base: '0123456789abcdef',
  dependencies: 'installed',
  setup: true,
  filledAt: NOW - 65_000,
  bytes: 300 * MB,
  wanted: 'plan auth',
  kept: null,
  doing: null,
  ...more,
})
const lines = (view: Partial<PoolView>): string =>
  renderPool({ ...EMPTY, ...view }, { width: 200, colour: false, now: NOW }).join('\n')

test('slots, with their state and whom they are for', () => {
  const slots = [
    slot({}),
    slot({
      id: 'slot-00000002',
      state: 'filling',
      dependencies: null,
      setup: false,
      filledAt: null,
      bytes: null,
      wanted: null,
      doing: 'installing dependencies (npm)',
    }),
    slot({
      id: 'slot-00000003',
      dependencies: 'nothing',
      setup: false,
      wanted: null,
      kept: 'Somebody has left a.txt in it.',
    }),
  ]
  expect(lines({ slots, underWay: 1, disk: { ...EMPTY.disk, used: 600 * MB } })).toMatchInlineSnapshot(`
    "slot           state    base          dependencies       age      size  for        note
    slot-00000001  ready    0123456789ab  installed, set up  1m05s  300 MB  plan auth
    slot-00000002  filling  0123456789ab                                    nobody     installing dependencies (npm)
    slot-00000003  kept     0123456789ab  none               1m05s  300 MB  nobody     Somebody has left a.txt in it.

    1 workspace ready, 1 being made; 600 MB of the 2,000 MB that they may take."
  `)
})

test('nothing yet, and turned off', () => {
  expect(lines({})).toMatchInlineSnapshot(`
    "0 workspaces ready; 0 MB of the 2,000 MB that they may take.
    Once a plan was run here, they are made when one is checked; or at once:
      → run: quintet pool fill"
  `)
  expect(lines({ on: false })).toMatchInlineSnapshot(
    `"No workspaces are made ahead: \`slots\` is 0 in the configuration, or in your own file."`,
  )
})

test('why something is missing, and what it costs', () => {
  expect(
    lines({
      wants: [{ who: 'plan auth', others: [], base: '0123456789abcdef', count: 2, ready: 1 }],
      waiting: ['Sessions are being prepared or integrated; that comes first.'],
      failures: [
        {
          base: '0123456789abcdef',
          who: ['plan auth'],
          at: NOW - 5_000,
          code: 'E_INSTALL_FAILED',
          message: 'The dependencies could not be installed.',
          hints: [{ text: 'Read what it printed.', command: 'tail -n 50 pool.log' }],
          next: NOW + 55_000,
        },
      ],
      costs: { pooled: { count: 1, ms: 12 }, ordinary: { count: 3, ms: 4_123 } },
    }),
  ).toMatchInlineSnapshot(`
    "A workspace at 0123456789ab could not be made 5s ago (tried again in 55s):
      E_INSTALL_FAILED: The dependencies could not be installed.
      Read what it printed.
      → run: tail -n 50 pool.log
    plan auth wants 2 workspaces at 0123456789ab; 1 ready.
    Sessions are being prepared or integrated; that comes first.
    0 workspaces ready; 0 MB of the 2,000 MB that they may take.
    Lately a workspace took 12 ms from the pool (median of 1) and 4.1 s without it (median of 3)."
  `)
})

test('what stood too long is told, with what removes it', () => {
  const text = lines({ slots: [slot({ wanted: null })], old: { count: 1, bytes: 300 * MB } })
  expect(text).toContain('1 workspace nobody took for long:\n  → run: quintet pool trim')
})

test('how a session came by its workspace', () => {
  expect(preparedText({ fromPool: true, tookMs: 12 })).toBe('from the pool in 12 ms')
  expect(preparedText({ fromPool: false, tookMs: 4_123 })).toBe('in 4.1 s')
  expect(costsText({})).toBe('')
})
