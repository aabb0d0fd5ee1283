import { expect, test } from 'vitest'
import { outlookOf, recommend, type Outlook } from '../../../src/plan/suggest/sessions.ts'

/** Even pieces of which a share of the work crosses, by number of sessions. */
const outlook = (crossing: (sessions: number) => number, files = 500): readonly Outlook[] =>
  Array.from({ length: 8 }, (_, index) => {
    const sessions = index + 1
    return outlookOf(sessions, {
      longest: 1 / sessions,
      crossing: sessions === 1 ? 0 : crossing(sessions),
      files,
    })
  })

test('where little crosses, as many as one person can follow', () => {
  const found = recommend(outlook(() => 0.02))
  expect(found.sessions).toBe(5)
  expect(found.why).toMatch(/^5 sessions would take about 3\d % of the time .*; 6 would take/)
})

test('where the crossing grows fast, three', () => {
  expect(recommend(outlook((sessions) => 0.15 * (sessions - 1))).sessions).toBe(3)
})

test('where everything crosses, fewer than three', () => {
  expect(recommend(outlook((sessions) => (sessions === 2 ? 0.1 : 0.9))).sessions).toBe(2)
})

test('a handful of files is not worth several sessions', () => {
  const found = recommend(outlook(() => 0, 3))
  expect(found.sessions).toBe(1)
  expect(found.why).toMatch(/too small/)
})

test('what cannot be divided is one session', () => {
  expect(recommend([outlookOf(1, { longest: 1, crossing: 0, files: 1 })]).sessions).toBe(1)
})
