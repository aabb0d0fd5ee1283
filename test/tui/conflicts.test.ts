import { expect, test } from 'vitest'
import type { RadarSession, RadarView } from '../../src/contract/radar.ts'
import { renderConflicts } from '../../src/tui/conflicts.ts'
import { renderRun } from '../../src/tui/run.ts'
import { NOW, run } from './views.ts'

const session = (number: number, piece: string, more: Partial<RadarSession> = {}): RadarSession => ({
  session: `auth-1/${piece}`,
  number,
  title: `The ${piece}`,
  intent: `Do the ${piece}.`,
  files: 2,
  source: 'watch',
  read: NOW,
  ...more,
})

const VIEW: RadarView = {
  run: 'auth-1',
  target: 'main',
  base: 'c0ffee',
  sessions: [
    session(1, 'auth'),
    session(2, 'data', { gap: '3 of 9 folders are not watched: the machine has too few watches.' }),
    session(3, 'api'),
  ],
  pairs: [
    {
      sessions: ['auth-1/auth', 'auth-1/data'],
      state: 'confirmed',
      files: ['src/db.ts'],
      places: [
        {
          path: 'src/db.ts',
          why: 'both change the same lines, or lines next to each other',
          base: { first: 4, lines: ['let a = 1'], more: 0 },
          left: { first: 4, lines: ['const a = 1'], more: 0 },
          right: { first: 5, lines: [], more: 0 },
        },
      ],
      advice: [{ what: 'move-path', text: 'The path moves to data.', command: 'quintet scope grant data x' }],
    },
    {
      sessions: ['auth-1/api', 'auth-1/data'],
      state: 'same-file',
      files: [],
      places: [{ path: 'src/x.ts', why: 'both change it, in different places' }],
      advice: [],
    },
  ],
  semantic: { warnings: [], more: 0, byLines: [], gaps: [] },
}

test('the matrix, both sides of a conflict, both intents and what can be done', () => {
  const drawing = { width: 100, now: NOW, colour: false }
  expect(`\n${renderConflicts(VIEW, drawing).join('\n')}\n`).toMatchInlineSnapshot(`
    "
    auth-1  3 sessions on main · 1 conflict ahead · 1 pair in the same file

            1 2 3
    1  auth   X ·
    2  data X   =
    3  api  · =  
    · clear   = the same file   ? conflict foreseen   X conflict confirmed
    ! data: 3 of 9 folders are not watched: the machine has too few watches.

    X auth × data: conflict in src/db.ts
      auth: The auth — Do the auth.
      data: The data — Do the data.
      src/db.ts:4  both change the same lines, or lines next to each other
        base, from line 4:
          let a = 1
        auth, from line 4:
          const a = 1
        data: nothing
      The path moves to data.
        → quintet scope grant data x

    = api × data: the same file, no conflict
      api: The api — Do the api.
      data: The data — Do the data.
      src/x.ts  both change it, in different places
    "
  `)
})

test('what one changes and another uses, what is for information only, and what was read how', () => {
  const place = { by: 'auth-1/auth', used: 'auth-1/api', path: 'src/user.ts', line: 3 }
  const semantic: RadarView['semantic'] = {
    warnings: [
      {
        ...place,
        kind: 'api',
        change: 'renamed',
        symbol: 'readUser',
        now: 'loadUser',
        uses: [
          { path: 'src/api.ts', line: 9, fresh: true },
          { path: 'src/api.ts', line: 1, fresh: false },
        ],
        more: 2,
        basis: 'parsed',
      },
      {
        ...place,
        kind: 'behaviour',
        change: 'behaviour',
        symbol: 'find_user',
        uses: [{ path: 'api.py', line: 4, fresh: true }],
        more: 0,
        basis: 'grep',
      },
      {
        ...place,
        by: null,
        kind: 'api',
        change: 'removed',
        symbol: 'readDb',
        uses: [{ path: 'src/api.ts', line: 2, fresh: false }],
        more: 0,
        basis: 'parsed',
      },
    ],
    more: 1,
    byLines: ['.go', '.py'],
    gaps: [
      { session: 'auth-1/data', why: 'One changed file was not read.' },
      { session: null, why: 'Two changed files were not read.' },
    ],
  }
  const view = { ...VIEW, pairs: [], semantic }
  const lines = renderConflicts(view, { width: 120, now: NOW, colour: false })
  expect(
    `\n${lines.slice(lines.indexOf('Changed by one and used by another, in what is committed:')).join('\n')}\n`,
  ).toMatchInlineSnapshot(`
    "
    Changed by one and used by another, in what is committed:
    ! auth × api: auth renames readUser to loadUser
      src/user.ts:3
      api uses it: src/api.ts:9 (new), src/api.ts:1 and 2 more
    i auth × api: auth changes what find_user does (by the look of lines)
      src/user.ts:3
      api uses it: api.py:4 (new)
    ! main × api: main removes readDb
      src/user.ts:3
      api uses it: src/api.ts:2
    … 1 more
    ! .go, .py were read by the look of their lines only: a name in a text or a comment counts too, and much goes unseen.
    ! data: One changed file was not read.
    ! main: Two changed files were not read.
    "
  `)
})

test('a conflict marks the view of the run', () => {
  const conflicts = [
    { sessions: ['auth-1/auth', 'auth-1/data'], files: ['src/db.ts'], since: NOW - 5_000 },
    { sessions: ['auth-1/api', null], files: ['a', 'b'], since: NOW },
  ] as const
  const text = renderRun({ ...run(), conflicts }, { width: 100, now: NOW, colour: false }).join('\n')
  expect(text).toContain(
    'X auth × data conflict in src/db.ts (5s)\nX api × the target conflict in a, b (0s)\n  → quintet conflicts',
  )
})

test('of a session that was not read nothing is said to be clear', () => {
  const gone = session(3, 'api', { read: null, gap: 'its worktree is gone.' })
  const view = { ...VIEW, sessions: [...VIEW.sessions.slice(0, 2), gone], pairs: [] }
  const lines = renderConflicts(view, { width: 100, now: NOW, colour: false })
  expect(lines).toEqual(
    expect.arrayContaining([
      '1  auth   · -',
      '2  data ·   -',
      '3  api  - -  ',
      '! api: its worktree is gone.',
    ]),
  )
  expect(lines.join('\n')).toContain('- not known')
})
