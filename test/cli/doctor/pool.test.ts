// What the doctor says of workspaces that were made ahead.
import { expect, test } from 'vitest'
import { poolFinding } from '../../../src/cli/doctor/finding.ts'
import type { PoolSlotView, PoolView } from '../../../src/contract/pool.ts'

const SLOT: PoolSlotView = {
  id: 'slot-00000001',
  path: '/work/repo.quintet/pool/slot-00000001',
  state: 'ready',
  base: '0123456789abcdef',
  dependencies: 'installed',
  setup: true,
  filledAt: 0,
  bytes: 1024 ** 3,
  wanted: null,
  kept: null,
  doing: null,
}
const VIEW: PoolView = {
  on: true,
  slots: [SLOT],
  wants: [],
  failures: [],
  waiting: [],
  underWay: 0,
  doing: [],
  stuck: false,
  old: { count: 0, bytes: 0 },
  disk: { used: 0, budget: 0, free: 0 },
  costs: {},
}

test('what stands ready is right, until it stands for too long', () => {
  expect(poolFinding(VIEW)).toMatchObject({ level: 'ok', text: '1 workspace ready.' })
  expect(poolFinding({ ...VIEW, old: { count: 64, bytes: 64 * 1024 ** 3 } })).toMatchObject({
    level: 'warn',
    text: expect.stringMatching(/^64 workspaces .*: 65,536 MB\.$/),
    command: 'quintet pool trim',
  })
})

test('turned off, it says so unless something is left', () => {
  expect(poolFinding({ ...VIEW, on: false, slots: [] }).text).toContain('slots = 0')
  expect(poolFinding({ ...VIEW, on: false }).text).toContain('1 workspace ready')
})
