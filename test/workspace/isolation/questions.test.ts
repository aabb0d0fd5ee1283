// What the proof asks programs, and what becomes of a question that is not answered.
import { copyFile, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { stateFolder } from '../../../src/git/repository.ts'
import { prepareWorkspace } from '../../../src/workspace/prepare.ts'
import { requireIsolation, type IsolationRequest } from '../../../src/workspace/isolation/require.ts'
import { gitIn, writeFiles } from '../../support/repository.ts'
import { FIXTURES, ground, type Ground } from '../sessions.ts'

const never = new AbortController().signal
let here: Ground
let cwd: string
let told: string[]

afterEach(() => here[Symbol.asyncDispose]())

async function setUp(files: Record<string, string>) {
  here = await ground({ '.gitignore': 'node_modules\n.venv\ntarget\n', ...files })
  cwd = join(here.top, 'work')
  told = []
  await here.git('worktree', 'add', '-q', '-b', 'work', cwd)
  await mkdir(join(here.top, 'bin'))
  await mkdir(join(here.top, 'cargo'))
  for (const [name, fixture] of Object.entries({ python3: 'python', cargo: 'cargo' }))
    await copyFile(join(FIXTURES, `${fixture}.mjs`), join(here.top, 'bin', name))
  await symlink(process.execPath, join(here.top, 'bin/node'))
  await symlink('python3', join(here.top, 'bin/python'))
}

/** No program but the stand-ins can be found. */
const env = (more: Record<string, string> = {}) => ({
  PATH: join(here.top, 'bin'),
  CARGO_HOME: join(here.top, 'cargo'),
  FAKE_LOG: join(here.top, 'calls.log'),
  ...more,
})
const check = ({ env: more = {}, ...changes }: Partial<IsolationRequest> = {}) =>
  requireIsolation({
    repo: here.repo,
    cwd,
    env: env(more),
    fingerprint: 'one',
    how: 'nothing',
    setUp: false,
    onOpen: (sentence) => told.push(sentence),
    signal: never,
    ...changes,
  })
const refused = { code: 'E_NOT_ISOLATED' }

describe('cargo', () => {
  it('is asked again when its configuration changes anywhere', async () => {
    await setUp({ 'Cargo.toml': '[package]\n' })
    expect([await check(), await check()]).toEqual(['proven', 'known'])
    await writeFile(join(here.top, 'cargo/config.toml'), `[build]\ntarget-dir = "${here.top}/shared"\n`)
    await expect(check()).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining(join(here.top, 'shared')),
    })
  })

  it('is asked again when there is a configuration above the worktree', async () => {
    await setUp({ 'Cargo.toml': '[package]\n' })
    await check()
    await writeFiles(here.top, { '.cargo/config.toml': '[build]\n' })
    expect(await check()).toBe('proven')
  })

  it('is asked each time where its configuration includes other files', async () => {
    await setUp({ 'Cargo.toml': '[package]\n', '.cargo/config.toml': 'include = ["/elsewhere.toml"]\n' })
    expect([await check(), await check()]).toEqual(['proven', 'proven'])
  })

  it('is asked in every folder that is a workspace, whether or not there is one at the top', async () => {
    await setUp({
      'src-tauri/Cargo.toml': '[package]\n',
      'src-tauri/core/Cargo.toml': '[package]\n',
      'src-tauri/fuzz/Cargo.toml': '[package]\n[workspace]\n',
    })
    expect(await check()).toBe('proven')
    const calls = (await readFile(join(here.top, 'calls.log'), 'utf8')).trim().split('\n')
    expect(calls.sort()).toEqual([`cargo ${cwd}/src-tauri`, `cargo ${cwd}/src-tauri/fuzz`])
    await writeFile(join(here.top, 'cargo/config.toml'), `[build]\ntarget-dir = "${here.top}/shared"\n`)
    await expect(check()).rejects.toMatchObject(refused)
  })

  it('proves nothing when it fails, and that is told', async () => {
    await setUp({ 'Cargo.toml': '[package]\n' })
    const failing = { env: { FAKE_CARGO: 'fail' } }
    expect([await check(failing), await check(failing)]).toEqual(['open', 'open'])
    expect(told[0]).toContain('Cargo does not tell')
    await writeFile(join(here.top, 'cargo/config.toml'), `[build]\ntarget-dir = "${here.top}/shared"\n`)
    await expect(check()).rejects.toMatchObject(refused)
  })
})

