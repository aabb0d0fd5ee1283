import { describe, expect, test } from 'vitest'
import { ChangeReader, type CommitChanges } from '../../../src/plan/facts/changes.ts'
import { coverage } from '../../../src/plan/facts/covers.ts'
import type { FileKind } from '../../../src/plan/facts/facts.ts'
import { hubFacts } from '../../../src/plan/facts/hubs.ts'
import { kindOf } from '../../../src/plan/facts/kinds.ts'
import { ownersOfEach } from '../../../src/plan/facts/owners.ts'
import { changedTogether, WIDEST } from '../../../src/plan/facts/together.ts'

const blob = (letter: string): string => letter.repeat(40)

function read(...records: readonly string[]): readonly CommitChanges[] {
  const found: CommitChanges[] = []
  const reader = new ChangeReader((changes) => found.push(changes))
  for (const record of records) reader.add(record)
  reader.end()
  return found
}

const entry = (status: string, from: string, to: string, path: string): readonly string[] => [
  `:100644 100644 ${blob(from)} ${blob(to)} ${status}`,
  path,
]

function commit(paths: readonly string[], renames: CommitChanges['renames'] = []): CommitChanges {
  return { commit: '', time: 0, paths, width: paths.length, renames }
}

function together(history: readonly CommitChanges[], paths: readonly string[]) {
  return changedTogether({
    history,
    index: new Map(paths.map((path, index) => [path, index])),
    kinds: paths.map((path) => kindOf(path)),
  })
}

describe('what commits changed', () => {
  test('records of several commits, one without changes', () => {
    const found = read(
      '\u0001c1 100',
      `\n${entry('M', 'a', 'b', '')[0] ?? ''}`,
      'odd\nname:1',
      ...entry('A', '0', 'c', 'new'),
      '\n\u0001c2 90',
      '\u0001c3 80',
      ...entry('D', 'a', '0', 'gone'),
    )
    expect(found).toEqual([
      { commit: 'c1', time: 100, paths: ['odd\nname:1', 'new'], width: 2, renames: [] },
      { commit: 'c2', time: 90, paths: [], width: 0, renames: [] },
      { commit: 'c3', time: 80, paths: ['gone'], width: 1, renames: [] },
    ])
  })

  test('renames: by content, by another ending, by another folder; not where it is not clear', () => {
    const [found] = read(
      '\u0001c1 100',
      ...entry('D', 'a', '0', 'x/old.ts'),
      ...entry('A', '0', 'a', 'y/new.ts'),
      ...entry('D', 'b', '0', 'x/code.js'),
      ...entry('A', '0', 'c', 'x/code.ts'),
      ...entry('D', 'd', '0', 'x/moved.ts'),
      ...entry('A', '0', 'e', 'z/moved.ts'),
      ...entry('D', 'f', '0', 'p/index.ts'),
      ...entry('D', '1', '0', 'q/index.ts'),
      ...entry('A', '0', '2', 'r/index.ts'),
    )
    expect(found?.renames.toSorted()).toEqual([
      ['x/code.js', 'x/code.ts'],
      ['x/moved.ts', 'z/moved.ts'],
      ['x/old.ts', 'y/new.ts'],
    ])
    expect(found?.paths.toSorted()).toEqual([
      'p/index.ts',
      'q/index.ts',
      'r/index.ts',
      'x/code.ts',
      'y/new.ts',
      'z/moved.ts',
    ])
  })
})

describe('what changes together', () => {
  test('each file of a commit is given one in all', () => {
    const found = together(
      [commit(['a.ts', 'b.ts', 'c.ts']), commit(['b.ts', 'c.ts'])],
      ['a.ts', 'b.ts', 'c.ts'],
    )
    expect(found.edges).toEqual([
      [0, 1, 0.5],
      [0, 2, 0.5],
      [1, 2, 1.5],
    ])
    expect(found.churn[1]).toBeCloseTo(1 / 2 + 1 / Math.log2(3))
    expect(found.counted).toBe(2)
  })

  test('moved files keep their history, also through two moves and a swap of names', () => {
    const found = together(
      [
        commit(['new.ts'], [['mid.ts', 'new.ts']]),
        commit(['mid.ts', 'b.ts'], [['old.ts', 'mid.ts']]),
        commit(['old.ts', 'b.ts']),
      ],
      ['b.ts', 'new.ts'],
    )
    expect(found.edges).toEqual([[0, 1, 2]])
    const swapped = together(
      [
        commit(
          [],
          [
            ['a.ts', 'b.ts'],
            ['b.ts', 'a.ts'],
          ],
        ),
        commit(['a.ts', 'c.ts']),
      ],
      ['a.ts', 'b.ts', 'c.ts'],
    )
    expect(swapped.edges).toEqual([[1, 2, 1]])
  })

  test('wide commits do not count, unless they are wide by their tests alone', () => {
    const many = Array.from({ length: WIDEST + 1 }, (_, index) => `f${index}.ts`)
    expect(together([commit(many)], many)).toMatchObject({ edges: [], counted: 0 })
    const tests = many.map((path) => `test/${path}`)
    const found = together([commit([...tests, 'a.ts', 'b.ts'])], ['a.ts', 'b.ts', ...tests])
    expect(found.edges).toEqual([[0, 1, 1]])
    expect(together([commit(tests)], tests).counted).toBe(0)
  })

  test('lock files and files that are gone', () => {
    const found = together(
      [commit(['a.ts', 'yarn.lock']), commit(['a.ts', 'gone.ts', 'b.ts'])],
      ['a.ts', 'b.ts', 'yarn.lock'],
    )
    expect(found.edges).toEqual([[0, 1, 0.5]])
  })
})

