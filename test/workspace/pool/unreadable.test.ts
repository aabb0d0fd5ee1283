// Something that cannot be read stands where a file of the pool should be: a folder, or a ring of links.
import { mkdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { stateFolder } from '../../../src/git/repository.ts'
import { tidyExcluded } from '../../../src/workspace/exclude.ts'
import { verifySlot } from '../../../src/workspace/pool/advance.ts'
import { claimSlot } from '../../../src/workspace/pool/claim.ts'
import { fillSlot } from '../../../src/workspace/pool/fill.ts'
import { listSlots } from '../../../src/workspace/pool/records.ts'
import { recoverPool } from '../../../src/workspace/pool/recover.ts'
import { removeSlot } from '../../../src/workspace/pool/remove.ts'
import type { Slot } from '../../../src/workspace/pool/slot.ts'
import { ground, type Ground } from '../sessions.ts'
import { slotSpec } from './slots.ts'

let here: Ground
const never = new AbortController().signal
const fill = async (): Promise<Slot> => await fillSlot(await slotSpec(here), never)
const fileOf = (name: string): string => join(stateFolder(here.repo), 'pool', name)

beforeEach(async () => {
  here = await ground({ 'readme.md': 'hello\n', '.gitignore': 'node_modules\n' })
})
afterEach(() => here[Symbol.asyncDispose]())

const IN_THE_WAY = {
  'a folder': (path: string) => mkdir(path),
  'a ring of links': (path: string) => symlink(path, path),
  'a link that leads nowhere': (path: string) => symlink('/nowhere/at/all', path),
}

it.each(Object.entries(IN_THE_WAY))(
  'the record: the other slots are as before, and this one stays: %s',
  async (_, put) => {
    const [one, two] = [await fill(), await fill()]
    await rm(fileOf(`${one.id}.json`))
    await put(fileOf(`${one.id}.json`))
    expect((await listSlots(here.repo)).map(({ id }) => id)).toEqual([two.id])
    expect(await recoverPool(here.repo, never)).toEqual([
      { id: one.id, path: one.path, now: 'left', reason: expect.stringContaining(fileOf(`${one.id}.json`)) },
    ])
    expect(await removeSlot(here.repo, one, never)).toEqual({ kind: 'unavailable' })
    expect(await removeSlot(here.repo, two, never)).toMatchObject({ kind: 'removed' })
    expect((await stat(join(one.path, 'readme.md'))).isFile()).toBe(true)
  },
)

it('the record: what git overlooks in its slot is overlooked still', async () => {
  const { id } = await fill()
  await rm(fileOf(`${id}.json`))
  await mkdir(fileOf(`${id}.json`))
  const exclude = join(here.repo.commonDir, 'info/exclude')
  const before = await readFile(exclude, 'utf8')
  await tidyExcluded(here.repo)
  expect(await readFile(exclude, 'utf8')).toBe(before)
})

it('the marks: all of the slot is looked at, and a session is given it', async () => {
  const slot = await fill()
  await rm(fileOf(`${slot.id}.marks`))
  await mkdir(fileOf(`${slot.id}.marks`))
  expect(await verifySlot(here.repo, slot, never)).toMatchObject({ kind: 'current' })
  expect(await claimSlot(await here.spec('auth'), never)).toBe(slot.path)
  expect(await listSlots(here.repo)).toEqual([])
})

it('the marks: they are no obstacle to a start', async () => {
  await mkdir(fileOf('slot-00000000.marks'), { recursive: true })
  await writeFile(fileOf('slot-00000001.marks'), '')
  for (const id of [0, 1]) await utimes(fileOf(`slot-0000000${id}.marks`), 0, 0)
  await recoverPool(here.repo, never)
  await expect(stat(fileOf('slot-00000001.marks'))).rejects.toThrow('ENOENT')
})
