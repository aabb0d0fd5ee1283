// The summary that pytest prints with `-rA`. Pure.
import { namedReport, testCase, type TestCase, type TestReport } from '../tests.ts'

const SUMMARY = /^=+ short test summary info =+$/
const LINE = /^(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) (?!\[)(.*)$/
/** Of a line; where the message begins is not looked for beyond it. */
const MAX_LENGTH = 4_000
const OUTCOMES: Readonly<Record<string, TestCase['outcome']>> = {
  PASSED: 'passed',
  XPASS: 'passed',
  FAILED: 'failed',
  ERROR: 'failed',
}

/** Parses the last summary of `-rA` in some output; unnamed when there is none, or when it lists failures alone. */
export function parsePytestSummary(text: string): TestReport {
  const lines = text.split('\n')
  const begin = lines.findLastIndex((line) => SUMMARY.test(line))
  if (begin === -1) return { kind: 'unnamed' }
  const cases = lines.slice(begin + 1).flatMap((line) => {
    const [, word = '', rest = ''] = LINE.exec(line) ?? []
    return word === '' ? [] : [summaryCase(OUTCOMES[word] ?? 'skipped', rest)]
  })
  return cases.length === 0 ? { kind: 'unnamed' } : namedReport(cases)
}

/** `path::Class::test - message`; a parameter may hold anything, so the message begins after the last bracket. */
function summaryCase(outcome: TestCase['outcome'], rest: string): TestCase {
  const shown = rest.slice(0, MAX_LENGTH)
  const split = /^(.*?(?:\[.*\])?)(?: - (.*))?$/.exec(shown)
  const id = split?.[1] ?? shown
  const colons = id.indexOf('::')
  const file = colons === -1 ? id : id.slice(0, colons)
  return testCase({ file, name: colons === -1 ? '' : id.slice(colons + 2) }, outcome, split?.[2])
}
