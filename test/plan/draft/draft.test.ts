import { describe, expect, test } from 'vitest'
import type { RepositoryFacts } from '../../../src/plan/facts/facts.ts'
import { checkPlan } from '../../../src/plan/check.ts'
import { planIn } from '../../../src/plan/draft/answer.ts'
import { factsExcerpt } from '../../../src/plan/draft/excerpt.ts'
import { judgeDraft, parseDraft } from '../../../src/plan/draft/judge.ts'
import { plannerPrompt } from '../../../src/plan/draft/prompt.ts'
import { groundOf } from '../../../src/plan/suggest/ground.ts'
import { FACTS, planOf } from '../fixture.ts'

const PLAN = 'goal = "G"\n\n[[pieces]]\nid = "a"\n'

test.each([
  ['one block of TOML', `Here it is.\n\`\`\`toml\n${PLAN}\`\`\`\nDone.`],
  ['the last of several', `\`\`\`toml\ngoal = "draft"\n\`\`\`\nBetter:\n\n\`\`\`TOML title\r\n${PLAN}\`\`\``],
  ['a block without a name', `\`\`\`\n${PLAN}\`\`\`\n\`\`\`sh\nls\n\`\`\``],
  ['nothing but the plan', PLAN],
])('the plan is found in %s', (_, said) => {
  expect(planIn(said)).toEqual({ text: PLAN })
})

test.each([
  ['', 'The planner has said nothing.'],
  ['I cannot do that.', 'There is no plan in what the planner has said.'],
  ['```json\n{}\n```', 'There is no plan in what the planner has said.'],
  [`\`\`\`toml\n${'#'.repeat(300_000)}\n\`\`\``, 'What the planner has said is too long for a plan.'],
])('no plan in %j', (said, failed) => {
  expect(planIn(said)).toEqual({ failed })
})

test('a prompt holds goal, facts and candidates, bounded, and nothing in them ends their block', () => {
  const prompt = plannerPrompt({
    goal: 'Do it',
    facts: `{"x":"\`\`\`"}`,
    candidates: `["${'c'.repeat(100_000)}"]`,
  })
  expect(prompt).toContain('# Goal\n\nDo it\n')
  expect(prompt).toContain(`{"x":"'''"}`)
  expect(prompt).toContain('more characters')
  expect(prompt.length).toBeLessThan(70_000)
})

const PATHS = ['api/a.ts', 'api/b.ts', 'auth/a.ts', 'auth/b.ts']
const KNOWN: RepositoryFacts = {
  version: 1,
  commit: 'c',
  tree: 't',
  files: PATHS.map((path) => ({
    path,
    kind: 'code',
    language: null,
    bytes: 10,
    package: null,
    churn: 5,
    owners: [],
  })),
  packages: [],
  imports: [
    [0, 1],
    [2, 3],
  ],
  together: [
    [0, 1, 9],
    [2, 3, 9],
    [1, 3, 1],
  ],
  covers: [],
  hubs: [],
  history: { read: 50, counted: 40, oldest: null },
}

test('facts are told by folder', () => {
  expect(JSON.parse(factsExcerpt(KNOWN))).toMatchObject({
    files: 4,
    folders: [
      ['api/', 2, 10],
      ['auth/', 2, 10],
    ],
    changedTogether: [['api/', 'auth/', 1]],
    imports: [],
  })
})

