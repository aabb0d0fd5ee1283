import { describe, expect, it } from 'vitest'
import { decisionsFile, parseDecisions, type Decision } from '../../src/coordination/decisions.ts'

const decisions: Decision[] = [
  { n: 1, at: '2026-05-01T10:00:00.000Z', text: 'Amounts are integers in cents.' },
  {
    n: 2,
    at: '2026-05-01T11:30:00.000Z',
    text: 'Errors have this form:\n\n    {"error": "code"}\n\nand nothing else.',
  },
  { n: 12, at: null, text: '## not a heading' },
]

describe('decisionsFile', () => {
  it('numbers, dates and indents', () => {
    expect(decisionsFile(decisions)).toMatchInlineSnapshot(`
      "# Decisions

      Written by the operator, binding for every session. A later decision replaces an earlier one.

      1. (2026-05-01T10:00:00.000Z) Amounts are integers in cents.
      2. (2026-05-01T11:30:00.000Z) Errors have this form:

             {"error": "code"}

         and nothing else.
      12. ## not a heading
      "
    `)
  })

  it('says that there is none', () => {
    expect(decisionsFile([])).toContain('None yet.')
  })
})

describe('parseDecisions', () => {
  it('reads back what was written', () => {
    expect(parseDecisions(decisionsFile(decisions))).toEqual(decisions)
  })

  it('reads a file kept by hand', () => {
    const text =
      '\uFEFFDecisions\r\n\r\n1) 2026-05-01: use cents\r\n2. no date\r\n   second line\r\n\r\nprose\r\n'
    expect(parseDecisions(text)).toEqual([
      { n: 1, at: '2026-05-01', text: 'use cents' },
      { n: 2, at: null, text: 'no date\nsecond line' },
    ])
  })

  it('finds none in other text', () => {
    expect(parseDecisions('# Decisions\n\nNone yet.\n')).toEqual([])
    expect(parseDecisions('')).toEqual([])
  })
})
