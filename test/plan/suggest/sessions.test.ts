import { expect, test } from 'vitest'
import { outlookOf, recommend, whyAsked, type Outlook } from '../../../src/plan/suggest/sessions.ts'

/** Even pieces of which a share of the work crosses, by number of sessions. */
const outlook = (crossing: (sessions: number) => number, files = 500): readonly Outlook[] =>
  Array.from({ length: 8 }, (_, index) => {
    const sessions = index + 1
    return outlookOf(sessions, {
      longest: 1 / sessions,
      crossing: sessions === 1 ? 0 : crossing(sessions),
      measured: 'history',
      files,
    })
  })

test('where little crosses, as many as one person can follow', () => {
  const found = recommend(outlook(() => 0.02))
  expect(found).toMatchObject({ sessions: 5, rule: 'fastest' })
  expect(found.why).toMatch(
    /^5 sessions would take about 3\d % of the time of one: .* 6 would take .* More would save too little/,
  )
})

test('a number beside three to five that is a little faster is named, and why it is not taken', () => {
  const found = recommend(outlook((sessions) => (sessions === 2 ? 0.02 : 0.2 * (sessions - 1))))
  expect(found).toMatchObject({ sessions: 3, rule: 'usual' })
  expect(found.why).toContain('2 would be faster (55 %), but not clearly so, and three to five are the rule.')
})

test('where the crossing grows fast, three', () => {
  const found = recommend(outlook((sessions) => 0.15 * (sessions - 1)))
  expect(found).toMatchObject({ sessions: 3, rule: 'fastest' })
  expect(found.why).toMatch(/No number is faster\.$/)
})

test('where everything crosses, fewer than three, and it is said that this is not the rule', () => {
  const found = recommend(outlook((sessions) => (sessions === 2 ? 0.1 : 0.55)))
  expect(found).toMatchObject({ sessions: 2, rule: 'clearly' })
  expect(found.why).toContain('Three to five are the rule, but 2 would be faster by more than 10 %.')
})

test('more than five have to save a quarter, for one person has to follow them', () => {
  const rough = (six: number): readonly Outlook[] =>
    [1, 0.7, 0.5, 0.5, 0.5, six].map((longest, index) =>
      outlookOf(index + 1, { longest, crossing: 0, measured: 'history', files: 5000 }),
    )
  expect(recommend(rough(0.36))).toMatchObject({ sessions: 3, rule: 'usual' })
  const many = recommend(rough(0.2))
  expect(many).toMatchObject({ sessions: 6, rule: 'clearly' })
  expect(many.why).toContain('but 6 would be faster by more than 25 %.')
})

test('where a division into three is not to be had, that is why', () => {
  const found = recommend(outlook(() => 0.1).slice(0, 2))
  expect(found).toMatchObject({ sessions: 2, rule: 'few' })
  expect(found.why).toContain('Three to five are the rule; here they are not to be had.')
})

test('a handful of files is not worth several sessions', () => {
  const found = recommend(outlook(() => 0, 3))
  expect(found).toMatchObject({ sessions: 1, rule: 'one' })
  expect(found.why).toMatch(/too small/)
})

test('times are against one session, which has all of it, however few files there are', () => {
  for (const files of [1, 6, 500]) expect(outlook(() => 0.3, files)[0]?.time).toBe(1)
  const six = outlook(() => 0.6, 6)
  // Two halves and what crosses take longer than the whole: nobody recommends that.
  expect(six[1]?.time).toBeGreaterThan(0.9)
  expect(recommend(six).sessions).toBe(1)
})

test('what is not faster than one session is never recommended', () => {
  for (const crossing of [0.9, 1, 1.4]) {
    const found = recommend(outlook(() => crossing))
    const own = found.outlook.find(({ sessions }) => sessions === found.sessions)
    expect(own?.time).toBeLessThanOrEqual(found.sessions === 1 ? 1 : 0.9)
  }
})

test('a number that was asked for is explained itself, beside the one that would be recommended', () => {
  const all = outlook((sessions) => 0.15 * (sessions - 1))
  const [, two, three] = all
  expect(two && whyAsked(two, all)).toMatch(/^2 sessions would take .* By the numbers 3 would be recommended/)
  expect(three && whyAsked(three, all)).toMatch(/^3 sessions would take .* it would be recommended, too\.$/)
  const few = outlook(() => 0, 3)
  const asked = few[1]
  expect(asked && whyAsked(asked, few)).toMatch(/^2 sessions would .* one session would be recommended/)
  expect(asked && whyAsked(asked, few)).not.toMatch(/too small/)
})

test('what a share was measured on is named', () => {
  const why = (measured: 'history' | 'imports' | null): string =>
    recommend(
      [1, 2, 3].map((sessions) =>
        outlookOf(sessions, { longest: 1 / sessions, crossing: 0.1, measured, files: 90 }),
      ),
    ).why
  expect(why('history')).toContain('10 % of what was changed together crosses pieces')
  expect(why('imports')).toContain('10 % of the imports cross pieces')
  expect(why(null)).toContain('nothing tells what belongs together')
})

test('what cannot be divided is one session', () => {
  const found = recommend([outlookOf(1, { longest: 1, crossing: 0, files: 1 })])
  expect(found).toMatchObject({ sessions: 1, rule: 'one', why: 'What the goal names cannot be divided.' })
})

test('where pieces wait for each other, what they have together is not said to be the largest piece', () => {
  const found = [
    outlookOf(1, { longest: 1, crossing: 0, measured: 'history', files: 500 }),
    outlookOf(3, { longest: 0.5, chained: true, crossing: 0.1, measured: 'history', files: 500 }),
  ]
  expect(recommend(found).why).toContain('50 % of the work is done by pieces that wait for each other, and')
  expect(recommend(found).why).not.toContain('largest piece')
})

test('a crossing of more than two fifths weighs against more sessions', () => {
  const half = outlook(() => 0.58)[4]
  expect(half?.time).toBeGreaterThan(0.75)
  expect(outlook(() => 0.4)[4]?.time).toBeLessThan(0.6)
})

test('where nothing is measured no share of crossing is named', () => {
  const rough = [1, 0.5, 0.34, 0.26].map((longest, index) =>
    outlookOf(index + 1, { longest, crossing: 0, measured: null, files: 500 }),
  )
  const { why } = recommend(rough)
  expect(why).toMatch(/ would take \d+ % \(largest piece \d+ %\)/)
  expect(why).not.toContain('crossing')
})
