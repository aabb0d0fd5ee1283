import { describe, expect, expectTypeOf, test } from 'vitest'
import { QuintetError } from '../../src/contract/errors.ts'
import {
  checkedPlanJson, checkPlan, parseCheckedPlan, planReportJson, requireChecked, type CheckedPlan,
} from '../../src/plan/check.ts' // prettier-ignore
import { isOfEnvironment } from '../../src/plan/findings.ts'
import { codes, FACTS, message, planOf, report } from './fixture.ts'

const AUTH = { id: 'auth', include: ['/src/auth/'] }
const API = { id: 'api', include: ['/src/api/'] }
const DOCS = { id: 'docs', include: ['/docs/', '/*.md'] }

describe('a plan without errors', () => {
  const good = report([AUTH, { ...API, more: 'depends_on = ["auth"]' }, DOCS])

  test('has a table of owners, an order, and what nobody owns', () => {
    expect(codes(good)).toEqual([])
    expect(good.owners).toEqual([
      { piece: 'auth', title: 'The auth', patterns: ['/src/auth/'], files: 2, dependsOn: [] },
      { piece: 'api', title: 'The api', patterns: ['/src/api/'], files: 1, dependsOn: ['auth'] },
      { piece: 'docs', title: 'The docs', patterns: ['/docs/', '/*.md'], files: 2, dependsOn: [] },
    ])
    expect(good.order).toEqual(['auth', 'api', 'docs'])
    expect(good.waves).toEqual([['auth', 'docs'], ['api']])
    expect(good.unowned).toEqual({ count: 3, first: ['package.json', 'src/main.ts', 'test/api.test.ts'] })
    expect(message(good, 'I_UNOWNED_FILES')).toContain('3 tracked files')
  })

  test('carries a checked plan that survives the store', () => {
    const checked = requireChecked(good)
    expect(checked).toMatchObject({
      name: 'p',
      target: 'main',
      base: { ref: 'HEAD', commit: 'a'.repeat(40) },
    })
    const back = parseCheckedPlan(JSON.parse(JSON.stringify(checkedPlanJson(checked))))
    expect(back.plan).toEqual(checked.plan)
    expect([back.name, back.order, back.base, back.target]).toEqual([
      checked.name,
      checked.order,
      checked.base,
      checked.target,
    ])
    expect(() => parseCheckedPlan({ version: 2 })).toThrow(expect.objectContaining({ code: 'E_STORED_PLAN' }))
  })

  test('is the only way to a checked plan, also for the compiler', () => {
    const forged = {
      name: 'p',
      plan: planOf([AUTH]).plan,
      order: ['auth'],
      base: { ref: 'HEAD', commit: 'x' },
      target: 'main',
      toJSON: () => null,
    }
    expectTypeOf(forged).not.toExtend<CheckedPlan>()
    expectTypeOf(requireChecked(good)).toExtend<CheckedPlan>()
  })

  test('can be shown as data', () => {
    expect(planReportJson(good)).toMatchObject({ name: 'p', ok: true, target: 'main', overlaps: [] })
    expect(planReportJson(good)).not.toHaveProperty('checked')
    expect(planReportJson(report([AUTH, AUTH]))).toMatchObject({ ok: false })
  })
})

