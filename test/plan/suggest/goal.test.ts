import { expect, test } from 'vitest'
import { targetOf, withTests } from '../../../src/plan/suggest/goal.ts'
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
  const target = targetOf(FACTS, goal, paths)
  return target.whole ? 'whole' : target.files.map((file) => FACTS.files[file]?.path ?? '')
}
const PARSER = FACTS.files.map(({ path }) => path).filter((path) => path.startsWith('packages/parser/'))

test.each([
  ['Convert packages/parser to ESM', PARSER],
  ['Convert `packages/parser/` to ESM', PARSER],
  ['Convert @acme/parser to ESM', PARSER],
  ['Rewrite docs/guide.md and src/api/', ['docs/guide.md', 'src/api/routes.ts']],
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

test.each(['Drop support for Node 18', 'Make everything faster', 'Parser', 'Improve the documentation', ''])(
  'a goal that names no part is about everything: %s',
  (goal) => {
    expect(named(goal)).toBe('whole')
  },
)

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
  expect(() => targetOf(FACTS, 'Anything', ['packages/parsre'])).toThrow(withCode('E_PATH_UNKNOWN'))
  expect(() => targetOf(FACTS, 'Anything', ['../other'])).toThrow(withCode('E_PATTERN'))
  expect(() => targetOf(factsOf({ files: [] }), 'Anything')).toThrow(withCode('E_REPOSITORY_EMPTY'))
})

test('the tests of what is named belong to it', () => {
  const code = FACTS.files.findIndex(({ path }) => path === 'packages/parser/src/index.ts')
  const paths = withTests(FACTS, [code]).map((file) => FACTS.files[file]?.path)
  expect(paths).toEqual(['packages/parser/src/index.ts', 'packages/parser/test/index.test.ts'])
})
