import { mkdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recoveredLine, trimSlots } from '../../../src/engine/pool/removals.ts'
import { fillSlot } from '../../../src/workspace/pool/fill.ts'
import { listSlots } from '../../../src/workspace/pool/records.ts'
import { userStateFolder } from '../../../src/workspace/user-state.ts'
import { slotSpec } from '../../workspace/pool/slots.ts'
import { ground, type Ground } from '../../workspace/sessions.ts'

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

describe('trimming', () => {
  const never = new AbortController().signal
  let here: Ground
  beforeEach(async () => {
    here = await ground()
  })
  afterEach(() => here[Symbol.asyncDispose]())

  const trimAll = async () => {
    const slots = await listSlots(here.repo)
    const trimming = { slots, wants: [], jobs: [], all: true, dryRun: false, now: Date.now(), maxAge: 1e9 }
    return await trimSlots(here.repo, trimming, never)
  }

  it('goes on to the others when a slot is gone', async () => {
    const slots = [await fillSlot(await slotSpec(here), never), await fillSlot(await slotSpec(here), never)]
    await rm(slots[0]?.path ?? '', { recursive: true })
    expect((await trimAll()).map(({ outcome }) => outcome)).toEqual(['removed', 'removed'])
    expect(await listSlots(here.repo)).toEqual([])
  })

  it('goes on to the others when one fails, and says how far that came', async () => {
    const broken = await fillSlot(await slotSpec(here), never)
    await fillSlot(await slotSpec(here), never)
    await rm(broken.path, { recursive: true })
    await symlink('nowhere', broken.path)
    const lock = join(userStateFolder(), 'ports/.removal.lock')
    await rm(lock, { force: true })
    await mkdir(lock)
    expect(await trimAll()).toMatchObject([
      { what: `ready workspace ${broken.id}`, outcome: 'kept', reason: expect.stringContaining(broken.path) },
      { outcome: 'half', reason: `The lock file ${lock} cannot be used.` },
    ])
  })
})
