// What somebody has left in a slot when it goes: nothing of it is lost, whoever had begun to take it away.
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stateFolder } from '../../../src/git/repository.ts'
import { listWorktrees } from '../../../src/git/worktree.ts'
import { adminEntry, writeLock } from '../../../src/git/worktree-admin.ts'
import { emptyTrash } from '../../../src/store/trash.ts'
import { removeJournal } from '../../../src/workspace/journal.ts'
import { slotReason } from '../../../src/workspace/lock-reason.ts'
import { advanceSlot } from '../../../src/workspace/pool/advance.ts'
import { claimSlot } from '../../../src/workspace/pool/claim.ts'
import { clearAway } from '../../../src/workspace/pool/clear.ts'
import { fillSlot } from '../../../src/workspace/pool/fill.ts'
import { asFound } from '../../../src/workspace/pool/furnishings.ts'
import { proveClaim } from '../../../src/workspace/pool/prove.ts'
import { listSlots, loadRecord, removeRecord, writeRecord } from '../../../src/workspace/pool/records.ts'
import { recoverPool } from '../../../src/workspace/pool/recover.ts'
import { removeSlot, saveAndRemoveSlot } from '../../../src/workspace/pool/remove.ts'
import type { Slot, SlotRecord, SlotSpec } from '../../../src/workspace/pool/slot.ts'
import { gitIn, writeFiles } from '../../support/repository.ts'
import { ground, type Ground } from '../sessions.ts'
import { slotSpec } from './slots.ts'

let here: Ground
const never = new AbortController().signal
const DEAD = { pid: 999_999_999, startTime: 'never' }
const text = (path: string) => readFile(path, 'utf8')
const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )
const fill = async (changes: Partial<SlotSpec> = {}): Promise<Slot> =>
  await fillSlot(await slotSpec(here, changes), never)
const kept = (id: string) => join(stateFolder(here.repo), 'kept/pool', id)
const recordFile = (id: string) => join(stateFolder(here.repo), 'pool', `${id}.json`)

async function recordOf({ id }: Pick<Slot, 'id'>): Promise<SlotRecord> {
  const record = await loadRecord(here.repo, id)
  if (record === null) throw new Error('There is no record.')
  return record
}

/** A commit that somebody makes in a slot. */
async function commitIn(path: string): Promise<string> {
  await gitIn(path, 'commit', '-q', '--allow-empty', '-m', 'work')
  return await gitIn(path, 'rev-parse', 'HEAD')
}

/** Runs `work` with a git in front that runs `script` before the first command with these words in it. */
async function withGit<T>(words: string, script: string, work: () => Promise<T>): Promise<T> {
  const bin = join(here.top, 'bin')
  const git = `${await gitIn(here.top, '--exec-path')}/git`
  const once = `[ -e ${bin}/done ] || { touch ${bin}/done; ${script}; }`
  await writeFiles(bin, {
    git: `#!/bin/sh\ncase "$*" in *"${words}"*) ${once} ;; esac\nexec ${git} "$@"\n`,
  })
  await chmod(join(bin, 'git'), 0o755)
  const before = process.env['PATH']
  process.env['PATH'] = `${bin}:${before ?? ''}`
  try {
    return await work()
  } finally {
    process.env['PATH'] = before
    expect(await exists(join(bin, 'done'))).toBe(true)
  }
}

beforeEach(async () => {
  here = await ground({ 'readme.md': 'hello\n', '.gitignore': '*.secret\n' })
})
afterEach(() => here[Symbol.asyncDispose]())