describe('overlap', () => {
  test('is found between patterns alone, with both patterns and a path that need not exist', () => {
    const found = report([
      { id: 'core', include: ['/src/'] },
      { id: 'next', include: ['/src/next/'] },
    ])
    expect(found.overlaps).toEqual([
      {
        left: { piece: 'core', pattern: '/src/' },
        right: { piece: 'next', pattern: '/src/next/' },
        example: 'src/next/new.ts',
        existing: 0,
        certain: true,
      },
    ])
    expect(message(found, 'E_OVERLAP')).toBe(
      'The pieces core and next both own src/next/new.ts: core by "/src/", next by "/src/next/".',
    )
    expect(found.findings.find(({ code }) => code === 'E_OVERLAP')?.hints[0]?.text).toBe(
      'Add exclude = ["/src/next/"] to the scope of core, or name the path as a shared file.',
    )
    expect(found.checked).toBeNull()
  })

  test('counts the tracked files in both scopes and shows one of them', () => {
    const found = report([{ id: 'core', include: ['/src/'] }, AUTH])
    expect(found.overlaps[0]).toMatchObject({ example: 'src/auth/login.ts', existing: 2 })
    expect(message(found, 'E_OVERLAP')).toContain('1 other tracked file.')
  })

  test('ends with an exclude or a shared file', () => {
    expect(codes(report([{ id: 'core', include: ['/src/'], exclude: ['/src/auth/'] }, AUTH]))).toEqual([])
    const shared = report(
      [
        { id: 'core', include: ['/src/'] },
        { id: 'main', include: ['/src/main.ts', '/test/'] },
      ],
      {},
      '[[shared]]\npath = "src/main.ts"\npolicy = "owner"\nowner = "main"',
    )
    expect(codes(shared)).toEqual([])
    expect(shared.owners.map(({ files }) => files)).toEqual([3, 2])
    expect(message(shared, 'I_SHARED_IN_SCOPES')).toBe(
      'The shared file src/main.ts also matches the scopes of core and main; by its policy main alone writes it.',
    )
  })

  test('refuses the run, with every error and its remedy', () => {
    const refused = report([
      { id: 'core', include: ['/src/'] },
      AUTH,
      { ...API, more: 'depends_on = ["atuh"]' },
    ])
    const error = catchError(() => requireChecked(refused))
    expect(error).toMatchObject({ code: 'E_OVERLAP', kind: 'precondition' })
    expect(error.message).toContain('3 errors')
    expect(error.hints.at(-1)).toEqual({ text: 'See the whole report.', command: 'quintet plan check p' })
  })

  test('respects a file system without case', () => {
    const pieces = [
      { id: 'one', include: ['/lib/Auth/'] },
      { id: 'two', include: ['/lib/auth/'] },
    ]
    expect(codes(report(pieces))).not.toContain('E_OVERLAP')
    expect(codes(report(pieces, { ignoreCase: true }))).toContain('E_OVERLAP')
  })
})

describe('scopes', () => {
  test.each([
    ['../x', 'E_SCOPE_ESCAPES'],
    ['/etc/passwd', 'E_SCOPE_ESCAPES'],
    ['/repo/src/', 'E_SCOPE_ESCAPES'],
    ['C:\\src', 'E_SCOPE_ESCAPES'],
    ['src\\auth', 'E_PATTERN'],
    ['./src/', 'E_PATTERN'],
  ])('%s is refused', (pattern, code) => {
    const refused = report([{ id: 'a', include: [pattern, '/docs/'] }])
    expect(codes(refused)).toContain(code)
    const told = refused.findings.find((finding) => finding.code === code)
    expect(told?.hints).toContainEqual(expect.objectContaining({ command: 'git help gitignore' }))
    expect(codes(report([{ id: 'a', include: ['/docs/'], exclude: [pattern] }]))).toContain(code)
    expect(codes(report([{ ...AUTH, more: `reads = [${JSON.stringify(pattern)}]` }]))).toContain(code)
  })

  test('a tracked folder may have the name of a system folder', () => {
    expect(codes(report([{ id: 'a', include: ['/lib/'] }], { files: ['lib/a.ts'] }))).toEqual([])
  })

  test('that hold nothing are refused, those that hold nothing yet are pointed out', () => {
    expect(codes(report([{ id: 'a', include: ['/src/'], exclude: ['*'] }]))).toEqual(['E_SCOPE_EMPTY'])
    expect(codes(report([{ id: 'a', include: ['.quintet/session/'] }]))).toEqual(['E_SCOPE_EMPTY'])
    const typo = report([{ id: 'a', include: ['/src/atuh/'] }])
    expect(codes(typo)).toEqual(['W_SCOPE_NEW'])
    expect(typo.findings[0]?.hints[0]?.text).toContain('"src/auth/"')
    expect(typo.checked).not.toBeNull()
  })

  test('must not lead through a symbolic link out of the repository', () => {
    const links = [{ path: 'src/data', target: '../../outside' }]
    const facts = { links, files: [...FACTS.files, 'src/data'] }
    const found = report([{ id: 'a', include: ['/src/'] }], facts)
    expect(message(found, 'E_SCOPE_SYMLINK')).toBe(
      'The scope of a leads through the symbolic link src/data out of the repository, to "../../outside".',
    )
    expect(codes(report([{ id: 'a', include: ['src/data'] }], facts))).toEqual(['E_SCOPE_SYMLINK'])
    expect(codes(report([{ id: 'a', include: ['src/data/x/'] }], facts))).toContain('E_SCOPE_SYMLINK')
    expect(codes(report([{ id: 'a', include: ['/src/'], exclude: ['/src/data'] }], facts))).toEqual([])
    expect(codes(report([AUTH], facts))).toEqual([])
  })

  test('that lead through a link are told so, with the folder behind it', () => {
    const facts = { links: [{ path: 'lnk', target: 'src/auth' }], files: [...FACTS.files, 'lnk'] }
    for (const include of ['/lnk/', '/lnk/x/']) {
      const found = report([{ id: 'a', include: [include] }], facts)
      expect(message(found, 'W_SCOPE_NEW')).toBe(
        `The piece a owns no tracked file yet: "${include}" matches nothing. lnk is a symbolic link to "src/auth"; behind it git has no files.`,
      )
      expect(found.findings.find(({ code }) => code === 'W_SCOPE_NEW')?.hints[0]?.text).toBe(
        `Write "/src/auth/" instead of "${include}".`,
      )
    }
  })

  test('that name the root alone are told how everything is written', () => {
    const found = report([{ id: 'a', include: ['/'] }])
    expect(message(found, 'E_PATTERN')).toContain('write ** for everything.')
    expect(codes(report([{ id: 'a', include: ['**'] }]))).toEqual([])
  })

  test('are warned of links into the scope of another', () => {
    const facts = {
      links: [{ path: 'docs/auth', target: '../src/auth' }],
      files: [...FACTS.files, 'docs/auth'],
    }
    expect(codes(report([AUTH, DOCS], facts))).toEqual(['W_SYMLINK_CROSSES'])
    expect(codes(report([API, DOCS], facts))).toEqual([])
  })

  test("that name what is the operator's are warned, those that merely hold it are not", () => {
    const facts = { files: [...FACTS.files, '.quintet/config.toml', '.quintet/plans/p.toml'] }
    for (const include of ['/.quintet/', '.quintet/config.toml', '/.quintet/*.toml', '/.quintet/none.js']) {
      const found = report([{ id: 'a', include: ['/**', include] }], facts)
      expect(codes(found)).toEqual(['W_OPERATORS'])
      expect(message(found, 'W_OPERATORS')).toMatch(/^The scope of a names \.quintet\/: what lands there/)
      expect(found.checked).not.toBeNull()
    }
    for (const include of ['/**', '**/*.toml', '/.quintet/session/', '/.quintets/'])
      expect(codes(report([{ id: 'a', include: ['/src/', include] }], facts))).toEqual([])
    const out = report([{ id: 'a', include: ['/src/', '/.quintet/'], exclude: ['/.quintet'] }], facts)
    expect(codes(out)).toEqual([])
  })

  test('must leave submodules alone', () => {
    const facts = { submodules: ['src/vendor'] }
    expect(codes(report([{ id: 'a', include: ['/src/'] }], facts))).toEqual(['E_SCOPE_SUBMODULE'])
    expect(codes(report([{ id: 'a', include: ['/src/'], exclude: ['/src/vendor'] }], facts))).toEqual([])
  })
})

