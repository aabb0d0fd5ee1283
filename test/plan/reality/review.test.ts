import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseFact, type FactData, type FactType } from '../../../src/contract/facts.ts'
import { forecast } from '../../../src/plan/forecast/forecast.ts'
import { learnedFrom, NOTHING_LEARNED, summarised, withRun } from '../../../src/plan/reality/learned.ts'
import type { RepositoryFacts } from '../../../src/plan/facts/facts.ts'
import { withLearned } from '../../../src/plan/reality/weigh.ts'
import { keepLearned, learnedRuns, loadLearned } from '../../../src/plan/reality/memory.ts'
import { reviewRun, type Review, type RunFact } from '../../../src/plan/reality/review.ts'
import { renderReview } from '../../../src/tui/review.ts'
import { temporaryFolder } from '../../support/repository.ts'
import { planOf } from '../fixture.ts'

const { plan } = planOf([
  { id: 'api', include: ['/api/'] },
  { id: 'auth', include: ['/auth/'] },
  { id: 'web', include: ['/web/'] },
])
const FILES = ['api/a.ts', 'api/b.ts', 'auth/a.ts', 'auth/b.ts', 'auth/c.ts', 'free.ts', 'web/a.ts']

function said<T extends FactType>(stream: string, type: T, data: Partial<FactData<T>>): RunFact {
  const fact = parseFact(type, data)
  if (fact === null) throw new Error(`No ${type}: ${JSON.stringify(data)}`)
  return { stream: `r-1/${stream}`, at: 1, fact }
}

function worked(
  piece: string,
  inScope: string[],
  outOfScope: { path: string; owner: string | null }[] = [],
): RunFact {
  const rest = { tip: 't', commits: 1, uncommitted: [], checks: [], blockedOn: [] }
  return said(`session/${piece}`, 'evidence.gathered', { ...rest, inScope, outOfScope })
}

const asked = (n: number, session: string, path: string, owner: string | null): RunFact =>
  said('run', 'scope.requested', { n, session, paths: [path], reason: 'x', via: 'mcp', owner })
const granted = (n: number, to: string, path: string, from: string | null): RunFact =>
  said('run', 'scope.granted', { n, paths: [path], to, from, by: 'operator', reason: 'x' })

function review(...facts: RunFact[]): Review {
  return reviewOf(facts, false)
}

function reviewOf(facts: readonly RunFact[], rehearsal: boolean): Review {
  const history = Array.from({ length: 20 }, () => [
    ['api/a.ts', 'free.ts'],
    ['auth/a.ts', 'free.ts'],
    ['web/a.ts'],
  ]).flat()
  return reviewRun({
    run: 'r-1',
    name: 'p',
    rehearsal,
    plan,
    files: FILES,
    facts,
    forecast: forecast({ plan, files: FILES, history, facts: null }),
    ignoreCase: false,
    coordinationFolder: '.quintet/session',
  })
}

test('a rehearsal is told as one, and nothing is advised for what stand-ins did not do', () => {
  const facts = [asked(1, 'api', 'free.ts', null), granted(1, 'api', 'free.ts', null)]
  expect(reviewOf(facts, false).advice).not.toEqual([])
  const rehearsed = reviewOf(facts, true)
  expect(rehearsed).toMatchObject({ rehearsal: true, advice: [] })
  expect(renderReview(rehearsed, { width: 160, colour: false })).toEqual([
    'Run r-1 of the plan p, which has not ended yet',
    '',
    expect.stringContaining('It was a rehearsal'),
    '  → run: quintet run p',
  ])
})

test('what was touched is held against what was owned', () => {
  const { pieces } = review(
    worked('api', ['api/a.ts'], [{ path: 'auth/a.ts', owner: 'auth' }]),
    asked(1, 'api', 'auth/b.ts', 'auth'),
    granted(1, 'api', 'auth/b.ts', 'auth'),
    asked(2, 'api', 'web/a.ts', 'web'),
    worked('api', ['api/a.ts', 'auth/b.ts']),
    said('session/api', 'session.landed', { commit: 'c' }),
    said('session/web', 'session.abandoned', { reason: 'x' }),
  )
  expect(pieces).toMatchObject([
    {
      piece: 'api',
      owned: 2,
      touched: ['api/a.ts'],
      untouched: 1,
      moved: [{ path: 'auth/b.ts', owner: 'auth' }],
      outside: [{ path: 'auth/a.ts', owner: 'auth' }],
      requests: [
        { paths: ['auth/b.ts'], owner: 'auth', state: 'granted' },
        { paths: ['web/a.ts'], owner: 'web', state: 'open' },
      ],
      outcome: 'landed',
    },
    { piece: 'auth', owned: 3, touched: [], outcome: 'open' },
    { piece: 'web', outcome: 'abandoned' },
  ])
})

