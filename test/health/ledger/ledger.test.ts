import { describe, expect, it } from 'vitest'
import { buildLedger, checkers, withConstraints, withMessage } from '../../../src/health/ledger/ledger.ts'
import { opponentOf, opposed } from '../../../src/health/ledger/opposition.ts'
import { Statements } from '../../../src/health/ledger/stated.ts'

const scope = { include: ['src/auth/**'], exclude: ['src/auth/legacy/**'] }

describe('buildLedger', () => {
  it('holds scope, brief, decisions and operator, each with its source and id', () => {
    const ledger = buildLedger({
      brief: 'Add a form. Never push.',
      scope,
      forbidden: ['src/db/**'],
      decisions: [{ n: 2, text: 'Dates are ISO 8601' }],
      messages: [
        { a: 4, text: 'Always use pnpm.' },
        { a: 9, text: 'No, the other folder.\n\nlog line\nlog line' },
        { a: 12, text: 'thanks' },
      ],
    })
    expect(ledger.map(({ source, text, lastSeen }) => [source, text, lastSeen])).toEqual([
      ['scope', 'Write only these paths: src/auth/**, but not src/auth/legacy/**.', null],
      ['scope', 'Never write these paths: src/db/**.', null],
      ['brief', 'Never push.', null],
      ['decision', 'Dates are ISO 8601', null],
      ['operator', 'Always use pnpm.', 4],
      ['correction', 'No, the other folder.', 9],
    ])
    expect(new Set(ledger.map(({ id }) => id)).size).toBe(6)
    expect(ledger[3]?.ref).toBe('decision 2')
    expect(buildLedger({ brief: 'never   PUSH!' })[0]?.id).toBe(ledger[2]?.id)
  })

  it('keeps a demand once and remembers when it was last stated', () => {
    const first = buildLedger({ brief: 'Never push.', messages: [{ a: 3, text: 'Never push.' }] })
    expect(first).toHaveLength(1)
    const again = withMessage(first, { a: 8, text: 'Please look at it. Never push.' })
    expect(again).toMatchObject([{ source: 'brief', lastSeen: 8 }])
    expect(withConstraints(again, { scope })).toHaveLength(2)
  })

  it('gives a checker to the scope and to what can be checked', () => {
    const ledger = buildLedger({ scope, brief: 'Never push. Errors must be values.' })
    const list = checkers(ledger)
    expect(list.map(({ text }) => text)).toEqual([ledger[0]?.text, 'Never push.'])
    const call = { t: 'call', a: 0, id: 'x', tool: 'Edit', kind: 'edit' } as const
    expect(list[0]?.violatedBy({ ...call, path: 'src/auth/legacy/x.ts' })).toBe(true)
    expect(list[0]?.violatedBy({ ...call, path: 'src/auth/x.ts' })).toBe(false)
  })

  it('checks no decision that a later one has replaced, and nothing that the operator allows again', () => {
    const decisions = [
      { n: 1, text: 'Use npm instead of pnpm.' },
      { n: 2, text: 'Use pnpm instead of npm.' },
    ]
    expect(checkers(buildLedger({ decisions })).map(({ text, decided }) => [text, decided])).toEqual([
      ['Use pnpm instead of npm.', true],
    ])
    const forbidden = buildLedger({ brief: 'Never run `npm install`.' })
    expect(checkers(forbidden)).toHaveLength(1)
    const asked = withMessage(forbidden, { a: 3, text: 'Why did you not run npm install?' })
    expect(checkers(asked)).toHaveLength(1)
    const allowed = withMessage(forbidden, { a: 3, text: 'Fine. Please run `npm install` now.' })
    expect(checkers(allowed)).toEqual([])
    expect(allowed.map(({ text }) => text)).toEqual(['Never run `npm install`.'])
  })

  it('is bounded, and drops no correction and no decision for what was said in passing', () => {
    let ledger = buildLedger({ decisions: [{ n: 1, text: 'Dates are ISO 8601' }] })
    ledger = withMessage(ledger, { a: 0, text: 'No, never touch the legacy folder.' })
    for (let n = 0; n < 400; n++) ledger = withMessage(ledger, { a: n, text: `Never use library${n}.` })
    expect(ledger).toHaveLength(300)
    expect(ledger.slice(0, 2).map(({ source }) => source)).toEqual(['decision', 'correction'])
    expect(ledger.at(-1)?.text).toBe('Never use library399.')
  })
})

