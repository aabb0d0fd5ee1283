import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { ignoring } from '../../src/contract/errors.ts'
import { deleteRefs, listRefs, refValue } from '../../src/git/refs.ts'
import { gitFolder, openRepository, type Repository } from '../../src/git/repository.ts'
import { status } from '../../src/git/status.ts'
import { adminEntry, writeLock } from '../../src/git/worktree-admin.ts'
import {
  addDetachedWorktree,
  addWorktree,
  checkoutFiles,
  listWorktrees,
  lockWorktree,
  removeWorktreeEntry,
  repairWorktree,
  unlockWorktree,
  withRegistry,
  type NewWorktree,
} from '../../src/git/worktree.ts'
import { endSurvivors } from '../../src/process/marker.ts'
import { run } from '../../src/process/run.ts'
import { temporaryRepository, writeFiles, type TemporaryRepository } from '../support/repository.ts'

const FIXTURES = join(import.meta.dirname, '../fixtures/git')

interface Fixture {
  readonly repo: Repository
  readonly commit: string
  /** Where worktrees go. */
  readonly folder: string
  readonly spec: (name: string) => NewWorktree
}

async function fixture(main: TemporaryRepository): Promise<Fixture> {
  const repo = await openRepository(main.path)
  const commit = await main.git('rev-parse', 'HEAD')
  const folder = join(main.path, '..', 'trees')
  const spec = (name: string): NewWorktree => ({
    path: join(folder, name),
    branch: `quintet/${name}/work`,
    commit,
    reason: `quintet:${name}`,
  })
  return { repo, commit, folder, spec }
}

const entry = async (repo: Repository, path: string) =>
  (await listWorktrees(repo)).find((candidate) => candidate.path === path)

/** Does the same again and again until it is disposed of, also by a failure: nobody waits for a loop that goes on. */
function allTheTime(step: () => Promise<unknown>): AsyncDisposable {
  const stop = new AbortController()
  const going = (async () => {
    while (!stop.signal.aborted) await step()
  })()
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await going
    },
  }
}

test('a worktree is registered, locked, filled and clean', async () => {
  await using main = await temporaryRepository({ files: { a: '1\n', 'b c': '2\n', '.gitignore': 'x\n' } })
  const { repo, commit, spec } = await fixture(main)
  const wanted = { ...spec('one'), path: join(main.path, '..', 'with space\nand line', 'one') }
  expect(await addWorktree(repo, wanted)).toEqual({ kind: 'added' })
  const { path, branch } = wanted
  expect(await readdir(path)).toEqual(['.git'])
  await checkoutFiles(path, commit)
  expect(await status(path)).toEqual({ branch, tip: commit, entries: [] })
  expect(await entry(repo, path)).toEqual({
    path,
    head: commit,
    branch,
    bare: false,
    locked: 'quintet:one',
    prunable: null,
  })
  expect(await main.git('config', '--get-regexp', '^branch').catch(() => 'none')).toBe('none')
  expect((await listWorktrees(repo))[0]).toMatchObject({ path: main.path, branch: 'main', locked: null })
})

test('filling overwrites what differs', async () => {
  await using main = await temporaryRepository({ files: { a: '1\n', b: '1\n' } })
  const { repo, commit, spec } = await fixture(main)
  const { path } = spec('one')
  await addWorktree(repo, spec('one'))
  await writeFiles(path, { a: 'half written' })
  await checkoutFiles(path, commit)
  expect(await readFile(join(path, 'a'), 'utf8')).toBe('1\n')
  await rm(join(path, 'b'))
  await checkoutFiles(path, commit)
  expect((await status(path)).entries).toEqual([])
})

