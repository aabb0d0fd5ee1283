import { expect, test } from 'vitest'
import { changeLines } from '../../src/tui/changes.ts'
import { NOW, run, session } from './views.ts'
import { NO_QUEUE } from '../support/queue-view.ts'

test('the first view tells what is no longer planned, and who needs the operator', () => {
  expect(changeLines(null, run())).toMatchInlineSnapshot(`
    [
      "run auth-1: Replace the session cookies by tokens",
      "1 auth finished",
      "2 data waiting: May src/db.ts be written?",
      "3 api working, attempt 2",
      "4 tests lost?: the daemon is not running",
      "! auth-1/data needs the operator (permission): May src/db.ts be written? → quintet answer data <option>",
    ]
  `)
})

test('nothing new, nothing told; a live word alone is nothing new', () => {
  const talking = run().sessions.map((one) => ({ ...one, activity: 'something else' }))
  expect(changeLines(run(), run({ sessions: talking }))).toEqual([])
})

test('a state, a decision, an integration step and the end each give one line', () => {
  const before = run({ needs: [], sessions: [session(1, 'auth', { state: 'working', attempt: 1 })] })
  const integration = {
    n: 1,
    state: 'running' as const,
    since: NOW,
    merged: [],
    leftOut: [],
    refused: [],
    conflict: null,
    checks: [],
    queue: NO_QUEUE,
    notes: [],
    reason: null,
  }
  const finished = {
    ...before,
    sessions: [session(1, 'auth', { state: 'finished', attempt: 1 })],
    decisions: [{ n: 1, at: NOW, text: 'Use\nUTC' }],
    state: 'integrating' as const,
    integration,
  }
  const ended = {
    ...finished,
    integration: { ...integration, merged: ['auth'], state: 'landed' as const },
    state: 'ended' as const,
    verdict: 'landed' as const,
  }
  expect(changeLines(before, finished)).toMatchInlineSnapshot(`
    [
      "1 auth finished",
      "decision 1: Use UTC",
      "integration 1 running",
      "run auth-1 integrating",
    ]
  `)
  expect(changeLines(finished, ended)).toMatchInlineSnapshot(`
    [
      "integration 1 merged auth",
      "integration 1 landed",
      "run auth-1 ended: landed",
    ]
  `)
})