describe('a worktree with the lock of a slot and without a record', () => {
  /** As a power cut leaves a claim: the journal has reached the disk, the lock, HEAD and the branch have not. */
  async function powerCut(): Promise<{ slot: Slot; session: Awaited<ReturnType<Ground['spec']>> }> {
    const slot = await fill()
    const session = await here.spec('auth')
    expect(await claimSlot(session, never)).toBe(slot.path)
    const entry = await adminEntry(here.repo, slot.path)
    if (entry !== null) await writeLock(entry, slotReason({ id: slot.id, ...DEAD }))
    await gitIn(slot.path, 'checkout', '-q', '--detach')
    await here.git('branch', '-q', '-D', session.branch)
    return { slot, session }
  }

  it('is left to the session whose journal names it', async () => {
    const { slot } = await powerCut()
    const work = await commitIn(slot.path)
    expect(await recoverPool(here.repo, never)).toEqual([{ id: slot.id, path: slot.path, now: 'claimed' }])
    expect(await gitIn(slot.path, 'rev-parse', 'HEAD')).toBe(work)
  })

  it('goes with its commits saved where no journal names it', async () => {
    const { slot, session } = await powerCut()
    await removeJournal(session)
    const work = await commitIn(slot.path)
    const [found] = await recoverPool(here.repo, never)
    expect(found).toMatchObject({ id: slot.id, now: 'removed', backup: expect.any(String) })
    expect(await here.git('rev-parse', found?.backup ?? '')).toBe(work)
  })

  it('stays when its record cannot be read', async () => {
    const slot = await fill()
    const work = await commitIn(slot.path)
    await writeFile(recordFile(slot.id), JSON.stringify({ ...(await recordOf(slot)), version: 99 }))
    expect(await recoverPool(here.repo, never)).toMatchObject([
      { id: slot.id, now: 'left', reason: expect.stringContaining(recordFile(slot.id)) },
    ])
    expect(await gitIn(slot.path, 'rev-parse', 'HEAD')).toBe(work)
    expect(await exists(recordFile(slot.id))).toBe(true)
  })

  it('stays when its HEAD names nothing', async () => {
    const slot = await fill()
    await removeRecord(here.repo, slot.id)
    const entry = await adminEntry(here.repo, slot.path)
    await writeFile(join(entry?.folder ?? '', 'HEAD'), 'ref: refs/heads/nowhere\n')
    await writeFile(join(slot.path, 'mine.txt'), 'mine')
    expect(await recoverPool(here.repo, never)).toMatchObject([{ id: slot.id, now: 'left' }])
    expect(await text(join(slot.path, 'mine.txt'))).toBe('mine')
    expect(await exists(recordFile(slot.id))).toBe(false)
  })
})

describe('a slot that a dead process had begun to change', () => {
  it.each(['advancing', 'removing'] as const)(
    'goes with what somebody has left in it saved: %s',
    async (state) => {
      const slot = await fill()
      await writeFile(join(slot.path, 'readme.md'), 'mine\n')
      await writeFile(join(slot.path, 'my.secret'), 'mine\n')
      await writeRecord(here.repo, { ...(await recordOf(slot)), state, begun: true, owner: DEAD })
      const [found] = await recoverPool(here.repo, never)
      expect(found).toMatchObject({ id: slot.id, now: 'removed' })
      expect(await here.git('show', `${found?.backup ?? ''}:readme.md`)).toBe('mine')
      expect(await text(join(found?.files ?? '', 'files/my.secret'))).toBe('mine\n')
      expect(await exists(slot.path)).toBe(false)
      expect((await listWorktrees(here.repo)).length).toBe(1)
    },
  )

  it('goes with what is in it saved when it cannot be moved', async () => {
    const slot = await fill()
    await here.git('commit', '-q', '--allow-empty', '-m', 'more')
    const code = `require('fs').writeFileSync('mine.txt', 'mine'); process.exit(3)`
    const spec = await slotSpec(here, { setup: [process.execPath, '-e', code] })
    await expect(advanceSlot(spec, slot, never)).rejects.toMatchObject({ code: 'E_SETUP_FAILED' })
    expect(await exists(slot.path)).toBe(false)
    expect(await here.git('show', `refs/quintet/backup/pool/${slot.id}/1:mine.txt`)).toBe('mine')
  })

  it('goes without a trace when it was never ready', async () => {
    const slot = await fill()
    await writeFile(join(slot.path, 'half.txt'), 'half')
    const record = await recordOf(slot)
    await writeRecord(here.repo, { ...record, state: 'filling', begun: true, readyAt: null, owner: DEAD })
    expect(await recoverPool(here.repo, never)).toEqual([{ id: slot.id, path: slot.path, now: 'removed' }])
    expect(await emptyTrash(here.repo)).toEqual([])
    expect(await exists(kept(slot.id))).toBe(false)
  })

  it('has its commits saved whatever the file of its HEAD looks like', async () => {
    const slot = await fill()
    const work = await commitIn(slot.path)
    const entry = await adminEntry(here.repo, slot.path)
    await writeFile(join(entry?.folder ?? '', 'HEAD'), `${work} \n`)
    const record = { ...(await recordOf(slot)), state: 'filling', begun: true, readyAt: null } as const
    const found = await clearAway(here.repo, record)
    expect(found.kind).toBe('removed')
    expect(await here.git('rev-parse', found.kind === 'removed' ? (found.backup ?? '') : '')).toBe(work)
  })

  it('has its commits saved when its folder is gone', async () => {
    const slot = await fill()
    const work = await commitIn(slot.path)
    await rm(slot.path, { recursive: true })
    const [found] = await recoverPool(here.repo, never)
    expect(found).toMatchObject({ id: slot.id, now: 'removed' })
    expect(await here.git('rev-parse', found?.backup ?? '')).toBe(work)
  })
})

