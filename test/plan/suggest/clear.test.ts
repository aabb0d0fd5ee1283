// Plans that a person would have been proud to write: what test data weighs, what pieces are called, how few patterns and shared
// files there are, and in which order layers come.
import { describe, expect, test } from 'vitest'
import type { RepositoryFacts } from '../../../src/plan/facts/facts.ts'
import { parsePlan } from '../../../src/plan/load.ts'
import { Owners, withoutExceptions, type Division } from '../../../src/plan/suggest/division.ts'
import { draftOf, type Draft } from '../../../src/plan/suggest/draft.ts'
import { groundOf } from '../../../src/plan/suggest/ground.ts'
import { pieceNames } from '../../../src/plan/suggest/names.ts'
import { patternsOf } from '../../../src/plan/suggest/patterns.ts'
import { renderPlan } from '../../../src/plan/suggest/render.ts'
import { waitsFor } from '../../../src/plan/suggest/score.ts'
import { suggest, type Suggestion, type SuggestInput } from '../../../src/plan/suggest/suggest.ts'
import { factsOf, project } from './facts.ts'

const GOAL = 'Give every error a code'

function drafted(input: SuggestInput): { readonly suggestion: Suggestion; readonly draft: Draft } {
  const suggestion = suggest(input)
  const [candidate] = suggestion.candidates
  if (candidate === undefined) throw new Error('There is no candidate.')
  return { suggestion, draft: draftOf(suggestion, candidate) }
}

function ground(facts: RepositoryFacts) {
  return groundOf({ facts, files: facts.files.map((_, file) => file), shared: new Set() })
}

function named(paths: readonly string[], given: Division['given'], pieces: number): readonly string[] {
  return pieceNames(ground(factsOf({ files: paths })), { pieces, given }).map(({ id }) => id)
}

const folder = (path: string, piece: number) => ({ place: { kind: 'folder' as const, path }, piece })
const file = (path: string, piece: number) => ({ place: { kind: 'file' as const, path }, piece })

describe('what tests read', () => {
  const areas = ['parser', 'plugins', 'tokenizer', 'util']
  const code = areas.flatMap((area) => ['a', 'b', 'c', 'd'].map((name) => `pkg/src/${area}/${name}.ts`))
  const data = Array.from({ length: 2_000 }, (_, index) => `pkg/test/fixtures/case-${index}/input.js`)
  const odd = Array.from({ length: 300 }, (_, index) => `pkg/test/more/case-${index}/input.js`)
  const churn = Object.fromEntries([...data, ...odd].map((path) => [path, 2]))
  const facts = factsOf({ files: [...code, ...data, ...odd, 'other/main.ts', 'README.md'], churn })

  test('is little of the work where a goal names a part, however much there is', () => {
    const files = facts.files.flatMap(({ path }, index) => (path.startsWith('pkg/') ? [index] : []))
    const { weights } = groundOf({ facts, files, shared: new Set() })
    const share = files
      .filter((index) => facts.files[index]?.path.startsWith('pkg/test/'))
      .reduce((sum, index) => sum + (weights[index] ?? 0), 0)
    expect(share).toBeCloseTo(0.1)
    expect(files.reduce((sum, index) => sum + (weights[index] ?? 0), 0)).toBeCloseTo(1)
  })

  test('has no piece of its own: the code is divided', () => {
    const { draft } = drafted({ facts, goal: `${GOAL} in pkg/`, paths: ['pkg/'], sessions: 3 })
    const owners = draft.plan.pieces.filter(({ scope }) =>
      scope.include.some((pattern) => pattern.startsWith('/pkg/src/') || pattern === '/pkg/'),
    )
    expect(owners).toHaveLength(3)
    const patterns = draft.plan.pieces.flatMap(({ scope }) => [...scope.include, ...scope.exclude])
    expect(patterns.filter((pattern) => pattern.includes('fixtures'))).toEqual([])
  })
})

test('tests beside those of a goal come with them, so that their folder is one pattern', () => {
  const tests = ['a', 'b', 'c', 'd', 'e'].map((name) => `test/util/${name}.test.ts`)
  const facts = factsOf({ files: [...tests, 'src/a.ts', 'test/other/x.test.ts'] })
  const indices = ['src/a.ts', ...tests.slice(0, 3)].map((path) =>
    facts.files.findIndex((one) => one.path === path),
  )
  const { roots } = groundOf({ facts, files: indices.toSorted((a, b) => a - b), shared: new Set() })
  expect(roots.map(({ place }) => place.path)).toEqual(['src', 'test/util'])
  const few = groundOf({ facts, files: indices.slice(0, 2).toSorted((a, b) => a - b), shared: new Set() })
  expect(few.roots.map(({ place }) => place.path)).toEqual(['src', 'test/util/a.test.ts'])
})

