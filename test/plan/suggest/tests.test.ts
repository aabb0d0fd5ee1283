// Tests belong to what they test: in what a goal is about, and in who owns them.
import { describe, expect, test } from 'vitest'
import type { RepositoryFacts } from '../../../src/plan/facts/facts.ts'
import { draftOf } from '../../../src/plan/suggest/draft.ts'
import { Owners } from '../../../src/plan/suggest/division.ts'
import { groundOf } from '../../../src/plan/suggest/ground.ts'
import { mend } from '../../../src/plan/suggest/mend.ts'
import { BOUNDARIES, suggest, type SuggestInput } from '../../../src/plan/suggest/suggest.ts'
import { withOwnTests, withTests } from '../../../src/plan/suggest/tests.ts'
import { ownerName, ownershipInForce } from '../../../src/scope/ownership.ts'
import { FACTS } from '../fixture.ts'
import { factsOf } from './facts.ts'

/** A library whose tests import the whole of it. */
const CODE = ['app', 'cli', 'views', 'config', 'ctx', 'globals', 'helpers', 'logging']
const LIBRARY = factsOf({
  files: [
    'lib/__init__.py', ...CODE.map((name) => `lib/${name}.py`), 'lib/json/__init__.py', 'lib/json/tag.py',
    ...CODE.map((name) => `tests/test_${name}.py`), 'tests/test_json.py', 'tests/test_json_tag.py', 'tests/test_basic.py',
    'tests/test_late.py', 'tests/fixtures/a.txt', 'tests/static/b.css', 'README.md',
  ], // prettier-ignore
  covers: [
    ...[...CODE, 'json', 'basic', 'late'].map(
      (name) => [`tests/test_${name}.py`, 'lib/__init__.py'] as const,
    ),
    ...CODE.map((name) => [`tests/test_${name}.py`, `lib/${name}.py`] as const),
    ['tests/test_basic.py', 'lib/app.py'],
    ['tests/test_late.py', 'lib/app.py'],
    ['tests/test_json.py', 'lib/json/__init__.py'],
  ],
  imports: [
    ['lib/cli.py', 'lib/json/__init__.py'],
    ['lib/json/tag.py', 'lib/json/__init__.py'],
    ['tests/test_cli.py', 'lib/cli.py'],
    ['tests/test_json.py', 'lib/json/__init__.py'],
  ],
  together: [
    ['tests/test_cli.py', 'lib/app.py', 9],
    ['tests/test_late.py', 'lib/cli.py', 5],
    ['tests/test_late.py', 'lib/app.py', 2],
    ['tests/test_basic.py', 'lib/cli.py', 1],
    ['lib/json/__init__.py', 'lib/json/tag.py', 6],
  ],
})

const at = (path: string): number => LIBRARY.files.findIndex((file) => file.path === path)
const testsOf = (...paths: readonly string[]): readonly (string | undefined)[] =>
  withTests(LIBRARY, paths.map(at))
    .filter((file) => !paths.includes(LIBRARY.files[file]?.path ?? ''))
    .map((file) => LIBRARY.files[file]?.path)

