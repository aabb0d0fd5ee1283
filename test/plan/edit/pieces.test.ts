import { expect, test } from 'vitest'
import { QuintetError } from '../../../src/contract/errors.ts'
import { unifiedDiff } from '../../../src/plan/edit/diff.ts'
import type { Edited, Ground } from '../../../src/plan/edit/ground.ts'
import { patternMeant } from '../../../src/plan/edit/meant.ts'
import { mergePieces } from '../../../src/plan/edit/merge.ts'
import { movePattern } from '../../../src/plan/edit/move.ts'
import { splitPiece } from '../../../src/plan/edit/split.ts'
import { parsePlan } from '../../../src/plan/load.ts'
import { foldersOf } from '../../../src/scope/patterns.ts'

const TEXT = `# Who does what.
goal = "G"

# The door.
[[pieces]]
id = "auth"
title = "Sign in"   # short
brief = """
Look at \`src/auth/login.ts\`.
"""
scope = { include = [
  "/src/auth/",   # all of it
  "/test/auth/",
], exclude = ["/src/auth/http/"] }
checks = [{ name = "test", run = ["npm", "test"] }]

[[pieces]]
id = "api"
title = "Routes"
brief = "Do it."
scope.include = ['/src/auth/http/', '/src/api/'] # both
depends_on = [
  "auth", # needs the types
]

[[pieces]]
id = "docs"
title = "Docs"
brief = "Write."
depends_on = ["api"]
[pieces.scope]
include = ["/*.md", "/docs/"]
# the books
exclude = ["/docs/api/"]
[[pieces.checks]]
name = "test"
run = ["npm", "run", "links"]

# ---- shared ----

[[shared]]
path = "src/auth/types.ts"   # hot
policy = "owner"
owner = "auth"

[[shared]]
path = "package.json"
policy = "operator"
`

const FILES = [
  'README.md',
  'docs/api/routes.html',
  'docs/guide.md',
  'package.json',
  'src/api/routes.ts',
  'src/auth/http/cookie.ts',
  'src/auth/login.ts',
  'src/auth/tokens/jwt.ts',
  'src/auth/types.ts',
  'src/free.ts',
  'test/auth/login.test.ts',
]

function ground(text = TEXT): Ground {
  const tree = { files: FILES, folders: foldersOf(FILES) }
  return { name: 'p', text, plan: parsePlan(text, 'p'), tree, ignoreCase: false }
}

/** The lines that a change takes away and brings. */
function lines({ text }: Edited, before = TEXT): string[] {
  return unifiedDiff(before, text, 'p').filter((line) => /^[-+](?![-+])/.test(line))
}

function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof QuintetError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'not refused'
}

test.each([
  [
    'a pattern as it is written',
    '/test/auth/',
    'api',
    [
      '-  "/test/auth/",',
      "-scope.include = ['/src/auth/http/', '/src/api/'] # both",
      "+scope.include = ['/src/auth/http/', '/src/api/', '/test/auth/'] # both",
    ],
  ],
  [
    'a pattern with its comment',
    'src/auth/',
    'docs',
    [
      '-  "/src/auth/",   # all of it',
      '-include = ["/*.md", "/docs/"]',
      '+# all of it',
      '+include = ["/*.md", "/docs/", "/src/auth/"]',
      '-exclude = ["/docs/api/"]',
      '+exclude = ["/docs/api/", "/src/auth/http/"]',
    ],
  ],
  [
    'a file out of a folder',
    'src/api/routes.ts',
    'auth',
    ['+  "/src/api/routes.ts",', '+scope.exclude = ["/src/api/routes.ts"]'],
  ],
  [
    'a folder of nobody',
    'src/free.ts',
    'api',
    [
      "-scope.include = ['/src/auth/http/', '/src/api/'] # both",
      "+scope.include = ['/src/auth/http/', '/src/api/', '/src/free.ts'] # both",
    ],
  ],
  [
    'back into what excludes it',
    '/src/auth/http/',
    'auth',
    [
      '-], exclude = ["/src/auth/http/"] }',
      '+], exclude = [] }',
      "-scope.include = ['/src/auth/http/', '/src/api/'] # both",
      "+scope.include = ['/src/api/'] # both",
    ],
  ],
  [
    'a shared file of the operator',
    'package.json',
    'api',
    ['-policy = "operator"', '+policy = "owner"', '+owner = "api"'],
  ],
  ['a shared file of another', './src/auth/types.ts', 'api', ['-owner = "auth"', '+owner = "api"']],
  ['what it has already', 'src/auth/login.ts', 'auth', []],
])('move: %s', (_, what, to, expected) => {
  expect(lines(movePattern(ground(), { what, to }))).toEqual(expected)
})