describe('recovering many', () => {
  it('is done for each on its own', async () => {
    const [lost, broken, half, looked] = [await fill(), await fill(), await fill(), await fill()]
    const claim = { run: 'r-1', piece: 'auth', branch: 'quintet/r-1/auth/work' }
    await writeRecord(here.repo, { ...(await recordOf(lost)), state: 'claiming', owner: DEAD, claim })
    await rm(lost.path, { recursive: true })
    await writeRecord(here.repo, { ...(await recordOf(broken)), path: `${broken.path}\0` })
    await writeRecord(here.repo, { ...(await recordOf(half)), state: 'removing', begun: true, owner: DEAD })
    await writeRecord(here.repo, { ...(await recordOf(looked)), state: 'removing', owner: DEAD })
    await rm(looked.path, { recursive: true })
    const found = await recoverPool(here.repo, never)
    const now = new Map(found.map((one) => [one.id, one.now]))
    expect(now).toEqual(
      new Map([
        [lost.id, 'removed'],
        [broken.id, 'left'],
        [half.id, 'removed'],
        [looked.id, 'removed'],
      ]),
    )
    expect((await listSlots(here.repo)).map(({ id }) => id)).toEqual([broken.id])
  })

  it('sets aside what is in a folder of which the entry was struck off', async () => {
    const slot = await fill()
    await writeFile(join(slot.path, 'mine.txt'), 'mine')
    const entry = await adminEntry(here.repo, slot.path)
    await rm(entry?.folder ?? '', { recursive: true })
    const [found] = await recoverPool(here.repo, never)
    expect(found).toMatchObject({ id: slot.id, now: 'removed' })
    expect(await text(join(found?.files ?? '', 'mine.txt'))).toBe('mine')
    expect(await listSlots(here.repo)).toEqual([])
  })

  it('leaves a folder alone that is something else by now', async () => {
    const slot = await fill()
    await rm(slot.path, { recursive: true })
    await here.git('worktree', 'unlock', slot.path)
    await here.git('worktree', 'prune')
    await mkdir(slot.path, { recursive: true })
    await gitIn(slot.path, 'init', '-q')
    expect(await recoverPool(here.repo, never)).toMatchObject([{ id: slot.id, now: 'left' }])
    expect(await exists(join(slot.path, '.git'))).toBe(true)
  })
})

