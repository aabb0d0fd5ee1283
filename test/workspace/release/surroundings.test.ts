import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync, watch } from 'node:fs'
import {
  chmod,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openRepository, stateFolder } from '../../../src/git/repository.ts'
import { listWorktrees } from '../../../src/git/worktree.ts'
import { emptyTrash } from '../../../src/store/trash.ts'
import { prepareWorkspace } from '../../../src/workspace/prepare.ts'
import { releaseWorkspace, type ReleaseOutcome } from '../../../src/workspace/release.ts'
import type { WorkspaceSpec } from '../../../src/workspace/spec.ts'
import { gitIn, writeFiles } from '../../support/repository.ts'
import { ground, type Ground } from '../sessions.ts'

let here: Ground
let spec: WorkspaceSpec
const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )
const keep = { mode: 'keep-work' } as const

beforeEach(async () => {
  here = await ground({ 'readme.md': 'hello\n', '.gitignore': 'node_modules\n' })
  spec = await here.spec('auth')
  await prepareWorkspace(spec, new AbortController().signal)
})
afterEach(() => here[Symbol.asyncDispose]())

const show = (ref: string, path: string) => here.git('show', `${ref}:${path}`)

function removed(outcome: ReleaseOutcome): Extract<ReleaseOutcome, { kind: 'removed' }> {
  if (outcome.kind !== 'removed') throw new Error(JSON.stringify(outcome))
  return outcome
}

describe('another place', () => {
  const shm = '/dev/shm'
  const elsewhere = existsSync(shm) && statSync(shm).dev !== statSync(tmpdir()).dev

  it.skipIf(!elsewhere)('on another file system goes to a trash beside it', async () => {
    const folder = await mkdtemp(join(shm, 'quintet-test-'))
    const other = await here.spec('api', { path: join(folder, 'api') })
    await prepareWorkspace(other, new AbortController().signal)
    const file = await open(join(other.path, 'readme.md'), 'r+')
    await file.write('changed')
    const { backup = '' } = removed(await releaseWorkspace(other, keep))
    expect(await show(backup, 'readme.md')).toBe('changed')
    await file.write(' late')
    await file.close()
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^\.quintet-trash-/)])
    expect(await emptyTrash(here.repo)).toEqual([])
    expect(await readdir(folder)).toEqual([])
    const kept = join(stateFolder(here.repo), 'kept/r-1/api')
    const [late = ''] = await readdir(kept)
    expect(await readFile(join(kept, late, 'readme.md'), 'utf8')).toBe('changed late')
    await rm(folder, { recursive: true })
  })

  it('of the whole repository is found, and nothing is lost', async () => {
    await gitIn(spec.path, 'commit', '-q', '--allow-empty', '-m', 'work')
    const tip = await gitIn(spec.path, 'rev-parse', 'HEAD')
    await writeFile(join(spec.path, 'readme.md'), 'changed')
    const moved = join(here.top, 'moved')
    await rename(here.repo.root, moved)
    const repo = await openRepository(moved)
    const { backup = '' } = removed(await releaseWorkspace({ ...spec, repo }, { mode: 'landed', tip }))
    expect(await gitIn(moved, 'show', `${backup}:readme.md`)).toBe('changed')
    expect((await listWorktrees(repo)).length).toBe(1)
    await rename(moved, here.repo.root)
  })

  it('of the worktree outlives `git clean -ffdx` in the main one; inside of it, the commits do', async () => {
    const inside = await here.spec('api', { path: join(here.repo.root, '.trees', 'r-1', 'api') })
    await prepareWorkspace(inside, new AbortController().signal)
    await gitIn(inside.path, 'commit', '-q', '--allow-empty', '-m', 'work')
    const tip = await gitIn(inside.path, 'rev-parse', 'HEAD')
    await writeFile(join(spec.path, 'new.txt'), 'mine')
    await here.git('clean', '-ffdxq')
    expect(await readFile(join(spec.path, 'new.txt'), 'utf8')).toBe('mine')
    expect(await exists(inside.path)).toBe(false)
    await prepareWorkspace(inside, new AbortController().signal)
    expect(await gitIn(inside.path, 'rev-parse', 'HEAD')).toBe(tip)
    expect(removed(await releaseWorkspace(inside, keep)).notes).toEqual([])
  })
})

it('stops the monitor of the files before the worktree goes', async () => {
  const admin = await gitIn(spec.path, 'rev-parse', '--absolute-git-dir')
  await writeFile(join(admin, 'fsmonitor--daemon.ipc'), '')
  const bin = join(here.top, 'bin')
  const called = join(here.top, 'called')
  const git = (await gitIn(here.top, '--exec-path')) + '/git'
  const script = `#!/bin/sh\ncase "$*" in *fsmonitor--daemon*) pwd >> ${called} ;; esac\nexec ${git} "$@"\n`
  await writeFiles(bin, { git: script })
  await chmod(join(bin, 'git'), 0o755)
  const before = process.env['PATH']
  process.env['PATH'] = `${bin}:${before ?? ''}`
  try {
    removed(await releaseWorkspace(spec, keep))
  } finally {
    process.env['PATH'] = before
  }
  expect(await readFile(called, 'utf8')).toBe(`${spec.path}\n`)
})

