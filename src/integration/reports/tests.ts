// What a run of tests reports, whatever runner made it. Pure.
import type { CheckResult } from '../../contract/session.ts'

export interface TestCase {
  /** File and full name: the same test has the same id in every worktree of the repository. */
  readonly id: string
  /** Relative to where the check runs; null when the format names none, or names something else. */
  readonly file: string | null
  /** Full name with the names of its groups, as the runner writes it; empty when the file as a whole is meant (it cannot
   *  be loaded, a hook of it failed). */
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  /** Why it failed, cut to some 4,000 characters; absent when the runner does not say. */
  readonly message?: string
}

/** `unnamed`: only the exit code says how it went. */
export type TestReport =
  | { readonly kind: 'named'; readonly tests: readonly TestCase[] }
  | { readonly kind: 'unnamed' }

/** How a check went. `broken`: it is red, and no failing test explains it (installation, build, crash, time-out). */
export type TestVerdict =
  | { readonly kind: 'green' }
  | { readonly kind: 'red'; readonly failed: readonly TestCase[] }
  | { readonly kind: 'broken' }

const MESSAGE_CHARACTERS = 4_000

/** A test case with its id; `message` is cut. */
export function testCase(
  { file, name }: Pick<TestCase, 'file' | 'name'>,
  outcome: TestCase['outcome'],
  message?: string,
): TestCase {
  const text = (message ?? '').trim().slice(0, MESSAGE_CHARACTERS)
  return { id: testId(file, name), file, name, outcome, ...(text === '' ? {} : { message: text }) }
}

function testId(file: string | null, name: string): string {
  if (file === null) return name
  return name === '' ? file : `${file} > ${name}`
}

const WEIGHT: Readonly<Record<TestCase['outcome'], number>> = { skipped: 0, passed: 1, failed: 2 }

/** One case per id, in order of appearance; several with one id (a table of inputs) fail when one of them does. */
export function namedReport(cases: readonly TestCase[]): TestReport {
  const byId = new Map<string, TestCase>()
  for (const found of cases) {
    const known = byId.get(found.id)
    if (known === undefined || WEIGHT[found.outcome] > WEIGHT[known.outcome]) byId.set(found.id, found)
  }
  return { kind: 'named', tests: [...byId.values()] }
}

/** What a result and its report say together. A red result without failing tests is broken, never green; a green one
 *  with failing tests (the command hides its exit code) is red. */
export function testVerdict({ green }: Pick<CheckResult, 'green'>, report: TestReport): TestVerdict {
  const failed = report.kind === 'named' ? report.tests.filter(({ outcome }) => outcome === 'failed') : []
  if (failed.length > 0) return { kind: 'red', failed }
  return green ? { kind: 'green' } : { kind: 'broken' }
}

/** How a run of selected tests went for these tests alone; a selection may run others too. `unseen`: selected tests that
 *  did not run, because they are not there, or because the selection does not reach them: where they have just been red,
 *  their silence proves nothing. */
export type SelectionVerdict =
  | { readonly kind: 'named'; readonly failed: readonly TestCase[]; readonly unseen: readonly TestCase[] }
  | { readonly kind: 'unnamed'; readonly green: boolean }

/** What a run of `selected` says about them. */
export function selectionVerdict(
  selected: readonly TestCase[],
  { green }: Pick<CheckResult, 'green'>,
  report: TestReport,
): SelectionVerdict {
  if (report.kind === 'unnamed') return { kind: 'unnamed', green }
  const outcomes = new Map(report.tests.map(({ id, outcome }) => [id, outcome]))
  const wholeFiles = new Set(
    report.tests.flatMap(({ file, outcome }) => (outcome === 'skipped' ? [] : (file ?? []))),
  )
  const seen = ({ id, name, file }: TestCase): boolean =>
    // A file that can be loaded again is seen by its tests.
    name === '' && file !== null ? wholeFiles.has(file) : (outcomes.get(id) ?? 'skipped') !== 'skipped'
  return {
    kind: 'named',
    failed: report.tests.filter(
      ({ id, outcome }) => outcome === 'failed' && selected.some((test) => test.id === id),
    ),
    unseen: selected.filter((test) => !seen(test)),
  }
}

/** `file` relative to `cwd` when it is below it, else as it is. Pure: paths are not looked at. */
export function below(cwd: string, file: string): string {
  const prefix = cwd.endsWith('/') ? cwd : `${cwd}/`
  return file.startsWith(prefix) ? file.slice(prefix.length) : file.replace(/^\.\//, '')
}
