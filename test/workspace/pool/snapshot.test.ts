import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listWorktrees } from '../../../src/git/worktree.ts'
import { emptyTrash, trashEntries } from '../../../src/store/trash.ts'
import { measuredTimes, noteSample } from '../../../src/workspace/clone/samples.ts'
import { isSubvolume } from '../../../src/workspace/clone/subvolume.ts'
import { advanceSlot, verifySlot } from '../../../src/workspace/pool/advance.ts'
import { claimSlot } from '../../../src/workspace/pool/claim.ts'
import { noteIgnored } from '../../../src/workspace/ignored.ts'
import { fillSlot } from '../../../src/workspace/pool/fill.ts'
import { furnishingsOf, namesOf } from '../../../src/workspace/pool/furnishings.ts'
import { marksHold } from '../../../src/workspace/pool/marks.ts'
import { listSlots, loadRecord, writeRecord } from '../../../src/workspace/pool/records.ts'
import { recoverPool } from '../../../src/workspace/pool/recover.ts'
import { removeSlot } from '../../../src/workspace/pool/remove.ts'
import type { Slot, SlotSpec } from '../../../src/workspace/pool/slot.ts'
import { prepareWorkspace } from '../../../src/workspace/prepare.ts'
import { btrfsVolume } from '../../support/btrfs.ts'
import { gitIn, writeFiles } from '../../support/repository.ts'
import { fakeManagers, ground, type FakeManagers, type Ground } from '../sessions.ts'
import { slotSpec } from './slots.ts'

const volume = await btrfsVolume()
const never = new AbortController().signal
const text = (path: string) => readFile(path, 'utf8')
const lock = JSON.stringify({
  lockfileVersion: 3,
  packages: { '': { name: 'shop' }, 'node_modules/a': { version: '1.0.0' } },
})
/** Subvolumes that outlived the removal of everything by an ordinary program. */
const left: string[] = []
let here: Ground
let fake: FakeManagers

const spec = async (changes: Partial<SlotSpec> = {}) => await slotSpec(here, { env: fake.env, ...changes })
const fill = async (changes: Partial<SlotSpec> = {}): Promise<Slot> =>
  await fillSlot(await spec(changes), never)
const slotLog = () => text(join(here.top, 'logs/pool.log'))
/** As if the slot had been made with what is in it now. */
async function adopted(slot: Slot): Promise<void> {
  const record = await loadRecord(here.repo, slot.id)
  if (record === null) throw new Error('There is no record.')
  const names = namesOf(await furnishingsOf(record))
  await noteIgnored(record)
  await writeRecord(here.repo, { ...record, ...names, readyAt: Date.now() })
  await verifySlot(here.repo, slot, never)
}
const snapshots = () => here.progress.filter((step) => step.startsWith('making a snapshot')).length

afterAll(() => volume?.[Symbol.asyncDispose]())