test('what stands in the way is a value and leaves nothing behind', async () => {
  await using main = await temporaryRepository()
  const { repo, commit, folder, spec } = await fixture(main)
  await addWorktree(repo, spec('one'))
  await main.git('branch', 'taken')
  const refs = await listRefs(repo, 'refs/heads/')

  expect(await addWorktree(repo, { ...spec('two'), branch: 'taken' })).toEqual({
    kind: 'branch-exists',
    commit,
  })
  expect(await addWorktree(repo, { ...spec('two'), branch: 'quintet/one/work' })).toEqual({
    kind: 'branch-checked-out',
    path: spec('one').path,
  })
  expect(await addWorktree(repo, { ...spec('two'), branch: 'main' })).toEqual({
    kind: 'branch-checked-out',
    path: main.path,
  })

  await writeFiles(folder, { 'full/file': 'x', file: 'x' })
  await mkdir(join(folder, 'empty'))
  await symlink('nowhere', join(folder, 'link'))
  for (const name of ['full', 'file', 'link']) {
    expect([name, await addWorktree(repo, spec(name))]).toEqual([name, { kind: 'path-taken', why: 'exists' }])
  }
  await rename(spec('one').path, join(folder, 'away'))
  expect(await addWorktree(repo, { ...spec('two'), path: spec('one').path })).toEqual({
    kind: 'path-taken',
    why: 'registered',
  })
  expect(await listRefs(repo, 'refs/heads/')).toEqual(refs)
  expect(await listWorktrees(repo)).toHaveLength(2)

  expect(await addWorktree(repo, spec('empty'))).toEqual({ kind: 'added' })
})

test('a failure for another reason is thrown, and no branch stays', async () => {
  await using main = await temporaryRepository()
  const { repo, spec } = await fixture(main)
  await expect(addWorktree(repo, { ...spec('one'), commit: 'f'.repeat(40) })).rejects.toMatchObject({
    code: 'E_GIT',
  })
  await expect(addWorktree(repo, { ...spec('one'), branch: 'a..b' })).rejects.toMatchObject({ code: 'E_GIT' })
  await expect(addWorktree(repo, { ...spec('one'), path: '/proc/nope/tree' })).rejects.toMatchObject({
    code: 'E_GIT',
  })
  expect(await listRefs(repo, 'refs/heads/')).toHaveLength(1)
  expect(await listWorktrees(repo)).toHaveLength(1)
})

test('a branch whose name is the folder of another is refused by name', async () => {
  await using main = await temporaryRepository()
  const { repo, spec } = await fixture(main)
  await main.git('branch', 'quintet/one')
  await expect(addWorktree(repo, spec('one'))).rejects.toMatchObject({
    code: 'E_BRANCH_BLOCKED',
    message: expect.stringContaining('beside the branch quintet/one:'),
    hints: [{ command: 'git branch -m quintet/one <new name>' }],
  })
  await main.git('branch', 'quintet/two/work/deeper')
  await expect(addWorktree(repo, spec('two'))).rejects.toMatchObject({
    message: expect.stringContaining('beside the branch quintet/two/work/deeper:'),
  })
})

test('an entry is struck off only when its folder is gone and the lock is ours', async () => {
  await using main = await temporaryRepository()
  const { repo, folder, spec } = await fixture(main)
  const { path } = spec('one')
  await addWorktree(repo, spec('one'))
  const ours = { path, reason: 'quintet:one' }
  expect(await removeWorktreeEntry(repo, ours)).toEqual({ kind: 'folder-present' })
  await rename(path, join(folder, 'away'))
  expect(await removeWorktreeEntry(repo, { path, reason: 'quintet:two' })).toEqual({
    kind: 'locked',
    reason: 'quintet:one',
  })
  expect(await removeWorktreeEntry(repo, ours)).toEqual({ kind: 'removed' })
  expect(await removeWorktreeEntry(repo, ours)).toEqual({ kind: 'absent' })
  expect(await refValue(repo, 'refs/heads/quintet/one/work')).not.toBeNull()
  expect(await readdir(join(folder, 'away'))).toEqual(['.git'])
})

test('an entry that a killed git left initializing can be struck off', async () => {
  await using main = await temporaryRepository()
  const { repo, folder, spec } = await fixture(main)
  const { path } = spec('one')
  await main.git('worktree', 'add', '-q', '-b', 'x', path)
  await main.git('worktree', 'lock', '--reason', 'initializing', path)
  await rename(path, join(folder, 'away'))
  expect(await removeWorktreeEntry(repo, { path, reason: 'initializing' })).toEqual({ kind: 'removed' })
  expect(await listWorktrees(repo)).toHaveLength(1)
})