describe('a submodule', () => {
  let admin: string
  let library: string

  beforeEach(async () => {
    admin = await gitIn(spec.path, 'rev-parse', '--absolute-git-dir')
    library = join(here.top, 'library')
    await mkdir(library)
    await gitIn(library, 'init', '--quiet')
    await gitIn(library, 'commit', '--quiet', '--allow-empty', '-m', 'x')
    await gitIn(library, 'commit', '--quiet', '--allow-empty', '-m', 'y')
  })

  /** As `git submodule add` leaves it that fails before the checkout. */
  const cloned = async (name: string): Promise<string> => {
    const module = join(admin, 'modules', name)
    await mkdir(join(module, '..'), { recursive: true })
    await gitIn(here.top, 'clone', '--quiet', '--no-checkout', '--separate-git-dir', module, library, 'seen')
    await rm(join(here.top, 'seen'), { recursive: true })
    await rm(join(module, 'index'), { force: true })
    return module
  }

  it('that is empty, half made, or the same as its remote goes with the worktree', async () => {
    await mkdir(join(admin, 'modules/src/empty'), { recursive: true })
    await gitIn(here.top, 'init', '--quiet', '--bare', join(admin, 'modules/src/new'))
    const module = await cloned('src/lib')
    await gitIn(module, 'update-ref', '--no-deref', 'HEAD', 'HEAD~1')
    await gitIn(module, 'pack-refs', '--all')
    expect(await releaseWorkspace(spec, keep)).toMatchObject({ kind: 'removed' })
    expect(await exists(spec.path)).toBe(false)
    expect(await listWorktrees(here.repo)).toHaveLength(1)
  })

  it.each(['a branch', 'a detached HEAD', 'a packed branch', 'a reference that is no file'])(
    'with a commit of its own on %s keeps it, and says what to do',
    async (where) => {
      const module = await cloned('src/lib')
      const tree = await gitIn(module, 'rev-parse', 'HEAD^{tree}')
      const own = await gitIn(module, 'commit-tree', tree, '-p', 'HEAD', '-m', 'own')
      if (where === 'a detached HEAD') await gitIn(module, 'update-ref', '--no-deref', 'HEAD', own)
      else if (where.endsWith('branch')) await gitIn(module, 'update-ref', 'refs/heads/own', own)
      else await symlink('/dev/zero', join(module, 'refs/heads/own'))
      if (where === 'a packed branch') await gitIn(module, 'pack-refs', '--all')
      const found = await releaseWorkspace(spec, keep)
      expect(found).toMatchObject({
        kind: 'kept',
        reason: expect.stringContaining(': src/lib. Set them aside'),
      })
      const command = found.kind === 'kept' ? (/with: (cp .*); then/.exec(found.reason)?.[1] ?? '') : ''
      await once(spawn('sh', ['-c', command]), 'close')
      expect(await releaseWorkspace(spec, keep)).toMatchObject({ kind: 'removed' })
      expect(await gitIn(`${spec.path}.kept/.modules/src/lib`, 'rev-parse', `${own}^{commit}`)).toBe(own)
    },
  )

  it('that is checked out is set aside with its changes by that command', async () => {
    await gitIn(spec.path, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library, 'lib')
    await writeFile(join(spec.path, 'lib/new'), 'x')
    const found = await releaseWorkspace(spec, keep)
    expect(found).toMatchObject({ kind: 'kept', reason: expect.stringContaining(': lib. Set them aside') })
    const command = found.kind === 'kept' ? (/with: (cp .*); then/.exec(found.reason)?.[1] ?? '') : ''
    await once(spawn('sh', ['-c', command]), 'close')
    expect(await releaseWorkspace(spec, keep)).toMatchObject({ kind: 'removed' })
    expect(await readFile(`${spec.path}.kept/lib/new`, 'utf8')).toBe('x')
  })

  it('runs nothing that its configuration says', async () => {
    const module = await cloned('lib')
    const mark = join(here.top, 'ran')
    for (const key of ['core.fsmonitor', 'core.alternateRefsCommand', 'remote.origin.uploadpack'])
      await gitIn(module, 'config', key, `touch ${mark}; false`)
    await gitIn(module, 'config', 'remote.origin.promisor', 'true')
    await writeFile(join(module, 'refs/heads/own'), `${'1'.repeat(40)}\n`)
    expect((await releaseWorkspace(spec, keep)).kind).toBe('kept')
    expect(await exists(mark)).toBe(false)
  })
})

it('keeps what is written into an open file after the worktree went', async () => {
  const file = await open(join(spec.path, 'readme.md'), 'a')
  await file.write('before\n')
  const { backup = '' } = removed(await releaseWorkspace(spec, keep))
  expect(await show(backup, 'readme.md')).toBe('hello\nbefore')
  await file.write('after\n')
  await file.close()
  expect(await emptyTrash(here.repo)).toEqual([])
  const kept = join(stateFolder(here.repo), 'kept/r-1/auth')
  const [late = ''] = await readdir(kept)
  expect(await readdir(join(kept, late))).toEqual(['readme.md'])
  expect(await readFile(join(kept, late, 'readme.md'), 'utf8')).toBe('hello\nbefore\nafter\n')
  expect(await readdir(join(stateFolder(here.repo), 'trash'))).toEqual([])
})

it('keeps it also when the trash is emptied by somebody else at the same moment', async () => {
  const trash = join(stateFolder(here.repo), 'trash')
  await mkdir(trash, { recursive: true })
  const names: string[] = []
  const watcher = watch(trash, (_, name) => names.push(name ?? ''))
  try {
    removed(await releaseWorkspace(spec, keep))
    const entry = () => names.findIndex((name) => /^[0-9a-f]{16}$/.test(name))
    while (entry() < 0) await once(watcher, 'change')
    expect(names.slice(0, entry()).some((name) => name.endsWith('.late'))).toBe(true)
  } finally {
    watcher.close()
  }
})

it('keeps nothing when nobody has written', async () => {
  removed(await releaseWorkspace(spec, keep))
  expect(await emptyTrash(here.repo)).toEqual([])
  expect(await exists(join(stateFolder(here.repo), 'kept'))).toBe(false)
})
