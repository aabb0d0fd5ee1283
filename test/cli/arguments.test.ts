import { expect, test } from 'vitest'
import { requireRun } from '../../src/cli/access.ts'
import { resolveAnswer } from '../../src/cli/answer-argument.ts'
import { needsOperatorOnly } from '../../src/cli/moving.ts'
import { findSession, parseSessionArgument } from '../../src/cli/session-argument.ts'
import { NOW, run, session } from '../tui/views.ts'
import { NO_QUEUE } from '../support/queue-view.ts'

test.each([
  ['2', { run: null, name: '2' }],
  ['auth', { run: null, name: 'auth' }],
  ['auth-1/data', { run: 'auth-1', name: 'data' }],
])('session argument %s', (text, expected) => {
  expect(parseSessionArgument(text)).toEqual(expected)
})

test('a session is found by number and by piece', () => {
  expect(findSession(run(), '2').piece).toBe('data')
  expect(findSession(run(), 'docs').number).toBe(5)
})

test('an unknown session names the nearest and all there are', () => {
  expect(() => findSession(run(), 'dosc')).toThrow(
    expect.objectContaining({
      code: 'E_NO_SESSION',
      message: 'Run auth-1 has no session dosc; it has 1 auth, 2 data, 3 api, 4 tests, 5 docs.',
      hints: [{ text: 'Did you mean docs?', command: 'quintet session show docs' }],
    }),
  )
})

const RUNS = [
  { run: 'auth-1', plan: 'auth', created: NOW },
  { run: 'auth-2', plan: 'auth', created: NOW + 1 },
  { run: 'data-1', plan: 'data', created: NOW + 2 },
]

test('a run is named by its id or by its plan, which means the newest', () => {
  expect(requireRun(RUNS, 'auth-1').run).toBe('auth-1')
  expect(requireRun(RUNS, 'auth').run).toBe('auth-2')
  expect(() => requireRun(RUNS, 'daat-1')).toThrow(
    expect.objectContaining({
      code: 'E_NO_RUN',
      hints: [{ text: 'Did you mean data-1?', command: 'quintet status data-1' }],
    }),
  )
})

const OPTIONS = [
  { id: 'allow_once', label: 'Allow once', effect: 'allow_once' },
  { id: 'allow_always', label: 'Always allow', effect: 'allow_always' },
  { id: 'no', label: 'Reject', effect: 'reject' },
]
const permission = { id: 'q', kind: 'permission' as const, text: '?', options: OPTIONS, since: NOW }

test.each([
  ['allow_once', 'allow_once'],
  ['always ALLOW', 'allow_always'],
  ['2', 'allow_always'],
  ['rej', 'no'],
])('the answer %s means option %s', (text, id) => {
  expect(resolveAnswer(permission, text)).toBe(id)
})

test('a permission takes no free text; what could mean two options means none', () => {
  expect(() => resolveAnswer(permission, 'allow')).toThrow(
    /has no option allow; it has allow_once, allow_always, no\./,
  )
  expect(() => resolveAnswer(permission, 'maybe later')).toThrow(expect.objectContaining({ code: 'E_USAGE' }))
})

test('a question takes free text', () => {
  expect(resolveAnswer({ ...permission, kind: 'question' }, 'Use version 4')).toBe('Use version 4')
})

const need = run().needs

test.each([
  ['somebody works', [session(1, 'a', { state: 'working' }), session(2, 'b', { state: 'waiting' })], false],
  ['all wait', [session(1, 'a', { state: 'waiting' }), session(2, 'b', { state: 'finished' })], true],
  ['a piece may start', [session(1, 'a', { state: 'waiting' }), session(2, 'b')], false],
  [
    'what is planned depends on who waits',
    [session(1, 'a', { state: 'waiting' }), session(2, 'b', { dependsOn: ['a'] })],
    true,
  ],
  [
    'a lost one is looked after',
    [session(1, 'a', { state: 'waiting' }), session(2, 'b', { state: 'lost' })],
    false,
  ],
])('only the operator can move it when %s', (_name, sessions, only) => {
  expect(needsOperatorOnly(run({ sessions, needs: need }))).toBe(only)
})

test('a full house, a running integration, an end, and nobody who needs anything', () => {
  const sessions = [session(1, 'a', { state: 'waiting' }), session(2, 'b')]
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
  expect(needsOperatorOnly(run({ sessions, limit: 1, needs: need }))).toBe(true)
  expect(needsOperatorOnly(run({ sessions, limit: 1, needs: need, integration }))).toBe(false)
  expect(needsOperatorOnly(run({ sessions, limit: 1, needs: need, state: 'ended' }))).toBe(false)
  expect(needsOperatorOnly(run({ sessions, limit: 1, needs: [] }))).toBe(false)
})
