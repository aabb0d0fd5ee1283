// What the look at an idle slot must not overlook: dependencies and environment files that are others, git settings that
// would travel to the next session, submodules, and what happens while it is looked at.
import { appendFile, chmod, link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withRegistry } from '../../../src/git/worktree.ts'
import { gently } from '../../../src/process/gentle.ts'
import { run } from '../../../src/process/run.ts'
import { advanceSlot, verifySlot } from '../../../src/workspace/pool/advance.ts'
import { claimSlot } from '../../../src/workspace/pool/claim.ts'
import { fillSlot } from '../../../src/workspace/pool/fill.ts'
import { marksHold, takeMarks } from '../../../src/workspace/pool/marks.ts'
import { listSlots, loadRecord } from '../../../src/workspace/pool/records.ts'
import { recycleWorkspace } from '../../../src/workspace/pool/recycle.ts'
import type { Slot, SlotSpec } from '../../../src/workspace/pool/slot.ts'
import { loadJournal } from '../../../src/workspace/journal.ts'
import { prepareWorkspace } from '../../../src/workspace/prepare.ts'
import { adminFolder } from '../../../src/workspace/register.ts'
import type { WorkspaceSpec } from '../../../src/workspace/spec.ts'
import { gitIn, writeFiles } from '../../support/repository.ts'
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
const LOCK = JSON.stringify({
  lockfileVersion: 3,
  packages: { '': {}, 'node_modules/a': { version: '1.0.0' } },
})
const spec = (changes: Partial<SlotSpec> = {}) => slotSpec(here, { env: managers.env, ...changes })
const fill = async (changes: Partial<SlotSpec> = {}): Promise<Slot> =>
  await fillSlot(await spec(changes), never)
const installs = async (): Promise<number> => (await managers.calls()).length

/** Claims and prepares as the engine does. */
async function start(piece = 'auth', changes: Partial<WorkspaceSpec> = {}): Promise<WorkspaceSpec> {
  const session = await here.spec(piece, { env: managers.env, ...changes })
  const path = (await claimSlot(session, never)) ?? session.path
  await prepareWorkspace({ ...session, path }, never)
  return { ...session, path }
}

beforeEach(async () => {
  here = await ground({
    'readme.md': 'hello\n',
    'src/a.ts': 'export {}\n',
    'docs/a.md': 'docs\n',
    'apps/web/index.ts': 'export {}\n',
    'package.json': '{"name":"app","dependencies":{"a":"1.0.0"}}',
    'package-lock.json': LOCK,
    '.gitignore': 'node_modules\n.env*\ndist/\nlocal/\n',
    '.worktreeinclude': '.env*\nlocal/*\n',
  })
  await writeFiles(here.repo.root, { '.env': 'A=1', 'local/deep.txt': 'd' })
  managers = await fakeManagers(here.top)
})
afterEach(() => here[Symbol.asyncDispose]())

type Change = (path: string) => Promise<unknown>
const OTHER = '{"name":"a","version":"2.0.0"}'