describe('names of pieces', () => {
  test('are of code rather than of what lies beside it', () => {
    const paths = [
      'CHANGES.rst',
      'src/flask/app.py',
      'src/flask/cli.py',
      'tests/a.txt',
      'tests/b.txt',
      'docs/x.md',
    ]
    const given = [folder('docs', 0), folder('src', 1), folder('tests', 1), file('CHANGES.rst', 1)]
    expect(named(paths, given, 2)).toEqual(['docs', 'flask'])
  })

  test('say the folder where a piece has several of it, and none is most of it', () => {
    const paths = ['lock', 'develop', 'view'].flatMap((name) => [
      `cmd/issue/${name}/a.go`,
      `cmd/pr/${name}/a.go`,
    ])
    const given = [
      folder('cmd/issue/lock', 0),
      folder('cmd/issue/develop', 0),
      folder('cmd/pr', 1),
      folder('cmd/issue/view', 1),
    ]
    expect(named(paths, given, 2)).toEqual(['issue-lock', 'pr'])
  })

  test('do not say a folder twice, and no manifest', () => {
    const paths = ['src/flask/__init__.py', 'src/flask/app.py', 'scripts/a.js', 'package.json']
    const given = [
      folder('src', 0),
      file('src/flask/__init__.py', 1),
      folder('scripts', 2),
      file('package.json', 2),
    ]
    const facts = factsOf({ files: paths, churn: { 'package.json': 50 } })
    const all = pieceNames(ground(facts), { pieces: 3, given })
    expect(all.map(({ id }) => id)).toEqual(['flask', 'flask-init', 'scripts'])
    expect(all[2]?.where).toBe('scripts')
  })

  test('are made of what is left of a word without its marks', () => {
    const paths = ['src/Übung/a.ts', 'src/[id]/a.ts', 'src/a b/a.ts', 'src/typescript/index.ts']
    const given = [
      folder('src/Übung', 0),
      folder('src/[id]', 1),
      folder('src/a b', 2),
      file('src/typescript/index.ts', 3),
    ]
    expect(named(paths, given, 4)).toEqual(['ubung', 'id', 'a-b', 'typescript'])
  })
})

test("where most of a folder is others', a piece names what it has instead of all that it has not", () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  const paths = ['README.md', ...names.map((name) => `packages/${name}/main.ts`)]
  const given = [
    folder('', 0),
    ...names.slice(1).map((name, index) => folder(`packages/${name}`, 1 + (index % 2))),
  ]
  const division = withoutExceptions({ pieces: 3, given }, paths)
  expect(patternsOf(division)[0]).toEqual({ include: ['/**'], exclude: ['/packages/*', '!/packages/a/'] })
  const [before, after] = [new Owners({ given }), new Owners(division)]
  expect(paths.map((path) => after.ownerOf(path))).toEqual(paths.map((path) => before.ownerOf(path)))
})

describe('layers', () => {
  const facts = project()

  test('wait for those that they build on, and for nothing twice', () => {
    const { suggestion, draft } = drafted({ facts, goal: GOAL, by: 'layer', sessions: 3 })
    const [first, second, third] = draft.plan.pieces
    expect(draft.plan.pieces.map((piece) => piece.depends_on)).toEqual([[], [first?.id], [second?.id]])
    const text = renderPlan(suggestion, draft)
    expect(parsePlan(text, 'p.toml').pieces[2]?.depends_on).toEqual(third?.depends_on)
    expect(draft.candidate.score.longest).toBeCloseTo(1, 1)
  })

  test('come in their order, also where some import each other in a circle', () => {
    const areas = ['base', 'core', 'shell']
    const code = areas.flatMap((area) => ['a', 'b', 'c', 'd', 'e'].map((name) => `src/${area}/${name}.ts`))
    const names = ['a', 'b', 'c', 'd', 'e']
    const within = areas.flatMap((area) =>
      names.map((name, at) => [`src/${area}/${name}.ts`, `src/${area}/${names[(at + 1) % 5]}.ts`] as const),
    )
    const down = [
      ['core', 'base'],
      ['shell', 'core'],
    ].flatMap(([from, to]) =>
      names.map((name) => [`src/${from}/${name}.ts`, `src/${to}/${name}.ts`] as const),
    )
    const { draft } = drafted({
      facts: factsOf({
        files: [...code, 'docs/a.md', 'docs/b.md'],
        imports: [...within, ...down, ['src/base/a.ts', 'src/core/a.ts']],
        commits: 0,
      }),
      goal: GOAL,
      by: 'layer',
      sessions: 3,
    })
    const owners = new Owners(draft.candidate.division)
    const [base, core, shell] = areas.map((area) => owners.ownerOf(`src/${area}/c.ts`) ?? -1)
    expect((base ?? 0) <= (core ?? 0) && (core ?? 0) <= (shell ?? 0)).toBe(true)
    expect(new Set([base, core, shell]).size).toBeGreaterThan(1)
    const last = draft.plan.pieces[shell ?? -1]
    expect(last?.depends_on).not.toEqual([])
  })

  test('other pieces wait for nobody', () => {
    const { draft } = drafted({ facts, goal: GOAL, by: 'feature', sessions: 3 })
    expect(draft.plan.pieces.flatMap((piece) => piece.depends_on)).toEqual([])
    expect(draft.candidate.score.longest).toBe(Math.max(...draft.candidate.score.shares))
  })

  test('that build on two others of which one builds on the other wait for the upper one alone', () => {
    const imports = [
      { a: 1, b: 0, weight: 1 },
      { a: 2, b: 1, weight: 1 },
      { a: 2, b: 0, weight: 1 },
    ]
    expect(waitsFor({ imports }, { pieces: 3, ordered: true, given: [] }, [0, 1, 2])).toEqual([[], [0], [1]])
  })
})

