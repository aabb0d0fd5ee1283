// What is said about a number of sessions is said of the very plan beneath it.
import { expect, test } from 'vitest'
import { draftOf } from '../../../src/plan/suggest/draft.ts'
import { renderPlan } from '../../../src/plan/suggest/render.ts'
import { percent } from '../../../src/plan/suggest/sessions.ts'
import { BOUNDARIES, suggest, type Suggestion } from '../../../src/plan/suggest/suggest.ts'
import { factsOf, project } from './facts.ts'

const GOAL = 'Give every error a code'

/** The numbers of the outlook for the number that was chosen, and those of the best candidate. */
function told({ sessions, candidates: [best] }: Suggestion) {
  const row = sessions.outlook.find((one) => one.sessions === sessions.sessions)
  const shares = best?.score.shares ?? []
  return {
    row: [row?.longest, row?.crossing],
    best: [Math.max(...shares), best?.score.overlap],
    why: sessions.why,
  }
}

test.each([...BOUNDARIES, 'auto' as const])(
  'by %s the reason has the numbers of the plan that it recommends',
  (by) => {
    const { row, best, why } = told(suggest({ facts: project(), goal: GOAL, by }))
    expect(row).toEqual(best)
    expect(why).toContain(`the largest piece has ${percent(best[0] ?? Number.NaN)} of the work`)
    expect(why).toContain(`${percent(best[1] ?? Number.NaN)} of what was changed together`)
  },
)

test.each([2, 4, 6])('%i sessions that were asked for are what is explained', (sessions) => {
  const found = suggest({ facts: project(), goal: GOAL, sessions })
  const { row, best, why } = told(found)
  expect(row).toEqual(best)
  expect(why).toMatch(new RegExp(`^${sessions} sessions would take about .* By the numbers `))
})

test('a handful of files that is divided on demand is not said to be too small', () => {
  const facts = factsOf({ files: ['a', 'b', 'c', 'd'].map((name) => `src/${name}/main.ts`) })
  const found = suggest({ facts, goal: GOAL, sessions: 2 })
  expect(found.candidates[0]?.division.pieces).toBe(2)
  expect(found.sessions.why).toMatch(/^2 sessions would take/)
  expect(found.sessions.why).not.toMatch(/too small|cannot be divided/)
  expect(suggest({ facts, goal: GOAL }).sessions).toMatchObject({ sessions: 1, rule: 'one' })
})

test('one session has 100 % of the time, and what is recommended less', () => {
  const { outlook, sessions } = suggest({ facts: project(), goal: GOAL }).sessions
  expect(outlook[0]).toMatchObject({ sessions: 1, time: 1 })
  expect(outlook.find((one) => one.sessions === sessions)?.time).toBeLessThan(0.9)
})

test('the plan of another boundary says with which division its number was found', () => {
  const found = suggest({ facts: project(), goal: GOAL, sessions: 3 })
  const [best, other] = found.candidates
  if (best === undefined || other === undefined) throw new Error('There should be two.')
  const said = `it was found with the best division, by ${best.boundary}.`
  const textOf = (candidate: typeof best): string =>
    renderPlan(found, draftOf(found, candidate)).replaceAll(/\n# ?/g, ' ')
  expect(textOf(other)).toContain(said)
  expect(textOf(best)).not.toContain(said)
})
