import { expect, test } from 'vitest'
import type { FileFact, FileKind, RepositoryFacts } from '../../src/plan/facts/facts.ts'
import { renderFacts } from '../../src/tui/facts.ts'

const file = (path: string, kind: FileKind, owners: readonly string[] = []): FileFact => ({
  path,
  kind,
  language: path.endsWith('.ts') ? 'typescript' : null,
  bytes: 1,
  package: 0,
  churn: 1,
  owners,
})

const FACTS: RepositoryFacts = {
  version: 1,
  commit: '0123456789abcdef',
  tree: '',
  files: [
    file('src/api/a.ts', 'code', ['@team']),
    file('src/api/b.test.ts', 'test', ['@team']),
    file('src/web/c.ts', 'code'),
    file('yarn.lock', 'lock'),
  ],
  packages: [{ name: 'small', folder: '', manager: 'npm', dependsOn: [] }],
  imports: [
    [2, 0],
    [1, 0],
  ],
  together: [
    [0, 1, 5],
    [0, 2, 3.25],
    [0, 3, 9],
  ],
  covers: [[1, 0]],
  hubs: [{ file: 0, importers: 1, areas: 1, churn: 1, reason: '12 files of 4 areas import it' }],
  history: { read: 1_234, counted: 1_200, oldest: 'abc' },
}

test('one file is no files', () => {
  const [heading] = renderFacts(
    { ...FACTS, files: FACTS.files.slice(0, 1), imports: [], together: [], covers: [], hubs: [] },
    { width: 80, colour: false },
  )
  expect(heading).toBe('1 file at 0123456789: 1 code')
})

test('a screen of facts', () => {
  expect(renderFacts(FACTS, { width: 80, colour: false })).toEqual([
    '4 files at 0123456789: 2 code, 1 test, 1 lock',
    '',
    'language    code  tests  other',
    'typescript     2      1      0',
    '',
    'package  files  needs  needed by  with  folder',
    'small        4      0          0  npm   .',
    '',
    'hub file      why',
    'src/api/a.ts  12 files of 4 areas import it',
    '',
    'folder   changes with  commits  imports',
    'src/api  src/web           3.3        1',
    '',
    'owner  files',
    '@team      2',
    '',
    'Tests: 1 of 1 cover 1 of 2 code files.',
    'Imports: 2 between files. Changed together: 3 pairs of files, in 1,200 of the',
    'newest 1,234 commits.',
  ])
})

test('nothing is wider than the terminal', () => {
  const lines = renderFacts(FACTS, { width: 30, colour: false })
  expect(lines.filter((line) => line.length > 30)).toEqual([])
})

test('an empty repository', () => {
  expect(renderFacts({ ...FACTS, files: [] }, { width: 80, colour: false })).toEqual([
    'No files are tracked yet.',
  ])
})