test('a contended file that lies where it belongs needs no policy', () => {
  const base = project()
  const path = (index: number): string => base.files[index]?.path ?? ''
  const areas = ['parser', 'printer', 'server', 'store', 'view', 'wire']
  const hub = (name: string) =>
    areas.map((area) => [name, `src/${area}/main.ts`, area === 'wire' ? 16 : 5] as const)
  const facts = factsOf({
    files: [...base.files.map((one) => one.path), 'src/wire/index.ts', 'src/parser/index.ts'],
    together: [
      ...base.together.map(([a, b, weight]) => [path(a), path(b), weight] as const),
      ...hub('src/wire/index.ts'),
      ...hub('src/parser/index.ts'),
    ],
    imports: base.imports.map(([a, b]) => [path(a), path(b)] as const),
    churn: { 'src/wire/index.ts': 9, 'src/parser/index.ts': 9 },
  })
  const { suggestion, draft } = drafted({ facts, goal: GOAL, by: 'feature', sessions: 3 })
  expect(new Set(suggestion.contended.map((one) => facts.files[one.file]?.path))).toEqual(
    new Set(['src/parser/index.ts', 'src/wire/index.ts']),
  )
  const policies = draft.policies.filter(({ file: shared }) => shared.policy === 'owner')
  // Two fifths of what it was changed with lie in another piece: that is not most of it.
  expect(policies.map(({ file: shared }) => shared)).toEqual([])
})

test('contended code of which no piece has most stays with its piece, for an operator writes none', () => {
  const base = project()
  const path = (index: number): string => base.files[index]?.path ?? ''
  const areas = ['parser', 'printer', 'server', 'store', 'view', 'wire']
  const hub = 'src/parser/types.ts'
  const facts = factsOf({
    files: [...base.files.map((one) => one.path), 'schema.json'],
    together: [
      ...base.together.map(([a, b, weight]) => [path(a), path(b), weight] as const),
      ...areas.flatMap((area) => [
        [hub, `src/${area}/main.ts`, 30] as const,
        ['schema.json', `src/${area}/main.ts`, 30] as const,
      ]),
    ],
    imports: base.imports.map(([a, b]) => [path(a), path(b)] as const),
    churn: { [hub]: 40, 'schema.json': 40 },
  })
  const { suggestion, draft } = drafted({ facts, goal: GOAL, by: 'directory', sessions: 6 })
  expect(suggestion.contended.map((one) => facts.files[one.file]?.path)).toContain(hub)
  const policies = new Map(draft.plan.shared.map((one) => [one.path, one.policy]))
  expect(policies.get('schema.json')).toBe('operator')
  expect(policies.get(hub)).not.toBe('operator')
})

test("a file that is the operator's is in no list of a scope", () => {
  const suggestion = suggest({ facts: project(), goal: GOAL, by: 'feature', sessions: 3 })
  const [candidate] = suggestion.candidates
  if (candidate === undefined) throw new Error('There is no candidate.')
  const { division } = candidate
  const root = new Owners(division).ownerOf('package.json') ?? 0
  const given = [...division.given, file('package.json', (root + 1) % 3)]
  const { plan } = draftOf(suggestion, { ...candidate, division: { ...division, given } })
  expect(plan.shared).toContainEqual({ path: 'package.json', policy: 'operator' })
  const patterns = plan.pieces.flatMap(({ scope }) => [...scope.include, ...scope.exclude])
  expect(patterns).not.toContain('/package.json')
})