describe('the Python of the shell', () => {
  const files = { 'pyproject.toml': '[project]\nname = "shop"\n', 'src/shop/__init__.py': '' }

  it('is refused when it finds the modules of the main worktree', async () => {
    await setUp(files)
    await expect(check({ env: { FAKE_SITE: join(here.repo.root, 'src') } })).rejects.toMatchObject({
      ...refused,
      details: { leaks: [{ what: 'shop', from: '', found: join(here.repo.root, 'src/shop') }] },
      hints: [{ command: 'python3 -m site' }],
    })
  })

  it('is refused when PYTHONPATH names another worktree, with a virtual environment too', async () => {
    await setUp(files)
    const sibling = join(here.top, 'sibling')
    await here.git('worktree', 'add', '-q', '-b', 'sibling', sibling)
    const elsewhere = { env: { PYTHONPATH: join(sibling, 'src') } }
    await expect(check(elsewhere)).rejects.toMatchObject(refused)
    await writeFiles(cwd, { '.venv/pyvenv.cfg': '' })
    await mkdir(join(cwd, '.venv/bin'))
    await copyFile(join(FIXTURES, 'python.mjs'), join(cwd, '.venv/bin/python'))
    await expect(check(elsewhere)).rejects.toMatchObject(refused)
    expect([await check(), await check()]).toEqual(['proven', 'known'])
  })

  it('is asked each time: another program may change it', async () => {
    await setUp(files)
    expect([await check(), await check()]).toEqual(['proven', 'proven'])
    await expect(check({ env: { FAKE_SITE: join(here.repo.root, 'src') } })).rejects.toMatchObject(refused)
  })

  it('may have a release of the package, which is told and proves nothing', async () => {
    await setUp(files)
    await writeFiles(here.top, { 'lib/site-packages/shop/__init__.py': '' })
    expect(await check({ env: { FAKE_SITE: join(here.top, 'lib/site-packages') } })).toBe('open')
    expect(told[0]).toContain('site-packages/shop')
  })

  it('is asked for sources without a marker of packages, and in projects without a pyproject.toml', async () => {
    await setUp({ 'setup.py': '', 'lib/space/part/code.py': '' })
    const elsewhere = { FAKE_SITE: join(here.repo.root, 'lib') }
    await expect(check({ env: elsewhere })).rejects.toMatchObject(refused)
  })
})

describe('what went on since dependencies were made', () => {
  const files = {
    'package.json': '{"name":"shop","workspaces":["packages/*"]}',
    'packages/own/package.json': '{"name":"own"}',
    'packages/user/package.json': '{"name":"user","dependencies":{"own":"*"}}',
  }
  const linkOwn = async (root: string) => {
    await mkdir(join(root, 'node_modules'))
    await symlink('../packages/own', join(root, 'node_modules/own'))
  }

  it('makes the proof necessary again: a set-up, an earlier attempt, modules above', async () => {
    await setUp(files)
    await linkOwn(cwd)
    const same = { how: 'copied' } as const
    expect([await check(same), await check(same)]).toEqual(['proven', 'known'])
    expect(await check({ ...same, setUp: true })).toBe('proven')
    expect([await check({ how: null }), await check({ how: null })]).toEqual(['proven', 'proven'])
    await mkdir(join(here.top, 'node_modules'))
    expect(await check(same)).toBe('proven')
  })

  it('starts no session whose set-up leads elsewhere, though another one was proven, nor when it is tried again', async () => {
    await setUp(files)
    const { root } = here.repo
    await linkOwn(root)
    const harmless = await here.spec('first', { setup: [process.execPath, '-e', ''] })
    await prepareWorkspace(harmless, never)
    const script = `fs.rmSync('node_modules', { recursive: true, force: true }); fs.symlinkSync('${root}/node_modules', 'node_modules')`
    const spec = await here.spec('second', { setup: [process.execPath, '-e', script] })
    await expect(prepareWorkspace(spec, never)).rejects.toMatchObject(refused)
    await expect(prepareWorkspace(spec, never)).rejects.toMatchObject(refused)
    const other = await here.spec('first', { setup: [process.execPath, '-e', ''] })
    await prepareWorkspace(other, never)
    await expect(prepareWorkspace(spec, never)).rejects.toMatchObject(refused)
  })

  it('takes the marks of a proof away that was killed, though another session has proven the same since', async () => {
    await setUp(files)
    await linkOwn(cwd)
    expect(await check({ how: 'copied' })).toBe('proven')
    const admin = (await gitIn(cwd, 'rev-parse', '--absolute-git-dir')).trim()
    await writeFiles(cwd, { 'packages/own/.quintet-mark-0123456789abcdef': '' })
    await writeFile(join(admin, 'quintet-marks'), '')
    expect(await check({ how: 'copied' })).toBe('known')
    expect(await readdir(join(cwd, 'packages/own'))).toEqual(['package.json'])
    expect(await readdir(admin)).not.toContain('quintet-marks')
  })
})

it('forgets what was proven by an earlier version, which looked at less', async () => {
  await setUp({ 'readme.md': '' })
  expect([await check(), await check()]).toEqual(['nothing', 'known'])
  const file = join(stateFolder(here.repo), 'isolation.json')
  await writeFile(file, (await readFile(file, 'utf8')).replace('"version":2', '"version":1'))
  expect(await check()).toBe('nothing')
})
