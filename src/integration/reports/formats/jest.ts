// The JSON report of jest, which vitest writes too. Pure.
import * as v from 'valibot'
import { below, namedReport, testCase, type TestCase, type TestReport } from '../tests.ts'
import { plain } from './text.ts'

const Report = v.object({
  testResults: v.array(
    v.object({
      name: v.string(),
      status: v.string(),
      message: v.optional(v.nullable(v.string()), ''),
      assertionResults: v.array(
        v.object({
          fullName: v.string(),
          status: v.string(),
          failureMessages: v.optional(v.nullable(v.array(v.string())), []),
        }),
      ),
    }),
  ),
})
type FileResult = v.InferOutput<typeof Report>['testResults'][number]

/** Parses a report; unnamed when it is none. `cwd`: files are told relative to it. */
export function parseJest(text: string, cwd: string): TestReport {
  const report = v.safeParse(v.pipe(v.string(), v.parseJson(), Report), text)
  if (!report.success) return { kind: 'unnamed' }
  return namedReport(
    report.output.testResults.flatMap((result) => fileCases(result, below(cwd, result.name))),
  )
}

function fileCases(result: FileResult, file: string): readonly TestCase[] {
  const cases = result.assertionResults.map(({ fullName, status, failureMessages }) =>
    testCase({ file, name: fullName.trim() }, outcome(status), plain((failureMessages ?? []).join('\n'))),
  )
  // A file that cannot be loaded has no tests, and a failing hook skips them: then the file itself has failed.
  const unexplained = result.status === 'failed' && cases.every((found) => found.outcome !== 'failed')
  return unexplained ? [...cases, testCase({ file, name: '' }, 'failed', plain(result.message ?? ''))] : cases
}

function outcome(status: string): TestCase['outcome'] {
  if (status === 'passed' || status === 'failed') return status
  return 'skipped'
}
