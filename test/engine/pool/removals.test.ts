import { expect, it } from 'vitest'
import { recoveredLine } from '../../../src/engine/pool/removals.ts'

const slot = { id: 'slot-0123abcd', path: '/work/slot-0123abcd' }

it('tells of a slot that was left, and of what was saved of one that went, and nothing else', () => {
  expect(recoveredLine({ ...slot, now: 'usable' })).toBeNull()
  expect(recoveredLine({ ...slot, now: 'removed' })).toBeNull()
  expect(recoveredLine({ ...slot, now: 'left', reason: 'Processes 7 work in it.' })).toBe(
    'The ready workspace slot-0123abcd at /work/slot-0123abcd was left as it is. Processes 7 work in it.',
  )
  expect(recoveredLine({ ...slot, now: 'removed', backup: 'refs/x', files: '/kept' })).toBe(
    'The ready workspace slot-0123abcd was cleared away; what was in it is saved: refs/x, /kept.',
  )
})