describe('shared files', () => {
  const shared = (path: string, more = 'policy = "operator"'): string =>
    `[[shared]]\npath = ${JSON.stringify(path)}\n${more}\n`

  test.each([['src/'], ['src/auth'], ['*.json'], ['../x'], ['/package.json'], ['.git/config']])(
    '%s is refused',
    (path) => {
      expect(codes(report([AUTH], {}, shared(path)))).toEqual(['E_SHARED_PATH'])
    },
  )

  test('have one policy each and an owner that exists', () => {
    expect(codes(report([AUTH], {}, shared('package.json') + shared('package.json')))).toEqual([
      'E_SHARED_TWICE',
    ])
    const typo = report([AUTH], {}, shared('package.json', 'policy = "owner"\nowner = "atuh"'))
    expect(codes(typo)).toEqual(['E_SHARED_OWNER'])
    expect(typo.findings[0]?.hints[0]?.text).toBe('Perhaps "auth" was meant.')
  })
})

describe('paths that a brief names in backticks', () => {
  const named = (brief: string, more = ''): readonly string[] =>
    report(
      [{ ...AUTH, brief, more }, API],
      { ignored: ['build/out.ts'] },
      '[[shared]]\npath = "package.json"\npolicy = "operator"',
    )
      .findings.filter(({ code }) => code === 'E_UNOWNED_PATH')
      .map((finding) => / names (\S+),/.exec(finding.message)?.[1] ?? '')

  test.each([
    ['Change `test/api.test.ts`.', ['test/api.test.ts']],
    ['Create `test/auth.test.ts:12` and `./lib/new.ts`.', ['test/auth.test.ts', 'lib/new.ts']],
    ['Look at `README.md` and the folder `test/`.', ['README.md', 'test/']],
  ])('need an owner: %s', (brief, expected) => {
    expect(named(brief)).toEqual(expected)
  })

  test.each([
    'Change `src/auth/new.ts`, `src/api/routes.ts` and `package.json`.',
    'Answer with `application/json`, `text/event-stream`, `GET /users`, `@scope/pkg`, `feature/x`, `a.b.c`, `login()`.',
    'It is written to `build/out.ts`.',
    'Run `npm test`:\n```\ncat test/api.test.ts `test/api.test.ts`\n```\n',
    'test/api.test.ts is not in backticks. `src` and `test` are words.',
  ])('need none: %s', (brief) => {
    expect(named(brief)).toEqual([])
  })

  test('may be read', () => {
    expect(named('See `test/api.test.ts`.', 'reads = ["/test/"]')).toEqual([])
  })
})

