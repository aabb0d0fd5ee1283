import { expect, test } from 'vitest'
import { targetOf } from '../../../src/plan/suggest/goal.ts'
import { factsOf } from './facts.ts'

const FACTS = factsOf({
  files: [
    'packages/parser/src/index.ts', 'packages/parser/src/readLine.ts', 'packages/parser/test/index.test.ts',
    'packages/printer/src/index.ts', 'packages/node/src/index.ts', 'docs/guide.md', 'docs/parsers/one.md', 'src/api/routes.ts', 'package.json',
  ], // prettier-ignore
  packages: [
    { name: '@acme/parser', folder: 'packages/parser' },
    { name: 'printer', folder: 'packages/printer' },
    { name: 'root', folder: '' },
  ],
  covers: [['packages/parser/test/index.test.ts', 'packages/parser/src/index.ts']],
})

const named = (goal: string, paths?: readonly string[]): readonly string[] | 'whole' => {
  const target = targetOf(FACTS, goal, paths === undefined ? {} : { paths })
  return target.whole ? 'whole' : target.files.map((file) => FACTS.files[file]?.path ?? '')
}
const PARSER = FACTS.files.map(({ path }) => path).filter((path) => path.startsWith('packages/parser/'))

test.each([
  ['Convert packages/parser to ESM', PARSER],
  ['Convert `packages/parser/` to ESM', PARSER],
  ['Convert @acme/parser to ESM', PARSER],
  ['Rewrite docs/guide.md and src/api/', ['docs/guide.md', 'src/api/routes.ts']],
  ['Convert src/ to TypeScript', ['src/api/routes.ts']],
  ['Convert src to TypeScript', ['src/api/routes.ts']],
  ['Tidy docs/, and nothing else', ['docs/guide.md', 'docs/parsers/one.md']],
  [
    'Tidy packages/*/src',
    FACTS.files
      .map(({ path }) => path)
      .filter((path) => path.includes('/src/') && path.startsWith('packages/')),
  ],
  ['Make the parser faster', [...PARSER, 'docs/parsers/one.md'].toSorted()],
  ['Replace readLine by a stream', ['packages/parser/src/readLine.ts']],
])('%s', (goal, paths) => {
  expect(named(goal)).toEqual(paths)
})

test.each([
  'Drop support for Node 18',
  'Make everything faster',
  'Parser',
  'Rework errors and add tests',
  'Add tests, also docs',
  '',
])('a goal that names no part is about everything: %s', (goal) => {
  expect(named(goal)).toBe('whole')
})

test('paths that are given count alone', () => {
  expect(named('Rewrite packages/parser', ['docs', 'src/api/routes.ts'])).toEqual([
    'docs/guide.md',
    'docs/parsers/one.md',
    'src/api/routes.ts',
  ])
  expect(named('Anything', ['.'])).toBe('whole')
})

test('what cannot be meant is refused', () => {
  const withCode = (code: string): unknown => expect.objectContaining({ code })
  expect(() => targetOf(FACTS, 'Anything', { paths: ['packages/parsre'] })).toThrow(
    withCode('E_PATH_UNKNOWN'),
  )
  expect(() => targetOf(FACTS, 'Anything', { paths: ['../other'] })).toThrow(withCode('E_PATTERN'))
  expect(() => targetOf(factsOf({ files: [] }), 'Anything')).toThrow(withCode('E_REPOSITORY_EMPTY'))
})

const refused = (goal: string): unknown => {
  try {
    return targetOf(FACTS, goal)
  } catch (error) {
    return error
  }
}

test.each([
  ['Fix packages/parser/none.ts', /^See what is tracked/],
  ['Fix packages/parser and packages/parser/src/indx.ts', /packages\/parser\/src\/index\.ts was meant/],
  ['Make packages/parsre faster', /packages\/parser was meant/],
  ['Fix `src/api/rotes.ts`.', /src\/api\/routes\.ts was meant/],
  ['Repair readLne.ts and src/api', /^See what is tracked/],
  ['Drop scr/api', /src\/api was meant/],
  ['Drop scr/, all of it', /src was meant/],
  ['Tidy src/*.none', /^See what is tracked/],
  ['Add checks to src/api/none.ts', /^See what is tracked/],
])('a path that is not there is refused: %s', (goal, hint) => {
  expect(refused(goal)).toMatchObject({
    code: 'E_PATH_UNKNOWN',
    message: expect.stringMatching(/^The goal names \S+, and there is no tracked file\.$/),
    hints: [{ text: expect.stringMatching(hint) }, { text: expect.stringContaining('--paths') }],
  })
})

test.each([
  'Use Node.js and Vue.js, e.g. for GET /api/users and/or TCP/IP',
  'Do as https://example.org/src/api/none.ts says, or as @types/node does',
  'Return self.value and os.path',
  'Rework it w/ care, and w/o lib or cmd',
])('what only looks like a path is none: %s', (goal) => {
  expect(named(goal)).toBe('whole')
})