describe('the tests of some files', () => {
  test('are those named after one of them, whatever else they import, and those mostly changed with them', () => {
    expect(testsOf('lib/cli.py')).toEqual(['tests/test_cli.py', 'tests/test_late.py'])
    expect(testsOf('lib/json/__init__.py', 'lib/json/tag.py')).toEqual([
      'tests/test_json.py',
      'tests/test_json_tag.py',
    ])
    expect(testsOf('README.md')).toEqual([])
  })

  test('are all of them for a whole library, with what they read', () => {
    const lib = LIBRARY.files.map(({ path }) => path).filter((path) => path.startsWith('lib/'))
    expect(testsOf(...lib)).toEqual(
      LIBRARY.files.map(({ path }) => path).filter((path) => path.startsWith('tests/')),
    )
  })

  test('are none that stand with other code: beside it, in its package, or as a measurement', () => {
    const files = [
      'p/a.ts', 'p/test/late.test.ts', 'q/b.ts', 'q/test/other.test.ts', 'cmd/docs.go', 'cmd/main_test.go', 'test/all.test.ts', 'bench/a/one.bench.ts',
    ] // prettier-ignore
    const facts = factsOf({
      files,
      covers: files.filter((path) => /test|bench/.test(path)).map((path) => [path, 'p/a.ts'] as const),
    })
    const packages = ['', 'p', 'q'].map((name) => ({ name, folder: name, manager: 'npm', dependsOn: [] }))
    const home = (path: string): number => Math.max(0, ['', 'p', 'q'].indexOf(path.split('/')[0] ?? ''))
    const several = {
      ...facts,
      packages,
      files: facts.files.map((file) => ({ ...file, package: home(file.path) })),
    }
    const code = facts.files.findIndex(({ path }) => path === 'p/a.ts')
    expect(withTests(several, [code]).map((file) => facts.files[file]?.path)).toEqual([
      'p/a.ts',
      'p/test/late.test.ts',
      'test/all.test.ts',
    ])
  })

  test('by file type is no way to divide a part with its tests', () => {
    const found = suggest({ facts: LIBRARY, goal: 'Make it faster', paths: ['lib', 'tests'], sessions: 2 })
    expect(found.candidates.map(({ boundary }) => boundary)).not.toContain('filetype')
  })

  test('without tests around it, what tests read goes with the code of its package', () => {
    const facts = factsOf({ files: ['p/a.ts', 'p/test/fixtures/in.js', 'q/b.ts', 'q/test/fixtures/in.js'] })
    const packages = { p: 0, q: 1 } as const
    const both: RepositoryFacts = {
      ...facts,
      packages: ['p', 'q'].map((name) => ({ name, folder: name, manager: 'npm', dependsOn: [] })),
      files: facts.files.map((file) => ({
        ...file,
        package: file.path.startsWith('p/') ? packages.p : packages.q,
      })),
    }
    expect(withTests(both, [0]).map((file) => facts.files[file]?.path)).toEqual([
      'p/a.ts',
      'p/test/fixtures/in.js',
    ])
  })
})

/** The best plan as it would be written, and who owns what by it. */
function best(input: Omit<SuggestInput, 'facts'>, facts = LIBRARY, history?: readonly (readonly string[])[]) {
  const suggestion = suggest({ ...input, facts })
  const [candidate] = suggestion.candidates
  if (candidate === undefined) throw new Error('nothing suggested')
  const more = history === undefined ? {} : { history }
  const planFacts = { ...FACTS, files: facts.files.map(({ path }) => path), ...more }
  const { plan } = mend('p', draftOf(suggestion, candidate), planFacts).draft
  const map = ownershipInForce(plan, [])
  return { suggestion, plan, ownerOf: (path: string) => ownerName(map.ownerOf(path)) }
}

const GOAL = 'Make it faster'

