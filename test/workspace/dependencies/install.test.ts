import {
  link,
  lstat,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../../../src/process/run.ts'
import {
  installDependencies,
  reinstallIfNeeded,
  type InstallRequest,
} from '../../../src/workspace/dependencies/install.ts'
import { trashEntries } from '../../../src/store/trash.ts'
import { gitIn, writeFiles } from '../../support/repository.ts'
import { fakeManagers, ground, type FakeManagers, type Ground } from '../sessions.ts'

let here: Ground
let fake: FakeManagers
let worktree: string
let request: InstallRequest
const text = (path: string) => readFile(join(worktree, path), 'utf8')
const exists = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  )

const packages = (version: string, more: object = {}) =>
  JSON.stringify({
    lockfileVersion: 3,
    packages: {
      '': { name: 'shop' },
      'node_modules/a': { version },
      'node_modules/b': { version: '2.0.0' },
      ...more,
    },
  })
const own = {
  'node_modules/own': { resolved: 'packages/own', link: true },
  'packages/own': { version: '0.0.1' },
}

/** A repository with the files of `tree`, its main worktree installed, and a linked worktree without dependencies. */
async function setUp(tree: Record<string, string>, install: 'installed' | 'not installed' = 'installed') {
  here = await ground({ '.gitignore': 'node_modules\n', ...tree })
  fake = await fakeManagers(here.top)
  if (install === 'installed') await installMain('npm')
  worktree = join(here.top, 'work')
  await here.git('worktree', 'add', '-q', '-b', 'work', worktree)
  request = {
    repo: here.repo,
    cwd: worktree,
    env: fake.env,
    log: join(here.top, 'logs/install.log'),
    signal: new AbortController().signal,
  }
}

async function installMain(manager: string, dir = '.') {
  const result = await run(manager, ['install-main'], { cwd: join(here.repo.root, dir), env: fake.env })
  expect(result.exitCode).toBe(0)
}
const callsHere = async () => (await fake.calls()).filter((line) => !line.includes('install-main'))

afterEach(() => here[Symbol.asyncDispose]())

