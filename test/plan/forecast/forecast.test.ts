import { expect, test } from 'vitest'
import type { RepositoryFacts } from '../../../src/plan/facts/facts.ts'
import { forecast, type Forecast } from '../../../src/plan/forecast/forecast.ts'
import { renderForecast } from '../../../src/tui/forecast.ts'
import { planOf, type PieceText } from '../fixture.ts'

const PIECES = [
  { id: 'api', include: ['/api/'] },
  { id: 'auth', include: ['/auth/'] },
  { id: 'web', include: ['/web/'] },
]
const FILES = ['api/a.ts', 'auth/a.ts', 'routes.ts', 'package.json', 'web/a.ts', 'web/b.ts']

function times<T>(count: number, one: T): T[] {
  return Array.from({ length: count }, () => one)
}

/** Both api and auth change the routes in half of their commits; web keeps to itself. */
const HISTORY = [
  ...times(10, ['api/a.ts', 'routes.ts']),
  ...times(10, ['api/a.ts']),
  ...times(10, ['auth/a.ts', 'routes.ts']),
  ...times(10, ['auth/a.ts']),
  ...times(20, ['web/a.ts', 'web/b.ts']),
]

function told(
  pieces: readonly PieceText[] = PIECES,
  rest = '',
  more: { readonly history?: readonly string[][]; readonly facts?: RepositoryFacts } = {},
): Forecast {
  const { plan } = planOf(pieces, rest)
  return forecast({ plan, files: FILES, history: HISTORY, facts: null, ...more })
}

const pair = ({ pairs }: Forecast, a: string, b: string): Forecast['pairs'][number] | undefined =>
  pairs.find(({ pieces }) => pieces.join(' ') === `${a} ${b}`)

test('pairs whose commits touched one file meet in it; others do not', () => {
  const all = told()
  const routes = pair(all, 'api', 'auth')
  expect(routes?.files).toMatchObject([{ path: 'routes.ts', owner: null, commits: [10, 10], settled: null }])
  expect(routes?.meets).toBeGreaterThan(0.5)
  expect(routes?.conflicts).toBeCloseTo((routes?.meets ?? 0) / 4)
  expect(all.pairs[0]).toBe(routes)
  expect(pair(all, 'api', 'web')).toMatchObject({ meets: 0, conflicts: 0, files: [] })
  expect(all.integration).toMatchObject({ merges: 3, unknownPairs: 0, conflicts: routes?.conflicts })
  expect(all.integration.suiteRuns.least).toBe(3)
  expect(all.basis.commitsOf).toEqual({ api: 20, auth: 20, web: 20 })
})

test('a policy, a rule and a dependency keep a pair from conflicting, not from wanting one file', () => {
  const shared = pair(told(PIECES, '[[shared]]\npath = "routes.ts"\npolicy = "operator"\n'), 'api', 'auth')
  expect(shared).toMatchObject({ conflicts: 0, files: [{ settled: 'policy', owner: 'operator' }] })
  expect(shared?.meets).toBeGreaterThan(0.5)
  const manifest = HISTORY.map((paths) => paths.map((path) => path.replace('routes.ts', 'package.json')))
  expect(pair(told(PIECES, '', { history: manifest }), 'api', 'auth')).toMatchObject({
    conflicts: 0,
    files: [{ path: 'package.json', settled: 'rule' }],
  })
  const waiting = PIECES.map((piece) =>
    piece.id === 'auth' ? { ...piece, more: 'depends_on = ["api"]' } : piece,
  )
  expect(pair(told(waiting), 'api', 'auth')).toMatchObject({
    conflicts: 0,
    why: 'One starts from the branch of the other, so they do not meet.',
  })
})

test('where the history says too little, nothing is said', () => {
  const few = told(PIECES, '', { history: HISTORY.slice(0, 42) })
  expect(pair(few, 'api', 'web')).toMatchObject({
    meets: null,
    conflicts: null,
    why: 'Of web nothing is known: only 2 recent commits touched its files.',
  })
  expect(few.integration.unknownPairs).toBe(2)
  expect(few.unknown).toContain('What imports what is not known.')
  expect(few.unknown[0]).toBe('Of web nothing is known: only 2 recent commits touched its files.')
})

test('one sweeping commit says less about a pair than one about the two', () => {
  const sweep = times(10, ['api/a.ts', 'auth/a.ts', 'web/a.ts', 'routes.ts'])
  const quiet = [...times(20, ['api/a.ts']), ...times(20, ['auth/a.ts']), ...times(20, ['web/a.ts'])]
  const both = times(10, ['api/a.ts', 'auth/a.ts', 'routes.ts'])
  const swept = pair(told(PIECES, '', { history: [...sweep, ...quiet] }), 'api', 'auth')
  const pairs = pair(told(PIECES, '', { history: [...both, ...quiet] }), 'api', 'auth')
  expect(swept?.meets).toBeLessThan(pairs?.meets ?? 0)
})

test('the longest chain is told in files, and imports between pieces both ways', () => {
  const chained = PIECES.map((piece) =>
    piece.id === 'web' ? { ...piece, more: 'depends_on = ["api"]' } : piece,
  )
  const file = (path: string): RepositoryFacts['files'][number] => ({
    path,
    kind: 'code',
    language: null,
    bytes: 1,
    package: null,
    churn: 0,
    owners: [],
  })
  const facts: RepositoryFacts = {
    version: 1,
    commit: 'c',
    tree: 't',
    files: FILES.map(file),
    packages: [],
    imports: [
      [0, 1],
      [1, 0],
      [4, 0],
      [5, 0],
      [4, 2],
    ],
    together: [],
    covers: [],
    hubs: [],
    history: { read: 0, counted: 0, oldest: null },
  }
  const all = told(chained, '', { facts })
  expect(all.criticalPath).toEqual({ pieces: ['api', 'web'], size: 3, total: 4, steps: 2 })
  expect(pair(all, 'api', 'auth')?.imports).toEqual([1, 1])
  expect(pair(all, 'api', 'web')?.imports).toEqual([0, 2])
})

test('the text says what it rests on and what is not known', () => {
  const lines = renderForecast(told(PIECES, '', { history: HISTORY.slice(0, 42) }), {
    width: 200,
    colour: false,
  })
  expect(lines).toMatchInlineSnapshot(`
    [
      "pair           conflict  same file  because of",
      "api and auth       16 %       66 %  routes.ts 73 %",
      "api and web   not known             Of web nothing is known: only 2 recent commits touched its files.",
      "auth and web  not known             Of web nothing is known: only 2 recent commits touched its files.",
      "",
      "Longest chain: web, with 2 of 4 files.",
      "Integration: 3 merges, 0.2 conflicts expected besides 2 pairs not known, 3 to 3.2 runs of the checks on the",
      "union.",
      "It rests on 42 recent commits, the work of a piece taken for 3 of the kind that touched its files before, and",
      "on 25 % of merges conflicting whose sides touch one file.",
      "Of web nothing is known: only 2 recent commits touched its files.",
      "What imports what is not known.",
      "How long a session takes is not known: the longest chain is told in files.",
      "Whether branches that merge break each other is not known; imports between pieces say where to look.",
    ]
  `)
})