test('a full stop is no part of a path, and a name alone is enough', () => {
  expect(named('Fix src/api/routes.ts.')).toEqual(['src/api/routes.ts'])
  expect(named('Is it readLine.ts?')).toEqual(['packages/parser/src/readLine.ts'])
})

test.each([
  ['Add src/api/new.ts and fix packages/printer', ['src/api/new.ts'], ['packages/printer/src/index.ts']],
  [
    'Move src/api/routes.ts to src/api/a.ts and src/web/b.ts',
    ['src/api/a.ts', 'src/web/b.ts'],
    ['src/api/routes.ts'],
  ],
  ['Create a new folder src/web/', ['src/web/'], ['src/api/routes.ts']],
])('a path that is to come is no mistake: %s', (goal, coming, files) => {
  const target = targetOf(FACTS, goal)
  expect(target.coming).toEqual(coming)
  expect(target.files.map((file) => FACTS.files[file]?.path)).toEqual(files)
})

test('paths are relative to the folder asked in, or to the root', () => {
  const at = (paths: readonly string[], from: string) =>
    targetOf(FACTS, 'Anything', { paths, from }).files.map((file) => FACTS.files[file]?.path)
  expect(at(['readLine.ts'], 'packages/parser/src')).toEqual(['packages/parser/src/readLine.ts'])
  expect(at(['../test', './index.ts'], 'packages/parser/src')).toEqual([
    'packages/parser/src/index.ts',
    'packages/parser/test/index.test.ts',
  ])
  expect(at(['src/api', '/docs/guide.md'], 'packages/parser')).toEqual(['docs/guide.md', 'src/api/routes.ts'])
  expect(at(['*Line.ts'], 'packages/parser')).toEqual(['packages/parser/src/readLine.ts'])
  expect(at(['.'], 'src')).toEqual(['src/api/routes.ts'])
  expect(() => at(['../../..'], 'src')).toThrow(expect.objectContaining({ code: 'E_PATTERN' }))
  const { files } = targetOf(FACTS, 'Fix `routes.ts` and ../../docs/guide.md', { from: 'src/api' })
  expect(files.map((file) => FACTS.files[file]?.path)).toEqual(['docs/guide.md', 'src/api/routes.ts'])
})

test('in a list also a word that says little by itself names a folder, beside one that another word names', () => {
  const facts = factsOf({
    files: ['release', 'issue', 'pr', 'test', 'list', 'run'].flatMap((name) => [
      `pkg/cmd/${name}/main.go`,
      `acceptance/${name}/one.txt`,
    ]),
  })
  const where = (goal: string): readonly string[] => targetOf(facts, goal).namings.map(({ word }) => word)
  expect(where('Add JSON output to gh issue, gh pr and gh release').toSorted()).toEqual([
    'issue',
    'pr',
    'release',
  ])
  expect(where('Add JSON output to gh release and gh pr')).toEqual(['release', 'pr'])
  expect(where('Refactor release and add test coverage')).toEqual(['release'])
  expect(where('Make release show what an issue is about')).toEqual(['release'])
})

test('a module with dots is found by the end of its path, and a product is none', () => {
  const facts = factsOf({
    files: [
      'src/flask/json/tag.py',
      'src/flask/json/provider.py',
      'src/flask/cli.py',
      'src/node/main.py',
      'a.md',
    ],
  })
  const where = (goal: string): unknown => {
    const { namings, whole } = targetOf(facts, goal)
    return whole ? 'whole' : namings.flatMap(({ where: places }) => places)
  }
  expect(where('Improve flask.json')).toEqual(['src/flask/json/'])
  expect(where('Improve flask.json.tag and flask.cli.')).toEqual([
    'src/flask/json/tag.py',
    'src/flask/cli.py',
  ])
  expect(where('Move to Node.js')).toBe('whole')
})

test('a goal that begins with docs or tests is about these, wherever they lie', () => {
  const docs = ['docs/guide.md', 'docs/parsers/one.md']
  expect(named('Docs overhaul')).toEqual(docs)
  expect(named('Improve the documentation')).toEqual(docs)
  expect(named('Speed up all of the tests')).toEqual(['packages/parser/test/index.test.ts'])
  expect(named('Docs for packages/printer')).toEqual(['packages/printer/src/index.ts'])
})

test('what is written as the path of a program is one, also where there is no such folder or language', () => {
  const python = factsOf({ files: ['flask/app.py', 'README.md'] })
  for (const path of ['src/login.ts', 'web/login.go', 'a/b/c.rb'])
    expect(() => targetOf(python, `Rework ${path}`)).toThrow(
      expect.objectContaining({ code: 'E_PATH_UNKNOWN' }),
    )
  expect(targetOf(python, 'Use Node.js/Vue.js and TCP/IP').whole).toBe(true)
})