describe('dependencies', () => {
  const chain = (needs: Record<string, readonly string[]>): ReturnType<typeof report> =>
    report(
      Object.entries(needs).map(([id, on]) => ({
        id,
        include: [`/src/${id}/`],
        more: `depends_on = ${JSON.stringify(on)}`,
      })),
    )

  test('order pieces, else the plan does', () => {
    expect(chain({ c: ['a'], b: [], a: [], d: ['b', 'c'] }).order).toEqual(['b', 'a', 'c', 'd'])
    expect(chain({ c: ['a'], b: [], a: [], d: ['b', 'c'] }).waves).toEqual([['b', 'a'], ['c'], ['d']])
  })

  test('in a circle are shown with the circle', () => {
    const found = chain({ a: ['b'], b: ['c'], c: ['a'], d: ['a'], e: [] })
    expect(codes(found).filter((code) => code.startsWith('E_'))).toEqual(['E_CYCLE'])
    expect(message(found, 'E_CYCLE')).toBe('The pieces depend on each other in a circle: a → b → c → a.')
    expect(found.order).toEqual(['e'])
  })

  test('must be other pieces of the plan', () => {
    expect(codes(chain({ a: ['a'] }))).toContain('E_DEPENDS_SELF')
    expect(message(chain({ auth: ['atuh', 'nothing'], a: [] }), 'E_DEPENDS_UNKNOWN')).toContain('"atuh"')
  })

  test('need ids that are unique and free', () => {
    expect(codes(report([AUTH, { id: 'auth', include: ['/x/'] }]))).toContain('E_PIECE_TWICE')
    expect(codes(report([{ id: 'operator', include: ['/src/'] }]))).toEqual(['E_PIECE_RESERVED'])
  })
})

describe('commands', () => {
  const checks = (...runs: readonly (readonly string[])[]): string =>
    `checks = [${runs.map((run) => `{ name = "c", run = ${JSON.stringify(run)} }`).join(', ')}]`

  test('are programs that are there', () => {
    expect(codes(report([{ ...AUTH, more: checks(['npm', 'test']) }]))).toEqual([])
    expect(codes(report([{ ...AUTH, more: checks(['./test/api.test.ts']) }]))).toEqual([])
    const found = report([{ ...AUTH, more: checks(['npm test']) }])
    expect(found.findings[0]).toMatchObject({ code: 'E_CHECK_COMMAND', piece: 'auth' })
    expect(found.findings[0]?.hints[0]?.text).toContain('run = ["npm", "test"]')
    expect(codes(report([AUTH], {}, '[integration]\nchecks = [{ name = "t", run = ["nope"] }]'))).toEqual([
      'E_CHECK_COMMAND',
    ])
    expect(codes(report([AUTH], { setup: ['nope'] }))).toEqual(['E_CHECK_COMMAND'])
  })

  test('have names of their own', () => {
    expect(codes(report([{ ...AUTH, more: checks(['npm'], ['node']) }]))).toEqual(['E_CHECK_TWICE'])
  })

  test('should be there for the merged tree', () => {
    const none = '[integration]\nchecks = []'
    expect(codes(report([AUTH], {}, none))).toEqual(['W_NO_INTEGRATION_CHECKS'])
    expect(report([AUTH], {}, none).findings[0]?.message).toContain('no piece has any')
    const pieces = report([{ ...AUTH, more: checks(['npm']) }], {}, none)
    expect(pieces.findings[0]?.message).toContain('checks of the merged pieces')
  })
})

