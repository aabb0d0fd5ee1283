import { expect, test } from 'vitest'
import { checkPlan, type PlanReport } from '../../../src/plan/check.ts'
import type { PlanFacts } from '../../../src/plan/facts.ts'
import { newFindings, type Lineage } from '../../../src/plan/edit/news.ts'
import { FACTS, planOf, type PieceText } from '../fixture.ts'

function report(pieces: readonly PieceText[], facts: Partial<PlanFacts> = {}): PlanReport {
  return checkPlan(planOf(pieces), { ...FACTS, ...facts })
}

const news = (before: PlanReport, after: PlanReport, lineage: Lineage): readonly string[] =>
  newFindings(before, after, lineage).map(({ code }) => code)

const SRC = { id: 'src', include: ['/src/'] }
const AUTH = { id: 'auth', include: ['/src/auth/'] }
const DOCS = { id: 'docs', include: ['/docs/'] }
const SPLIT: Lineage = new Map([['tokens', ['auth']]])

test('an overlap that was there is no news under the name of the piece that took its patterns over', () => {
  const before = report([SRC, AUTH])
  const after = report([
    SRC,
    { id: 'auth', include: ['/src/auth/login.ts'] },
    { id: 'tokens', include: ['/src/auth/token.ts'] },
  ])
  expect(before.overlaps).toHaveLength(1)
  expect(after.overlaps).toHaveLength(2)
  expect(news(before, after, SPLIT)).toEqual([])
  expect(news(before, after, new Map())).toEqual(['E_OVERLAP'])
})

test('one that no two of them had is', () => {
  const before = report([SRC, AUTH, DOCS])
  const after = report([SRC, AUTH, DOCS, { id: 'tokens', include: ['/docs/guide.md', '/src/auth/token.ts'] }])
  const found = newFindings(before, after, SPLIT)
  expect(found.map(({ message }) => message)).toEqual([
    expect.stringContaining('The pieces auth and tokens both own'),
    expect.stringContaining('The pieces docs and tokens both own'),
  ])
})

test('a finding about a piece goes on to those that it was divided into', () => {
  const check = 'checks = [{ name = "auth test", run = ["nope"] }]'
  const before = report([{ ...AUTH, more: check }])
  const after = report([
    { id: 'auth', include: ['/src/auth/login.ts'], more: check },
    { id: 'tokens', include: ['/src/auth/token.ts'], more: check },
  ])
  expect(news(before, after, SPLIT)).toEqual([])
  const other = report([
    { ...AUTH, more: check },
    { id: 'tokens', include: ['/test/'], more: check.replace('nope', 'other') },
  ])
  expect(news(before, other, SPLIT)).toEqual(['E_CHECK_COMMAND'])
})

test('what the machine lacks is no news of a plan', () => {
  const lacking = { defaultAgent: null, programs: ['npm'] }
  const after = report([AUTH, { ...DOCS, more: 'agent = "codex"' }], lacking)
  expect(after.checked).toBeNull()
  expect(news(report([AUTH], lacking), after, new Map())).toEqual([])
})

test('a file that several are likely to touch is no news when it is others who are', () => {
  const files = ['docs/guide.md', 'src/auth/login.ts', 'src/auth/token.ts', 'src/words.ts']
  const history = Array.from({ length: 12 }, (_, index) => ['src/words.ts', files[index % 3] ?? ''])
  const [WORDS, LOGIN, TOKEN] = [
    { id: 'words', include: ['/src/words.ts'] },
    { id: 'auth', include: ['/src/auth/login.ts'] },
    { id: 'tokens', include: ['/src/auth/token.ts'] },
  ]
  const before = report([WORDS, AUTH, DOCS], { files, history })
  const after = report([WORDS, LOGIN, TOKEN, DOCS], { files, history })
  const told = (of: PlanReport): readonly string[] =>
    of.findings.flatMap(({ code, message }) => (code === 'W_HUB_FILE' ? [message] : []))
  expect(told(before)).toEqual([expect.stringContaining('src/words.ts')])
  expect(told(after)).not.toEqual(told(before))
  expect(news(before, after, SPLIT)).toEqual([])
  expect(news(report([WORDS, AUTH], { files, history: [] }), after, SPLIT)).toEqual(['W_HUB_FILE'])
})
