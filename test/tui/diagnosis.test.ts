import { expect, test } from 'vitest'
import type { FreshResult, ProbeResult } from '../../src/contract/health.ts'
import type { HealthView } from '../../src/contract/view.ts'
import type { SessionDiagnosis } from '../../src/engine/health/diagnose.ts'
import { renderExamination, renderFresh } from '../../src/tui/diagnosis.ts'
import { healthLines } from '../../src/tui/health.ts'
import { NOW, session } from './views.ts'

const drawing = { width: 100, colour: false, now: NOW }
const command = `quintet reset auth-1/api 'A fresh conversation came further. Take over what it did: git cherry-pick --no-commit ${'a'.repeat(40)}'`
const result: FreshResult = {
  verdict: 'context',
  because: 'The fresh run reached a state that the old one has not.',
  rows: [{ measure: 'state reached', old: 'checks red', fresh: 'checks green' }],
  state: { old: { green: false, failing: null }, fresh: { green: true, failing: null } },
  stuck: ['4 runs, same failure: E.'],
  missing: ['Never push.'],
  shared: [],
  first: {
    files: { both: ['src/api.ts'], old: ['src/old.ts'], fresh: [] },
    commands: { both: [], old: ['npm test'], fresh: ['npm run build'] },
  },
  divergence: 0.75,
  actions: { old: 9, fresh: 4 },
  sameTree: false,
  kept: null,
  next: [{ text: 'Begin anew.', command }],
}

test('a comparison names what differs in the first actions, and its commands are never cut', () => {
  expect(renderFresh(result, drawing, { attempt: 2, at: NOW - 60_000 })).toEqual([
    '3  a fresh conversation at the same tree, 4 actions (attempt 2, 1m00s ago)',
    '  The session has changed files since its prompt; the fresh run began with them as they are.',
    '  state reached: checks red | fresh: checks green',
    '  75 % of what the first five actions touched differs',
    '  only the session: files src/old.ts; commands npm test',
    '  only the fresh run: commands npm run build',
    '  not carried over: Never push.',
    'Verdict: context. The fresh run reached a state that the old one has not.',
    '  Begin anew.',
    `    ${command}`,
  ])
  const same = { files: { both: ['a'], old: [], fresh: [] }, commands: { both: [], old: [], fresh: [] } }
  const lines = renderFresh({ ...result, first: same, divergence: 0 }, drawing)
  expect(lines.filter((line) => line.includes('differs') || line.includes('only the'))).toEqual([])
})

test('the last comparison, and a probe that lost something, are lines of the health of a session', () => {
  const probe: ProbeResult = {
    total: 0.42,
    classes: {},
    items: [
      { class: 'constraints', question: 'q', answer: '', score: 0, fact: 'Never push.', lost: true },
      { class: 'state', question: 'q', answer: '3', score: 1, fact: 'Port: 3', lost: false },
    ],
    act: 'constraint lost',
    reply: '',
  }
  const health: HealthView = {
    rung: 'nudge',
    activity: null,
    reading: null,
    alarms: [],
    compactions: 0,
    lost: null,
    nudges: 0,
    resets: [],
    proposed: null,
    gates: [],
    probe,
    fresh: { attempt: 2, at: NOW - 60_000, result },
  }
  const lines = healthLines(session(1, 'api', { health }), { ...drawing, width: 120 })
  expect(lines).toContain('probe     0.42 of 1.00, constraint lost: Never push.')
  expect(lines).toContain(
    'fresh     attempt 2, 1m00s ago: context. The fresh run reached a state that the old one has not.',
  )
})

const diagnosis: SessionDiagnosis = {
  session: 'auth-1/api',
  attempt: 1,
  reading: {
    used: null,
    announced: null,
    percent: null,
    effective: null,
    source: 'unknown',
    trend: 'unknown',
    reached: [],
    compactions: 0,
    sinceStated: null,
  },
  limits: { percent: null, tokens: null, compactions: null },
  turns: [],
  errors: [],
  contradictions: [],
  alarms: [],
  best: { a: null, failing: null, tree: null },
  pollutedSince: { action: 0, turn: 1, overcome: false },
  unrecorded: null,
  ended: null,
}
const lostTwice: ProbeResult = {
  total: 0,
  classes: {},
  items: ['q1', 'q2'].map((question) => ({
    class: 'constraints',
    question,
    answer: '',
    score: 0,
    fact: 'Never push.',
    lost: true,
  })),
  act: 'constraint lost',
  reply: '',
}
const nothing = { fresh: null, probe: null, restored: null }
const screen = { ...drawing, earlier: null }
const commands = (lines: readonly string[]) => lines.filter((line) => line.includes('quintet '))