test.each([
  ['login.ts', '/src/auth/login.ts'],
  ['./tokens', '/src/auth/tokens/'],
  ['../api/routes.ts', '/src/api/routes.ts'],
  ['../../docs/guide.md', '/docs/guide.md'],
  ['src/free.ts', '/src/free.ts'],
  ['*.ts', '/src/auth/**/*.ts'],
  ['tokens/*.ts', '/src/auth/tokens/*.ts'],
  ['*.html', '*.html'],
  ['/docs/', '/docs/'],
  ['new.ts', '/src/auth/new.ts'],
  ['fresh/', '/src/auth/fresh/'],
  ['src/api/new.ts', '/src/api/new.ts'],
])('in a folder a word is about what is there: %s', (word, pattern) => {
  expect(patternMeant({ ...ground(), from: 'src/auth' }, word)).toBe(pattern)
})

test('in a folder a shared file has the name that it has there, and nothing leads out of the repository', () => {
  const within = { ...ground(), from: 'src/auth' }
  expect(lines(movePattern(within, { what: 'types.ts', to: 'api' }))).toEqual([
    '-owner = "auth"',
    '+owner = "api"',
  ])
  expect(lines(movePattern(within, { what: 'package.json', to: 'api' }))).toContain('+owner = "api"')
  const split = splitPiece(within, { piece: 'auth', id: 'tokens', patterns: ['tokens'] })
  expect(split.text).toContain('Only what lies in src/auth/tokens/; the rest belongs to the piece auth.')
  expect(refusal(() => movePattern(within, { what: '../../../x', to: 'api' }))).toMatch(
    /^E_PATTERN_REFUSED: The pattern "\.\.\/\.\.\/\.\.\/x" cannot be owned\./,
  )
})

test('move: refused where a piece would have nothing left, still excludes it, or is not there', () => {
  expect(refusal(() => movePattern(ground(), { what: 'src/', to: 'docs' }))).toBe(
    'E_PIECE_EMPTY: The piece api would own nothing any more.',
  )
  expect(refusal(() => movePattern(ground(), { what: 'docs/api/routes.html', to: 'docs' }))).toMatch(
    /^E_PIECE_EXCLUDES: The piece docs excludes a part of \/docs\/api\/routes.html/,
  )
  expect(refusal(() => movePattern(ground(), { what: 'src/', to: 'doc' }))).toBe(
    'E_PIECE_UNKNOWN: The plan p has no piece doc.',
  )
})

test('split: the new piece stands behind the old one, owns what it gave away, and is waited for', () => {
  const edited = splitPiece(ground(), {
    piece: 'auth',
    id: 'tokens',
    patterns: ['src/auth/tokens', '/test/auth/'],
  })
  expect(lines(edited)).toMatchInlineSnapshot(`
    [
      "-  "/test/auth/",",
      "-], exclude = ["/src/auth/http/"] }",
      "+], exclude = ["/src/auth/http/", "/src/auth/tokens/"] }",
      "+id = "tokens"",
      "+title = "Sign in: tokens"",
      "+brief = """",
      "+Only what lies in src/auth/tokens/ and test/auth/; the rest belongs to the piece auth.",
      "+",
      "+Look at \`src/auth/login.ts\`.",
      "+"""",
      "+scope = { include = ["/src/auth/tokens/", "/test/auth/"] }",
      "+checks = [{ name = "test", run = ["npm", "test"] }]",
      "+",
      "+[[pieces]]",
      "+  "tokens",",
    ]
  `)
  const { pieces, shared } = parsePlan(edited.text, 'p')
  expect(pieces.map(({ id, depends_on }) => [id, ...depends_on])).toEqual([
    ['auth'],
    ['tokens'],
    ['api', 'auth', 'tokens'],
    ['docs', 'api'],
  ])
  expect(shared[0]).toMatchObject({ owner: 'auth' })
  const whole = splitPiece(ground(), {
    piece: 'auth',
    id: 'rest',
    patterns: ['/src/auth/'],
    brief: 'B',
    title: 'T',
  })
  const rest = parsePlan(whole.text, 'p').pieces[1]
  expect(rest).toMatchObject({
    title: 'T',
    brief: 'B\n',
    scope: { include: ['/src/auth/'], exclude: ['/src/auth/http/'] },
  })
  expect(parsePlan(whole.text, 'p').shared[0]).toMatchObject({ owner: 'rest' })
  expect(whole.notes).toContain('The shared file src/auth/types.ts belongs to rest now.')
})