test('locks change hands by their reasons', async () => {
  await using main = await temporaryRepository()
  const { repo, spec } = await fixture(main)
  const { path } = spec('one')
  await addWorktree(repo, spec('one'))
  const locked = async (): Promise<string | null | undefined> => (await entry(repo, path))?.locked
  expect(await lockWorktree(repo, { path, reason: 'quintet:one' })).toEqual({ kind: 'locked' })
  expect(await lockWorktree(repo, { path, reason: 'mine' })).toEqual({ kind: 'held', reason: 'quintet:one' })
  expect(await lockWorktree(repo, { path, reason: 'quintet:one:2', replacing: 'quintet:one' })).toEqual({
    kind: 'locked',
  })
  expect(await locked()).toBe('quintet:one:2')
  expect(await unlockWorktree(repo, { path, reason: 'mine' })).toEqual({
    kind: 'held',
    reason: 'quintet:one:2',
  })
  expect(await unlockWorktree(repo, { path, reason: 'quintet:' })).toEqual({ kind: 'unlocked' })
  expect(await unlockWorktree(repo, { path, reason: 'quintet:' })).toEqual({ kind: 'unlocked' })
  expect(await locked()).toBeNull()
  expect(await lockWorktree(repo, { path, reason: 'a reason\nin lines' })).toEqual({ kind: 'locked' })
  expect(await locked()).toBe('a reason\nin lines')
  for (const change of [lockWorktree, unlockWorktree]) {
    expect(await change(repo, { path: join(path, 'no'), reason: 'x' })).toEqual({ kind: 'absent' })
  }
})

test('moved worktrees are reconnected, and those of a moved repository', async () => {
  await using main = await temporaryRepository()
  const { repo, commit, folder, spec } = await fixture(main)
  const moved = join(folder, 'moved')
  await addWorktree(repo, spec('one'))
  await addWorktree(repo, spec('two'))
  await checkoutFiles(spec('one').path, commit)
  await rename(spec('one').path, moved)
  expect(await repairWorktree(repo, moved)).toBe(true)
  expect(await entry(repo, moved)).toMatchObject({ branch: 'quintet/one/work', locked: 'quintet:one' })
  expect(await repairWorktree(repo, join(folder, 'nothing'))).toBe(false)

  const elsewhere = join(main.path, '..', 'elsewhere')
  await rename(main.path, elsewhere)
  await expect(gitFolder(moved)).rejects.toMatchObject({ code: 'E_GIT' })
  const there = await openRepository(elsewhere)
  expect(await repairWorktree(there, moved)).toBe(true)
  expect((await openRepository(moved)).root).toBe(elsewhere)
  expect(await status(moved)).toMatchObject({ branch: 'quintet/one/work', entries: [] })
  expect((await openRepository(spec('two').path)).root).toBe(elsewhere)
})

test('24 at once from six processes: every addition and removal succeeds', async () => {
  await using main = await temporaryRepository({
    files: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, 'x'])),
  })
  const { repo, folder } = await fixture(main)
  await mkdir(folder)
  const results = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      run(
        process.execPath,
        [join(FIXTURES, 'registry-worker.ts'), main.path, folder, `w${index}`, '4', '1'],
        { cwd: '/' },
      ),
    ),
  )
  for (const { stdout, stderr, exitCode } of results) {
    expect([exitCode, stderr.toString()]).toEqual([0, ''])
    const counts = Map.groupBy(JSON.parse(stdout.toString()), String)
    expect([...counts].map(([kind, all]) => [kind, all.length])).toEqual([
      ['added', 4],
      ['listed', 4],
      ['removed', 4],
      ['deleted', 4],
    ])
  }
  expect(await listWorktrees(repo)).toHaveLength(1)
  expect(await listRefs(repo, 'refs/heads/')).toHaveLength(1)
  expect(await readdir(join(main.path, '.git/worktrees')).catch(() => [])).toEqual([])
}, 60_000)

