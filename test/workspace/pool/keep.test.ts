import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { adminEntry } from '../../../src/git/worktree-admin.ts'
import { listWorktrees } from '../../../src/git/worktree.ts'
import { loadJournal } from '../../../src/workspace/journal.ts'
import { advanceSlot, verifySlot } from '../../../src/workspace/pool/advance.ts'
import { claimSlot } from '../../../src/workspace/pool/claim.ts'
import { fillSlot } from '../../../src/workspace/pool/fill.ts'
import { recycleWorkspace } from '../../../src/workspace/pool/recycle.ts'
import { listSlots, loadRecord } from '../../../src/workspace/pool/records.ts'
import { recoverPool } from '../../../src/workspace/pool/recover.ts'
import { removeSlot, saveAndRemoveSlot } from '../../../src/workspace/pool/remove.ts'
import type { Slot, SlotSpec } from '../../../src/workspace/pool/slot.ts'
import { leasesOf } from '../../../src/workspace/ports/lease.ts'
import { prepareWorkspace } from '../../../src/workspace/prepare.ts'
import type { WorkspaceSpec } from '../../../src/workspace/spec.ts'
import { userStateFolder } from '../../../src/workspace/user-state.ts'
import { gitIn } from '../../support/repository.ts'
import { fakeManagers, ground, type FakeManagers, type Ground } from '../sessions.ts'
import { slotSpec } from './slots.ts'

let here: Ground
let managers: FakeManagers
const never = new AbortController().signal
const text = (path: string) => readFile(path, 'utf8')
const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )
const lock = (name: string): string =>
  JSON.stringify({ lockfileVersion: 3, packages: { '': {}, [`node_modules/${name}`]: { version: '1.0.0' } } })
const SETUP = [process.execPath, '-e', `require('fs').appendFileSync('runs.log', 'x')`]
const spec = (changes: Partial<SlotSpec> = {}) =>
  slotSpec(here, { env: managers.env, setup: SETUP, ...changes })
const fill = async (changes: Partial<SlotSpec> = {}): Promise<Slot> =>
  await fillSlot(await spec(changes), never)

async function advanceMain(files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, content] of Object.entries(files)) await writeFile(join(here.repo.root, path), content)
  await here.git('add', '-A')
  await here.git('commit', '-qm', 'more')
  return await here.git('rev-parse', 'main')
}

beforeEach(async () => {
  here = await ground({
    'readme.md': 'hello\n',
    'package.json': '{"name":"app","dependencies":{"left":"1.0.0"}}',
    'package-lock.json': lock('left'),
    '.gitignore': 'node_modules\n*.log\n.env\ndist/\n',
  })
  managers = await fakeManagers(here.top)
})
afterEach(() => here[Symbol.asyncDispose]())

