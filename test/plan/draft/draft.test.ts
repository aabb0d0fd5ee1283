import { expect, test } from 'vitest'
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

test('a draft must be a plan, pass the check, own the goal and cost no more', () => {
  expect(parseDraft('goal = ', 'p')).toEqual({ failed: expect.stringContaining('is not valid TOML') })
  expect(parseDraft('goal = "G"', 'p')).toEqual({ failed: expect.stringContaining('pieces is missing') })
  const ground = groundOf({ facts: KNOWN, files: [0, 1, 2, 3], shared: new Set() })
  const judged = (pieces: Parameters<typeof planOf>[0], best: number): readonly string[] => {
    const loaded = planOf(pieces)
    const report = checkPlan(loaded, { ...FACTS, files: PATHS })
    return judgeDraft({ plan: loaded.plan, report, ground, best, ignoreCase: false }).defects
  }
  const good = [
    { id: 'api', include: ['/api/'] },
    { id: 'auth', include: ['/auth/'] },
  ]
  const { cost } = judgeDraft({
    plan: planOf(good).plan,
    report: checkPlan(planOf(good), { ...FACTS, files: PATHS }),
    ground,
    best: 9,
    ignoreCase: false,
  }).score
  expect(judged(good, cost)).toEqual([])
  const crossed = [
    { id: 'one', include: ['/api/a.ts', '/auth/b.ts'] },
    { id: 'two', include: ['/api/b.ts', '/auth/a.ts'] },
  ]
  expect(judged(crossed, cost)).toEqual([expect.stringMatching(/^Its cost is \d\.\d+, that of the best/)])
  expect(judged([{ id: 'one', include: ['/api/'] }], 9)).toEqual([
    '2 files of the goal belong to no piece and are not shared, auth/a.ts for one.',
  ])
  expect(judged([...good, { id: 'all', include: ['/api/a.ts'] }], 9)).toEqual([
    expect.stringContaining('/api/'),
  ])
})