test('of many who want one branch or one path, one gets it', async () => {
  await using main = await temporaryRepository()
  const { repo, spec } = await fixture(main)
  const sameBranch = await Promise.all(
    [1, 2, 3, 4].map((id) => addWorktree(repo, { ...spec('b'), path: spec(`b${id}`).path })),
  )
  expect(sameBranch.map(({ kind }) => kind).sort()).toEqual(['added', ...Array(3).fill('branch-checked-out')])
  const samePath = await Promise.all(
    [1, 2, 3, 4].map((id) => addWorktree(repo, { ...spec('p'), branch: `q/p${id}` })),
  )
  expect(samePath.map(({ kind }) => kind).sort()).toEqual(['added', ...Array(3).fill('path-taken')])
  expect(await listRefs(repo, 'refs/heads/q/')).toHaveLength(1)
})

test('entries that a killed git left half written do not block the registry', async () => {
  await using main = await temporaryRepository()
  const { repo, folder, spec } = await fixture(main)
  await addWorktree(repo, spec('one'))
  await addWorktree(repo, spec('two'))
  await writeFile(join(main.path, '.git/worktrees/one/commondir'), '')
  await rm(join(main.path, '.git/worktrees/two/HEAD'))
  await expect(main.git('worktree', 'list')).rejects.toMatchObject({ code: 128 })
  expect((await listWorktrees(repo)).map(({ path }) => path)).toEqual([
    main.path,
    spec('one').path,
    spec('two').path,
  ])
  expect(await readFile(join(main.path, '.git/worktrees/one/commondir'), 'utf8')).toBe('../..\n')
  await writeFile(join(main.path, '.git/worktrees/one/commondir'), '')
  expect(await addWorktree(repo, spec('three'))).toEqual({ kind: 'added' })
  for (const name of ['one', 'two']) {
    await rename(spec(name).path, join(folder, `away-${name}`))
    expect(await removeWorktreeEntry(repo, { path: spec(name).path, reason: 'quintet' })).toEqual({
      kind: 'removed',
    })
  }
})

test('an adder killed together with its git leaves a registry that works', async () => {
  await using main = await temporaryRepository()
  const { repo, commit, folder, spec } = await fixture(main)
  for (let round = 0; round < 5; round += 1) {
    const mark = `adder-${process.pid}/${round}`
    const trees = join(folder, String(round))
    const adder = spawn(process.execPath, [join(FIXTURES, 'add-worktrees.ts'), main.path, trees], {
      env: { ...process.env, QUINTET_SESSION: mark },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(adder.stdout, 'data')
    await new Promise((resolve) => setTimeout(resolve, round * 2))
    await endSurvivors(mark, 0)

    const entries = await listWorktrees(repo)
    for (const found of entries.filter(({ path }) => path.startsWith(`${trees}/`))) {
      await ignoring(['ENOENT'], rename(found.path, join(folder, `trash-${round}-${basename(found.path)}`)))
      const outcome = await removeWorktreeEntry(repo, { path: found.path, reason: 'test' })
      expect(outcome).toEqual({ kind: 'removed' })
    }
    const left = (await listRefs(repo, 'refs/heads/quintet/')).filter(
      ({ ref }) => /\d+\/work$/.test(ref) && !ref.includes('after'),
    )
    await deleteRefs(
      repo,
      left.map(({ ref }) => ({ ref, expected: commit })),
    )
    expect(await addWorktree(repo, spec(`after-${round}`))).toEqual({ kind: 'added' })
    await checkoutFiles(spec(`after-${round}`).path, commit)
  }
}, 60_000)

test('the registry is waited for, not longer than wanted', async () => {
  await using main = await temporaryRepository()
  const { repo, spec } = await fixture(main)
  const release = Promise.withResolvers<void>()
  const holding = withRegistry(repo, () => release.promise)
  const adding = addWorktree(repo, spec('one'), { signal: AbortSignal.timeout(50) })
  await expect(adding).rejects.toMatchObject({ name: 'TimeoutError' })
  const later = addWorktree(repo, spec('two'))
  release.resolve()
  await holding
  expect(await later).toEqual({ kind: 'added' })
  await writeFile(join(spec('two').path, 'x'), '')
})

test.each([
  ['path', ['added', ...Array(49).fill('path-taken')]],
  ['branch', ['added', ...Array(49).fill('branch-checked-out')]],
])(
  'of fifty in five processes that want one %s at once, one gets it',
  async (what, expected) => {
    await using main = await temporaryRepository()
    const { repo, folder } = await fixture(main)
    await main.git('branch', 'wanted')
    const results = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        run(process.execPath, [join(FIXTURES, 'add-same.ts'), main.path, folder, what, `w${index}`, '10'], {
          cwd: '/',
        }),
      ),
    )
    const kinds = results.flatMap(({ stdout, stderr, exitCode }): string[] => {
      expect([exitCode, stderr.toString()]).toEqual([0, ''])
      return JSON.parse(stdout.toString())
    })
    expect(kinds.sort()).toEqual(expected)
    expect(await listWorktrees(repo)).toHaveLength(2)
    expect(await listRefs(repo, 'refs/heads/quintet/')).toHaveLength(what === 'path' ? 1 : 0)
  },
  60_000,
)

