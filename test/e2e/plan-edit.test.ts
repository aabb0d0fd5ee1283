// Explaining and changing a plan from the command line: what is written, what is refused, and that nothing is left half done.
import { chmod, lstat, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { answerOf, type Home, Machine } from '../support/cli.ts'
import { expectRefusal } from '../support/refusal.ts'

const PLAN = `# Who does what.
goal = "G"
target = "main"

[[pieces]]
id = "auth"
title = "Sign in"
brief = "Do it."
agent = "scripted"
script = "s.json"
scope = { include = ["/src/auth/"] } # the door
checks = [{ name = "green", run = ["git", "--version"] }]

[[pieces]]
id = "api"
title = "Routes"
brief = "Do it."
agent = "scripted"
script = "s.json"
scope = { include = ["/src/api/"] }
depends_on = ["auth"]

[integration]
checks = [{ name = "green", run = ["git", "--version"] }]
`

const FILES = {
  '.quintet/plans/work.toml': PLAN,
  's.json': '{}',
  'src/auth/login.ts': "import '../api/routes.ts'\n",
  'src/auth/tokens/jwt.ts': '',
  'src/api/routes.ts': '',
  'src/free.ts': '',
}

const plan = (home: Home): Promise<string> => home.read('.quintet/plans/work.toml')

test('explain says who owns a path and why, by every plan or by one', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(FILES)
  const told = await home.quintet('plan', 'explain', 'src/auth/login.ts')
  expect(told).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('auth owns it by /src/auth/: Sign in.'),
  })
  expect(told.stdout).toContain('imports:\n    src/api/routes.ts  (api)')
  expect(await home.json('plan', 'explain', 'src/free.ts', '--plan', 'work')).toMatchObject([
    { plan: 'work', there: 'file', owner: { kind: 'free' } },
  ])
  await writeFile(join(home.path, '.quintet/plans/broken.toml'), 'goal = ')
  const both = await home.quintet('plan', 'explain', 'src/')
  expect(both).toMatchObject({ code: 0, stdout: expect.stringContaining('Several own parts of it.') })
  expect(both.stderr).toContain('broken.toml is not valid TOML')
  await expectRefusal(home, ['plan', 'explain', 'src/', '--plan', 'broken'], {
    code: 'E_PLAN_SYNTAX',
    kind: 'config',
  })
  await expectRefusal(home, ['plan', 'explain', 'src/', '--plan', 'wrok'], {
    code: 'E_PLAN_NOT_FOUND',
    kind: 'usage',
    helps: 'work',
  })
  const none = await machine.repository({ 'a.ts': "import './b.ts'\n", 'b.ts': 'export {}\n' }, 'none')
  expect(await none.quintet('plan', 'explain', 'a.ts')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(
      'There is no plan yet, so nobody owns it.\n  Kind: code.\n  imports:\n    b.ts\n',
    ),
  })
  expect(await none.json('plan', 'explain', 'a.ts')).toMatchObject([{ plan: null, there: 'file' }])
})

test('split, move and merge write the plan and nothing else in it; a dry run shows the same and writes nothing', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(FILES)
  const split = ['plan', 'split', 'work', 'auth', 'tokens', 'src/auth/tokens/']
  const shown = await home.json<{ diff: string; written: boolean }>(...split, '--dry-run')
  expect(shown).toMatchObject({ written: false, changed: true })
  expect(await plan(home)).toBe(PLAN)
  const done = await home.json<{ diff: string; written: boolean; notes: string[] }>(...split)
  expect(done).toMatchObject({ written: true, diff: shown.diff, file: '.quintet/plans/work.toml' })
  expect(done.notes).toEqual([
    'The brief of auth was copied to tokens; say in both what is to be done where.',
  ])
  await writeFile(join(home.path, 'before.toml'), PLAN)
  expect(await plan(home)).toContain('exclude = ["/src/auth/tokens/"] } # the door')
  expect(await home.json('plan', 'check', 'work')).toMatchObject({
    ok: true,
    waves: [['auth', 'tokens'], ['api']],
  })

  const moved = await home.quintet('plan', 'move', 'work', 'src/free.ts', '--to', 'api')
  expect(moved).toMatchObject({ code: 0, stderr: '' })
  expect(moved.stdout).toContain('+scope = { include = ["/src/api/", "/src/free.ts"] }')
  expect(await home.quintet('plan', 'move', 'work', 'src/free.ts', '--to', 'api')).toMatchObject({
    code: 0,
    stdout: 'Nothing to change.\n',
  })

  expect(await home.quintet('plan', 'merge', 'work', 'auth', 'tokens')).toMatchObject({ code: 0 })
  const text = await plan(home)
  expect(text).toContain('scope = { include = ["/src/auth/"], exclude = [] } # the door')
  expect(text).toContain('depends_on = ["auth"]')
  expect(text).toContain('# Who does what.\n')
})