describe.skipIf(volume === null)('on btrfs', () => {
  const outside = process.env['TMPDIR']

  beforeEach(async () => {
    process.env['TMPDIR'] = volume?.path
    here = await ground({
      '.gitignore': 'node_modules\n.env\nlocal/\n',
      '.worktreeinclude': '.env\n',
      'package.json': '{"name":"shop","dependencies":{"a":"1"}}',
      'package-lock.json': lock,
      'src/a.ts': 'export {}\n',
    })
    await writeFile(join(here.repo.root, '.env'), 'KEY=1\n')
    fake = await fakeManagers(here.top)
  })
  afterEach(async () => {
    await here[Symbol.asyncDispose]()
    if (outside === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = outside
    left.push(...((await volume?.subvolumes()) ?? []))
  })

  it('a second slot is a snapshot of the first one, and shares nothing with it', async () => {
    const first = await fill()
    const script = 'node_modules/.bin/a'
    await writeFiles(first.path, { [script]: `#!/bin/sh\nexec ${first.path}/node_modules/a/run\n` })
    await chmod(join(first.path, script), 0o755)
    await adopted(first)
    const calls = await fake.calls()
    const second = await fill()

    const record = await loadRecord(here.repo, first.id)
    expect(record !== null && (await marksHold(here.repo, record))).toBe(true)
    expect(await fake.calls()).toEqual(calls)
    expect(calls.length).toBe(1)
    expect(second).toMatchObject({ state: 'ready', kept: null, dependencies: 'copied' })
    expect(second.fingerprint).toBe(first.fingerprint)
    expect(second.ports?.first).not.toBe(first.ports?.first)
    expect(await gitIn(second.path, 'status', '--porcelain')).toBe('')
    expect(await gitIn(second.path, 'rev-parse', '--show-toplevel')).toBe(second.path)
    expect(await text(join(second.path, script))).toContain(`exec ${second.path}/node_modules/a/run`)
    // Git would have to read a file again of which inode or time of change are others.
    const stamps = await Promise.all(
      [first, second].map(({ path }) => stat(join(path, 'src/a.ts'), { bigint: true })),
    )
    expect(stamps[1]).toMatchObject({ ino: stamps[0]?.ino, ctimeNs: stamps[0]?.ctimeNs })

    await writeFile(join(second.path, 'src/a.ts'), 'export const a = 1\n')
    await writeFile(join(second.path, 'node_modules/a/package.json'), 'changed')
    await gitIn(second.path, 'add', '-A')
    expect(await text(join(first.path, 'src/a.ts'))).toBe('export {}\n')
    expect(await text(join(first.path, 'node_modules/a/package.json'))).toContain('1.0.0')
    expect(await gitIn(first.path, 'status', '--porcelain')).toBe('')
    const times = (await measuredTimes(here.repo))?.samples['slot']
    expect(times).toMatchObject({ copy: [expect.any(Number)], install: [expect.any(Number)] })
    expect((await measuredTimes(here.repo))?.fileSystem.type).toBe('btrfs')
  })

  it('is claimed, prepared and removed like any slot, and no subvolume is left', async () => {
    const first = await fill()
    const second = await fill()
    const session = await here.spec('auth', { env: fake.env })
    const path = await claimSlot(session, never)
    expect(path).toBe(second.path)
    await prepareWorkspace({ ...session, path: second.path }, never)
    expect(await gitIn(second.path, 'status', '--porcelain', '--branch')).toBe(`## ${session.branch}`)
    expect(await fake.calls()).toHaveLength(1)
    expect(await removeSlot(here.repo, first, never)).toMatchObject({ kind: 'removed' })
    await emptyTrash(here.repo)
    expect(await volume?.subvolumes()).toHaveLength(1)
  })

  it('moves to another base, with other dependencies made in it', async () => {
    await fill()
    const second = await fill()
    await writeFiles(here.repo.root, { 'package-lock.json': lock.replace('1.0.0', '2.0.0') })
    await here.git('commit', '-qam', 'newer')
    const moved = await advanceSlot(await spec(), second, never)
    expect(moved).toMatchObject({ kind: 'advanced', installed: true, slot: { dependencies: 'installed' } })
    expect(await text(join(second.path, 'node_modules/a/package.json'))).toContain('2.0.0')
    expect(await trashEntries(here.repo)).not.toEqual([])
    expect(await emptyTrash(here.repo)).toEqual([])
    expect(await gitIn(here.top, '-C', second.path, 'status', '--porcelain')).toBe('')
  })

  it.each<[string, (first: Slot) => Promise<unknown>, string]>([
    [
      'a file that was written in place',
      ({ path }) => writeFile(join(path, 'src/a.ts'), 'mine\n'),
      'Files are changed',
    ],
    [
      'results beside the packages',
      async (first) => {
        await writeFiles(first.path, { 'node_modules/.vite/deps.js': '' })
        await verifySlot(here.repo, first, never)
      },
      'may be of another commit',
    ],
    [
      'other ignored files',
      async (first) => {
        await writeFiles(first.path, { 'node_modules/b/index.js': '', 'local/x/.gitkeep': '' })
        await adopted(first)
      },
      'of that slot alone',
    ],
    ['a folder that has changed', ({ path }) => writeFiles(path, { 'src/b.ts': 'mine\n' }), 'it has changed'],
  ])('no snapshot is made of a slot with %s', async (_what, change, why) => {
    await change(await fill())
    const second = await fill()
    expect(await slotLog()).toContain(why)
    expect(second).toMatchObject({ kept: null, dependencies: expect.any(String) })
    expect(await text(join(second.path, 'src/a.ts'))).toBe('export {}\n')
    expect(await gitIn(second.path, 'status', '--porcelain')).toBe('')
    expect(await isSubvolume(second.path)).toBe(true)
    await expect(stat(join(second.path, 'local'))).rejects.toThrow('ENOENT')
  })

  it('is filled where that was faster, and with a set-up', async () => {
    await noteSample(here.repo, here.top, { of: 'slot', method: 'copy', ms: 90_000 })
    await fill()
    await fill()
    const setup = ['true']
    const plain = await fill({ setup })
    expect(await isSubvolume(plain.path)).toBe(false)
    expect(snapshots()).toBe(0)
  })

  it('is cleared away when its process died before the snapshot had a .git file of its own', async () => {
    const first = await fill()
    const second = await fill()
    const record = await loadRecord(here.repo, second.id)
    if (record === null) throw new Error('There is no record.')
    const owner = { pid: 2 ** 22 + 1, startTime: '0' }
    await writeRecord(here.repo, { ...record, state: 'filling', begun: true, readyAt: null, owner })
    await writeFile(join(second.path, '.git'), await text(join(first.path, '.git')))
    const found = await recoverPool(here.repo, never)
    expect(found).toMatchObject([{ id: second.id, now: 'removed' }])
    expect((await listSlots(here.repo)).map(({ id }) => id)).toEqual([first.id])
    expect((await listWorktrees(here.repo)).map(({ path }) => path)).toEqual([here.repo.root, first.path])
    expect(await verifySlot(here.repo, first, never)).toMatchObject({ kind: 'current' })
  })
  it('leaves no subvolume to whoever deletes folders', () => {
    expect(left).toEqual([])
  })
})