test('a session that can go on is offered what was not looked at yet, under one name', () => {
  const lines = renderExamination('auth-1/api', { ...nothing, diagnosis }, screen)
  expect(lines[0]).toBe('auth-1/api, attempt 1')
  expect(lines.slice(-3)).toEqual([
    'Trouble since action 0, turn 1.',
    '3  the context, the handoff, or the task? → quintet diagnose auth-1/api --fresh',
    '4  what does it still know? → quintet diagnose auth-1/api --probe',
  ])
  const found = { diagnosis, fresh: result, probe: lostTwice, restored: ['Never push.'] }
  expect(renderExamination('auth-1/api', found, screen).slice(-6)).toEqual([
    `    ${command}`,
    '4  probe: 0.00 of 1.00 over 2 questions',
    '  lost: Never push. (answered: nothing)',
    '  constraint lost → quintet diagnose auth-1/api --restore',
    'Told session auth-1/api again:',
    '  Never push.',
  ])
})

test('on a narrow terminal the figures are wrapped, none is cut away', () => {
  const reading = { ...diagnosis.reading, used: 110_572, percent: 55, effective: 200_000, compactions: 2 }
  const found = { ...nothing, fresh: result, diagnosis: { ...diagnosis, reading } }
  const narrow = renderExamination('auth-1/api', found, { ...screen, width: 40 })
  expect(narrow.slice(0, 4)).toEqual([
    'auth-1/api, attempt 1',
    '1  context: 55 % of 200,000 tokens',
    '     (unknown); compacted 2 times; no',
    '     limit',
  ])
  const words = (lines: readonly string[]) => lines.join(' ').split(/\s+/)
  expect(words(narrow)).toEqual(words(renderExamination('auth-1/api', found, { ...screen, width: 1_000 })))
  const wide = narrow.filter((line) => line.length > 40 && !line.includes('quintet '))
  expect(wide).toEqual([])
})

test('nothing is offered that an ended session, or one that has not begun, could not follow', () => {
  for (const ended of ['landed', 'abandoned', 'closed'] as const) {
    const found = { ...diagnosis, ended }
    expect(commands(renderExamination('auth-1/api', { ...nothing, diagnosis: found }, screen))).toEqual([])
    const looked = { diagnosis: found, fresh: result, probe: lostTwice, restored: null }
    const lines = renderExamination('auth-1/api', looked, screen)
    expect(commands(lines)).toEqual([])
    expect(lines.at(-1)).toBe('  constraint lost')
    expect(lines).toContain('  lost: Never push. (answered: nothing)')
  }
  expect(renderExamination('auth-1/api', { ...nothing, diagnosis: null }, screen)).toEqual([
    'Session auth-1/api has not begun yet.',
  ])
})

test('trouble of a session that landed is said to be overcome by that', () => {
  const pollutedSince = { action: 0, turn: 1, overcome: true }
  const last = (ended: SessionDiagnosis['ended']) =>
    renderExamination(
      'auth-1/api',
      { ...nothing, diagnosis: { ...diagnosis, ended, pollutedSince } },
      screen,
    ).find((line) => line.startsWith('Trouble'))
  expect(last('landed')).toBe('Trouble since action 0, turn 1. The work landed all the same.')
  expect(last(null)).toBe('Trouble since action 0, turn 1. A better state was reached after it.')
})

test('what a compaction lost is listed once', () => {
  const lost = {
    constraints: ['Never push.', 'Never push.'],
    decisions: ['Never push.'],
    files: [],
    messages: [],
  }
  const health: HealthView = {
    rung: 'ok',
    activity: null,
    reading: null,
    alarms: [],
    compactions: 1,
    lost,
    nudges: 0,
    resets: [],
    proposed: null,
    gates: [],
    probe: lostTwice,
    fresh: null,
  }
  const lines = healthLines(session(1, 'api', { health }), { ...drawing, width: 120 })
  expect(lines.filter((line) => line.startsWith('lost'))).toEqual(['lost      Never push.'])
  expect(lines).toContain('probe     0.00 of 1.00, constraint lost: Never push.')
})