test('beside a tool that prunes all the time every addition stays', async () => {
  await using main = await temporaryRepository()
  const { repo, commit, folder, spec } = await fixture(main)
  const prune = () => main.git('worktree', 'prune', '--expire=now').catch(() => 'it met half an entry')
  const slot = (n: number) => ({ path: join(folder, `slot-${n}`), commit, reason: `pool:${n}` })
  const numbers = Array.from({ length: 12 }, (_, n) => n)
  {
    await using _pruning = allTheTime(prune)
    await Promise.all([
      ...numbers.map(async (n) => expect(await addWorktree(repo, spec(`s${n}`))).toEqual({ kind: 'added' })),
      ...numbers.map((n) => addDetachedWorktree(repo, slot(n))),
    ])
  }
  expect(await listWorktrees(repo)).toHaveLength(1 + 24)
}, 60_000)

test('an entry that is renamed away takes nothing with it that others need', async () => {
  await using main = await temporaryRepository()
  const { repo, folder, spec } = await fixture(main)
  for (const name of ['one', 'two']) await addWorktree(repo, spec(name))
  for (const name of ['one', 'two']) {
    const { path } = spec(name)
    await rename(path, join(folder, `away-${name}`))
    const away = (entryFolder: string) => rename(entryFolder, join(folder, `entry-${name}`))
    expect(await removeWorktreeEntry(repo, { path, reason: 'quintet', away })).toEqual({ kind: 'removed' })
    expect(await main.git('worktree', 'list')).not.toContain(path)
  }
  expect(await ignoring(['ENOENT'], readdir(join(main.path, '.git/worktrees')))).toBeUndefined()
  expect(await main.git('fsck', '--connectivity-only', '--no-dangling')).toBe('')
  expect(await addWorktree(repo, { ...spec('three'), path: spec('one').path })).toEqual({ kind: 'added' })
})

test('a lock changes its reason without a moment in which there is none', async () => {
  await using main = await temporaryRepository()
  const { repo, spec } = await fixture(main)
  const { path } = spec('one')
  await addWorktree(repo, spec('one'))
  const found = await adminEntry(repo, path)
  if (found === null) throw new Error('There is no entry.')
  let missing = 0
  {
    await using _watching = allTheTime(async () => {
      if ((await readFile(join(found.folder, 'locked'), 'utf8').catch(() => '')) === '') missing += 1
    })
    for (let n = 0; n < 200; n += 1) await writeLock(found, `quintet:one ${n}`)
  }
  expect(missing).toBe(0)
  expect((await entry(repo, path))?.locked).toBe('quintet:one 199')
})