describe('a copy', () => {
  beforeEach(async () => {
    const manifest = JSON.stringify({ name: 'shop', workspaces: ['packages/*'], dependencies: { a: '1' } })
    await setUp({
      'package.json': manifest,
      'package-lock.json': packages('1.0.0', own),
      'packages/own/package.json': '{"name":"own"}',
      'packages/own/index.js': 'module.exports = __filename',
      'examples/app/package.json': '{"name":"app","dependencies":{"my-lib":"file:../../packages/own"}}',
      'apps/mobile/patches/a.patch': 'version 1',
    })
  })
  const main = (path: string) => join(here.repo.root, path)
  const log = () => readFile(request.log, 'utf8')

  it('is made when the main worktree has just what the lock file names', async () => {
    const old = new Date('2020-01-02T03:04:05Z')
    await utimes(join(here.repo.root, 'node_modules/a/package.json'), old, old)
    const { how, fingerprint } = await installDependencies(request)
    expect([how, await callsHere()]).toEqual(['copied', []])
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/)
    const [mine, theirs] = await Promise.all(
      [worktree, here.repo.root].map((root) => stat(join(root, 'node_modules/a/package.json'))),
    )
    expect([mine?.mtime, mine?.nlink, mine?.ino === theirs?.ino]).toEqual([old, 1, false])
    expect(await gitIn(worktree, 'status', '--porcelain')).toBe('')
  })

  it('resolves packages of the workspace inside the worktree', async () => {
    await installDependencies(request)
    expect(await readlink(join(worktree, 'node_modules/own'))).toBe('../packages/own')
    const { stdout } = await run(process.execPath, ['-p', 'require("own")'], { cwd: worktree })
    expect(stdout.toString().trim()).toBe(join(worktree, 'packages/own/index.js'))
  })

  it('takes nested folders along, and leaves behind caches and what no workspace owns', async () => {
    const list = main('node_modules/.package-lock.json')
    await writeFiles(here.repo.root, {
      'packages/own/node_modules/c/index.js': 'c',
      'packages/gone/node_modules/d/index.js': 'd',
      'examples/app/node_modules/my-lib/index.js': 'packed from another commit',
      'node_modules/.cache/tool/x': 'x',
      'node_modules/.vite/deps/x': 'x',
    })
    const lock = packages('1.0.0', { ...own, 'packages/own/node_modules/c': { version: '3.0.0' } })
    for (const root of [here.repo.root, worktree]) await writeFiles(root, { 'package-lock.json': lock })
    const { '': _, ...listed } = JSON.parse(lock).packages
    await writeFile(list, JSON.stringify({ packages: listed }))
    expect((await installDependencies(request)).how).toBe('copied')
    expect(await text('packages/own/node_modules/c/index.js')).toBe('c')
    expect(await exists(join(worktree, 'examples/app/node_modules'))).toBe(false)
    expect(await log()).toContain('examples/app/node_modules belongs to no package of the lock file')
    expect(await readdir(join(worktree, 'node_modules'))).toEqual(['.package-lock.json', 'a', 'b', 'own'])
    expect(await exists(join(worktree, 'packages/gone'))).toBe(false)
  })

  it('does not touch tracked files inside node_modules', async () => {
    await writeFiles(worktree, { 'fixture/node_modules/x/index.js': 'tracked' })
    await gitIn(worktree, 'add', '--force', 'fixture')
    await gitIn(worktree, 'commit', '-qm', 'fixture')
    await writeFiles(worktree, { 'fixture/node_modules/y/index.js': 'ignored' })
    await installDependencies(request)
    expect(await gitIn(worktree, 'status', '--porcelain')).toBe('')
    expect(await text('fixture/node_modules/x/index.js')).toBe('tracked')
  })

  it('replaces what an attempt that was cut off has left', async () => {
    await writeFiles(worktree, { 'node_modules/half/index.js': '' })
    expect((await installDependencies(request)).how).toBe('copied')
    expect(await exists(join(worktree, 'node_modules/half'))).toBe(false)
    expect(await exists(join(worktree, 'node_modules/a'))).toBe(true)
    expect(await trashEntries(here.repo)).toHaveLength(1)
  })

  it('has files of its own where those of the main worktree are hard links of each other', async () => {
    await link(main('node_modules/a/package.json'), main('node_modules/b/LICENSE'))
    await writeFile(
      main('node_modules/.package-lock.json'),
      await readFile(main('node_modules/.package-lock.json')),
    )
    expect((await installDependencies(request)).how).toBe('copied')
    expect((await stat(join(worktree, 'node_modules/b/LICENSE'))).nlink).toBe(1)
  })

  const future = new Date(Date.now() + 3_600_000)
  it.each([
    [
      'a package that has changed since npm was done',
      async () => utimes(main('node_modules/a'), future, future),
      'node_modules/a of the main worktree has changed',
    ],
    [
      'a patch that has changed since npm was done',
      async () => utimes(main('apps/mobile/patches/a.patch'), future, future),
      'apps/mobile/patches/a.patch of the main worktree has changed',
    ],
    [
      'a package that npm knows nothing of',
      async () => {
        await writeFiles(here.repo.root, { 'node_modules/x/index.js': '' })
        await utimes(main('node_modules/.package-lock.json'), future, future)
      },
      'node_modules/x of the main worktree is not what npm has installed',
    ],
    [
      'something generated beside the packages',
      async () => writeFiles(here.repo.root, { 'node_modules/.prisma/client.js': '' }),
      'nothing tells what node_modules/.prisma',
    ],
    [
      'an absolute link of which the name is no text',
      async () =>
        symlink('/elsewhere', Buffer.concat([Buffer.from(main('node_modules/.bin-')), Buffer.from([0xff])])),
      '.bin-',
    ],
  ])('is not made when the main worktree has %s', async (_, change, why) => {
    await change()
    expect((await installDependencies(request)).how).toBe('installed')
    expect(await log()).toContain(why)
  })

  it('is not made when a setting was deleted since npm was done', async () => {
    await writeFiles(here.repo.root, { '.npmrc': 'omit=optional' })
    await here.git('add', '.npmrc')
    await here.git('commit', '-qm', 'settings')
    const done = new Date(Date.now() + 60_000)
    await utimes(main('node_modules/.package-lock.json'), done, done)
    const date = `@${Math.floor(done.getTime() / 1_000) + 60} +0000`
    const env = { GIT_COMMITTER_DATE: date }
    await run('git', ['rm', '-q', '.npmrc'], { cwd: here.repo.root })
    await run('git', ['commit', '-qm', 'none'], { cwd: here.repo.root, env })
    expect((await installDependencies(request)).how).toBe('installed')
    expect(await log()).toContain('.npmrc was deleted in the main worktree')
  })

  it.each([
    [
      'a link to a place outside',
      async () => symlink('../../elsewhere', join(here.repo.root, 'node_modules/out')),
    ],
    [
      'an absolute link',
      async () => symlink(join(here.repo.root, 'packages/own'), join(here.repo.root, 'node_modules/abs')),
    ],
    [
      'another version than the lock file',
      async () => {
        const file = join(here.repo.root, 'node_modules/.package-lock.json')
        await writeFile(file, (await readFile(file, 'utf8')).replace('1.0.0', '0.9.0'))
      },
    ],
    ['no dependencies', async () => rm(join(here.repo.root, 'node_modules'), { recursive: true })],
    [
      'another lock file',
      async () => writeFile(join(here.repo.root, 'package-lock.json'), packages('3.0.0', own)),
    ],
    [
      'other settings',
      async () => {
        await writeFile(join(here.repo.root, '.npmrc'), 'omit=optional')
        await here.git('add', '.npmrc')
      },
    ],
  ])('is not made when the main worktree has %s', async (_, change) => {
    await change()
    const { how } = await installDependencies(request)
    expect([how, await callsHere()]).toEqual(['installed', ['npm ci --prefer-offline --no-audit --no-fund']])
    expect(JSON.parse(await text('node_modules/a/package.json'))).toMatchObject({ version: '1.0.0' })
    expect(await readlink(join(worktree, 'node_modules/own'))).toBe('../packages/own')
  })
})

