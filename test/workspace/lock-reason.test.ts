import { expect, it } from 'vitest'
import {
  lockReason,
  parseLockReason,
  parseSlotReason,
  slotPrefix,
  slotReason,
} from '../../src/workspace/lock-reason.ts'

it('is read back as written, whatever the start time looks like', () => {
  for (const startTime of ['123456', 'Mon Nov  3 10:00:00 2025', 'boot-id/99']) {
    const owner = { run: 'shop-1', piece: 'auth', pid: 4711, startTime }
    expect(parseLockReason(lockReason(owner))).toEqual(owner)
  }
})

it('is not taken from somebody else', () => {
  for (const reason of ['', 'initializing', 'on a USB stick', 'quintet', 'quintet:shop-1 pid 1 start 2']) {
    expect(parseLockReason(reason)).toBeNull()
  }
})

it('tells a slot that no session has from the worktree of a session', () => {
  const owner = { id: 'slot-0a1b2c3d', pid: 4711, startTime: 'boot-id/99' }
  expect(parseSlotReason(slotReason(owner))).toEqual(owner)
  expect(slotReason(owner).startsWith(slotPrefix(owner.id))).toBe(true)
  expect(parseLockReason(slotReason(owner))).toBeNull()
  expect(parseSlotReason(lockReason({ run: 'shop-1', piece: 'auth', pid: 1, startTime: '2' }))).toBeNull()
})