describe('dependencies and environment files of an idle slot', () => {
  const changes: readonly (readonly [string, Change])[] = [
    ['are gone', (path) => rm(join(path, 'node_modules'), { recursive: true })],
    ['are other ones', (path) => replaced(join(path, 'node_modules/a/package.json'))],
    ['are incomplete', (path) => rm(join(path, 'node_modules/a/package.json'))],
  ]
  const replaced = async (file: string): Promise<void> => {
    await writeFile(`${file}.new`, OTHER)
    await rename(`${file}.new`, file)
  }

  it.each(changes)('%s: a session has them made anew', async (_what, change) => {
    const slot = await fill()
    await change(slot.path)
    const session = await start()
    expect(session.path).toBe(slot.path)
    expect(await text(join(slot.path, 'node_modules/a/package.json'))).toContain('1.0.0')
    expect(await installs()).toBe(2)
  })

  it.each(changes)('%s: that is found out in the background, and mended', async (_what, change) => {
    const slot = await fill()
    await change(slot.path)
    expect(await verifySlot(here.repo, slot, never)).toMatchObject({
      kind: 'current',
      slot: { fingerprint: null },
    })
    expect(await advanceSlot(await spec(), slot, never)).toMatchObject({ kind: 'advanced', installed: true })
    expect(await text(join(slot.path, 'node_modules/a/package.json'))).toContain('1.0.0')
    await start()
    expect(await installs()).toBe(2)
  })

  it('were written in place: no slot is moved to another base with them', async () => {
    const slot = await fill()
    await writeFile(join(slot.path, 'node_modules/a/package.json'), OTHER)
    expect(await advanceSlot(await spec(), slot, never)).toMatchObject({ kind: 'advanced', installed: true })
    await writeFile(join(slot.path, 'node_modules/a/package.json'), OTHER)
    await here.git('commit', '-q', '--allow-empty', '-m', 'more')
    expect(await advanceSlot(await spec(), slot, never)).toMatchObject({ kind: 'advanced', installed: true })
  })

  it('are left alone where only a tool has kept something beside the packages', async () => {
    const slot = await fill()
    await writeFiles(slot.path, { 'node_modules/.vite/deps.js': '' })
    expect(await verifySlot(here.repo, slot, never)).toMatchObject({
      kind: 'current',
      slot: { fingerprint: slot.fingerprint },
    })
    await start()
    expect(await installs()).toBe(1)
  })

  it('are left alone where a package manager links the same files into another worktree', async () => {
    const slot = await fill()
    const file = join(slot.path, 'node_modules/a/package.json')
    await link(file, join(here.top, 'linked'))
    expect(await verifySlot(here.repo, slot, never)).toMatchObject({
      slot: { fingerprint: slot.fingerprint },
    })
    await appendFile(file, ' ')
    expect(await verifySlot(here.repo, slot, never)).toMatchObject({ slot: { fingerprint: null } })
  })

  it.each(['.env', 'local/deep.txt'])('%s is missing: a session gets it again', async (file) => {
    const slot = await fill()
    await rm(join(slot.path, file))
    const session = await start()
    expect(session.path).toBe(slot.path)
    expect(await exists(join(slot.path, file))).toBe(true)
    expect(await installs()).toBe(1)
  })

  it('is missing: that is found out in the background, and mended', async () => {
    const slot = await fill()
    await rm(join(slot.path, '.env'))
    expect(await verifySlot(here.repo, slot, never)).toMatchObject({ kind: 'current' })
    expect(await advanceSlot(await spec(), slot, never)).toMatchObject({ kind: 'advanced', installed: false })
    expect(await text(join(slot.path, '.env'))).toBe('A=1')
    expect(await advanceSlot(await spec(), slot, never)).toMatchObject({ kind: 'current' })
  })

  it('is new, in a folder that held none: a session gets it', async () => {
    const slot = await fill()
    await writeFile(join(here.repo.root, 'apps/web/.env'), 'B=1')
    const session = await start()
    expect(session.path).toBe(slot.path)
    expect(await text(join(slot.path, 'apps/web/.env'))).toBe('B=1')
    expect(await installs()).toBe(1)
  })

  it('output of the set-up that is gone is made again', async () => {
    const setup = [
      process.execPath,
      '-e',
      `fs.mkdirSync('dist',{recursive:true});fs.writeFileSync('dist/o','')`,
    ]
    const slot = await fill({ setup })
    await rm(join(slot.path, 'dist'), { recursive: true })
    await start('auth', { setup })
    expect(await exists(join(slot.path, 'dist/o'))).toBe(true)
  })
})

/** A session that has landed with this done in its worktree. */
async function landed(change: Change): Promise<{ session: WorkspaceSpec; tip: string; slot: Slot }> {
  const slot = await fill()
  const session = await start()
  await writeFile(join(session.path, 'new.txt'), 'work')
  await gitIn(session.path, 'add', 'new.txt')
  await gitIn(session.path, 'commit', '-qm', 'work')
  await change(session.path)
  const tip = await gitIn(session.path, 'rev-parse', 'HEAD')
  await here.git('merge', '-q', '--ff-only', tip)
  return { session, tip, slot }
}

describe('git settings of one worktree', () => {
  const settings: readonly (readonly [string, Change])[] = [
    ['a sparse checkout', (path) => gitIn(path, 'sparse-checkout', 'set', 'src')],
    ['a folder of hooks', (path) => gitIn(path, 'config', '--worktree', 'core.hooksPath', '/nowhere')],
    ['a reference', (path) => gitIn(path, 'update-ref', 'refs/worktree/mine', 'HEAD')],
    ['a hidden file', (path) => gitIn(path, 'update-index', '--assume-unchanged', 'readme.md')],
  ]
  beforeEach(() => here.git('config', 'extensions.worktreeConfig', 'true'))

  it.each(settings)('a slot with %s is given to nobody', async (_what, change) => {
    const slot = await fill()
    await change(slot.path)
    expect(await claimSlot(await here.spec('auth', { env: managers.env }), never)).toBeNull()
    expect((await listSlots(here.repo))[0]?.kept).toContain('settings')
    expect(await verifySlot(here.repo, slot, never)).toMatchObject({ kind: 'unclean' })
  })

  it.each(settings)('a session that leaves %s leaves no slot', async (_what, change) => {
    const { session, tip } = await landed(change)
    expect(await recycleWorkspace(session, tip, never)).toBeNull()
    expect(await loadJournal(session)).not.toBeNull()
  })

  it('that the set-up makes are part of the slot', async () => {
    const setup = ['git', 'config', '--worktree', 'core.abbrev', '12']
    const slot = await fill({ setup })
    expect(await verifySlot(here.repo, slot, never)).toMatchObject({ kind: 'current' })
    expect((await start('auth', { setup })).path).toBe(slot.path)
  })
})

describe('recycling', () => {
  it('makes dependencies anew of which a whole folder is gone', async () => {
    const setup = [process.execPath, '-e', `fs.mkdirSync('apps/web/node_modules/b',{recursive:true})`]
    await fill({ setup })
    const session = await start('auth', { setup })
    await rm(join(session.path, 'apps/web/node_modules'), { recursive: true })
    expect(await recycleWorkspace(session, session.base, never)).toMatchObject({ fingerprint: null })
  })
})

