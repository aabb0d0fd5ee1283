import { describe, expect, it } from 'vitest'
import {
  DEFAULT_RESET_POLICIES,
  dueAtEnd,
  dueBefore,
  isOtherTopic,
  type AttemptState,
  type PromptState,
  type ResetPolicies,
} from '../../src/health/resets.ts'

const quiet: AttemptState = {
  phaseCompleted: null,
  failuresSinceBest: 0,
  startedAt: 0,
  now: 10,
  limitsReached: [],
  actions: 5,
}
const all: ResetPolicies = { phase: true, errors: 10, topic: true, daily: 4 * 60, utilisation: true }
const off: ResetPolicies = { phase: false, errors: null, topic: false, daily: null, utilisation: false }
const login = 'Add a login form to the settings page with a field for the password'
const notes = 'Write release notes covering performance regressions since version three, grouped by module'
const busy: AttemptState = {
  ...quiet,
  phaseCompleted: 'schema',
  failuresSinceBest: 10,
  now: 4 * 60,
  limitsReached: ['The context is 71 % full; the limit is 70 %.'],
}
const asked: PromptState = { words: [notes], earlier: [login], startedAt: 0, now: 4 * 60, actions: 5 }
const reasons = (policies: ResetPolicies, state: AttemptState) =>
  dueAtEnd(policies, state).map(({ reason }) => reason)
const before = (policies: ResetPolicies, state: PromptState) => dueBefore(policies, state)?.reason ?? null

describe('at the end of a turn', () => {
  it('finds all that is due, most urgent first, each by its own switch', () => {
    expect(reasons(all, busy)).toEqual(['utilisation', 'errors', 'phase', 'daily'])
    expect(reasons(off, busy)).toEqual([])
    expect(reasons(all, quiet)).toEqual([])
    for (const reason of ['phase', 'utilisation'] as const) {
      expect(reasons({ ...off, [reason]: true }, busy)).toEqual([reason])
    }
    expect(reasons({ ...off, errors: 11 }, busy)).toEqual([])
  })

  it('does not reset what has done nothing yet', () => {
    expect(dueAtEnd(all, { ...busy, actions: 0 })).toEqual([])
  })

  it('leaves the day alone unless told otherwise', () => {
    expect(reasons(DEFAULT_RESET_POLICIES, busy)).toEqual(['utilisation', 'phase'])
  })
})

describe('before a prompt', () => {
  it('asks for a new attempt over another topic, else over a new day, each by its own switch', () => {
    expect(before(all, asked)).toBe('topic')
    expect(before({ ...off, daily: 4 * 60 }, asked)).toBe('daily')
    expect(before(all, { ...asked, words: ['go on'] })).toBe('daily')
    expect(before(all, { ...asked, words: [], now: 4 * 60 - 1 })).toBeNull()
    expect(before(DEFAULT_RESET_POLICIES, asked)).toBeNull()
    expect(before(all, { ...asked, actions: 0 })).toBeNull()
  })

  it('begins a day at its boundary, by the same rule as at the end of a turn', () => {
    const daily = { ...off, daily: 4 * 60 }
    const from = (startedAt: number, now: number) => {
      const found = before(daily, { ...asked, startedAt, now })
      expect(reasons(daily, { ...quiet, startedAt, now })).toEqual(found === null ? [] : [found])
      return found
    }
    expect(from(3 * 60, 4 * 60 - 1)).toBeNull()
    expect(from(3 * 60, 4 * 60)).toBe('daily')
    expect(from(5 * 60, 24 * 60 + 60)).toBeNull()
    expect(from(5 * 60, 28 * 60)).toBe('daily')
  })
})

describe('isOtherTopic', () => {
  it('is conservative', () => {
    expect(isOtherTopic('go on', [login])).toBe(false)
    expect(isOtherTopic(notes, [])).toBe(false)
    expect(
      isOtherTopic('Now make the login form check the length of every password before it is sent', [login]),
    ).toBe(false)
    expect(
      isOtherTopic('Write release notes grouped module wise performance regressions version src/auth/a.ts', [
        'see src/auth/a.ts',
      ]),
    ).toBe(false)
  })
})
