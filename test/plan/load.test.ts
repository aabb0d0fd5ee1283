import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig, parseConfig, personalConfigPath } from '../../src/plan/config.ts'
import { loadPlan, parsePlan, planNames } from '../../src/plan/load.ts'
import { editDistance, nearest } from '../../src/contract/nearest.ts'
import { temporaryFolder, writeFiles, type TemporaryFolder } from '../support/repository.ts'

const PLAN = `goal = "G"
[[pieces]]
id = "auth"
title = "T"
brief = "B"
scope = { include = ["/src/"] }
`

let folder: TemporaryFolder
beforeAll(async () => {
  folder = await temporaryFolder()
  await writeFiles(folder.path, {
    'repo/.quintet/plans/refactor.toml': PLAN,
    'repo/.quintet/plans/release.toml': PLAN,
    'repo/.quintet/plans/Bad Name.toml': PLAN,
    'repo/.quintet/plans/notes.txt': '',
    'repo/plans/other.toml': PLAN,
    'empty/readme.md': '',
  })
})
afterAll(() => folder[Symbol.asyncDispose]())

describe('a plan is loaded', () => {
  test('by name or by path', async () => {
    const root = `${folder.path}/repo`
    expect(await loadPlan(root, 'refactor')).toMatchObject({
      name: 'refactor',
      path: `${root}/.quintet/plans/refactor.toml`,
      plan: { goal: 'G', base: 'HEAD', limits: { sessions: 5, reprompts: 3 }, coordination: 'auto' },
    })
    expect((await loadPlan(root, 'plans/other.toml')).name).toBe('other')
    expect((await loadPlan('/', `${root}/plans/other.toml`)).name).toBe('other')
    expect(await planNames(root)).toEqual(['Bad Name', 'refactor', 'release'])
    expect(await planNames(`${folder.path}/empty`)).toEqual([])
  })

  test('or missing, and then the plans that exist are named', async () => {
    await expect(loadPlan(`${folder.path}/repo`, 'refactro')).rejects.toMatchObject({
      code: 'E_PLAN_NOT_FOUND',
      message: 'There is no plan at .quintet/plans/refactro.toml.',
      hints: [
        { text: 'Perhaps refactor was meant.', command: 'quintet plan check refactor' },
        { text: 'There are 3 plans: Bad Name, refactor, release.' },
      ],
    })
    await expect(loadPlan(`${folder.path}/empty`, 'x')).rejects.toMatchObject({
      hints: [{ command: 'quintet init' }],
    })
    await expect(loadPlan(folder.path, './repo')).rejects.toMatchObject({ code: 'E_PLAN_NOT_FOUND' })
    await expect(loadPlan(folder.path, 'empty/readme.md/x')).rejects.toMatchObject({
      code: 'E_PLAN_NOT_FOUND',
    })
  })

  test('under a name that branches can have', async () => {
    await expect(loadPlan(`${folder.path}/repo`, 'Bad Name')).rejects.toMatchObject({
      code: 'E_PLAN_NAME',
      kind: 'usage',
    })
  })
})

describe('a plan that is wrong', () => {
  test('is placed by line and column when it is no TOML', () => {
    expect(() => parsePlan('goal = "G"\npieces = [1,\n', 'p.toml')).toThrow(
      expect.objectContaining({
        code: 'E_PLAN_SYNTAX',
        kind: 'config',
        message: expect.stringMatching(/^The file p\.toml is not valid TOML: line 3, column 1: [^.]+\.$/),
      }),
    )
    expect(() => parsePlan('a = 1\na = 2\n', 'p.toml')).toThrow(/line 2, column \d+/)
    expect(() => parsePlan(`goal = "${'x'.repeat(2_000_000)}"`, 'p.toml')).toThrow(/larger than 1 MiB/)
  })

  test('is told with all its problems at once', () => {
    const text = `
goall = "G"
base = "-x"
[[pieces]]
id = "Auth"
title = "two\\nlines"
brief = ""
scope = { inclde = ["a"], include = [1] }
depends_on = "api"
[[pieces]]
id = "api"
brief = "B"
scope = { include = [] }
chekcs = []
checks = [{ name = "../x", run = [""], timeout_seconds = 0.5 }]
[[shared]]
path = "a"
policy = "ownr"
[[shared]]
path = "b"
[[shared]]
path = "c"
policy = "owner"
extra = 1
[limits]
sessions = 0
sesions = 1
`
    const error = catchIt(() => parsePlan(text, 'p.toml'))
    expect(error).toMatchObject({ code: 'E_PLAN_INVALID', kind: 'config' })
    expect(problemsOf(error)).toMatchInlineSnapshot(`
      [
        "goal is missing",
        "base must be the name of a branch or commit",
        "pieces[0].id (piece "Auth") must be lower-case letters, digits and dashes, beginning with a letter (it becomes a branch name)",
        "pieces[0].title (piece "Auth") must be one line without control characters",
        "pieces[0].brief (piece "Auth") must not be empty",
        "pieces[0].scope.include[0] (piece "Auth") must be a text, not 1",
        "pieces[0].scope.inclde (piece "Auth") is not a known key, did you mean "include"",
        "pieces[0].depends_on (piece "Auth") must be a list, not "api"",
        "pieces[1].title (piece "api") is missing",
        "pieces[1].checks[0].name (piece "api") must be at most 80 characters without slashes (it names a log file)",
        "pieces[1].checks[0].run (piece "api") must begin with a program name",
        "pieces[1].checks[0].timeout_seconds (piece "api") must be a whole number",
        "pieces[1].checks[0].timeout_seconds (piece "api") must be at least 1",
        "pieces[1].chekcs (piece "api") is not a known key, did you mean "checks"",
        "shared[0].policy must be "owner" or "operator", not "ownr", did you mean "owner"",
        "shared[1].policy is missing, it must be "owner" or "operator"",
        "shared[2].owner is missing",
        "shared[2].extra is not a known key",
        "limits.sessions must be at least 1",
        "limits.sesions is not a known key, did you mean "sessions"",
        "goall is not a known key, did you mean "goal"",
      ]
    `)
    expect(error).toMatchObject({
      message: expect.stringMatching(
        /^The file p\.toml has \d+ problems: .*limits\.sessions must be at least 1.*\.$/,
      ),
    })
  })

  test('that has one problem says so in one sentence', () => {
    expect(() => parsePlan('goal = "G"\npieces = []', 'p.toml')).toThrow(
      'The file p.toml has one problem: pieces must have at least one piece.',
    )
  })

  test.each(['__proto__ = 1', '[constructor]\nprototype = 1', '"" = 1'])(
    'and hostile is only wrong: %j',
    (line) => {
      expect(() => parsePlan(`${line}\n${PLAN}`, 'p.toml')).toThrow(
        expect.objectContaining({ kind: 'config' }),
      )
    },
  )
})