test('split: refused where it gives away what is not its own, everything, or to a piece that is there', () => {
  const split = (id: string, ...patterns: string[]): string =>
    refusal(() => splitPiece(ground(), { piece: 'auth', id, patterns }))
  expect(split('x', 'src/api/')).toBe('E_SPLIT_OUTSIDE: The piece auth owns nothing of /src/api/.')
  expect(split('x', '/src/')).toMatch(
    /^E_SPLIT_OUTSIDE: The pattern \/src\/ also holds src\/\S+, which auth does not own\.$/,
  )
  expect(split('x', '/src/auth/', '/test/auth/')).toBe(
    'E_PIECE_EMPTY: The piece auth would own nothing any more.',
  )
  expect(split('api', '/src/auth/')).toBe('E_PIECE_THERE: The plan p has a piece api already.')
})

test('merge: one piece owns what two owned, and is named wherever the other was', () => {
  const edited = mergePieces(ground(), { into: 'auth', from: 'api' })
  expect(lines(edited)).toMatchInlineSnapshot(`
    [
      "+# both",
      "+# needs the types",
      "-title = "Sign in"   # short",
      "+title = "Sign in; Routes"   # short",
      "+",
      "+Do it.",
      "-], exclude = ["/src/auth/http/"] }",
      "+  "/src/api/",",
      "+], exclude = [] }",
      "-id = "api"",
      "-title = "Routes"",
      "-brief = "Do it."",
      "-scope.include = ['/src/auth/http/', '/src/api/'] # both",
      "-depends_on = [",
      "-  "auth", # needs the types",
      "-]",
      "-",
      "-[[pieces]]",
      "-depends_on = ["api"]",
      "+depends_on = ["auth"]",
    ]
  `)
  const plan = parsePlan(edited.text, 'p')
  expect(plan.pieces.map(({ id, depends_on }) => [id, ...depends_on])).toEqual([['auth'], ['docs', 'auth']])
  expect(edited.text).toContain('# both\n# needs the types\n[[pieces]]\nid = "auth"')

  const checks = parsePlan(mergePieces(ground(), { into: 'docs', from: 'auth' }).text, 'p').pieces[1]?.checks
  expect(checks?.map(({ name }) => name)).toEqual(['test', 'auth test'])
  const other = parsePlan(mergePieces(ground(), { into: 'auth', from: 'docs' }).text, 'p')
  expect(other.pieces[0]?.scope).toEqual({
    include: ['/src/auth/', '/test/auth/', '/*.md', '/docs/'],
    exclude: ['/src/auth/http/', '/docs/api/'],
  })
  expect(other.pieces[0]?.checks.map(({ name }) => name)).toEqual(['test', 'docs test'])
})

test('merge: refused where it would take what belongs to neither, and with itself', () => {
  const wide = TEXT.replace('exclude = ["/src/auth/http/"]', 'exclude = ["/src/auth/h*/"]')
  expect(refusal(() => mergePieces(ground(wide), { into: 'auth', from: 'api' }))).toMatch(
    /^E_MERGE_WIDENS: The piece auth excludes \/src\/auth\/h\*\/, of which api owns only a part: src\/auth\/h/,
  )
  expect(refusal(() => mergePieces(ground(), { into: 'api', from: 'api' }))).toMatch(/^E_MERGE_SAME/)
})

test('a split is undone by a merge, but for titles and briefs', () => {
  const split = splitPiece(ground(), { piece: 'auth', id: 'tokens', patterns: ['src/auth/tokens'] }).text
  const merged = mergePieces(ground(split), { into: 'auth', from: 'tokens' }).text
  const scope = (text: string): unknown =>
    parsePlan(text, 'p').pieces.map(({ id, scope, depends_on, checks }) => ({
      id,
      scope,
      depends_on,
      checks,
    }))
  expect(scope(merged)).toEqual(scope(TEXT))
})