describe('an install', () => {
  const manifest = '{"name":"shop","dependencies":{"a":"1"}}'

  it('tells what failed and keeps the log', async () => {
    await setUp(
      { 'package.json': manifest, 'package-lock.json': packages('1.0.0'), 'fail-install': '' },
      'not installed',
    )
    await expect(installDependencies(request)).rejects.toMatchObject({
      code: 'E_INSTALL_FAILED',
      kind: 'environment',
      details: { exitCode: 7, tail: 'the registry is on fire\n' },
    })
    expect(await readFile(request.log, 'utf8')).toContain('$ npm ci')
  })

  it('is left to a manager with a store of its own', async () => {
    await setUp({ 'package.json': manifest, 'pnpm-lock.yaml': '', 'uv.lock': '' })
    await writeFiles(here.repo.root, { 'node_modules/.modules.yaml': '' })
    expect((await installDependencies(request)).how).toBe('installed')
    expect(new Set(await callsHere())).toEqual(
      new Set(['pnpm install --frozen-lockfile --prefer-offline', 'uv sync --frozen']),
    )
  })

  it('serves a folder below the root where the main worktree has one, and no test data', async () => {
    await setUp(
      {
        'web/package.json': manifest,
        'web/package-lock.json': packages('1.0.0'),
        'test/data/package.json': manifest,
        'test/data/package-lock.json': packages('1.0.0'),
      },
      'not installed',
    )
    await installMain('npm', 'web')
    expect((await installDependencies(request)).how).toBe('copied')
    expect(await exists(join(worktree, 'web/node_modules/a'))).toBe(true)
    expect(await exists(join(worktree, 'test/data/node_modules'))).toBe(false)
  })

  it('is not needed without dependencies', async () => {
    await setUp({ 'package.json': '{"name":"shop","scripts":{"test":"node --test"}}' }, 'not installed')
    await writeFiles(worktree, { 'docs/node_modules/x/index.js': 'made by hand' })
    expect((await installDependencies(request)).how).toBe('nothing')
    expect(await callsHere()).toEqual([])
    expect(await exists(join(worktree, 'docs/node_modules/x'))).toBe(true)
  })

  it('is made without a lock file: what is there may be an older version', async () => {
    await setUp({ 'package.json': manifest })
    expect((await installDependencies(request)).how).toBe('installed')
  })

  it('is made where the repository has scripts of its own to run', async () => {
    const scripts = (line: object) => JSON.stringify({ ...JSON.parse(manifest), scripts: line })
    await setUp({
      'package.json': scripts({ prepare: 'husky' }),
      'package-lock.json': packages('1.0.0', own),
      'packages/own/package.json': '{"name":"own"}',
    })
    expect((await installDependencies(request)).how).toBe('copied')
    for (const root of [here.repo.root, worktree])
      await writeFiles(root, {
        'packages/own/package.json': '{"name":"own","scripts":{"prepare":"node generate.js"}}',
      })
    expect((await installDependencies(request)).how).toBe('installed')
    expect(await readFile(request.log, 'utf8')).toContain('the script prepare of packages/own')
  })

  it('refuses the main worktree', async () => {
    await setUp({ 'package.json': manifest, 'package-lock.json': packages('1.0.0') })
    await expect(installDependencies({ ...request, cwd: here.repo.root })).rejects.toThrow('main worktree')
    expect(await exists(join(here.repo.root, 'node_modules/a'))).toBe(true)
  })

  it('stops with the signal', async () => {
    await setUp({ 'package.json': manifest, 'package-lock.json': packages('1.0.0') }, 'not installed')
    const signal = AbortSignal.abort(new Error('stopped'))
    await expect(installDependencies({ ...request, signal })).rejects.toThrow('stopped')
  })
})

