import { expect, test } from 'vitest'
import { explainPath, type Explanation } from '../../../src/plan/explain/explain.ts'
import type { RepositoryFacts } from '../../../src/plan/facts/facts.ts'
import { renderExplanation } from '../../../src/tui/explain.ts'
import { FACTS, planOf } from '../fixture.ts'

const { name, plan } = planOf(
  [
    { id: 'api', include: ['/src/', '*.md'], exclude: ['/src/auth/'] },
    { id: 'auth', include: ['/src/auth/'], more: 'reads = ["/test/"]' },
  ],
  [
    '[[shared]]\npath = "package.json"\npolicy = "operator"',
    '[[shared]]\npath = "src/main.ts"\npolicy = "owner"\nowner = "auth"\n',
  ].join('\n'),
)

const paths = FACTS.files
const at = (path: string): number => paths.indexOf(path)

const KNOWN: RepositoryFacts = {
  version: 1,
  commit: 'c',
  tree: 't',
  files: paths.map((path) => ({
    path,
    kind: path.startsWith('test/') ? 'test' : 'code',
    language: null,
    bytes: 1,
    package: null,
    churn: 1,
    owners: path === 'src/auth/login.ts' ? ['@sec'] : [],
  })),
  packages: [],
  imports: [
    [at('src/api/routes.ts'), at('src/auth/login.ts')],
    [at('src/auth/login.ts'), at('src/auth/token.ts')],
  ],
  together: [[at('src/auth/login.ts'), at('test/api.test.ts'), 2.5]],
  covers: [[at('test/api.test.ts'), at('src/auth/login.ts')]],
  hubs: [{ file: at('src/auth/login.ts'), importers: 1, areas: 2, churn: 3, reason: 'Many import it.' }],
  history: { read: 1, counted: 1, oldest: null },
}

function explained(path: string, facts: RepositoryFacts | null = null): Explanation {
  const { files, ignoreCase, coordinationFolder } = FACTS
  return explainPath({ name, plan, path, files, ignoreCase, coordinationFolder, facts })
}

test('a path is owned by a pattern, in spite of others, and read by others', () => {
  expect(explained('src/auth/login.ts')).toMatchObject({
    path: 'src/auth/login.ts',
    there: 'file',
    owner: { kind: 'owned', piece: 'auth', pattern: '/src/auth/', title: 'The auth' },
    excludedBy: [{ piece: 'api', pattern: '/src/auth/' }],
  })
  expect(explained('./docs/guide.md').owner).toMatchObject({ piece: 'api', pattern: '*.md' })
  expect(explained('test/api.test.ts')).toMatchObject({
    owner: { kind: 'free' },
    readBy: [{ piece: 'auth', pattern: '/test/' }],
  })
  expect(explained('src/new.ts')).toMatchObject({ there: 'nothing', owner: { piece: 'api' } })
})

test('policies and what nobody may write come before all patterns', () => {
  expect(explained('package.json').owner).toEqual({ kind: 'shared', policy: 'operator', piece: null })
  expect(explained('src/main.ts')).toMatchObject({
    owner: { kind: 'shared', policy: 'owner', piece: 'auth' },
    overruled: [{ piece: 'api', pattern: '/src/' }],
  })
  expect(explained('.git/config').owner).toMatchObject({ kind: 'forbidden' })
  expect(explained('.quintet/session/x').owner).toMatchObject({ kind: 'forbidden' })
  expect(explained('../x').owner).toMatchObject({ kind: 'forbidden' })
})

test('a folder is divided among its owners, or has one, there or not', () => {
  expect(explained('src')).toMatchObject({
    path: 'src/',
    there: 'folder',
    owner: { kind: 'divided' },
    inside: [
      { owner: 'auth', files: 3 },
      { owner: 'api', files: 1 },
    ],
  })
  expect(explained('src/auth/')).toMatchObject({
    owner: { piece: 'auth' },
    inside: [{ owner: 'auth', files: 2 }],
  })
  expect(explained('src/new/')).toMatchObject({ path: 'src/new/', there: 'nothing', owner: { piece: 'api' } })
  expect(explained('.')).toMatchObject({ there: 'folder', owner: { kind: 'divided' } })
})