describe('removing a slot', () => {
  it('keeps what is written after the last look', async () => {
    const slot = await fill()
    const write = `printf late > ${join(slot.path, 'readme.md')}`
    const outcome = await withGit('--ignored', write, () => removeSlot(here.repo, slot, never))
    expect(outcome.kind).toBe('removed')
    expect(await emptyTrash(here.repo)).toEqual([])
    const [late = ''] = await readdir(kept(slot.id))
    expect(await text(join(kept(slot.id), late, 'readme.md'))).toBe('late')
  })

  it('keeps what is written after everything was saved', async () => {
    const slot = await fill()
    const write = `printf late > ${join(slot.path, 'readme.md')}`
    const outcome = await withGit('rev-list', write, () => saveAndRemoveSlot(here.repo, slot))
    expect(outcome.kind).toBe('removed')
    expect(await emptyTrash(here.repo)).toEqual([])
    const [late = ''] = await readdir(kept(slot.id))
    expect(await text(join(kept(slot.id), late, 'readme.md'))).toBe('late')
  })

  it('gives it back when something stands in the way before anything was moved', async () => {
    const slot = await fill()
    const entry = await adminEntry(here.repo, slot.path)
    const lock = `echo mine > ${join(entry?.folder ?? '', 'locked')}`
    const outcome = await withGit('--ignored', lock, () => removeSlot(here.repo, slot, never))
    expect(outcome).toMatchObject({ kind: 'kept', reason: expect.stringContaining('mine') })
    expect(await recordOf(slot)).toMatchObject({ state: 'ready', begun: false, owner: null })
    expect(await exists(join(slot.path, 'readme.md'))).toBe(true)
  })
})

describe('a slot with a submodule', () => {
  let slot: Slot

  beforeEach(async () => {
    const library = join(here.top, 'library')
    await mkdir(library)
    await gitIn(library, 'init', '--quiet')
    await writeFile(join(library, 'a.c'), 'int a;\n')
    await gitIn(library, 'add', '.')
    await gitIn(library, 'commit', '--quiet', '-m', 'x')
    const allowed = ['-c', 'protocol.file.allow=always', 'submodule', '--quiet']
    await here.git(...allowed, 'add', library, 'lib')
    await here.git('commit', '-qm', 'a submodule')
    slot = await fill({ setup: ['git', ...allowed, 'update', '--init'] })
  })

  it.each([removeSlot, saveAndRemoveSlot])(
    'is removed when nothing has changed in it (%#)',
    async (remove) => {
      expect(await exists(join(slot.path, 'lib/a.c'))).toBe(true)
      expect(await remove(here.repo, slot, never)).toEqual({ kind: 'removed', notes: [] })
      expect(await exists(slot.path)).toBe(false)
    },
  )

  it.each([removeSlot, saveAndRemoveSlot])(
    'stays when somebody has changed a file in it (%#)',
    async (remove) => {
      await writeFile(join(slot.path, 'lib/a.c'), 'int b;\n')
      expect(await remove(here.repo, slot, never)).toMatchObject({
        kind: 'kept',
        reason: expect.stringContaining('lib'),
      })
      expect(await text(join(slot.path, 'lib/a.c'))).toBe('int b;\n')
    },
  )

  it('stays when somebody has committed in it', async () => {
    await commitIn(join(slot.path, 'lib'))
    await gitIn(join(slot.path, 'lib'), 'checkout', '-q', '--detach', 'HEAD~1')
    expect(await removeSlot(here.repo, slot, never)).toMatchObject({ kind: 'kept' })
  })

  it('stays when the clock was set back since it was made', async () => {
    await writeRecord(here.repo, { ...(await recordOf(slot)), readyAt: Date.now() + 3_600_000 })
    await writeFile(join(slot.path, 'lib/a.c'), 'int b;\n')
    expect(await removeSlot(here.repo, slot, never)).toMatchObject({ kind: 'kept' })
    expect(await text(join(slot.path, 'lib/a.c'))).toBe('int b;\n')
  })

  it('stays when a process has died that had begun to change it', async () => {
    await writeFile(join(slot.path, 'lib/a.c'), 'int b;\n')
    await writeRecord(here.repo, { ...(await recordOf(slot)), state: 'advancing', begun: true, owner: DEAD })
    expect(await recoverPool(here.repo, never)).toMatchObject([{ id: slot.id, now: 'left' }])
    expect(await text(join(slot.path, 'lib/a.c'))).toBe('int b;\n')
  })
})

