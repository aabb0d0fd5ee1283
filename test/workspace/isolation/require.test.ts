import { chmod, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stateFolder } from '../../../src/git/repository.ts'
import { run } from '../../../src/process/run.ts'
import { programFile } from '../../../src/process/spawn.ts'
import { requireIsolation, type IsolationRequest } from '../../../src/workspace/isolation/require.ts'
import { gitIn, writeFiles } from '../../support/repository.ts'
import { ground, type Ground } from '../sessions.ts'

let here: Ground
let cwd: string

afterEach(() => here[Symbol.asyncDispose]())

async function setUp(files: Record<string, string>) {
  here = await ground({ '.gitignore': 'node_modules\n.venv\ntarget\n', ...files })
  cwd = join(here.top, 'work')
  await here.git('worktree', 'add', '-q', '-b', 'work', cwd)
}

const check = (changes: Partial<IsolationRequest> = {}) =>
  requireIsolation({
    repo: here.repo,
    cwd,
    env: {},
    fingerprint: 'one',
    how: 'copied',
    setUp: false,
    signal: new AbortController().signal,
    ...changes,
  })
const link = async (target: string, path: string) => {
  await mkdir(join(cwd, path, '..'), { recursive: true })
  await symlink(target, join(cwd, path))
}
const notIsolated = (found: string) => ({
  code: 'E_NOT_ISOLATED',
  message: expect.stringContaining(found),
  hints: [{ command: expect.any(String) }],
})

describe('packages of Node', () => {
  beforeEach(() =>
    setUp({
      'package.json': '{"name":"shop","workspaces":["packages/*"]}',
      'packages/own/package.json': '{"name":"own"}',
      'packages/user/package.json': '{"name":"user","dependencies":{"own":"*"}}',
    }),
  )

  it('are the own ones by the links of the worktree, and nothing of the proof is left', async () => {
    await link('../packages/own', 'node_modules/own')
    expect(await check()).toBe('proven')
    expect(await readdir(join(cwd, 'packages/own'))).toEqual(['package.json'])
    expect(await gitIn(cwd, 'status', '--porcelain')).toBe('')
  })

  it('are looked at each time where nothing can be noted, which is told', async () => {
    await link('../packages/own', 'node_modules/own')
    const noted = join(stateFolder(here.repo), 'isolation.json')
    await mkdir(noted, { recursive: true })
    const told: string[] = []
    const onOpen = (sentence: string) => told.push(sentence)
    expect([await check({ onOpen }), await check()]).toEqual(['proven', 'proven'])
    expect(told).toEqual([expect.stringContaining(noted)])
  })

  it('are looked at once, and again when the dependencies change or come another way', async () => {
    await link('../packages/own', 'node_modules/own')
    expect([await check(), await check()]).toEqual(['proven', 'known'])
    expect(await check({ how: 'installed' })).toBe('proven')
    expect(await check({ fingerprint: 'two' })).toBe('proven')
  })

  it('are not when node_modules is a link to the main worktree', async () => {
    await mkdir(join(here.repo.root, 'node_modules'))
    await symlink('../packages/own', join(here.repo.root, 'node_modules/own'))
    await link(join(here.repo.root, 'node_modules'), 'node_modules')
    await expect(check()).rejects.toMatchObject(notIsolated(join(here.repo.root, 'packages/own')))
    // A failure is not remembered as a proof.
    await expect(check()).rejects.toMatchObject({ code: 'E_NOT_ISOLATED' })
    await rm(join(cwd, 'node_modules'))
    await link('../packages/own', 'node_modules/own')
    expect(await check()).toBe('proven')
  })

  it('are not when a single link leads elsewhere', async () => {
    await link('../packages/own', 'node_modules/own')
    await link(join(here.repo.root, 'packages/own'), 'packages/user/node_modules/own')
    await expect(check()).rejects.toMatchObject(notIsolated('packages/own'))
  })

  it('are not when they are found above a worktree inside of the main one', async () => {
    const inside = join(here.repo.root, 'trees/inside')
    await here.git('worktree', 'add', '-q', '-b', 'inside', inside)
    await mkdir(join(here.repo.root, 'node_modules'))
    await symlink('../packages/own', join(here.repo.root, 'node_modules/own'))
    await expect(check({ cwd: inside })).rejects.toMatchObject({ code: 'E_NOT_ISOLATED' })
  })

  it('may be copies that a package manager keeps in the worktree', async () => {
    await writeFiles(cwd, { 'node_modules/own/package.json': '{"name":"own"}' })
    expect(await check()).toBe('proven')
  })

  it('are asked of the map where yarn has written one', async () => {
    await writeFiles(cwd, {
      '.pnp.cjs': `const Module = require('module')
const load = Module._load
const api = { resolveToUnqualified: (name) => process.cwd() + '/' + (process.env.ELSEWHERE ?? 'packages/') + name }
Module._load = (request, ...rest) => (request === 'pnpapi' ? api : load(request, ...rest))`,
    })
    expect(await check()).toBe('proven')
    const env = { ELSEWHERE: '../repo/packages/' }
    await expect(check({ env, fingerprint: 'two' })).rejects.toMatchObject(
      notIsolated(join(here.repo.root, 'packages/own')),
    )
  })
})