describe('submodules', () => {
  let setup: readonly string[]
  beforeEach(async () => {
    const other = join(here.top, 'other')
    await mkdir(other)
    await gitIn(other, 'init', '-q')
    await writeFile(join(other, 'a.c'), 'int a;\n')
    await gitIn(other, 'add', '.')
    await gitIn(other, 'commit', '-qm', 'first')
    const allowed = ['-c', 'protocol.file.allow=always']
    await here.git(...allowed, 'submodule', '--quiet', 'add', other, 'lib')
    await here.git('commit', '-qm', 'submodule')
    setup = ['git', ...allowed, 'submodule', '--quiet', 'update', '--init']
  })

  it('that nobody has touched come along', async () => {
    const slot = await fill({ setup })
    expect(await verifySlot(here.repo, slot, never)).toMatchObject({ kind: 'current' })
    expect((await start('auth', { setup })).path).toBe(slot.path)
    expect(await text(join(slot.path, 'lib/a.c'))).toBe('int a;\n')
  })

  it.each<[string, Change]>([
    ['a changed file', (path) => appendFile(join(path, 'lib/a.c'), 'int mine;\n')],
    ['a new file', (path) => writeFile(join(path, 'lib/b.c'), '')],
    ['a commit', (path) => gitIn(join(path, 'lib'), 'branch', 'mine')],
  ])('with %s keep a slot from every session', async (_what, change) => {
    const slot = await fill({ setup })
    await change(slot.path)
    expect(await claimSlot(await here.spec('auth', { env: managers.env, setup }), never)).toBeNull()
    expect((await listSlots(here.repo))[0]?.kept).toContain('lib')
    expect(await verifySlot(here.repo, slot, never)).toMatchObject({ kind: 'unclean' })
  })

  it('that stand in a worktree, whoever has made them, keep it from being recycled', async () => {
    const { session, tip } = await landed(async (path) => {
      await mkdir(join(path, 'lib'), { recursive: true })
      await gitIn(join(path, 'lib'), 'clone', '-q', join(here.top, 'other'), '.')
      await writeFile(join(path, 'lib/a.c'), 'int mine;\n')
    })
    expect(await recycleWorkspace(session, tip, never)).toBeNull()
  })
})

describe('marks', () => {
  it('are not taken of a slot that changes while it is looked at', async () => {
    const slot = await fill()
    // Somebody's commit, between the look at the files and the end of the look.
    const bin = join(here.top, 'shim')
    const done = join(here.top, 'done')
    const real = (await gitIn(here.top, '--exec-path')) + '/git'
    await mkdir(bin)
    await writeFile(
      join(bin, 'git'),
      `#!/bin/sh
case "$PWD $*" in
*"${slot.path} "*" status "*)
  "${real}" "$@"; code=$?
  if [ ! -e "${done}" ]; then : > "${done}"; "${real}" commit -q --allow-empty -m mine; fi
  exit $code;;
esac
exec "${real}" "$@"
`,
    )
    await chmod(join(bin, 'git'), 0o755)
    const path = process.env['PATH']
    process.env['PATH'] = `${bin}:${path}`
    try {
      expect((await verifySlot(here.repo, slot, never)).kind).not.toBe('current')
    } finally {
      process.env['PATH'] = path
    }
    const record = await loadRecord(here.repo, slot.id)
    expect(record !== null && (await marksHold(here.repo, record))).toBe(false)
    expect(await claimSlot(await here.spec('auth', { env: managers.env }), never)).toBeNull()
  })

  it('show that HEAD has moved where git keeps references in tables', async () => {
    const slot = await fill()
    const tables = join((await adminFolder(slot.path)) ?? '', 'reftable')
    await mkdir(tables)
    await writeFile(join(tables, 'tables.list'), 'one\n')
    const marks = await takeMarks(here.repo, { ...slot, coordinationFolder: '.quintet/session' })
    expect(await marksHold(here.repo, { ...slot, marks })).toBe(true)
    await writeFile(join(tables, 'tables.list.lock'), 'two\n')
    await rename(join(tables, 'tables.list.lock'), join(tables, 'tables.list'))
    expect(await marksHold(here.repo, { ...slot, marks })).toBe(false)
  })
})

it('what holds the lock of the registry has no low priority, for whoever waits', async () => {
  const priority = async (): Promise<number> => {
    const code = `process.stdin.resume(); process.stdin.on('end', () => console.log(os.getPriority()))`
    const { stdout } = await run(process.execPath, ['-e', code], { cwd: here.top, input: 'x' })
    return Number(stdout.toString('utf8').trim())
  }
  const [held, other] = await gently(async () => [await withRegistry(here.repo, priority), await priority()])
  expect(held).toBeLessThan(constants.priority.PRIORITY_LOW)
  expect(other).toBe(constants.priority.PRIORITY_LOW)
})