describe('owners', () => {
  test('the last rule that matches wins, by the rules of GitHub', () => {
    const text = [
      '* @all # everybody',
      '*.js @js',
      '/build/logs/ @logs',
      'docs/* docs@example.com',
      'apps/ @apps @more',
      '/apps/open',
      '**/deep @deep',
      '!nothing @no',
      '[section]',
    ].join('\n')
    const owners = Object.entries({
      'x/a.ts': '@all',
      'x/a.js': '@js',
      'build/logs/a.js': '@logs',
      'y/build/logs/a': '@all',
      'docs/a.md': 'docs@example.com',
      'docs/more/a.md': '@all',
      'y/apps/a': '@apps @more',
      'apps/open/a.js': '',
      'p/deep/q': '@deep',
    })
    expect(
      ownersOfEach(
        owners.map(([path]) => path),
        text,
      ).map((some) => some.join(' ')),
    ).toEqual(owners.map(([, expected]) => expected))
  })
})

describe('tests to code', () => {
  const covers = (paths: readonly string[], imports: readonly (readonly [string, string])[] = []) =>
    coverage({
      files: paths.map((path) => ({ path, kind: kindOf(path), package: null })),
      imports: imports.map(([from, to]) => [paths.indexOf(from), paths.indexOf(to)] as const),
    }).map(([test, code]) => `${paths[test] ?? ''} covers ${paths[code] ?? ''}`)

  test('by import and by name, in the folder or in its mirror', () => {
    const paths = [
      'src/auth/login.ts',
      'src/auth/login.test.ts',
      'src/auth/__tests__/token.ts',
      'src/auth/token.ts',
      'src/http/login.ts',
      'test/http/login.spec.ts',
      'tests/test_core.py',
      'app/core.py',
      'src/main/java/a/A.java',
      'src/test/java/a/ATest.java',
      'test/helper.ts',
    ]
    expect(
      covers(paths, [
        ['test/helper.ts', 'src/auth/token.ts'],
        ['src/auth/login.ts', 'src/auth/token.ts'],
      ]),
    ).toEqual([
      'src/auth/login.test.ts covers src/auth/login.ts',
      'src/auth/__tests__/token.ts covers src/auth/token.ts',
      'test/http/login.spec.ts covers src/http/login.ts',
      'tests/test_core.py covers app/core.py',
      'src/test/java/a/ATest.java covers src/main/java/a/A.java',
      'test/helper.ts covers src/auth/token.ts',
    ])
  })

  test('by what a name begins with, in one number or the other, and by the name of a folder', () => {
    const paths = [
      'lib/help.js', 'lib/option.js', 'lib/json/__init__.py', 'lib/json/tag.py',
      'tests/help.style.test.js', 'tests/helpGroup.test.js', 'tests/options.bool.small.test.js', 'tests/test_json_tag.py',
      'tests/negatives.test.js',
    ] // prettier-ignore
    expect(covers(paths)).toEqual([
      'tests/help.style.test.js covers lib/help.js',
      'tests/helpGroup.test.js covers lib/help.js',
      'tests/options.bool.small.test.js covers lib/option.js',
      'tests/test_json_tag.py covers lib/json/__init__.py',
    ])
  })

  test('by import through what gathers a folder, one step far, where no name tells more', () => {
    const behind = ['lib/a.js', 'lib/help.js']
    const paths = ['index.js', ...behind, 'lib/deep.js', 'tests/help.test.js', 'tests/negatives.test.js']
    const imports = [
      ['tests/help.test.js', 'index.js'],
      ['tests/negatives.test.js', 'index.js'],
      ...behind.map((path) => ['index.js', path] as const),
      ['lib/a.js', 'lib/deep.js'],
    ] as const
    expect(covers(paths, imports)).toEqual([
      'tests/help.test.js covers index.js',
      'tests/help.test.js covers lib/help.js',
      ...['index.js', ...behind].map((path) => `tests/negatives.test.js covers ${path}`),
    ])
    const many = Array.from({ length: 20 }, (_, index) => `lib/m${index}.js`)
    const wide = [['tests/negatives.test.js', 'index.js'], ...many.map((path) => ['index.js', path])] as const
    expect(
      covers(
        ['index.js', ...many, 'tests/negatives.test.js'],
        wide.map(([from = '', to = '']) => [from, to]),
      ),
    ).toEqual(['tests/negatives.test.js covers index.js'])
  })

  test('a name that many share says nothing', () => {
    const paths = ['a/x.ts', 'b/x.ts', 'c/x.ts', 'd/x.ts', 'z/x.test.ts', 'test/index.test.ts', 'index.ts']
    expect(covers(paths)).toEqual([])
  })
})

describe('hubs', () => {
  test('what many areas import, and what changes with many areas; not tests and lock files', () => {
    const areas = ['a', 'b', 'c', 'd']
    const paths = [
      'lib/types.ts',
      'lib/table.ts',
      'yarn.lock',
      'test/all.test.ts',
      ...areas.flatMap((area) => [`src/${area}/1.ts`, `src/${area}/2.ts`, `src/${area}/3.ts`]),
    ]
    const files = paths.map((path): { path: string; kind: FileKind; churn: number } => ({
      path,
      kind: kindOf(path),
      churn: 4,
    }))
    const others = paths.map((_, index) => index).slice(4)
    const found = hubFacts({
      files,
      imports: others.map((file) => [file, 0] as const),
      commits: others.map((file) => [1, 2, 3, file]),
      packages: [],
    })
    expect(found.map(({ file, importers, reason }) => [paths[file], importers, reason])).toEqual([
      ['lib/table.ts', 0, '12 commits changed it with files of 4 other areas'],
      ['lib/types.ts', 12, '12 files of 4 areas import it'],
    ])
  })
})