test('what would overlap, empties a piece or names nobody is refused, and the plan stays as it is', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(FILES)
  const refused = async (
    args: string,
    code: string,
    kind: 'usage' | 'precondition' | 'config',
    more = {},
  ): Promise<void> => {
    await expectRefusal(home, ['plan', ...args.split(' ')], { code, kind, ...more })
    expect(await plan(home)).toBe(PLAN)
  }
  await refused('move work src/free.ts --to apo', 'E_PIECE_UNKNOWN', 'usage', {
    helps: 'Perhaps api was meant',
  })
  await refused('move work src/free.ts', 'E_USAGE', 'usage', { helps: '--to <piece>' })
  await refused('move work src/ --to api', 'E_PIECE_EMPTY', 'precondition', {
    helps: '→ run: quintet plan merge work api auth',
  })
  await refused('move work ../x --to api', 'E_PATTERN_REFUSED', 'usage')
  await refused('split work auth Tokens src/auth/tokens/', 'E_USAGE', 'usage', {
    helps: '→ run: quintet plan split work auth tokens src/auth/tokens/',
  })
  await refused('split work auth api src/auth/tokens/', 'E_PIECE_THERE', 'usage')
  await refused('split work auth operator src/auth/tokens/', 'E_PLAN_REFUSED', 'precondition')
  await refused('split work auth new src/free.ts', 'E_SPLIT_OUTSIDE', 'precondition')
  await refused('split work auth new src/auth/', 'E_PIECE_EMPTY', 'precondition')
  await refused('merge work auth auth', 'E_MERGE_SAME', 'usage')
  await refused('merge work auth none', 'E_PIECE_UNKNOWN', 'usage')
  await refused('merge nope auth api', 'E_PLAN_NOT_FOUND', 'usage')

  const bad = PLAN.replace('goal = "G"', 'goal = "G')
  await writeFile(join(home.path, '.quintet/plans/work.toml'), bad)
  await expectRefusal(home, ['plan', 'move', 'work', 'src/free.ts', '--to', 'api'], {
    code: 'E_PLAN_SYNTAX',
    kind: 'config',
    says: 'line 2',
  })
  expect(await plan(home)).toBe(bad)
})

test('paths are relative to the folder that they are said in', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(FILES)
  const inside = machine.home(join(home.path, 'src/auth'))
  const split = await inside.quintet('plan', 'split', 'work', 'auth', 'tokens', 'tokens', '--dry-run')
  expect(split).toMatchObject({ code: 0, stdout: expect.stringContaining('include = ["/src/auth/tokens/"]') })
  expect(split.stdout).toContain('+Only what lies in src/auth/tokens/;')
  for (const [word, pattern] of [
    ['../free.ts', '"/src/api/", "/src/free.ts"'],
    ['login.ts', '"/src/api/", "/src/auth/login.ts"'],
    ['src/free.ts', '"/src/api/", "/src/free.ts"'],
  ] as const) {
    const moved = await inside.quintet('plan', 'move', 'work', word, '--to', 'api', '--dry-run')
    expect(moved).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`+scope = { include = [${pattern}]`),
    })
  }
  const told = await inside.quintet('plan', 'explain', 'login.ts')
  expect(told.stdout).toMatch(/^src\/auth\/login\.ts by the plan work\n/)
  for (const word of ['explain', 'split', 'move', 'suggest']) {
    const { stdout } = await inside.quintet('plan', word, '--help')
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('relative to the current folder or to the root')
  }
})

test('a change never makes two pieces own one path', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(FILES)
  // The scopes overlap in what no file of the repository shows.
  const text = PLAN.replace(
    'include = ["/src/api/"]',
    'include = ["/src/api/", "/src/*/x/"], exclude = ["/src/auth/"]',
  )
  await writeFile(join(home.path, '.quintet/plans/work.toml'), text)
  expect(await home.quintet('plan', 'check', 'work')).toMatchObject({ code: 0 })
  await expectRefusal(home, ['plan', 'move', 'work', '/src/auth/', '--to', 'api'], {
    code: 'E_PIECE_EMPTY',
    kind: 'precondition',
  })
  expect(await home.quintet('plan', 'move', 'work', '/src/jobs/', '--to', 'auth')).toMatchObject({ code: 0 })
  expect(await home.json('plan', 'check', 'work')).toMatchObject({ ok: true, overlaps: [] })
  expect(await plan(home)).toContain('exclude = ["/src/auth/", "/src/jobs/"]')
})

test('a file that may not be written, a link, and one that changes meanwhile', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(FILES)
  const file = join(home.path, '.quintet/plans/work.toml')
  const move = ['plan', 'move', 'work', 'src/free.ts', '--to', 'api']
  await chmod(file, 0o444)
  await expectRefusal(home, move, {
    code: 'E_PLAN_READ_ONLY',
    kind: 'precondition',
    helps: '→ run: chmod u+w',
  })
  expect(await home.quintet(...move, '--dry-run')).toMatchObject({ code: 0 })
  await chmod(file, 0o640)

  const real = join(home.path, 'real.toml')
  await rename(file, real)
  await symlink('../../real.toml', file)
  expect(await home.quintet(...move)).toMatchObject({ code: 0 })
  expect((await lstat(file)).isSymbolicLink()).toBe(true)
  expect((await lstat(real)).mode & 0o777).toBe(0o640)
  expect(await readFile(real, 'utf8')).toContain('"/src/free.ts"')

  // Two at once: each change is there, or its command says that the plan was changed.
  const ids = ['one', 'two', 'three', 'four']
  const results = await Promise.all(
    ids.map((id) => home.quintet('plan', 'move', 'work', `src/${id}.ts`, '--to', 'api', '--json')),
  )
  const written = await readFile(real, 'utf8')
  for (const [index, id] of ids.entries()) {
    const answer = answerOf(results[index] ?? { stdout: '' })
    expect(written.includes(`src/${id}.ts`)).toBe(answer.ok)
    expect(answer.error?.code ?? 'E_PLAN_CHANGED').toBe('E_PLAN_CHANGED')
  }
  expect(results.some(({ code }) => code === 0)).toBe(true)
})

test('names of plans and pieces are completed, and help begins with examples', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(FILES)
  expect(await home.quintet('completion', '--list', 'pieces')).toMatchObject({ stdout: 'auth\napi\n' })
  for (const word of ['explain', 'split', 'merge', 'move']) {
    const { stdout } = await home.quintet('plan', word, '--help')
    expect(stdout).toMatch(new RegExp(String.raw`^[A-Z][^\n]+\n\nExamples:\n  quintet plan ${word} `))
  }
})