describe('opposition', () => {
  it.each([
    ['Never push.', 'Push.'],
    ['Always use tabs for indentation.', 'Do not use tabs for indentation.'],
    ['Use pnpm instead of npm.', 'Use npm, not pnpm.'],
    ['Use tabs, not spaces.', 'Never use tabs.'],
    ['Dates are stored as UTC seconds', 'Dates are stored as local seconds'],
    ['The port is 4711.', 'The port is 4712.'],
    ['Use vitest for tests.', 'Use jest for tests.'],
    ['Return errors as Result values.', 'Return errors as exceptions.'],
    ['Branches are named `feature/x`.', 'Branches are named `topic/x`.'],
    ['The API must be versioned under /v1', 'The API must be versioned under /v2'],
  ])('%s / %s', (left, right) => {
    expect([opponentOf(left)(right), opponentOf(right)(left)]).toEqual([true, true])
  })

  it.each([
    ['Never edit src/db/schema.ts.', 'Never edit src/db/tables.ts.'],
    ['Never edit src/db/schema.ts.', 'Edit src/db/tables.ts.'],
    ['Errors in the parser must be returned as values.', 'Errors in the lexer must be returned as values.'],
    ['Never return errors as strings from the parser.', 'Always return errors as strings from the lexer.'],
    ['Dates are stored as UTC seconds', 'Dates are stored as UTC seconds in the database'],
    ['Run the tests before each commit.', 'Run the linter before each commit.'],
    ['Add a test for login.', 'Add a test for logout.'],
    ['The service is fast', 'The service is small'],
    ['The port is fixed', 'The port is 4711'],
    ['Never push to main.', 'Push to staging.'],
    ['Never push.', 'Why do you push?'],
    ['Use pnpm.', 'Use vitest.'],
    ['Never push.', 'Never push.'],
  ])('none: %s / %s', (left, right) => {
    expect([opponentOf(left)(right), opponentOf(right)(left)]).toEqual([false, false])
  })

  it('names pairs of the ledger, and leaves the scope out', () => {
    const ledger = buildLedger({
      scope,
      forbidden: ['src/auth/**'],
      decisions: [
        { n: 1, text: 'Dates are stored as UTC seconds' },
        { n: 2, text: 'The dates that are stored in the log are seconds as well' },
        { n: 3, text: 'Dates are stored as local seconds' },
      ],
    })
    expect(opposed(ledger).map(([one, two]) => [one.ref, two.ref])).toEqual([['decision 1', 'decision 3']])
  })

  it('of hostile texts is found in no time', () => {
    const texts = ['use '.repeat(20_000), `a is ${'b '.repeat(20_000)}`, 'never '.repeat(20_000)]
    const before = performance.now()
    for (const left of texts) for (const right of texts) opponentOf(left)(right)
    expect(performance.now() - before).toBeLessThan(2_000)
  })
})

describe('how long ago the constraints were stated', () => {
  const ledger = buildLedger({ scope, brief: 'Never push. Always use pnpm.' })

  it('counts the one that was stated longest ago', () => {
    const statements = new Statements()
    statements.used(1_000)
    expect(statements.since(ledger)).toBe(1_000)
    expect(statements.said(ledger, 'Look: never push.')).toBe(true)
    statements.used(1_500)
    expect(statements.since(ledger)).toBe(1_500)
    statements.said(ledger, '- Always use pnpm.')
    statements.used(1_700)
    expect(statements.since(ledger)).toBe(700)
    expect(statements.said(ledger, 'go on')).toBe(false)
    // A compaction takes nothing back.
    statements.used(200)
    statements.used(300)
    expect(statements.since(ledger)).toBe(800)
  })
})