describe('the configuration', () => {
  test('is the committed file over the personal one, agents by name, defaults last', async () => {
    await writeFiles(folder.path, {
      'both/.quintet/config.toml': 'agent = "claude"\n[agents.mine]\ncommand = ["theirs"]\n',
      'xdg/quintet/config.toml':
        'agent = "codex"\ncoordination_folder = ".mine"\n[agents.mine]\ncommand = ["mine"]\n[agents.other]\ncommand = ["other"]\n',
    })
    const config = await loadConfig(`${folder.path}/both`, { XDG_CONFIG_HOME: `${folder.path}/xdg` })
    expect(config).toMatchObject({
      agent: 'claude',
      coordination_folder: '.mine',
      worktrees: '{parent}/{name}.quintet/{run}/{piece}',
      agents: { mine: { command: ['theirs'] }, other: { command: ['other'] } },
      ports: { names: [] },
    })
  })

  test.each([
    ['slots = 0', 'days = 3', { slots: 0, days: 3 }],
    ['slots = 0', 'slots = 3', { slots: 0 }],
    ['slots = 2', 'slots = 3', { slots: 3 }],
    ['slots = 2', 'slots = 0', { slots: 0 }],
    ['disk = 10\nrecycle = true', 'disk = 20', { disk: 10, recycle: true }],
    ['disk = 20', 'disk = 10', { disk: 10 }],
    ['days = 2', 'slots = 1', { days: 2, slots: 1 }],
  ])(
    'of the pool is merged, and whoever keeps it small wins: %j and %j',
    async (personal, committed, both) => {
      await writeFiles(folder.path, {
        'pool/.quintet/config.toml': `[pool]\n${committed}\n`,
        'poolxdg/quintet/config.toml': `[pool]\n${personal}\n`,
      })
      const { pool } = await loadConfig(`${folder.path}/pool`, { XDG_CONFIG_HOME: `${folder.path}/poolxdg` })
      expect(pool).toMatchObject(both)
    },
  )

  test('need not exist', async () => {
    expect(await loadConfig(folder.path, { HOME: '/nonexistent' })).toEqual(parseConfig('', 'c.toml'))
    expect(personalConfigPath({ HOME: '/h', XDG_CONFIG_HOME: 'relative' })).toBe(
      '/h/.config/quintet/config.toml',
    )
  })

  test('that is wrong names the file at fault', async () => {
    await writeFiles(folder.path, {
      'bad/.quintet/config.toml': 'agnet = "x"',
      'badxdg/quintet/config.toml': 'agent = ',
    })
    await expect(loadConfig(`${folder.path}/bad`, { HOME: '/nonexistent' })).rejects.toMatchObject({
      code: 'E_CONFIG_INVALID',
      message:
        'The file .quintet/config.toml has one problem: agnet is not a known key, did you mean "agent".',
    })
    await expect(loadConfig(folder.path, { XDG_CONFIG_HOME: `${folder.path}/badxdg` })).rejects.toMatchObject(
      {
        code: 'E_CONFIG_SYNTAX',
        message: expect.stringContaining(`${folder.path}/badxdg/quintet/config.toml`),
      },
    )
  })

  test.each([
    'coordination_folder = "../out"',
    'coordination_folder = "/abs"',
    'coordination_folder = ".git/x"',
    'coordination_folder = "a/"',
    'worktrees = "{parent}/{run}"',
    '[agents.x]\ncommand = []',
    '[agents.x]\ncomand = ["a"]',
    '[ports]\nnames = ["lower"]',
  ])('does not take %j', (text) => {
    expect(() => parseConfig(text, 'c.toml')).toThrow(expect.objectContaining({ code: 'E_CONFIG_INVALID' }))
  })
})

test('the nearest word is near', () => {
  expect(nearest('inclde', ['exclude', 'include'])).toBe('include')
  expect(nearest('AUTH', ['auth'])).toBe('auth')
  expect(nearest('zzz', ['auth', 'api'])).toBeNull()
  expect([editDistance('', 'abc'), editDistance('ab', 'ba'), editDistance('kitten', 'sitting')]).toEqual([
    3, 1, 3,
  ])
})

function catchIt(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return null
}

function problemsOf(error: unknown): readonly string[] {
  const { details } = error as { details: { problems: { path: string; message: string }[] } }
  return details.problems.map(({ path, message }) => `${path} ${message}`)
}
