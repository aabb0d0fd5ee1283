// The operator's home folder in a real box: what is private, what is brought in, and that nothing the session does there
// reaches the operator.
import { existsSync } from 'node:fs'
import { lstat, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { boxAvailable, type Box } from '../../../src/process/box.ts'
import { runBoxed } from '../../../src/process/run-boxed.ts'
import { homeInBox, type HomeRequest, type OperatorPlaces } from '../../../src/workspace/box/home.ts'
import { treeMounts } from '../../../src/workspace/box/mounts.ts'
import { ground, type Ground } from '../sessions.ts'

const BOXED = (await boxAvailable()).available && process.platform === 'linux'
const HOME = process.env['HOME']
const PLACES: OperatorPlaces = {
  writes: [],
  caches: ['.cache/', '.npm/', '.npm/_npx/'],
  own: ['.agent/'],
  settings: ['settings.json', 'hooks', 'rules'].map((name) => `.agent/${name}`),
  programs: ['.cache/node/corepack/'],
  logins: ['.agent/login.json'],
  copies: ['.agent.json', '.agent/state.json'],
}
let at: Ground
let home: string

beforeEach(async () => {
  at = await ground({ 'a.txt': 'a\n' })
  home = join(at.top, 'operator')
  process.env['HOME'] = home
  await mkdir(home)
  await mkdir(join(at.top, 'tmp'))
  await mkdir(join(at.repo.commonDir, 'quintet'))
})
afterEach(async () => {
  process.env['HOME'] = HOME
  await at[Symbol.asyncDispose]()
})

async function fill(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(home, path)), { recursive: true })
    await writeFile(join(home, path), content)
  }
}

const read = (path: string): Promise<string> => readFile(join(home, path), 'utf8')

const request = (changes: Partial<OperatorPlaces> = {}, piece = 'a'): HomeRequest => ({
  repo: at.repo,
  state: join(at.repo.commonDir, 'quintet'),
  run: 'r-1',
  piece,
  operator: { ...PLACES, ...changes },
})

const AROUND = { shown: [], hidden: [], doors: [] }
const around = () => ({
  state: join(at.repo.commonDir, 'quintet'),
  home: at.repo.root,
  tree: at.repo.root,
  temporary: join(at.top, 'tmp'),
  visible: [home],
})

/** Runs a script where nothing but the operator's places can be written; what it says, or its exit code. */
async function inBox(wanted: HomeRequest, script: string): Promise<string> {
  const { mounts } = await homeInBox(wanted, true)
  const box: Box = {
    mounts: treeMounts({ ...AROUND, ...around(), operator: mounts }, around().tree),
    network: 'shared',
  }
  const ran = await runBoxed('sh', ['-c', script], { cwd: home, box, env: { HOME: home }, merged: true })
  return ran.exitCode === 0 ? ran.stdout.toString('utf8').trim() : `exit ${ran.exitCode}`
}