test('facts tell what imports it, changes with it and tests it, each with its owner', () => {
  expect(explained('src/auth/login.ts', KNOWN).surroundings).toEqual({
    kind: 'code',
    codeOwners: ['@sec'],
    hub: 'Many import it.',
    importedBy: { first: [{ path: 'src/api/routes.ts', owner: 'api', weight: 1 }], more: 0 },
    imports: { first: [{ path: 'src/auth/token.ts', owner: 'auth', weight: 1 }], more: 0 },
    changesWith: { first: [{ path: 'test/api.test.ts', owner: null, weight: 2.5 }], more: 0 },
    testedBy: { first: [{ path: 'test/api.test.ts', owner: null, weight: 1 }], more: 0 },
  })
  expect(explained('src/auth/', KNOWN).surroundings?.imports.first).toEqual([])
  expect(explained('src/new.ts', KNOWN).surroundings).toBeNull()
})

test('the text says all of it', () => {
  expect(renderExplanation(explained('src/auth/login.ts', KNOWN), false)).toMatchInlineSnapshot(`
    [
      "src/auth/login.ts by the plan p",
      "  auth owns it by /src/auth/: The auth.",
      "  api would hold it, but excludes /src/auth/.",
      "  Kind: code.",
      "  Owners by CODEOWNERS: @sec.",
      "  A hub file: Many import it.",
      "  imported by:",
      "    src/api/routes.ts  (api)",
      "  imports:",
      "    src/auth/token.ts  (auth)",
      "  changes with:",
      "    test/api.test.ts  (nobody)",
      "  tested by:",
      "    test/api.test.ts  (nobody)",
    ]
  `)
  expect(renderExplanation(explained('src'), false)).toMatchInlineSnapshot(`
    [
      "src/ by the plan p",
      "  Several own parts of it.",
      "  3 files: auth",
      "  1 file: api",
    ]
  `)
  expect(renderExplanation(explained('src/main.ts'), false)).toMatchInlineSnapshot(`
    [
      "src/main.ts by the plan p",
      "  It is shared, and auth alone writes it.",
      "  api holds it too, which does not count, by /src/.",
    ]
  `)
})

test('without a plan it is told what the path has to do with others', () => {
  const { files, ignoreCase, coordinationFolder } = FACTS
  const none = { name: null, plan: { pieces: [], shared: [] }, files, ignoreCase, coordinationFolder }
  const of = (path: string): readonly string[] =>
    renderExplanation(explainPath({ ...none, path, facts: KNOWN }), false)
  expect(of('src/auth/login.ts')).toMatchInlineSnapshot(`
    [
      "src/auth/login.ts",
      "  There is no plan yet, so nobody owns it.",
      "  Kind: code.",
      "  Owners by CODEOWNERS: @sec.",
      "  A hub file: Many import it.",
      "  imported by:",
      "    src/api/routes.ts",
      "  imports:",
      "    src/auth/token.ts",
      "  changes with:",
      "    test/api.test.ts",
      "  tested by:",
      "    test/api.test.ts",
    ]
  `)
  expect(of('src')).toMatchInlineSnapshot(`
    [
      "src/",
      "  There is no plan yet, so nobody owns it.",
      "  4 files",
      "  Owners by CODEOWNERS: @sec.",
      "  changes with:",
      "    test/api.test.ts",
      "  tested by:",
      "    test/api.test.ts",
    ]
  `)
  expect(of('.git/config')[1]).toContain('Nobody may write it.')
})

test('a path is meant from the folder asked in, else from the root', () => {
  const { files, ignoreCase, coordinationFolder } = FACTS
  const meant = (path: string, from: string): string =>
    explainPath({ name, plan, path, from, files, ignoreCase, coordinationFolder, facts: null }).path
  expect(meant('login.ts', 'src/auth')).toBe('src/auth/login.ts')
  expect(meant('../api/', 'src/auth')).toBe('src/api/')
  expect(meant('.', 'src/auth')).toBe('src/auth/')
  expect(meant('docs/guide.md', 'src/auth')).toBe('docs/guide.md')
  expect([meant('new.ts', 'src/auth'), meant('src/new.ts', 'src/auth')]).toEqual([
    'src/auth/new.ts',
    'src/new.ts',
  ])
})