describe('agents', () => {
  test.each([
    ['agent = "claude"', null],
    ['agent = "cluade"', 'E_AGENT_UNKNOWN'],
    ['agent = "constructor"', 'E_AGENT_UNKNOWN'],
    ['agent = "codex"', 'E_AGENT_PROGRAM'],
    ['agent = "scripted"', 'E_SCRIPT_MISSING'],
    ['script = "s.json"', 'E_SCRIPT_MISSING'],
    ['script = "there.json"', null],
    ['agent = "scripted"\nscript = "there.json"', null],
    ['agent = "claude"\nscript = "there.json"', 'E_SCRIPT_UNUSED'],
  ])('%j gives %s', (more, code) => {
    const found = codes(report([{ ...AUTH, more }], { scripts: ['there.json'] }))
    expect(found).toEqual(code === null ? [] : [code])
  })

  test('that the machine lacks are told once for all pieces', () => {
    const pieces = [AUTH, API, { ...DOCS, more: 'agent = "codex"' }]
    const none = report(pieces, { defaultAgent: null, programs: ['npm'] })
    expect(codes(none)).toEqual(['E_AGENT_NONE', 'E_AGENT_PROGRAM'])
    expect(none.findings[0]).toMatchObject({
      message: 'The pieces auth and api name no agent, and the configuration has no default.',
      hints: [{ text: expect.stringContaining('No agent was found'), command: 'quintet doctor' }],
    })
    expect(none.findings[0]).not.toHaveProperty('piece')
    const some = report([AUTH], { defaultAgent: null })
    expect(some.findings[0]).toMatchObject({
      piece: 'auth',
      hints: [{ text: expect.stringContaining('Set agent = "claude"') }],
    })
  })

  test('are needed, but not in a rehearsal', () => {
    expect(codes(report([AUTH], { defaultAgent: null }))).toEqual(['E_AGENT_NONE'])
    const rehearsed = checkPlan(planOf([AUTH]), { ...FACTS, defaultAgent: null }, { rehearsal: true })
    expect(rehearsed.checked).not.toBeNull()
  })
})

test.each([
  [{ base: { ref: 'HEAD', commit: null }, target: { branch: 'main', commit: null } }, ['E_BASE_UNKNOWN']],
  [{ base: { ref: 'mian', commit: null } }, ['E_BASE_UNKNOWN']],
  [{ target: { branch: null, commit: null } }, ['E_TARGET_UNKNOWN']],
  [{ target: { branch: 'release', commit: null } }, ['E_TARGET_UNKNOWN']],
])('base and target must be there: %j', (facts, expected) => {
  expect(codes(report([AUTH], facts))).toEqual(expected)
})

test('more than five sessions at once are warned of, never refused', () => {
  const pieces = Array.from({ length: 7 }, (_, index) => ({
    id: `p${index}`,
    include: [`/src/p${index}.ts`],
  }))
  expect(codes(report(pieces)).includes('W_SESSIONS')).toBe(false)
  const many = report(pieces, {}, '[limits]\nsessions = 7')
  expect(codes(many)).toContain('W_SESSIONS')
  expect(many.checked).not.toBeNull()
  expect(codes(report(pieces.slice(0, 3), {}, '[limits]\nsessions = 7'))).not.toContain('W_SESSIONS')
})

test('twenty pieces against thirty thousand files take well under a second', () => {
  const files = Array.from(
    { length: 30_000 },
    (_, index) => `packages/p${index % 40}/src/d${index % 300}/file-${index}.ts`,
  ).sort()
  const pieces = Array.from({ length: 20 }, (_, index) => ({
    id: `p${index}`,
    include: [`/packages/p${index}/`, `test/**/p${index}-*.ts`, `/docs/p${index}.md`],
    exclude: ['*.snap', 'node_modules/'],
  }))
  const plan = planOf(pieces)
  // Processor time, not the clock: the machine may be busy with other things.
  const started = process.cpuUsage()
  const found = checkPlan(plan, { ...FACTS, files })
  const took = process.cpuUsage(started).user / 1000
  expect(found.owners.map((row) => row.files)).toEqual(Array.from({ length: 20 }, () => 750))
  expect(found.unowned.count).toBe(15_000)
  expect(took).toBeLessThan(1_000)
})

function catchError(work: () => unknown): QuintetError {
  try {
    work()
  } catch (error) {
    if (error instanceof QuintetError) return error
    throw error
  }
  throw new Error('Nothing was thrown.')
}

test('a test runner that everybody knows and this machine lacks is named as missing', () => {
  const lacking = report(
    [AUTH],
    {},
    '[integration]\nchecks = [{ name = "test", run = ["uv", "run", "pytest"] }]',
  )
  expect(codes(lacking)).toEqual(['E_CHECK_PROGRAM'])
  expect(lacking.findings.slice(0, 1).every(isOfEnvironment)).toBe(true)
})