it('has nothing to look for without packages', async () => {
  await setUp({ 'readme.md': '' })
  expect([await check(), await check()]).toEqual(['nothing', 'known'])
})

describe('a virtual environment', () => {
  const files = { 'pyproject.toml': '[project]\nname = "shop"\n', 'src/shop/__init__.py': '' }

  /** As a tool makes it that installs the project in place. */
  async function environment(root: string, source: string) {
    const result = await run('python3', ['-m', 'venv', '--without-pip', join(root, '.venv')], { cwd: root })
    expect(result.exitCode).toBe(0)
    const library = join(root, '.venv/lib')
    const [version = ''] = await readdir(library)
    await writeFile(join(library, version, 'site-packages/shop.pth'), `${source}\n`)
    await writeFile(join(root, '.venv/bin/serve'), `#!${join(root, '.venv/bin/python')}\n`)
    await chmod(join(root, '.venv/bin/serve'), 0o755)
  }

  it('finds the modules of its own worktree', async ({ skip }) => {
    if ((await programFile('python3', { cwd: '/' })) === null) skip('python3 is not here')
    await setUp(files)
    await environment(cwd, join(cwd, 'src'))
    expect(await check()).toBe('proven')
    expect(await readdir(join(cwd, 'src/shop'))).toEqual(['__init__.py'])
  })

  it('is refused when it was copied: its programs and modules are those of the other worktree', async ({
    skip,
  }) => {
    if ((await programFile('python3', { cwd: '/' })) === null) skip('python3 is not here')
    await setUp(files)
    const { root } = here.repo
    await environment(root, join(root, 'src'))
    await run('cp', ['-a', join(root, '.venv'), join(cwd, '.venv')], { cwd })
    await expect(check()).rejects.toMatchObject({
      code: 'E_NOT_ISOLATED',
      details: {
        leaks: expect.arrayContaining([
          { what: '.venv/bin/serve', from: '', found: join(root, '.venv') },
          { what: 'shop', from: '', found: join(root, 'src/shop') },
        ]),
      },
    })
  })
})

describe('cargo', () => {
  const files = {
    'Cargo.toml':
      '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nown = { path = "own" }\n[workspace]\n',
    'src/main.rs': 'fn main() { println!("{}", own::answer()) }\n',
    'own/Cargo.toml': '[package]\nname = "own"\nversion = "0.1.0"\nedition = "2021"\n',
    'own/src/lib.rs': 'pub fn answer() -> i32 { 1 }\n',
  }

  it('takes path dependencies and results of the worktree', async ({ skip }) => {
    if ((await programFile('cargo', { cwd: '/' })) === null) skip('cargo is not here')
    await setUp(files)
    expect(await check({ how: 'nothing' })).toBe('proven')
    expect(await gitIn(cwd, 'status', '--porcelain')).toBe('')
  })

  it('is refused when results are shared, or a path leads to the main worktree', async ({ skip }) => {
    if ((await programFile('cargo', { cwd: '/' })) === null) skip('cargo is not here')
    await setUp(files)
    const env = { CARGO_TARGET_DIR: join(here.top, 'shared') }
    await expect(check({ env })).rejects.toMatchObject({
      ...notIsolated(join(here.top, 'shared')),
      hints: [{ command: 'export CARGO_TARGET_DIR=target' }],
    })
    await writeFiles(cwd, {
      'Cargo.toml': files['Cargo.toml'].replace('"own" }', `"${here.repo.root}/own" }`),
    })
    await expect(check()).rejects.toMatchObject(notIsolated(join(here.repo.root, 'own')))
  })
})

describe('go', () => {
  it('takes the modules of the worktree, and is refused with those of the main one', async () => {
    await setUp({
      'go.work': 'go 1.22\nuse (\n\t.\n\t./lib\n)\n',
      'go.mod': 'module example.com/shop\n',
      'lib/go.mod': 'module example.com/lib\n',
    })
    expect(await check()).toBe('proven')
    const elsewhere = { GOWORK: join(here.repo.root, 'go.work') }
    await expect(check({ env: elsewhere })).rejects.toMatchObject({ code: 'E_NOT_ISOLATED' })
    await writeFiles(cwd, { 'go.work': `go 1.22\nuse ${join(here.repo.root, 'lib')}\n` })
    await expect(check()).rejects.toMatchObject(notIsolated(join(here.repo.root, 'lib')))
  })

  it('is not asked about other repositories', async () => {
    await setUp({ 'go.mod': 'module example.com/shop\nreplace example.com/x => ../elsewhere\n' })
    await mkdir(join(here.top, 'elsewhere'))
    expect(await check()).toBe('proven')
  })
})