test('conflicts of work and of merges are told by pair, with what was foreseen', () => {
  const met = review(
    said('run', 'radar.conflict', { sessions: ['r-1/api', 'r-1/auth'], files: ['free.ts'] }),
    said('run', 'radar.cleared', { sessions: ['r-1/api', 'r-1/auth'] }),
    worked('api', ['api/a.ts', 'free.ts']),
    worked('web', ['web/a.ts']),
    said('integration/1', 'integration.merged', { piece: 'api', commit: 'c' }),
    said('integration/1', 'integration.merged', { piece: 'web', commit: 'c' }),
    said('integration/1', 'integration.conflicted', { piece: 'auth', files: ['free.ts'] }),
    said('run', 'radar.conflict', { sessions: ['r-1/web', null], files: ['web/a.ts'] }),
  )
  expect(met.conflicts).toMatchObject([
    { pieces: ['api', 'auth'], files: ['free.ts'], seen: 'both', foreseen: expect.any(Number) },
    { pieces: ['web', null], files: ['web/a.ts'], seen: 'work', foreseen: null },
  ])
  expect(met.score).toMatchObject({ pairs: 3, real: 1 })
  expect(met.quiet).toEqual([])
  const calm = review(worked('api', ['api/a.ts']))
  expect(calm.quiet).toMatchObject([{ pieces: ['api', 'auth'] }])
})

test('what one piece alone needed is moved to it, what several needed gets one writer, what kept meeting is merged', () => {
  const { advice } = review(
    worked('api', ['api/a.ts'], [{ path: 'free.ts', owner: null }]),
    worked('auth', ['auth/a.ts']),
    asked(1, 'auth', 'api/a.ts', 'api'),
    asked(2, 'web', "web it's/x", 'operator'),
  )
  expect(advice).toEqual([
    {
      text: 'The piece api needed free.ts, which nobody owned.',
      command: 'quintet plan move p free.ts --to api',
    },
    { text: expect.stringContaining('The pieces auth and api all needed api/a.ts: give it one writer') },
    {
      text: "The piece web needed web it's/x, which the operator kept.",
      command: String.raw`quintet plan move p 'web it'\''s/x' --to web`,
    },
  ])
  const close = review(
    worked(
      'api',
      [],
      [
        { path: 'auth/a.ts', owner: 'auth' },
        { path: 'auth/b.ts', owner: 'auth' },
      ],
    ),
    asked(1, 'auth', 'api/a.ts', 'api'),
  )
  expect(close.advice).toEqual([
    {
      text: 'The pieces api and auth wanted 3 of the same files, such as auth/a.ts.',
      command: 'quintet plan merge p api auth',
    },
  ])
})

test('a piece that did most of the work is split at a folder, one that did nothing is questioned', () => {
  const files = Array.from(
    { length: 12 },
    (_, index) => `api/${index < 6 ? 'Deep Down' : 'other'}/${index}.ts`,
  )
  const { advice } = review(
    worked('api', files),
    worked('auth', ['auth/a.ts']),
    said('session/web', 'session.landed', { commit: 'c' }),
  )
  expect(advice).toEqual([
    expect.objectContaining({ command: 'quintet plan split p api other api/other/' }),
    { text: 'The piece web changed none of its one file; perhaps it need not be one.' },
  ])
})