describe('a draft', () => {
  const ground = groundOf({ facts: KNOWN, files: [0, 1, 2, 3], shared: new Set() })
  const files = [...PATHS, 'README.md', 'docs/a.md']
  const judged = (
    pieces: Parameters<typeof planOf>[0],
    { best = GOOD, rest = '', lacks = {} }: { best?: typeof GOOD; rest?: string; lacks?: object } = {},
  ) => {
    const loaded = planOf(pieces, rest)
    const report = checkPlan(loaded, { ...FACTS, files, ...lacks })
    return judgeDraft({ plan: loaded.plan, report, ground, best: planOf(best).plan, ignoreCase: false })
  }
  const GOOD = [
    { id: 'api', include: ['/api/'] },
    { id: 'auth', include: ['/auth/'] },
  ]
  const operator = (...paths: string[]): string =>
    paths.map((path) => `[[shared]]\npath = "${path}"\npolicy = "operator"\n`).join('\n')

  test('must be a plan', () => {
    expect(parseDraft('goal = ', 'p')).toEqual({ failed: expect.stringContaining('is not valid TOML') })
    expect(parseDraft('goal = "G"', 'p')).toEqual({ failed: expect.stringContaining('pieces is missing') })
  })

  test('is as good as the best when it is the best', () => {
    const { score, best, defects } = judged(GOOD)
    expect(defects).toEqual([])
    expect(score).toEqual(best)
  })

  test('must pass the check, whatever this machine lacks', () => {
    const both = [...GOOD.slice(0, 1), { id: 'auth', include: ['/auth/', '/api/a.ts'] }]
    expect(judged(both).defects[0]).toContain('both own api/a.ts')
    expect(judged(GOOD, { lacks: { defaultAgent: null } }).defects).toEqual([])
    expect(judged(GOOD, { lacks: { programs: ['npm'] } }).defects).toEqual([])
  })

  test("must leave alone what is the operator's", () => {
    const both = [...GOOD.slice(0, 1), { id: 'auth', include: ['/auth/', '/.quintet/'] }]
    expect(judged(both).defects).toEqual([expect.stringContaining('names .quintet/')])
  })

  test('must cost no more', () => {
    const crossed = [
      { id: 'one', include: ['/api/a.ts', '/auth/b.ts'] },
      { id: 'two', include: ['/api/b.ts', '/auth/a.ts'] },
    ]
    expect(judged(crossed).defects).toEqual([expect.stringMatching(/^Its cost is \d\.\d+, that of the best/)])
  })

  test('in one piece is no division, though nothing crosses in it', () => {
    const { score, best, defects } = judged([{ id: 'all', include: ['/api/', '/auth/'] }])
    expect(score.cost).toBeLessThan(best.cost)
    expect(defects).toEqual(['It has one piece where the best mechanical plan has 2.'])
  })

  test('that leaves the goal to the operator has divided nothing, and is no bargain', () => {
    const aside = [
      { id: 'readme', include: ['/README.md'] },
      { id: 'docs', include: ['/docs/'] },
    ]
    const { score, defects } = judged(aside, { rest: operator(...PATHS) })
    expect(score.cost).toBeGreaterThan(0)
    expect(defects).toEqual([
      'The piece readme owns no file of the goal.',
      'The piece docs owns no file of the goal.',
      '4 files of the goal are left to the operator, which pieces own in the best mechanical plan, api/a.ts for one.',
      expect.stringMatching(/^Its cost is/),
    ])
  })

  test('costs at least nothing, however little its pieces own', () => {
    const little = [
      { id: 'api', include: ['/api/a.ts'] },
      { id: 'auth', include: ['/auth/a.ts'] },
    ]
    const { score, defects } = judged(little)
    expect(score.cost).toBeGreaterThan(0)
    expect(defects[0]).toBe('2 files of the goal belong to no piece and are not shared, api/b.ts for one.')
  })

  test('has no piece that is larger than the best would have it', () => {
    const heap = [
      { id: 'most', include: ['/api/', '/auth/a.ts'] },
      { id: 'rest', include: ['/auth/b.ts'] },
    ]
    expect(judged(heap).defects[0]).toBe('The piece most has 75 % of the expected work; 70 % is the most.')
    expect(judged(heap, { best: heap }).defects).toEqual([])
  })

  test('does not make one wait for the other: side by side is the point', () => {
    const [api, auth] = [
      { id: 'api', include: ['/api/'] },
      { id: 'auth', include: ['/auth/'] },
    ]
    const waiting = [api, { ...auth, more: 'depends_on = ["api"]' }]
    expect(judged(waiting).defects).toEqual([
      'The pieces api and auth wait for each other and have 100 % of the expected work; 70 % is the most.',
    ])
    expect(judged(waiting, { best: waiting }).defects).toEqual([])
  })

  test('runs nothing that the best does not run', () => {
    const own = { id: 'auth', include: ['/auth/'], more: 'checks = [{ name = "t", run = ["npm", "test"] }]' }
    const best = [{ id: 'api', include: ['/api/'] }, own]
    const other = { ...own, more: own.more.replace('"npm", "test"', '"npm", "start"') }
    expect(judged(best, { best }).defects).toEqual([])
    expect(judged([{ id: 'api', include: ['/api/'] }, other], { best }).defects).toEqual([
      'It runs ["npm","start"], which the best mechanical plan does not.',
    ])
  })

  test('may leave to the operator what the best leaves to it', () => {
    const best = planOf(GOOD, operator('api/b.ts')).plan
    const plan = planOf(GOOD, operator('api/b.ts'))
    const report = checkPlan(plan, { ...FACTS, files })
    const { defects } = judgeDraft({ plan: plan.plan, report, ground, best, ignoreCase: false })
    expect(defects).toEqual([])
  })
})