describe('moving a slot to another base', () => {
  it('writes files and runs the set-up; dependencies stay when their fingerprint does', async () => {
    const slot = await fill()
    const base = await advanceMain({ 'readme.md': 'moved\n' })
    const outcome = await advanceSlot(await spec(), slot, never)
    expect(outcome).toMatchObject({
      kind: 'advanced',
      installed: false,
      slot: { base, state: 'ready', kept: null },
    })
    expect((await managers.calls()).length).toBe(1)
    expect(await text(join(slot.path, 'readme.md'))).toBe('moved\n')
    expect(await text(join(slot.path, 'runs.log'))).toBe('xx')
    expect(await gitIn(slot.path, 'status', '--porcelain', '--branch')).toBe('## HEAD (no branch)')
    const session = await here.spec('auth', { env: managers.env, setup: SETUP })
    expect(await claimSlot(session, never)).toBe(slot.path)
    await prepareWorkspace({ ...session, path: slot.path }, never)
    expect(await text(join(slot.path, 'runs.log'))).toBe('xx')
  })

  it('does not overlook afterwards what somebody changes of the files that were written', async () => {
    const slot = await fill()
    const base = await advanceMain({ 'readme.md': 'moved\n' })
    expect(await advanceSlot(await spec(), slot, never)).toMatchObject({ kind: 'advanced' })
    await writeFile(join(slot.path, 'readme.md'), 'mine\n')
    expect(await verifySlot(here.repo, slot, never)).toMatchObject({ kind: 'unclean' })
    expect((await listSlots(here.repo))[0]).toMatchObject({
      base,
      kept: expect.stringContaining('readme.md'),
    })
  })

  it('makes dependencies anew when the lock file has changed', async () => {
    const slot = await fill()
    await advanceMain({ 'package-lock.json': lock('right') })
    expect(await advanceSlot(await spec(), slot, never)).toMatchObject({ kind: 'advanced', installed: true })
    expect(await exists(join(slot.path, 'node_modules/right'))).toBe(true)
    expect(await exists(join(slot.path, 'node_modules/left'))).toBe(false)
  })

  it('does nothing where nothing has changed, and notices what has', async () => {
    const slot = await fill()
    expect(await advanceSlot(await spec(), slot, never)).toMatchObject({ kind: 'current' })
    await utimes(join(here.top, 'bin/npm'), 1_000, 1_000)
    expect(await advanceSlot(await spec(), slot, never)).toMatchObject({ kind: 'advanced', installed: true })
    expect(await advanceSlot(await spec({ setup: ['true'] }), slot, never)).toMatchObject({
      kind: 'advanced',
      installed: false,
    })
  })

  it('brings environment files up to date', async () => {
    await advanceMain({ '.worktreeinclude': '.env\n' })
    await writeFile(join(here.repo.root, '.env'), 'A=1')
    const slot = await fill()
    await writeFile(join(here.repo.root, '.env'), 'A=2')
    expect(await advanceSlot(await spec(), slot, never)).toMatchObject({ kind: 'advanced' })
    expect(await text(join(slot.path, '.env'))).toBe('A=2')
  })

  it('leaves a slot as it is that somebody has left something in', async () => {
    const slot = await fill()
    await advanceMain({ 'readme.md': 'moved\n' })
    await writeFile(join(slot.path, 'readme.md'), 'mine\n')
    expect(await advanceSlot(await spec(), slot, never)).toMatchObject({
      kind: 'unclean',
      reason: expect.stringContaining('readme.md'),
    })
    expect(await text(join(slot.path, 'readme.md'))).toBe('mine\n')
    expect((await listSlots(here.repo))[0]).toMatchObject({ state: 'ready', base: slot.base })
  })

  it('waits while somebody works in it', async () => {
    const slot = await fill()
    await advanceMain({ 'readme.md': 'moved\n' })
    const code = 'console.log(1); setInterval(() => {}, 1000)'
    const other = spawn(process.execPath, ['-e', code], {
      cwd: slot.path,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    await once(other.stdout, 'data')
    expect(await advanceSlot(await spec(), slot, never)).toEqual({ kind: 'busy', pids: [other.pid] })
    expect(await removeSlot(here.repo, slot, never)).toEqual({ kind: 'busy', pids: [other.pid] })
    expect(await verifySlot(here.repo, slot, never)).toEqual({ kind: 'busy', pids: [other.pid] })
    const ended = once(other, 'exit')
    other.kill('SIGKILL')
    await ended
    expect(await advanceSlot(await spec(), slot, never)).toMatchObject({
      kind: 'advanced',
      slot: { kept: null },
    })
  })

  it('clears a slot away that cannot be moved', async () => {
    const slot = await fill()
    await advanceMain({ 'readme.md': 'moved\n' })
    const failing = [process.execPath, '-e', 'process.exit(3)']
    await expect(advanceSlot(await spec({ setup: failing }), slot, never)).rejects.toMatchObject({
      code: 'E_SETUP_FAILED',
    })
    expect(await listSlots(here.repo)).toEqual([])
    expect((await listWorktrees(here.repo)).length).toBe(1)
  })
})

describe('removing a slot', () => {
  it('leaves nothing of it', async () => {
    const slot = await fill()
    expect(await removeSlot(here.repo, slot, never)).toEqual({ kind: 'removed', notes: [] })
    expect(await exists(slot.path)).toBe(false)
    expect((await listWorktrees(here.repo)).length).toBe(1)
    expect(await leasesOf(here.repo.commonDir)).toEqual([])
    expect(await listSlots(here.repo)).toEqual([])
    expect(await removeSlot(here.repo, slot, never)).toEqual({ kind: 'unavailable' })
  })

  it('keeps one that somebody has left something in, and can save that first', async () => {
    const slot = await fill()
    await writeFile(join(slot.path, 'mine.txt'), 'mine')
    await writeFile(join(slot.path, '.env'), 'SECRET=1')
    expect(await removeSlot(here.repo, slot, never)).toMatchObject({ kind: 'kept' })
    expect(await text(join(slot.path, 'mine.txt'))).toBe('mine')
    const saved = await saveAndRemoveSlot(here.repo, slot)
    expect(saved).toMatchObject({ kind: 'removed', backup: `refs/quintet/backup/pool/${slot.id}/1` })
    const { backup, files } = saved.kind === 'removed' ? saved : {}
    expect(await here.git('show', `${backup}:mine.txt`)).toBe('mine')
    expect(await text(join(files ?? '', 'files/.env'))).toBe('SECRET=1')
    expect(await exists(slot.path)).toBe(false)
  })

  it('keeps one in which git has left a lock, and can take that away with it', async () => {
    const slot = await fill()
    const entry = await adminEntry(here.repo, slot.path)
    for (const name of ['index.lock', 'HEAD.lock']) {
      const lock = join(entry?.folder ?? '', name)
      await writeFile(lock, '')
      const reason = `Git is at work in ${slot.path}, or was killed there: ${lock}.`
      expect(await verifySlot(here.repo, slot, never)).toEqual({ kind: 'unclean', reason })
      expect(await claimSlot(await here.spec('auth', { env: managers.env, setup: SETUP }), never)).toBeNull()
      expect(await removeSlot(here.repo, slot, never)).toEqual({ kind: 'kept', reason })
      await rm(lock)
      expect(await verifySlot(here.repo, slot, never)).toMatchObject({ kind: 'current' })
    }
    await writeFile(join(entry?.folder ?? '', 'index.lock'), '')
    expect(await saveAndRemoveSlot(here.repo, slot)).toEqual({ kind: 'removed', notes: [] })
  })

  it.each(['removed', 'saved and removed'])(
    'leaves nothing of one whose folder is gone (%s)',
    async (how) => {
      const slot = await fill()
      await gitIn(slot.path, 'commit', '-q', '--allow-empty', '-m', 'lonely')
      await rm(slot.path, { recursive: true })
      const removal =
        how === 'removed' ? removeSlot(here.repo, slot, never) : saveAndRemoveSlot(here.repo, slot)
      expect(await removal).toMatchObject({ kind: 'removed', backup: expect.any(String) })
      expect((await listWorktrees(here.repo)).length).toBe(1)
      expect(await listSlots(here.repo)).toEqual([])
    },
  )

  it('goes on later with one that could only be removed in part', async () => {
    const slot = await fill({ portNames: ['PORT'] })
    const lock = join(userStateFolder(), 'ports/.removal.lock')
    await rm(lock, { force: true })
    await mkdir(lock)
    await expect(saveAndRemoveSlot(here.repo, slot)).rejects.toMatchObject({ code: 'E_LOCK' })
    expect(await exists(slot.path)).toBe(false)
    const record = await loadRecord(here.repo, slot.id)
    expect(record).toMatchObject({ state: 'removing', begun: true, owner: null })
    await rm(lock, { recursive: true })
    expect(await recoverPool(here.repo, never)).toMatchObject([{ id: slot.id, now: 'removed' }])
    expect(await listSlots(here.repo)).toEqual([])
    expect(await leasesOf(here.repo.commonDir)).toEqual([])
  })

  it('saves commits that were made in it', async () => {
    const slot = await fill()
    await gitIn(slot.path, 'commit', '-q', '--allow-empty', '-m', 'lonely')
    expect(await removeSlot(here.repo, slot, never)).toMatchObject({ kind: 'kept' })
    const saved = await saveAndRemoveSlot(here.repo, slot)
    const ref = saved.kind === 'removed' ? (saved.backup ?? '') : ''
    expect(await here.git('log', '-1', '--format=%s', ref)).toBe('lonely')
  })
})

describe('recycling the worktree of a session that has landed', () => {
  async function landed(): Promise<{ session: WorkspaceSpec; tip: string; slot: Slot }> {
    const slot = await fill()
    const session = await here.spec('auth', { env: managers.env, setup: SETUP })
    const path = (await claimSlot(session, never)) ?? ''
    await prepareWorkspace({ ...session, path }, never)
    await writeFile(join(path, 'new.txt'), 'work')
    await gitIn(path, 'add', 'new.txt')
    await gitIn(path, 'commit', '-qm', 'work')
    const tip = await gitIn(path, 'rev-parse', 'HEAD')
    await here.git('merge', '-q', '--ff-only', tip)
    return { session: { ...session, path }, tip, slot }
  }

  it('makes it a slot again, with its ports and dependencies, and without what builds have left', async () => {
    const { session, tip, slot } = await landed()
    await mkdir(join(slot.path, 'dist'))
    await writeFile(join(slot.path, 'dist/out.js'), 'x')
    await mkdir(join(slot.path, 'node_modules/.vite'))
    await writeFile(join(slot.path, 'node_modules/.vite/cached'), 'x')
    const again = await recycleWorkspace(session, tip, never)
    expect(again).toMatchObject({ id: slot.id, path: slot.path, base: tip, state: 'ready', kept: null })
    expect(await exists(join(slot.path, 'dist'))).toBe(false)
    expect(await loadJournal(session)).toBeNull()
    expect(await here.git('branch', '--list', 'quintet/*')).toBe('')
    expect((await leasesOf(here.repo.commonDir)).map(({ session: of }) => of)).toEqual([`pool/${slot.id}`])
    const next = await here.spec('api', { env: managers.env, setup: SETUP })
    expect(await claimSlot(next, never)).toBe(slot.path)
    await prepareWorkspace({ ...next, path: slot.path }, never)
    expect(await gitIn(slot.path, 'status', '--porcelain', '--branch')).toBe(`## ${next.branch}`)
    expect((await managers.calls()).length).toBe(1)
  })

  it('makes dependencies anew that the session has changed', async () => {
    const { session, tip, slot } = await landed()
    await writeFile(join(slot.path, 'node_modules/left/package.json'), '{"patched":true}')
    const again = await recycleWorkspace(session, tip, never)
    expect(again).toMatchObject({ fingerprint: null })
    expect(await advanceSlot(await spec(), slot, never)).toMatchObject({ kind: 'advanced', installed: true })
    expect(await text(join(slot.path, 'node_modules/left/package.json'))).not.toContain('patched')
  })

  it.each([
    ['uncommitted work', (path: string) => writeFile(join(path, 'more.txt'), 'x')],
    ['ignored files', (path: string) => writeFile(join(path, '.env'), 'A=1')],
    ['another branch', (path: string) => gitIn(path, 'switch', '-q', '-c', 'own')],
    ['later commits', (path: string) => gitIn(path, 'commit', '-q', '--allow-empty', '-m', 'x')],
  ])('is not done with %s in it', async (_what, change) => {
    const { session, tip } = await landed()
    await change(session.path)
    expect(await recycleWorkspace(session, tip, never)).toBeNull()
    expect(await loadJournal(session)).not.toBeNull()
    expect(await listSlots(here.repo)).toEqual([])
  })

  it('is not done for a worktree that was no slot', async () => {
    const session = await here.spec('auth', { env: managers.env })
    await prepareWorkspace(session, never)
    expect(await recycleWorkspace(session, session.base, never)).toBeNull()
  })
})
