import { describe, expect, it } from 'vitest'
import { integrationReport, stopReason, type IntegrationReport } from '../../src/integration/report.ts'

const check = (name: string, green: boolean) => ({
  name,
  green,
  exitCode: green ? 0 : 1,
  signal: null,
  durationMs: 5,
  output: '',
  log: `/logs/${name}.log`,
})
const landed: IntegrationReport = {
  target: 'main',
  merged: [
    { piece: 'data', title: 'Data layer' },
    { piece: 'auth', title: 'Auth' },
  ],
  upToDate: ['docs'],
  leftOut: [],
  conflict: null,
  notTried: [],
  checks: [check('unit', true)],
  advance: { kind: 'advanced', worktreeUpdated: null, behind: null },
  worktree: '/w/_integration',
}

describe('integrationReport', () => {
  it('tells of a full success', () => {
    expect(stopReason(landed)).toBeNull()
    expect(integrationReport(landed)).toBe(
      [
        '2 pieces landed on main.',
        '  landed  data: Data layer',
        '  landed  auth: Auth',
        '  nothing new  docs',
        '  green  unit',
      ].join('\n'),
    )
  })

  it('tells what stopped at a conflict and what came after it', () => {
    const report: IntegrationReport = {
      ...landed,
      merged: landed.merged.slice(0, 1),
      upToDate: [],
      conflict: { piece: 'auth', files: ['a.ts', 'b.ts'], against: 'data' },
      notTried: ['api'],
      leftOut: [{ piece: 'tests', reason: 'it is not finished' }],
    }
    expect(integrationReport(report)).toBe(
      [
        '1 piece landed on main. The branch of auth conflicts with data in a.ts and b.ts.',
        '  landed  data: Data layer',
        '  conflict  auth: The branch of auth conflicts with data in a.ts and b.ts.',
        '  not tried  api: it comes after auth',
        '  left out  tests: it is not finished',
        '  green  unit',
      ].join('\n'),
    )
  })

  it('names red checks, their logs and where the union is', () => {
    const report = { ...landed, checks: [check('unit', false), check('e2e', false)], advance: null }
    expect(integrationReport(report).split('\n')).toEqual([
      'Nothing landed on main. The checks unit and e2e are red on the union.',
      '  merged  data: Data layer',
      '  merged  auth: Auth',
      '  nothing new  docs',
      '  red  unit, log: /logs/unit.log',
      '  red  e2e, log: /logs/e2e.log',
      '  The union is kept in /w/_integration.',
    ])
  })

  it.each([
    [{ kind: 'moved', now: 'abcdef0123456789' }, 'The branch main moved to abcdef012345 in the meantime.'],
    [{ kind: 'moved', now: null }, 'The branch main does not exist any more.'],
    [
      { kind: 'worktree-dirty', path: '/w', files: ['1', '2', '3', '4', '5', '6', '7'] },
      'The worktree /w has main checked out with changes in the way: 1, 2, 3, 4, 5 and 2 more.',
    ],
    [
      { kind: 'worktree-busy', path: '/w', why: 'a merge is under way' },
      'The worktree /w has main checked out and cannot be updated: a merge is under way.',
    ],
  ] as const)('explains %j', (advance, reason) => {
    expect(stopReason({ ...landed, advance })).toBe(reason)
    expect(integrationReport({ ...landed, advance })).toMatch(/^Nothing landed on main\. /)
  })

  it('names a worktree that has not followed', () => {
    const advance = {
      kind: 'advanced',
      worktreeUpdated: null,
      behind: { path: '/w', why: 'it is locked' },
    } as const
    expect(integrationReport({ ...landed, advance })).toMatch(
      /\n {2}The files in \/w have not followed main: it is locked\.$/,
    )
  })

  it('tells of nothing to do and of foreign histories', () => {
    const nothing = { ...landed, merged: [], upToDate: [], checks: [], advance: null }
    expect(integrationReport(nothing)).toBe('There was nothing to land on main.')
    expect(stopReason({ ...nothing, conflict: { piece: 'auth', files: [], against: null } })).toBe(
      'The branch of auth has no history in common with main.',
    )
  })
})
