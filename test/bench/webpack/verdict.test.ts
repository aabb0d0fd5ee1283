import { describe, expect, test } from 'vitest'
import { flagged, gateScore, historyOf, type LoggedCommit } from '../../../bench/webpack/verdict.ts'
import { SMALL_CASE } from './fixture.ts'

const replayed = (n: number): LoggedCommit => ({
  hash: `${n}`.repeat(8),
  body: `Change ${n}\n\nPull-Request: 10${n}\nUpstream: ${String(n).repeat(40)}\n`,
})
const takenBack = (n: number): LoggedCommit => ({
  hash: 'f'.repeat(8),
  body: `Revert "Change ${n}"\n\nThis reverts commit ${`${n}`.repeat(8)}.\n`,
})

describe('the findings of the gate', () => {
  test('name the pull request that has touched a foreign file', () => {
    const found = flagged(SMALL_CASE, { s2: ['test/c.test.js'] })
    expect(found.map(({ branch, files }) => [branch.branch, files])).toEqual([['pr/003', ['test/c.test.js']]])
    expect(gateScore(SMALL_CASE, found)).toEqual({ right: ['pr/003'], wrong: [], missed: [] })
  })

  test('count against the session that replayed the pull request, not against another', () => {
    expect(flagged(SMALL_CASE, { s3: ['test/c.test.js'] })).toEqual([])
  })

  test('are compared with what is known', () => {
    const found = flagged(SMALL_CASE, { s1: ['lib/deep/a.js'] })
    expect(gateScore(SMALL_CASE, found)).toEqual({ right: [], wrong: ['pr/001'], missed: ['pr/003'] })
  })
})

describe('a history', () => {
  test('keeps what was replayed and not taken back', () => {
    const { replayed: tried, kept } = historyOf(SMALL_CASE, [takenBack(3), replayed(3), replayed(2)])
    expect(tried.map(({ branch }) => branch)).toEqual(['pr/002', 'pr/003'])
    expect(kept.map(({ branch }) => branch)).toEqual(['pr/002'])
  })

  test('of other commits holds no pull request', () => {
    expect(historyOf(SMALL_CASE, [{ hash: 'a', body: 'Merge s1: deep\n' }])).toEqual({
      replayed: [],
      kept: [],
    })
  })
})