test('what runs have shown is kept, bounded, and summarised; a broken file is made anew', async () => {
  const shown = review(
    worked('api', ['api/a.ts', 'api/b.ts', 'free.ts']),
    worked('auth', ['auth/a.ts']),
    asked(1, 'auth', 'free.ts', null),
    said('run', 'radar.conflict', { sessions: ['r-1/api', 'r-1/auth'], files: ['free.ts'] }),
  )
  const learned = summarised(withRun(NOTHING_LEARNED, learnedFrom(shown)))
  expect(learned).toEqual({
    runs: 1,
    contested: [{ path: 'free.ts', runs: 1, conflicts: 1 }],
    ties: [
      { a: 'auth/a.ts', b: 'free.ts', weight: 1 },
      { a: 'api/a.ts', b: 'free.ts', weight: 0.5 },
      { a: 'api/b.ts', b: 'free.ts', weight: 0.5 },
    ],
  })

  await using folder = await temporaryFolder()
  const state = join(folder.path, 'state')
  expect(await loadLearned(state)).toEqual({ runs: 0, contested: [], ties: [] })
  await mkdir(state)
  for (let n = 1; n <= 50; n++) await keepLearned(state, { ...learnedFrom(shown), run: `r-${n}` })
  await keepLearned(state, learnedFrom({ ...shown, run: 'r-50' }))
  expect((await learnedRuns(state)).length).toBe(40)
  expect((await loadLearned(state)).contested).toEqual([{ path: 'free.ts', runs: 40, conflicts: 40 }])
  for (const broken of ['{', '{"version":2,"runs":[]}', '']) {
    await writeFile(join(state, 'learned.json'), broken)
    expect((await loadLearned(state)).runs).toBe(0)
  }
  await keepLearned(state, learnedFrom(shown))
  expect(await readFile(join(state, 'learned.json'), 'utf8')).toContain('"version":1')
})

test('suggestions weigh it like history: ties as changes together, contested files as hubs', () => {
  const file = (path: string): RepositoryFacts['files'][number] => ({
    path,
    kind: 'code',
    language: null,
    bytes: 1,
    package: null,
    churn: 7,
    owners: [],
  })
  const facts: RepositoryFacts = {
    version: 1,
    commit: 'c',
    tree: 't',
    files: ['a', 'b', 'c'].map(file),
    packages: [],
    imports: [],
    together: [[0, 1, 2]],
    covers: [],
    hubs: [],
    history: { read: 0, counted: 0, oldest: null },
  }
  expect(withLearned(facts, { runs: 0, contested: [], ties: [] })).toBe(facts)
  const weighed = withLearned(facts, {
    runs: 2,
    ties: [
      { a: 'a', b: 'b', weight: 1 },
      { a: 'a', b: 'c', weight: 0.5 },
      { a: 'a', b: 'gone', weight: 1 },
    ],
    contested: [
      { path: 'b', runs: 1, conflicts: 1 },
      { path: 'c', runs: 1, conflicts: 0 },
    ],
  })
  expect(weighed.together).toEqual([
    [0, 1, 5],
    [0, 2, 1.5],
  ])
  expect(weighed.hubs).toEqual([
    { file: 1, importers: 0, areas: 2, churn: 7, reason: 'In one run several pieces wanted it.' },
  ])
})

test('the text tells it by piece, then what to change', () => {
  const all = review(
    worked('api', ['api/a.ts'], [{ path: 'free.ts', owner: null }]),
    said('run', 'radar.conflict', { sessions: ['r-1/api', 'r-1/auth'], files: ['free.ts'] }),
    said('session/api', 'session.landed', { commit: 'c' }),
    said('run', 'run.ended', { verdict: 'partial', landed: ['api'], abandoned: [], failed: [], notes: [] }),
  )
  expect(renderReview(all, { width: 160, colour: false })).toMatchInlineSnapshot(`
    [
      "Run r-1 of the plan p",
      "",
      "piece  outcome  owned  changed  of others",
      "api    landed       2        1  free.ts",
      "auth   open         3        0",
      "web    open         1        0",
      "",
      "Conflict of api and auth in free.ts, while they worked; foreseen at 25 %.",
      "Of 3 pairs that the forecast knew it expected 0.2 in conflict; 1 came.",
      "",
      "The piece api needed free.ts, which nobody owned.",
      "  → run: quintet plan move p free.ts --to api",
    ]
  `)
})

test('files that a piece has made are not told as files of those it owned', () => {
  const all = review(worked('api', ['api/a.ts', 'api/new.ts', 'api/newer.ts', 'api/newest.ts']))
  expect(renderReview(all, { width: 160, colour: false }).slice(2, 6)).toEqual([
    'piece  outcome  owned  changed  new',
    'api    open         2        1    3',
    'auth   open         3        0',
    'web    open         1        0',
  ])
})