describe('a piece owns the tests of its code', () => {
  const named = 'Add async support to lib/cli.py and lib/json'
  test.each([
    ['named in the goal', { goal: named, sessions: 2 }],
    ['given as paths', { goal: GOAL, paths: ['lib/cli.py', 'lib/json'], sessions: 2 }],
  ])('%s', (_, input) => {
    const { ownerOf, plan } = best(input)
    expect(plan.pieces).toHaveLength(2)
    const [cli, json] = [ownerOf('lib/cli.py'), ownerOf('lib/json/tag.py')]
    expect(cli).not.toBe(json)
    expect([cli, json]).not.toContain(null)
    expect(ownerOf('tests/test_cli.py')).toBe(cli)
    expect([ownerOf('tests/test_json.py'), ownerOf('tests/test_json_tag.py')]).toEqual([json, json])
  })

  test('whatever divided the code, and a folder of them where nothing else is left of it', () => {
    const all = LIBRARY.files.map((_, file) => file)
    const folder = (path: string, piece: number) => ({ place: { kind: 'folder' as const, path }, piece })
    const file = (path: string, piece: number) => ({ place: { kind: 'file' as const, path }, piece })
    const ground = groundOf({ facts: LIBRARY, files: all, shared: new Set() })
    const given = [folder('', 0), folder('lib/json', 1), file('tests/test_json.py', 0), folder('tests', 1)]
    const ownerOf = (files: readonly number[], path: string): number | null =>
      new Owners(withOwnTests({ ...ground, files }, { pieces: 2, given })).ownerOf(path)
    expect(ownerOf(all, 'tests/test_json.py')).toBe(1)
    // Where all is divided, a folder stays where it was put.
    expect(ownerOf(all, 'tests/new.py')).toBe(1)
    const some = all.filter((one) => LIBRARY.files[one]?.path !== 'README.md')
    expect(ownerOf(some, 'tests/new.py')).toBe(0)
  })

  test('more pieces than there is code to own are not to be had', () => {
    const names = ['a', 'b', 'c', 'd'].map((name) => `tests/help.${name}.test.js`)
    const others = ['a', 'b', 'c', 'd'].map((name) => `tests/option.${name}.test.js`)
    const facts = factsOf({ files: ['lib/help.js', 'lib/option.js', ...names, ...others, 'package.json'] })
    const { suggestion, ownerOf } = best({ goal: 'Rework lib/help.js and lib/option.js', sessions: 2 }, facts)
    expect(suggestion.candidates.map(({ boundary }) => boundary)).not.toContain('filetype')
    expect(new Set(names.map(ownerOf))).toEqual(new Set([ownerOf('lib/help.js')]))
    expect(new Set(others.map(ownerOf))).toEqual(new Set([ownerOf('lib/option.js')]))
    expect(() => suggest({ facts, goal: 'Rework lib/help.js and lib/option.js', sessions: 3 })).toThrow(
      expect.objectContaining({ code: 'E_SESSIONS' }),
    )
  })

  test('where another piece has them by file type, the brief says whom to ask', () => {
    const { plan, ownerOf } = best({ goal: GOAL, by: 'filetype', sessions: 2 })
    const tester = ownerOf('tests/test_cli.py') ?? ''
    const code = plan.pieces.find(({ id }) => id === ownerOf('lib/cli.py'))
    expect(code?.id).not.toBe(tester)
    expect(code?.brief).toContain(`and ${tester}, which has the tests of this code, was asked`)
    expect(plan.pieces.find(({ id }) => id === tester)?.brief).toContain('with tests for what has changed')
  })

  test('also where nothing says which test is of which code', () => {
    const { plan, ownerOf } = best({ goal: GOAL, by: 'filetype', sessions: 2 }, { ...LIBRARY, covers: [] })
    const code = plan.pieces.find(({ id }) => id === ownerOf('lib/cli.py'))
    expect(code?.brief).toContain(`and ${ownerOf('tests/test_cli.py') ?? ''}, which has the tests`)
    expect(code?.brief).not.toContain('with tests')
  })
})

test("a test that the goal does not hold is never the operator's", () => {
  const history = Array.from({ length: 24 }, (_, round) => [
    round % 2 === 0 ? 'lib/cli.py' : 'lib/json/tag.py',
    'tests/test_basic.py',
    'README.md',
  ])
  const { plan } = best({ goal: 'Rework lib/cli.py and lib/json', sessions: 2 }, LIBRARY, history)
  const policies = new Map(plan.shared.map((file) => [file.path, file.policy]))
  expect(policies.get('README.md')).toBe('operator')
  expect(policies.get('tests/test_basic.py')).toBe('owner')
})

test('a path that is to come belongs to the piece beside it', () => {
  for (const by of BOUNDARIES) {
    if (by === 'layer') continue
    const { ownerOf, plan } = best({
      goal: 'Split lib/cli.py into lib/run.py, and rework lib/json/tag.py',
      by,
      sessions: 1,
    })
    expect(ownerOf('lib/run.py')).toBe(plan.pieces[0]?.id)
  }
  const { ownerOf } = best({
    goal: 'Move lib/json/tag.py to lib/json/tags/a.py and rework lib/cli.py',
    sessions: 2,
  })
  expect(ownerOf('lib/json/tags/a.py')).toBe(ownerOf('lib/json/tag.py'))
  expect(ownerOf('lib/cli.py')).not.toBe(ownerOf('lib/json/tag.py'))
})
