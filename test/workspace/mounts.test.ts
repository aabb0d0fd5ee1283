// What somebody has mounted in a worktree: a rename takes it along, and nothing may delete what is in it.
import { readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, type TestContext } from 'vitest'
import { stateFolder } from '../../src/git/repository.ts'
import { mountedIn, mountPoint } from '../../src/store/mounts.ts'
import { discard, emptyTrash, moveToTrash, trashFolder } from '../../src/store/trash.ts'
import { claimSlot } from '../../src/workspace/pool/claim.ts'
import { clearAway } from '../../src/workspace/pool/clear.ts'
import { fillSlot } from '../../src/workspace/pool/fill.ts'
import { listSlots, loadRecord } from '../../src/workspace/pool/records.ts'
import { recycleWorkspace } from '../../src/workspace/pool/recycle.ts'
import { removeSlot, saveAndRemoveSlot } from '../../src/workspace/pool/remove.ts'
import { prepareWorkspace } from '../../src/workspace/prepare.ts'
import { releaseScratch, releaseWorkspace } from '../../src/workspace/release.ts'
import { mountAt, type Mounted } from '../support/mount.ts'
import { gitIn, writeFiles } from '../support/repository.ts'
import { slotSpec } from './pool/slots.ts'
import { ground, type Ground } from './sessions.ts'

const never = new AbortController().signal
let here: Ground

beforeEach(async () => {
  here = await ground({ 'readme.md': 'hello\n', '.gitignore': '/local/\ndist/\n' })
})
afterEach(() => here[Symbol.asyncDispose]())

async function mounted({ skip }: TestContext, at: string): Promise<Mounted> {
  return (await mountAt(here.top, at)) ?? skip('mounting is not permitted here')
}

/** Nothing of it was moved, copied or deleted, neither at once nor with the trash. */
async function expectUntouched({ outside, at }: Mounted): Promise<void> {
  await emptyTrash(here.repo)
  expect(await readFile(join(outside, 'precious.txt'), 'utf8')).toBe('precious')
  expect(await readFile(join(at, 'precious.txt'), 'utf8')).toBe('precious')
  expect(await readdir(join(stateFolder(here.repo), 'kept')).catch(() => [])).toEqual([])
}

const keptFor = ({ at }: Mounted) => ({ kind: 'kept', reason: `Something is mounted at ${at}.` })

describe('a session with something mounted in its worktree', () => {
  test('is kept until that is gone, landed or not', async (context) => {
    const spec = await here.spec('auth')
    await prepareWorkspace(spec, never)
    const tip = await gitIn(spec.path, 'rev-parse', 'HEAD')
    {
      await using mount = await mounted(context, join(spec.path, 'local/my data'))
      expect(await releaseWorkspace(spec, { mode: 'keep-work' })).toEqual(keptFor(mount))
      expect(await releaseWorkspace(spec, { mode: 'landed', tip })).toEqual(keptFor(mount))
      await expectUntouched(mount)
    }
    expect(await releaseWorkspace(spec, { mode: 'landed', tip })).toMatchObject({ kind: 'removed' })
  })

  test('is kept when it is a scratch workspace', async (context) => {
    const spec = await here.spec('_fresh-0123abcd')
    await prepareWorkspace(spec, never)
    await using mount = await mounted(context, join(spec.path, 'local/data'))
    expect(await releaseScratch(spec)).toEqual(keptFor(mount))
    await expectUntouched(mount)
  })

  test('does not become a slot again', async (context) => {
    await fillSlot(await slotSpec(here), never)
    const session = await here.spec('auth')
    const path = (await claimSlot(session, never)) ?? ''
    await prepareWorkspace({ ...session, path }, never)
    await using mount = await mounted(context, join(path, 'dist/data'))
    expect(await recycleWorkspace({ ...session, path }, session.base, never)).toBeNull()
    await expectUntouched(mount)
  })
})

describe('a slot with something mounted in it', () => {
  test('is kept until that is gone', async (context) => {
    const slot = await fillSlot(await slotSpec(here), never)
    {
      await using mount = await mounted(context, join(slot.path, 'local/data'))
      expect(await removeSlot(here.repo, slot, never)).toEqual(keptFor(mount))
      expect(await saveAndRemoveSlot(here.repo, slot)).toEqual(keptFor(mount))
      const { reason } = keptFor(mount)
      expect(await listSlots(here.repo)).toMatchObject([{ state: 'ready', kept: reason }])
      await expectUntouched(mount)
    }
    expect(await saveAndRemoveSlot(here.repo, slot)).toEqual({ kind: 'removed', notes: [] })
  })

  test('is not cleared away, looked at or not', async (context) => {
    const { id, path } = await fillSlot(await slotSpec(here), never)
    await using mount = await mounted(context, join(path, 'local/data'))
    const record = await loadRecord(here.repo, id)
    if (record === null) throw new Error('There is no record.')
    for (const readyAt of [record.readyAt, null])
      expect(await clearAway(here.repo, { ...record, readyAt })).toEqual(keptFor(mount))
    await expectUntouched(mount)
  })
})

describe('the trash', () => {
  test('is given nothing that something is mounted in', async (context) => {
    const tree = join(here.top, 'tree')
    await using mount = await mounted(context, join(tree, 'data'))
    const refused = { code: 'E_MOUNTED', message: `Something is mounted at ${mount.at}.` }
    await expect(moveToTrash(here.repo, tree)).rejects.toMatchObject(refused)
    await expect(discard(here.repo, tree)).rejects.toMatchObject(refused)
    await expect(moveToTrash(here.repo, mount.at)).rejects.toMatchObject(refused)
    await expectUntouched(mount)
  })

  test('is emptied of the rest, and names what something is mounted in', async (context) => {
    const trash = trashFolder(here.repo)
    const [held, other] = ['0123456789abcdef', 'fedcba9876543210']
    await writeFiles(trash, { [`${held}/a.txt`]: 'a', [`${other}/a.txt`]: 'a' })
    const kept = join(stateFolder(here.repo), 'kept')
    await writeFile(join(trash, `${held}.late`), kept)
    {
      await using mount = await mounted(context, join(trash, held, 'data'))
      expect(await emptyTrash(here.repo)).toEqual([held])
      await expectUntouched(mount)
    }
    expect(await emptyTrash(here.repo)).toEqual([])
  })
})

describe('mounts', () => {
  test('are found through links to a folder, wherever it is moved, and not through a link itself', async (context) => {
    const [tree, moved, link] = [join(here.top, 'a/tree'), join(here.top, 'a/tree 2'), join(here.top, 'b')]
    await symlink('a', link)
    await using mount = await mounted(context, join(tree, 'data'))
    expect(await mountedIn(join(link, 'tree'))).toBe(mount.at)
    expect(await mountedIn(link)).toBeNull()
    expect(await mountedIn(join(here.top, 'a/tre'))).toBeNull()
    await rename(tree, moved)
    expect(await mountedIn(tree)).toBeNull()
    expect(await mountedIn(moved)).toBe(join(moved, 'data'))
    expect(await mountedIn(join(here.top, 'no/where'))).toBeNull()
  })

  test('are named as the kernel writes them', () => {
    const line = String.raw`36 35 98:0 / /my\040tree/a\134b rw shared:1 - ext4 /dev/root rw`
    expect(mountPoint(line.split(' '))).toBe(String.raw`/my tree/a\b`)
    expect(mountPoint([''])).toBe('')
  })
})
