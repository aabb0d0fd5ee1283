import { existsSync, readFileSync } from 'node:fs'
import { access, constants, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { ignoring } from '../../src/contract/errors.ts'
import { gitIn, temporaryFolder, temporaryRepository } from '../support/repository.ts'
import { ENTRY, program, quintet, ROOT } from './process.ts'

const version: string = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version

test('--help and --version answer on standard output', async () => {
  const help = await quintet(['--help'])
  expect([help.code, help.stderr]).toEqual([0, ''])
  expect(help.stdout.split('\n').slice(2, 4)).toEqual(['Examples:', '  quintet init'])
  expect(await quintet(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' })
})

test('a wrong word: 2, the error on standard error, nothing on standard output', async () => {
  expect(await quintet(['stauts'])).toEqual({
    code: 2,
    signal: null,
    stdout: '',
    stderr: [
      'quintet: There is no command stauts. Did you mean status? (E_USAGE)',
      '  See how it is called.',
      '  → run: quintet status --help',
      '',
    ].join('\n'),
  })
})

test('with --json the error is the answer as well, wherever --json stands', async () => {
  for (const args of [
    ['--json', 'plan', 'chek'],
    ['plan', 'chek', '--json'],
  ]) {
    const { code, stdout, stderr } = await quintet(args)
    expect(code).toBe(2)
    expect(stdout.split('\n')).toHaveLength(2)
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 1,
      ok: false,
      error: { code: 'E_USAGE', kind: 'usage' },
    })
    expect(stderr).toContain('plan check')
  }
})

test('outside of a repository every command says so, with 3', async () => {
  await using folder = await temporaryFolder()
  for (const args of [
    ['status'],
    ['plan', 'list'],
    ['run', 'x'],
    ['init'],
    ['stop'],
    ['log'],
    ['decide', 'x'],
  ]) {
    const { code, stdout, stderr } = await quintet(['-C', folder.path, ...args])
    expect([args, code, stdout]).toEqual([args, 3, ''])
    expect(stderr).toContain('(E_NOT_A_REPOSITORY)')
    expect(stderr).toContain('→ run: git init')
    const command = args.join(' ').replace(/ x$/, '')
    expect(stderr).toContain(`→ run: quintet -C <folder> ${command}\n`)
    expect(stderr).not.toContain(' at ')
  }
  expect(await quintet(['-C', join(folder.path, 'none'), 'status'])).toMatchObject({ code: 2 })
})

test('a bare repository is refused', async () => {
  await using folder = await temporaryFolder()
  await program('git', ['init', '--quiet', '--bare', folder.path])
  const { code, stderr } = await quintet(['-C', folder.path, 'run', 'x'])
  expect([code, stderr]).toEqual([3, expect.stringContaining('(E_BARE_REPOSITORY)')])
})

test('the pieces that are completed are those of the plan that is named', async () => {
  const of = (...ids: string[]): string =>
    ids
      .map((id) => `[[pieces]]\nid = "${id}"\ntitle = "t"\nbrief = "b"\nscope.include = ["/${id}/"]\n`)
      .join('')
  await using repository = await temporaryRepository({
    files: {
      '.quintet/plans/codes.toml': `goal = "g"\n${of('auth', 'src')}`,
      '.quintet/plans/other.toml': `goal = "g"\n${of('docs')}`,
    },
  })
  const listed = async (...words: string[]): Promise<string> =>
    (await quintet(['completion', '--list', 'pieces', ...words], { cwd: repository.path })).stdout
  expect(await listed('--plan', 'codes')).toBe('auth\nsrc\n')
  expect(await listed('--plan', '.quintet/plans/other.toml')).toBe('docs\n')
  expect(await listed('--plan', 'none')).toBe('')
})

test('a completion outside of a repository is silent', async () => {
  await using folder = await temporaryFolder()
  expect(await quintet(['-C', folder.path, 'completion', '--list', 'sessions'])).toMatchObject({
    code: 0,
    stdout: '',
    stderr: '',
  })
})

test('a reader that goes away is no crash', async () => {
  const line = `"${process.execPath}" "${ENTRY}" --help | head -1; echo "\${PIPESTATUS[@]}"`
  const { stdout, stderr } = await program('bash', ['-c', line])
  expect(stdout).toMatch(/^Run several .*\n0 0\n$/)
  expect(stderr).toBe('')
})

test.skipIf(!existsSync('/dev/full'))('what cannot be said for want of room stops nothing', async () => {
  const line = `"${process.execPath}" "${ENTRY}" stauts 2>/dev/full`
  expect(await program('bash', ['-c', line])).toMatchObject({ code: 2, stdout: '' })
})

test('no stack trace, unless it is asked for', async () => {
  const call = async (env: Record<string, string>): Promise<string> =>
    (await quintet(['plan', 'chek'], { env })).stderr
  expect(await call({})).not.toMatch(/^\s+at /m)
  expect(await call({ QUINTET_DEBUG: '1' })).toMatch(/^\s+at /m)
})

test('colours are for terminals, or for who forces them', async () => {
  const escape = String.fromCharCode(27)
  const colours = async (args: readonly string[], env: Record<string, string>): Promise<boolean> =>
    (await quintet(args, { env })).stderr.includes(escape)
  expect(await colours(['stauts'], {})).toBe(false)
  expect(await colours(['stauts'], { FORCE_COLOR: '1' })).toBe(true)
  expect(await colours(['stauts'], { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false)
  expect(await colours(['stauts', '--no-color'], { FORCE_COLOR: '1' })).toBe(false)
})

const PLAN = `
goal = "Split the service"
target = "main"
pieces = [
  { id = "auth", title = "Auth", brief = "Do it.", scope = { include = ["src/**"] }, agent = "scripted", script = "s.json" },
  { id = "data", title = "Data", brief = "Do it.", scope = { include = ["src/data/**"] }, agent = "scripted", script = "s.json" },
]
`

test('init, plan list, plan check: an overlap is refused with 3, before anything starts', async () => {
  await using repository = await temporaryRepository({ files: { 'src/data/x.ts': '1', 's.json': '{}' } })
  const cwd = repository.path
  const made = await quintet(['init', '--json'], { cwd })
  expect(JSON.parse(made.stdout)).toMatchObject({
    ok: true,
    data: {
      written: ['.quintet/config.toml', '.quintet/plans/example.toml'],
      kept: [],
      detected: { base: 'main' },
    },
  })
  const again = await quintet(['init', '--json'], { cwd })
  expect(JSON.parse(again.stdout)).toMatchObject({
    data: { written: [], kept: [expect.anything(), expect.anything()] },
  })

  await writeFile(join(cwd, '.quintet/plans/split.toml'), PLAN)
  expect((await quintet(['plan', 'list'], { cwd })).stdout).toBe('example\nsplit\n')
  expect((await quintet(['completion', '--list', 'plans'], { cwd })).stdout).toBe('example\nsplit\n')

  const checked = await quintet(['plan', 'check', 'split'], { cwd, env: { COLUMNS: '80' } })
  expect(checked.code).toBe(3)
  expect(`\n${checked.stdout}`).toMatchInlineSnapshot(`
    "
    piece  files  scope        title
    auth       1  src/**       Auth
    data       1  src/data/**  Data

    overlap        by      and          for example    files
    auth and data  src/**  src/data/**  src/data/x.ts      1

    error    The pieces auth and data both own src/data/x.ts: auth by "src/**", data
             by "src/data/**". (E_OVERLAP)
             Add exclude = ["src/data/**"] to the scope of auth, or name the path as
             a shared file.
    warning  The plan has no integration checks, and no piece has any, so nothing
             proves the merged tree. (W_NO_INTEGRATION_CHECKS)
             Add for example [integration] checks = [{ name = "test", run = ["npm",
             "test"] }].
    info     One tracked file is owned by nobody, so no session may write them:
             s.json. (I_UNOWNED_FILES)

    Order: auth and data.
    Plan split is refused: 1 error, 1 warning.
    "
  `)
  const json = await quintet(['plan', 'check', 'split', '--json'], { cwd })
  expect(JSON.parse(json.stdout)).toMatchObject({
    ok: true,
    data: {
      ok: false,
      overlaps: [{ left: { pattern: 'src/**' }, right: { pattern: 'src/data/**' }, existing: 1 }],
    },
  })

  const refused = await quintet(['run', 'split', '--json'], { cwd })
  expect(refused.code).toBe(3)
  expect(JSON.parse(refused.stdout)).toMatchObject({ ok: false, error: { code: 'E_OVERLAP' } })
  expect(await ignoring(['ENOENT'], access(join(cwd, '.git/quintet/daemon.json')))).toBeUndefined()
  expect((await quintet(['stop'], { cwd })).stdout).toBe('No daemon is running.\n')
})

test('init tells a repository without a branch from one of which none is checked out', async () => {
  await using folder = await temporaryFolder()
  const cwd = folder.path
  await gitIn(cwd, 'init', '--quiet', '--initial-branch=main')
  expect((await quintet(['init'], { cwd })).stdout).toContain('Base branch: none yet.\n')
  await gitIn(cwd, 'commit', '--quiet', '--allow-empty', '--message=first')
  expect((await quintet(['init'], { cwd })).stdout).toContain('Base branch: main.\n')
  await gitIn(cwd, 'checkout', '--quiet', '--detach')
  await gitIn(cwd, 'branch', '--quiet', '--delete', '--force', 'main')
  const { stdout } = await quintet(['init'], { cwd })
  expect(stdout).toMatch(/^Base branch: none is checked out\./)
  expect(stdout).toContain('→ run: git switch -c <name>\n')
})

test('a plan that is no plan: 2, with the place', async () => {
  await using repository = await temporaryRepository()
  const cwd = repository.path
  await mkdir(join(cwd, '.quintet/plans'), { recursive: true })
  await writeFile(join(cwd, '.quintet/plans/broken.toml'), 'goal = "x"\npieces = [')
  const broken = await quintet(['plan', 'check', 'broken'], { cwd })
  expect([broken.code, broken.stdout]).toEqual([2, ''])
  expect(broken.stderr).toContain('(E_PLAN_SYNTAX)')
  const missing = await quintet(['run', 'brokn'], { cwd })
  expect(missing.code).toBe(2)
  expect(missing.stderr).toContain('quintet plan check broken')
  // A path is taken from where the command was called.
  const path = await quintet(['-C', join(cwd, '.quintet'), 'plan', 'check', 'plans/broken.toml'])
  expect(path.stderr).toContain('(E_PLAN_SYNTAX)')
})

test('doctor: findings, 0 without a failure, and a token that is gone', async () => {
  await using repository = await temporaryRepository()
  const { code, stdout } = await quintet(['doctor', '--json'], { cwd: repository.path })
  const answer: { data: { verdict: string; findings: { check: string; level: string }[] } } =
    JSON.parse(stdout)
  expect(code).toBe(answer.data.verdict === 'fail' ? 1 : 0)
  expect(answer.data.findings.map(({ check }) => check)).toEqual(
    expect.arrayContaining([
      'node',
      'git',
      'sandbox',
      'inotify',
      'state',
      'repository',
      'identity',
      'agents',
      'disk',
      'ports',
    ]),
  )
  await mkdir(join(repository.path, '.quintet'))
  await writeFile(
    join(repository.path, '.quintet/config.toml'),
    'agent = "nobody"\n[agents.nobody]\ncommand = ["no-such-agent"]\n',
  )
  const missing = await quintet(['doctor'], { cwd: repository.path })
  expect(missing.code).toBe(1)
  expect(missing.stdout).toContain('fail  agents: The program no-such-agent of the agent nobody')
})

/** A Node older than 22.18 that this machine has, outside of the project's own modules. */
async function oldNode(): Promise<string | null> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const file = join(folder, 'node')
    if (folder.includes('node_modules')) continue
    if (
      (await ignoring(
        ['ENOENT', 'EACCES', 'ENOTDIR'],
        access(file, constants.X_OK).then(() => true),
      )) !== true
    )
      continue
    const [major = 0] = (await program(file, ['-p', 'process.versions.node'])).stdout.split('.').map(Number)
    if (major < 22) return file
  }
  return null
}

const old = await oldNode()

test.skipIf(old === null)('an old Node is told what is missing', async () => {
  const node = old ?? ''
  const { code, stdout, stderr } = await program(node, [join(ROOT, 'bin/quintet.js'), 'status'])
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(/^quintet: Node 22\.18 or newer is needed, this is Node \d/)
})

test('bin is plain: it names the version without loading anything', async () => {
  await using folder = await temporaryFolder()
  const bin = join(folder.path, 'bin')
  await mkdir(bin)
  await writeFile(join(folder.path, 'package.json'), '{"version":"7.8.9","type":"module"}')
  await writeFile(join(bin, 'quintet.js'), await readFile(join(ROOT, 'bin/quintet.js')))
  await symlink(join(bin, 'quintet.js'), join(folder.path, 'quintet'))
  const { code, stdout } = await program(process.execPath, [join(folder.path, 'quintet'), '--version'])
  expect([code, stdout]).toEqual([0, '7.8.9\n'])
  const uncompiled = await program(process.execPath, [join(bin, 'quintet.js'), 'status'])
  expect(uncompiled).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('→ run: npm install && npm run build'),
  })
})