describe('reinstallIfNeeded', () => {
  it('does nothing until a manifest or lock file changes, and then starts from nothing', async () => {
    await setUp({
      'package.json': '{"name":"shop","dependencies":{"a":"1"}}',
      'package-lock.json': packages('1.0.0'),
    })
    const { fingerprint } = await installDependencies(request)
    await writeFiles(worktree, {
      'src/a.ts': 'x',
      'package.json': '{"description":"new","name":"shop","dependencies":{"a":"1"}}',
    })
    expect(await reinstallIfNeeded({ ...request, installed: fingerprint })).toBeNull()
    await writeFiles(worktree, { 'package-lock.json': packages('1.0.1'), 'node_modules/a/old.js': '' })
    const again = await reinstallIfNeeded({ ...request, installed: fingerprint })
    expect(again?.how).toBe('installed')
    expect(again?.fingerprint).not.toBe(fingerprint)
    expect(await readdir(join(worktree, 'node_modules/a'))).toEqual(['package.json'])
    expect(JSON.parse(await text('node_modules/a/package.json'))).toMatchObject({ version: '1.0.1' })
    expect(await trashEntries(here.repo)).toHaveLength(1)
    expect(await reinstallIfNeeded({ ...request, installed: again?.fingerprint ?? '' })).toBeNull()
  })

  it('installs where nothing was recorded', async () => {
    await setUp({
      'package.json': '{"name":"shop","dependencies":{"a":"1"}}',
      'package-lock.json': packages('1.0.0'),
    })
    expect((await reinstallIfNeeded({ ...request, installed: null }))?.how).toBe('copied')
  })
})

it('works with npm itself: a local package, copied and then installed', async () => {
  await setUp(
    {
      'package.json':
        '{"name":"shop","version":"1.0.0","workspaces":["packages/*"],"dependencies":{"own":"*"}}',
      'packages/own/package.json': '{"name":"own","version":"1.0.0","main":"index.js"}',
      'packages/own/index.js': 'module.exports = 1',
    },
    'not installed',
  )
  const env = { npm_config_cache: join(here.top, 'npm-cache'), npm_config_offline: 'true' }
  const npm = await run('npm', ['install', '--no-audit', '--no-fund'], { cwd: here.repo.root, env })
  expect([npm.exitCode, npm.signal]).toEqual([0, null])
  await here.git('add', 'package-lock.json')
  await here.git('commit', '-qm', 'lock')
  await gitIn(worktree, 'merge', '-q', 'main')
  expect((await installDependencies({ ...request, env })).how).toBe('copied')
  expect(await readlink(join(worktree, 'node_modules/own'))).toBe('../packages/own')
  await rm(join(here.repo.root, 'node_modules'), { recursive: true })
  expect((await installDependencies({ ...request, env })).how).toBe('installed')
  expect(await readlink(join(worktree, 'node_modules/own'))).toBe('../packages/own')
  expect(await gitIn(worktree, 'status', '--porcelain')).toBe('')
})