test.each(['/docs', 'docs/', '/docs/', '/docs/**'])(
  'a piece of %s has nothing left without docs/*',
  (own) => {
    const text = TEXT.replace('include = ["/*.md", "/docs/"]', `include = ["${own}"]`)
    const empty = 'E_PIECE_EMPTY: The piece docs would own nothing any more.'
    expect(refusal(() => movePattern(ground(text), { what: 'docs/*', to: 'api' }))).toBe(empty)
    expect(
      refusal(() => splitPiece(ground(text), { piece: 'docs', id: 'books', patterns: ['docs/*'] })),
    ).toBe(empty)
    const planned = text.replace(`["${own}"]`, `["${own}", "/books/"]`)
    expect(refusal(() => movePattern(ground(planned), { what: 'docs/*', to: 'api' }))).toBe('not refused')
  },
)

test('move: what the piece excluded until now is told', () => {
  expect(movePattern(ground(), { what: '/src/auth/http/', to: 'auth' }).notes).toEqual([
    'The piece auth excluded /src/auth/http/ and owns it now.',
  ])
  const text = TEXT.replace('exclude = ["/docs/api/"]', 'exclude = ["/docs/api/", "/docs/new/"]')
  expect(movePattern(ground(text), { what: '/docs/', to: 'docs' }).notes).toEqual([
    'The piece docs excluded /docs/api/ and owns it now.',
    'The piece docs excluded /docs/new/ and owns it now.',
  ])
})

test('merge: a comment that stands behind nothing is told, and left as it is', () => {
  const text = TEXT.replace(
    'depends_on = ["api"]\n[pieces.scope]',
    'depends_on = ["api"]  # waits\n[pieces.scope]',
  )
  const edited = mergePieces(ground(text), { into: 'docs', from: 'api' })
  expect(edited.text).toContain('depends_on = ["auth"]  # waits')
  expect(edited.notes.join(' ')).not.toContain('waits')
  const alone = TEXT.replace(
    'depends_on = [\n  "auth", # needs the types\n]',
    'depends_on = ["auth"]  # waits',
  )
  const merged = mergePieces(ground(alone), { into: 'api', from: 'auth' })
  expect(merged.text).toContain('depends_on = []  # waits')
  expect(merged.notes).toContain('The depends_on of api is empty now; look whether "# waits" still holds.')
})

test.each([
  ['move to nobody', () => movePattern(ground(), { what: 'src/free.ts', to: 'apo' })],
  ['move of no pattern', () => movePattern(ground(), { what: '../x', to: 'api' })],
  ['move of what is excluded', () => movePattern(ground(), { what: 'docs/api/routes.html', to: 'docs' })],
  ['split outside', () => splitPiece(ground(), { piece: 'auth', id: 'x', patterns: ['src/api/'] })],
  ['split wider', () => splitPiece(ground(), { piece: 'auth', id: 'x', patterns: ['/src/'] })],
  [
    'split of all',
    () => splitPiece(ground(), { piece: 'auth', id: 'x', patterns: ['/src/auth/', '/test/auth/'] }),
  ],
  ['merge with itself', () => mergePieces(ground(), { into: 'api', from: 'api' })],
])('%s: the refusal names a command that can be run', (_, work) => {
  const commands = hintsOf(work).map(({ command }) => command)
  expect(commands).toContainEqual(expect.stringMatching(/^quintet plan (?:check p|explain \S+ --plan p)$/))
})

function hintsOf(work: () => unknown): QuintetError['hints'] {
  try {
    work()
  } catch (error) {
    if (error instanceof QuintetError) return error.hints
    throw error
  }
  return []
}

test('an overlap that was there does not keep a plan from being changed', () => {
  const text = TEXT.replace(', exclude = ["/src/auth/http/"] }', ' }')
  const after = (work: (ground: Ground) => Edited) =>
    parsePlan(work(ground(text)).text, 'p').pieces.map(({ id, scope }) => [id, ...scope.include])
  expect(
    after((plan) => splitPiece(plan, { piece: 'auth', id: 'web', patterns: ['src/auth/http/'] })),
  ).toContainEqual(['web', '/src/auth/http/'])
  expect(after((plan) => movePattern(plan, { what: '/src/auth/http/', to: 'docs' }))).toContainEqual([
    'docs',
    '/*.md',
    '/docs/',
    '/src/auth/http/',
  ])
  expect(after((plan) => mergePieces(plan, { into: 'docs', from: 'api' }))).toHaveLength(2)
})