describe.skipIf(!BOXED)('what an agent keeps', () => {
  test('is private, stays from one box to the next, and is seen by no other session', async () => {
    await fill({ '.agent/projects/operators': 'x' })
    expect(await inBox(request(), 'ls .agent; echo mine > .agent/talk')).toBe('')
    expect(await inBox(request(), 'cat .agent/talk')).toBe('mine')
    expect(await inBox(request({}, 'b'), 'ls .agent')).toBe('')
    expect(existsSync(join(home, '.agent/talk'))).toBe(false)
  })

  test('holds the settings of the operator, which cannot be changed, whatever they are', async () => {
    await fill({ 'dot/settings.json': 'real', '.agent/hooks/x.sh': 'hook' })
    await symlink('../dot/settings.json', join(home, '.agent/settings.json'))
    expect(await inBox(request(), 'cat .agent/settings.json .agent/hooks/x.sh')).toBe('realhook')
    for (const attempt of [
      'echo x > .agent/settings.json',
      'rm -f .agent/settings.json',
      'echo x > .agent/new && mv -f .agent/new .agent/settings.json',
      'mv .agent/hooks .agent/hooks2',
      'echo x > .agent/hooks/y.sh',
      'mv .agent .agent2',
      'echo x > dot/settings.json',
    ])
      expect([attempt, await inBox(request(), attempt)]).toEqual([attempt, expect.stringMatching(/^exit/)])
    expect([await read('dot/settings.json'), await read('.agent/hooks/x.sh')]).toEqual(['real', 'hook'])
  })

  test('loses with the next box what the session put where the operator has no settings', async () => {
    const made =
      'echo x > .agent/settings.json; mkdir -p .agent/hooks; echo x > .agent/hooks/x.sh; echo t > .agent/talk'
    expect(await inBox(request(), made)).toBe('')
    expect(await inBox(request(), 'ls .agent')).toBe('talk')
    expect(existsSync(join(home, '.agent/settings.json'))).toBe(false)
  })

  test('is made ready whatever the session has put in its way, and follows no link', async () => {
    await fill({ '.agent/rules/deep/rule': 'r', precious: 'p', 'folder/file': 'f' })
    await fill({ '.cache/node/corepack/v1/pnpm.cjs': 'pnpm' })
    const settings = ['.agent/rules/deep/rule', '.agent/hooks']
    const wanted = request({ settings, copies: ['.agent/state.json'] })
    const trap = [
      `mkdir -p .agent`,
      `ln -s "${home}/folder" .agent/rules`,
      `ln -s "${home}/precious" .agent/state.json`,
      `ln -s "${home}/folder" .agent/hooks`,
      `ln -s "${home}/folder" .cache/node`,
    ]
    await inBox(request({ settings: [], programs: [], copies: [] }), trap.join('; '))
    await fill({ '.agent/state.json': 'state' })
    expect(
      await inBox(wanted, 'cat .agent/rules/deep/rule .agent/state.json .cache/node/corepack/v1/*'),
    ).toBe('rstatepnpm')
    expect(await inBox(wanted, 'echo x > .agent/state.json; cat .agent/state.json; ls .agent')).toBe(
      'x\nrules\nstate.json',
    )
    expect([await read('precious'), await read('folder/file'), await read('.agent/state.json')]).toEqual([
      'p',
      'f',
      'state',
    ])
    expect((await lstat(join(home, '.agent/rules/deep/rule'))).isFile()).toBe(true)
  })

  test('logs in with what the operator logs in with, and renews it', async () => {
    await fill({ '.agent/login.json': 'old' })
    expect(await inBox(request(), 'cat .agent/login.json; echo new > .agent/login.json')).toBe('old')
    expect(await read('.agent/login.json')).toBe('new\n')
    expect(await inBox(request({}, 'b'), 'cat .agent/login.json')).toBe('new')
  })

  test('begins every time with a copy of what it cannot work without writing', async () => {
    await fill({ '.agent.json': 'one', '.agent/state.json': 'two' })
    const script = 'cat .agent.json .agent/state.json; echo x > .agent.json; echo x > .agent/state.json'
    for (let turn = 0; turn < 2; turn += 1) expect(await inBox(request(), script)).toBe('onetwo')
    expect(await inBox(request(), 'echo x > .agent.json && cat .agent.json')).toBe('x')
    expect([await read('.agent.json'), await read('.agent/state.json')]).toEqual(['one', 'two'])
  })

  test('may be shared by its name, and then all that is in it but the settings that are there', async () => {
    await fill({ '.agent/settings.json': 's' })
    const wanted = request({ writes: ['.agent/'] })
    expect(await inBox(wanted, 'echo x > .agent/talk')).toBe('')
    expect(await read('.agent/talk')).toBe('x\n')
    expect(await inBox(wanted, 'echo x > .agent/settings.json')).toMatch(/^exit/)
  })
})

describe.skipIf(!BOXED)('a cache', () => {
  test('is private, and programs of the operator in it can be read alone', async () => {
    await fill({ '.cache/node/corepack/v1/pnpm.cjs': 'pnpm', '.cache/pip/wheel': 'w' })
    expect(await inBox(request(), 'ls .cache; cat .cache/node/corepack/v1/pnpm.cjs')).toBe('node\npnpm')
    for (const attempt of [
      'mv .cache/node .cache/n2',
      'echo x > .cache/node/corepack/v1/pnpm.cjs',
      'mv .cache c',
    ])
      expect([attempt, await inBox(request(), attempt)]).toEqual([attempt, expect.stringMatching(/^exit/)])
    expect(await inBox(request(), 'mkdir -p .cache/pip .npm/_npx/x && echo x > .cache/pip/poison')).toBe('')
    expect(existsSync(join(home, '.cache/pip/poison'))).toBe(false)
    expect(existsSync(join(home, '.npm/_npx'))).toBe(false)
    expect(await read('.cache/node/corepack/v1/pnpm.cjs')).toBe('pnpm')
  })

  test('may be shared, but for what is fetched to be run', async () => {
    const wanted = request({ writes: ['.npm/'] })
    expect(await inBox(wanted, 'mkdir -p .npm/_cacache .npm/_npx/x')).toBe('')
    expect(existsSync(join(home, '.npm/_cacache'))).toBe(true)
    expect(existsSync(join(home, '.npm/_npx/x'))).toBe(false)
  })

  test('may be shared in part', async () => {
    const wanted = request({ writes: ['.cache/pip/'] })
    expect(await inBox(wanted, 'echo x > .cache/pip/wheel; echo x > .cache/other')).toBe('')
    expect(await read('.cache/pip/wheel')).toBe('x\n')
    expect(existsSync(join(home, '.cache/other'))).toBe(false)
  })
})

test('where no place can be mounted at another, the agent shares its folders, and that is a gap', async () => {
  const { mounts, gaps, relocated } = await homeInBox(request(), false)
  await rm(join(home, '.agent'), { recursive: true, force: true })
  expect(gaps).toEqual([expect.stringContaining('~/.agent: the agent shares it')])
  expect(mounts).toContainEqual({ kind: 'read', path: join(home, '.agent/settings.json') })
  expect(Object.keys(relocated)).toEqual(['XDG_CACHE_HOME', 'npm_config_cache'])
})
