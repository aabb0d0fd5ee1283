import { appendFile, chmod, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../../../src/process/run.ts'
import { programFile } from '../../../src/process/spawn.ts'
import { noteSample } from '../../../src/workspace/clone/samples.ts'
import { ownEnvironment } from '../../../src/workspace/dependencies/environment.ts'
import { installDependencies, type InstallRequest } from '../../../src/workspace/dependencies/install.ts'
import { advanceSlot } from '../../../src/workspace/pool/advance.ts'
import { fillSlot } from '../../../src/workspace/pool/fill.ts'
import { gitIn, writeFiles } from '../../support/repository.ts'
import { slotSpec } from '../pool/slots.ts'
import { fakeManagers, ground, type FakeManagers, type Ground } from '../sessions.ts'

const never = new AbortController().signal
let here: Ground
let fake: FakeManagers
let worktree: string

async function setUp(tree: Record<string, string>) {
  here = await ground({ '.gitignore': 'node_modules\n.venv\ntarget\n', ...tree })
  fake = await fakeManagers(here.top)
  worktree = await another('work')
}

async function another(name: string): Promise<string> {
  const path = join(here.top, name)
  await here.git('worktree', 'add', '-q', '-b', name, path)
  return path
}

const request = (changes: Partial<InstallRequest> = {}): InstallRequest => ({
  repo: here.repo,
  cwd: worktree,
  env: fake.env,
  log: join(here.top, 'logs/install.log'),
  signal: never,
  ...changes,
})
const log = () => readFile(join(here.top, 'logs/install.log'), 'utf8')

afterEach(() => here[Symbol.asyncDispose]())

const lock = JSON.stringify({
  lockfileVersion: 3,
  packages: { '': { name: 'shop' }, 'node_modules/a': { version: '1.0.0' } },
})
const npm = { 'package.json': '{"name":"shop","dependencies":{"a":"1"}}', 'package-lock.json': lock }

describe('a slot that stands ready', () => {
  beforeEach(() => setUp(npm))
  const slot = async () => await fillSlot(await slotSpec(here, { env: fake.env }), never)

  it('is copied from when the main worktree has no dependencies', async () => {
    const { path, fingerprint } = await slot()
    await writeFiles(path, { 'node_modules/.cache/x': 'stale' })
    const before = await fake.calls()
    const made = await installDependencies(request())
    expect(made).toEqual({ fingerprint, how: 'copied' })
    expect(await fake.calls()).toEqual(before)
    expect(await log()).toContain(`copying node_modules from ${path}`)
    expect(await readFile(join(worktree, 'node_modules/a/package.json'), 'utf8')).toContain('1.0.0')
    await expect(stat(join(worktree, 'node_modules/.cache'))).rejects.toThrow('ENOENT')
  })

  it('is not, when it stands at another commit or has other dependencies', async () => {
    await slot()
    await gitIn(worktree, 'commit', '-q', '--allow-empty', '-m', 'on')
    expect((await installDependencies(request())).how).toBe('installed')
    const other = await another('other')
    await writeFiles(other, { 'package-lock.json': lock.replace('1.0.0', '2.0.0') })
    expect((await installDependencies(request({ cwd: other }))).how).toBe('installed')
  })

  it('is not, when its owner has done something to it', async () => {
    const { path } = await slot()
    await rm(join(path, 'node_modules/.package-lock.json'))
    expect((await installDependencies(request())).how).toBe('installed')
  })

  it('is not, when a package in it has been changed', async () => {
    const { path } = await slot()
    await appendFile(join(path, 'node_modules/a/package.json'), '\n')
    expect((await installDependencies(request())).how).toBe('installed')
    expect(await readFile(join(worktree, 'node_modules/a/package.json'), 'utf8')).not.toMatch(/\n$/)
  })
})

describe('a slot', () => {
  const script = async (name: string, lines: string) => {
    const file = join(here.top, name)
    await writeFile(file, `#!/bin/sh\n${lines}\n`)
    await chmod(file, 0o755)
    return [file]
  }

  it('in which a set-up was run is no template', async () => {
    await setUp(npm)
    const setup = await script('setup', 'echo changed > node_modules/a/index.js')
    await fillSlot(await slotSpec(here, { env: fake.env, setup }), never)
    expect((await installDependencies(request())).how).toBe('installed')
    await expect(stat(join(worktree, 'node_modules/a/index.js'))).rejects.toThrow('ENOENT')
  })

  it('with generated code is no template: it is generated in every worktree', async () => {
    await setUp({ ...npm, 'schema.prisma': 'model A' })
    await fillSlot(await slotSpec(here, { env: fake.env }), never)
    expect((await installDependencies(request())).how).toBe('installed')
    expect(await readFile(join(worktree, 'node_modules/.prisma/client.js'), 'utf8')).toBe('model A')
  })

  const advanced = async (files: Record<string, string>) => {
    const spec = await slotSpec(here, { env: fake.env })
    const slot = await fillSlot(spec, never)
    await writeFiles(here.repo.root, files)
    await here.git('add', '-A')
    await here.git('commit', '-qm', 'more')
    const base = await here.git('rev-parse', 'main')
    return { slot, outcome: await advanceSlot({ ...spec, base }, slot, never) }
  }

  it('has packages of the repository anew when they have changed, and only then', async () => {
    const packed = { ...JSON.parse(lock).packages, 'node_modules/own': { resolved: 'file:packages/own' } }
    await setUp({
      ...npm,
      'package-lock.json': JSON.stringify({ lockfileVersion: 3, packages: packed }),
      'packages/own/index.js': 'module.exports = "old"',
    })
    expect((await advanced({ 'docs/a.md': 'a' })).outcome).toMatchObject({ installed: false })
    const { slot, outcome } = await advanced({ 'packages/own/index.js': 'module.exports = "new"' })
    expect(outcome).toMatchObject({ kind: 'advanced', installed: true })
    expect(await readFile(join(slot.path, 'node_modules/own/index.js'), 'utf8')).toContain('new')
  })

  it('has everything anew where scripts of the repository are run by the installation', async () => {
    const manifest = '{"name":"shop","dependencies":{"a":"1"},"scripts":{"postinstall":"node generate.js"}}'
    await setUp({ ...npm, 'package.json': manifest, 'generate.js': '' })
    expect((await advanced({ 'lib/used-by-it.js': '' })).outcome).toMatchObject({ installed: true })
  })
})

describe('what one worktree writes in place', () => {
  it('reaches no other one and not what it was copied from', async () => {
    await setUp(npm)
    const { root } = here.repo
    expect((await run('npm', ['install-main'], { cwd: root, env: fake.env })).exitCode).toBe(0)
    const second = await another('second')
    await installDependencies(request())
    await installDependencies(request({ cwd: second }))
    const file = 'node_modules/a/package.json'
    await appendFile(join(worktree, file), 'changed')
    const texts = await Promise.all([root, second].map((path) => readFile(join(path, file), 'utf8')))
    expect(texts.join()).not.toContain('changed')
    expect((await stat(join(second, file))).nlink).toBe(1)
  })
})

describe('pnpm', () => {
  const lockFile = "lockfileVersion: '9.0'\n"

  /** The main worktree as pnpm 10 leaves it. */
  beforeEach(async () => {
    await setUp({ 'package.json': '{"name":"shop","dependencies":{"a":"1"}}', 'pnpm-lock.yaml': lockFile })
    const { root } = here.repo
    const place = `${root}/node_modules/.pnpm`
    await writeFiles(root, {
      'node_modules/.modules.yaml': '{"virtualStoreDir":".pnpm"}',
      'node_modules/.pnpm/lock.yaml': lockFile,
      'node_modules/.pnpm/a@1.0.0/node_modules/a/index.js': '',
      'node_modules/.bin/a': `#!/bin/sh\nexport NODE_PATH="${place}/a@1.0.0/node_modules:${place}/node_modules"\n`,
    })
    await chmod(join(root, 'node_modules/.bin/a'), 0o755)
    await symlink('.pnpm/a@1.0.0/node_modules/a', join(root, 'node_modules/a'))
    await done()
  })
  /** What pnpm writes last. */
  const done = async (more: object = {}) => {
    const { root } = here.repo
    const state = { projects: { [root]: {} }, ...more }
    await writeFiles(root, { 'node_modules/.pnpm-workspace-state-v1.json': JSON.stringify(state) })
  }
  const measured = (method: 'copy' | 'install') =>
    noteSample(here.repo, worktree, { of: 'pnpm', method, ms: 60_000 })

  it('installs once when a copy has taken long, and from then on does what was faster', async () => {
    await measured('copy')
    expect((await installDependencies(request())).how).toBe('installed')
    expect(await fake.calls()).toEqual(['pnpm install --frozen-lockfile --prefer-offline'])
    const other = await another('other')
    expect((await installDependencies(request({ cwd: other }))).how).toBe('installed')
  })

  it('has start scripts that name the own worktree after a copy', async () => {
    expect((await installDependencies(request())).how).toBe('copied')
    const script = await readFile(join(worktree, 'node_modules/.bin/a'), 'utf8')
    expect(script).toContain(`NODE_PATH="${worktree}/node_modules/.pnpm/a@1.0.0/node_modules:${worktree}/`)
    expect(script).not.toContain(here.repo.root)
    expect((await stat(join(worktree, 'node_modules/.bin/a'))).mode & 0o777).toBe(0o755)
    expect(await readFile(join(worktree, 'node_modules/.pnpm-workspace-state-v1.json'), 'utf8')).toBe(
      JSON.stringify({ projects: { [worktree]: {} } }),
    )
    expect(await gitIn(worktree, 'status', '--porcelain')).toBe('')
  })

  it.each([
    [
      'start scripts that lead to a third place',
      async (root: string) =>
        writeFile(join(root, 'node_modules/.bin/b'), 'export NODE_PATH="/elsewhere/node_modules"\n'),
    ],
    [
      'links into a store that all share',
      async (root: string) => symlink('/elsewhere/links/b', join(root, 'node_modules/b')),
    ],
    [
      'another lock file in it',
      async (root: string) => writeFile(join(root, 'node_modules/.pnpm/lock.yaml'), 'lockfileVersion: 6\n'),
    ],
  ])('installs when the main worktree has %s', async (_, change) => {
    await change(here.repo.root)
    await done()
    expect((await installDependencies(request())).how).toBe('installed')
    await expect(stat(join(worktree, 'node_modules/.pnpm'))).rejects.toThrow('ENOENT')
  })

  it('installs when only a part of the packages was installed', async () => {
    await writeFiles(here.repo.root, {
      'node_modules/.pnpm-workspace-state-v1.json': JSON.stringify({ filteredInstall: true }, null, 2),
    })
    expect((await installDependencies(request())).how).toBe('installed')
  })

  it('installs where packages of the repository are copied into node_modules', async () => {
    const injected = `${lockFile}packages:\n  own@file:own:\n    resolution: {directory: own, type: directory}\n`
    for (const root of [here.repo.root, worktree]) await writeFiles(root, { 'pnpm-lock.yaml': injected })
    await writeFiles(here.repo.root, { 'node_modules/.pnpm/lock.yaml': injected })
    expect((await installDependencies(request())).how).toBe('installed')
    expect(await log()).toContain('packages of the repository')
  })
})

it('writes over nothing that the own commit tracks where the main worktree has dependencies', async () => {
  await setUp({ 'web/package.json': npm['package.json'], 'web/package-lock.json': lock })
  const web = join(here.repo.root, 'web')
  expect((await run('npm', ['install-main'], { cwd: web, env: fake.env })).exitCode).toBe(0)
  await writeFiles(worktree, { 'web/node_modules/a/package.json': 'tracked' })
  await gitIn(worktree, 'add', '--force', 'web/node_modules')
  await gitIn(worktree, 'commit', '-qm', 'vendored')
  expect((await installDependencies(request())).how).toBe('installed')
  expect(await readFile(join(worktree, 'web/node_modules/a/package.json'), 'utf8')).toBe('tracked')
  expect(await gitIn(worktree, 'status', '--porcelain')).toBe('')
})

describe('native builds', () => {
  const build = async (files: Record<string, string>) => {
    await setUp(npm)
    const { root } = here.repo
    await writeFiles(root, files)
    // npm leaves a folder that is there already alone, and writes its list last.
    await writeFiles(root, { 'node_modules/a/package.json': '{"version":"1.0.0"}' })
    await run('npm', ['install-main'], { cwd: root, env: fake.env })
    return await installDependencies(request())
  }
  const stable = '\u007fELF napi_register_module_v1'
  const abi = process.versions.modules
  const config = (version: string) => `{ 'variables': { 'node_module_version': ${version} } }`

  it('are put right where a text names the folder they were made in', async () => {
    await setUp(npm)
    const { root } = here.repo
    await writeFiles(root, { 'node_modules/a/build/Makefile': `cd ${root}/node_modules/a\n` })
    await chmod(join(root, 'node_modules/a/build/Makefile'), 0o444)
    await run('npm', ['install-main'], { cwd: root, env: fake.env })
    expect((await installDependencies(request())).how).toBe('copied')
    const file = join(worktree, 'node_modules/a/build/Makefile')
    expect(await readFile(file, 'utf8')).toBe(`cd ${worktree}/node_modules/a\n`)
    expect((await stat(file)).mode & 0o777).toBe(0o444)
  })

  it('are made anew where a program names it', async () => {
    await setUp(npm)
    const { root } = here.repo
    await writeFiles(root, { 'node_modules/a/lib.node': `${'x'.repeat(1_048_570)}${root}/lib ${stable}` })
    await run('npm', ['install-main'], { cwd: root, env: fake.env })
    expect((await installDependencies(request())).how).toBe('installed')
    expect(await log()).toContain(`node_modules/a/lib.node holds the path of ${root}`)
  })

  it.each([
    ['use the stable interface', { 'node_modules/a/a.node': stable }, 'copied'],
    ['use another one', { 'node_modules/a/a.node': '\u007fELF node_module_register' }, 'installed'],
    [
      'were made for this Node',
      { 'node_modules/a/build/Release/a.node': '\u007fELF', 'node_modules/a/build/config.gypi': config(abi) },
      'copied',
    ],
    [
      'were made for another Node',
      { 'node_modules/a/build/Release/a.node': stable, 'node_modules/a/build/config.gypi': config('115') },
      'installed',
    ],
  ])('that %s', async (_, files, how) => {
    expect((await build(files)).how).toBe(how)
  })
})

it('makes a virtual environment anew, and names what it leaves to the set-up', async () => {
  await setUp({
    'pyproject.toml': '[project]\nname = "shop"\n',
    'uv.lock': '',
    'package.json': '{}',
    'go.mod': '',
  })
  await writeFiles(here.repo.root, { '.venv/bin/pytest': `#!${here.repo.root}/.venv/bin/python\n` })
  expect((await installDependencies(request())).how).toBe('installed')
  expect(await fake.calls()).toEqual(['uv sync --frozen'])
  await expect(stat(join(worktree, '.venv'))).rejects.toThrow('ENOENT')
  expect(await log()).toContain('go keeps modules')
})

describe('cargo', () => {
  const crate = (answer: number) => ({
    'Cargo.toml': '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n[workspace]\n',
    'src/main.rs': `fn main() { println!("{}", ${answer}) }\n`,
  })

  it('runs the code of its worktree, whatever the main one has built and wherever', async ({ skip }) => {
    if ((await programFile('cargo', { cwd: '/' })) === null) skip('cargo is not here')
    await setUp(crate(1))
    const shared = join(here.top, 'shared')
    await mkdir(shared)
    const cargo = async (cwd: string, env: Record<string, string>) => {
      const result = await run('cargo', ['run', '--quiet', '--offline'], { cwd, env })
      return result.stdout.toString().trim()
    }
    const env = { CARGO_TARGET_DIR: shared }
    expect(await cargo(here.repo.root, env)).toBe('1')
    await writeFiles(worktree, crate(42))
    expect((await installDependencies(request())).how).toBe('nothing')
    const own = ownEnvironment({ worktree, main: here.repo.root }, env)
    expect(await cargo(worktree, { ...env, ...own })).toBe('42')
    expect((await stat(join(worktree, 'target'))).isDirectory()).toBe(true)
  })
})