describe('what times do not tell of a slot', () => {
  /** Moves a folder into a slot in which nothing has changed since before the slot was ready. */
  async function movedIn(): Promise<Slot> {
    await writeFiles(join(here.top, 'old'), { 'sub/my.secret': 'mine' })
    const slot = await fill()
    await rename(join(here.top, 'old'), join(slot.path, 'keys'))
    return slot
  }
  /** As if the clock had been set back an hour after the slot was made. */
  async function setBack(slot: Slot): Promise<void> {
    await writeRecord(here.repo, { ...(await recordOf(slot)), readyAt: Date.now() + 3_600_000 })
  }

  it('keeps it, and no session is given it', async () => {
    const slot = await movedIn()
    expect(await claimSlot(await here.spec('auth'), never)).toBeNull()
    expect(await removeSlot(here.repo, slot, never)).toMatchObject({
      kind: 'kept',
      reason: expect.stringContaining('keys/sub/my.secret'),
    })
    expect(await text(join(slot.path, 'keys/sub/my.secret'))).toBe('mine')
  })

  it('is saved before it goes', async () => {
    const found = await saveAndRemoveSlot(here.repo, await movedIn())
    const files = found.kind === 'removed' ? (found.files ?? '') : ''
    expect(await text(join(files, 'files/keys/sub/my.secret'))).toBe('mine')
  })

  it('is not written over where another base has such a file', async () => {
    const slot = await movedIn()
    await writeFiles(here.repo.root, { 'keys/sub/my.secret': 'theirs' })
    await here.git('add', '-f', 'keys')
    await here.git('commit', '-qm', 'keys')
    expect(await advanceSlot(await slotSpec(here), slot, never)).toMatchObject({ kind: 'unclean' })
    expect(await text(join(slot.path, 'keys/sub/my.secret'))).toBe('mine')
  })

  it('keeps it after the clock was set back', async () => {
    const slot = await fill()
    await setBack(slot)
    await writeFile(join(slot.path, 'my.secret'), 'mine')
    expect(await removeSlot(here.repo, slot, never)).toMatchObject({ kind: 'kept' })
  })

  it('makes its dependencies count as changed after the clock was set back', async () => {
    await writeFile(join(here.repo.root, '.git/info/exclude'), 'node_modules\n')
    const setup = ['mkdir', '-p', 'node_modules']
    const slot = await fill({ setup })
    const record = { ...(await recordOf(slot)), fingerprint: 'known' }
    expect(await asFound(record)).toBe(record)
    const later = { ...record, readyAt: Date.now() + 3_600_000 }
    expect(await asFound(later)).toMatchObject({ fingerprint: null })
  })

  // A Mac has no such names.
  it.skipIf(process.platform === 'darwin')(
    'is taken out before the session, whatever its name is',
    async () => {
      const name = Buffer.from('keys/caf\u00e9.secret', 'latin1')
      const setup = ['sh', '-c', `mkdir -p keys; echo made > "$(printf 'keys/caf\\351.secret')"`]
      const slot = await fill({ setup })
      const file = Buffer.concat([Buffer.from(`${slot.path}/`), name])
      await writeFile(file, 'mine')
      const spec = await here.spec('auth', { setup })
      expect(await claimSlot(spec, never)).toBe(slot.path)
      const proof = await proveClaim({ ...spec, path: slot.path }, never)
      const files = proof.kind === 'restored' ? (proof.files ?? '') : ''
      expect(await readFile(Buffer.concat([Buffer.from(`${files}/files/`), name]), 'utf8')).toBe('mine')
      await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' })
    },
  )
})
