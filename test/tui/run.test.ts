import { expect, test } from 'vitest'
import { renderNeeds, renderRun } from '../../src/tui/run.ts'
import { renderSession } from '../../src/tui/session.ts'
import { displayWidth } from '../../src/tui/text.ts'
import { NOW, run, session } from './views.ts'
import { NO_QUEUE } from '../support/queue-view.ts'

const drawn = (width: number, view = run(), colour = false): string =>
  `\n${renderRun(view, { width, now: NOW, colour }).join('\n')}\n`

test('a wide terminal shows every column', () => {
  expect(drawn(140)).toMatchInlineSnapshot(`
    "
    auth-1 running 10m00s · 1 of 5 finished · target main
    Replace the session cookies by tokens

    ! data (permission, 1m05s): May src/db.ts be written?
      → quintet answer data allow    Allow once
      → quintet answer data reject   Reject

    #  piece  state     since  doing                       context        files       port  branch
    1  auth   finished  2m00s                              ███░░░░░ 42%   7 in        4100  +240 -31
    2  data   waiting   1m05s  May src/db.ts be written?   ██████░░ ~75%  2 in 1 out  4110  +12 -0
    3  api    working     12s  Running npm test -- routes  ~38k           3 in        4120  +80 -4
    4  tests  lost?        4s  the daemon is not running
    5  docs   planned   5m00s  after api
    "
  `)
})

test('80 columns', () => {
  expect(drawn(80)).toMatchInlineSnapshot(`
    "
    auth-1 running 10m00s · 1 of 5 finished · target main
    Replace the session cookies by tokens

    ! data (permission, 1m05s): May src/db.ts be written?
      → quintet answer data allow    Allow once
      → quintet answer data reject   Reject

    #  piece  state     since  doing             context  files       port  branch
    1  auth   finished  2m00s                    42%      7 in        4100  +240 -31
    2  data   waiting   1m05s  May src/db.ts b…  ~75%     2 in 1 out  4110  +12 -0
    3  api    working     12s  Running npm tes…  ~38k     3 in        4120  +80 -4
    4  tests  lost?        4s  the daemon is n…
    5  docs   planned   5m00s  after api
    "
  `)
})

test('40 columns keep number, piece, state and since', () => {
  expect(drawn(40)).toMatchInlineSnapshot(`
    "
    auth-1 running 10m00s · 1 of 5 finished…
    Replace the session cookies by tokens

    ! data (permission, 1m05s): May src/db.…
      → quintet answer data allow    Allow once
      → quintet answer data reject   Reject

    #  piece  state     since
    1  auth   finished  2m00s
    2  data   waiting   1m05s
    3  api    working     12s
    4  tests  lost?        4s
    5  docs   planned   5m00s
    "
  `)
})

test.each([20, 33, 40, 57, 80, 109, 110, 200])('nothing but commands is wider than %i columns', (width) => {
  const view = run({ goal: '漢字'.repeat(90), notes: ['x'.repeat(300)] })
  const widths = renderRun(view, { width, now: NOW, colour: false })
    .filter((line) => !line.trimStart().startsWith('→'))
    .map((line) => displayWidth(line))
  // The three columns that are never left out need 28.
  expect(Math.max(...widths)).toBeLessThanOrEqual(Math.max(28, width))
})

test('colour changes nothing but the colour', () => {
  const coloured = renderRun(run(), { width: 100, now: NOW, colour: true })
  const escape = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')
  expect(coloured.join('\n')).toMatch(escape)
  expect(coloured.map((line) => line.replaceAll(escape, '').trimEnd())).toEqual(
    renderRun(run(), { width: 100, now: NOW, colour: false }),
  )
})

test('an integration that stopped is told with conflict and checks', () => {
  const view = run({
    state: 'ended',
    verdict: 'partial',
    needs: [],
    notes: ['The coordination files were left out.'],
    integration: {
      n: 2,
      state: 'stopped',
      since: NOW - 3000,
      merged: ['auth', 'data'],
      leftOut: [{ piece: 'docs', reason: 'It is not finished.' }],
      refused: [],
      conflict: { piece: 'api', files: ['src/routes.ts'] },
      checks: [
        { name: 'unit', green: false, exitCode: 1, signal: null, durationMs: 4100, output: '', log: '/l' },
      ],
      queue: NO_QUEUE,
      notes: [],
      reason: 'api conflicts.',
    },
  })
  expect(drawn(80, { ...view, sessions: [session(1, 'auth', { state: 'landed' })] })).toMatchInlineSnapshot(`
    "
    auth-1 partial 10m00s · 1 of 1 finished · target main
    Replace the session cookies by tokens

    #  piece  state   since
    1  auth   landed  5m00s

    integration 2 stopped 3s: api conflicts.
      merged auth, data
      left out docs: It is not finished.
      conflict of api in 1 file: src/routes.ts
      check unit red, 4s
    note: The coordination files were left out.
    "
  `)
})

test('what an agent says cannot reach the terminal as a control sequence', () => {
  const evil = 'a\u001B[2J\u001B]0;title\u0007b\rc\u202Ed\nforged line'
  const view = run({
    goal: evil,
    notes: [evil],
    sessions: [session(1, 'auth', { state: 'working', activity: evil, reason: evil })],
    needs: [{ session: 'auth-1/auth', kind: 'waiting', text: evil, command: `quintet ${evil}`, since: NOW }],
  })
  const lines = renderRun(view, { width: 120, now: NOW, colour: false })
  for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\u202E]/u)
  expect(lines.some((line) => line.startsWith('forged'))).toBe(false)
})

test('many needs are cut with the command that lists them all', () => {
  const needs = Array.from({ length: 9 }, (_, index) => ({
    session: `auth-1/p${index}`,
    kind: 'waiting' as const,
    text: 'stuck',
    command: `quintet session retry p${index}`,
    since: NOW,
  }))
  const drawing = { width: 80, now: NOW, colour: false }
  const view = { needs, sessions: [] }
  expect(renderNeeds(view, drawing)).toHaveLength(13)
  expect(renderNeeds(view, drawing).at(-1)).toBe('  … and 3 more → quintet blocked')
  expect(renderNeeds(view, drawing, 9)).toHaveLength(18)
})

test('a session with everything known about it', () => {
  const data = run().sessions[1] ?? session(2, 'data')
  const status = {
    completed: ['schema'],
    inProgress: [],
    blockedOn: [],
    verbatim: '# Status\n\n- schema done\n',
  }
  const lines = renderSession(
    { ...data, status, path: '/w/data', dependsOn: ['auth'], activity: null },
    { width: 100, now: NOW, colour: false },
  )
  expect(`\n${lines.join('\n')}\n`).toMatchInlineSnapshot(`
    "
    auth-1/data  waiting 1m05s (reported)
    title     The data part
    agent     claude, attempt 1, turn 1
    reason    May src/db.ts be written?
    context   ██████░░ ~75% (150000 of 200000 tokens, estimate)
    branch    quintet/auth-1/data/work  1 commit, +12 -0, 2 files in scope, 1 out
    worktree  /w/data
    ports     4110 to 4119
    after     auth
    ! asks (permission, 1m05s): May src/db.ts be written?
      → quintet answer auth-1/data allow    Allow once
      → quintet answer auth-1/data reject    Reject

    # Status

    - schema done
    "
  `)
})
