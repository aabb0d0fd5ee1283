// The stream of `go test -json`. Pure. A test's name is its package and its own name; a package that does not build, or
// ends before its tests do, has its own name alone.
import * as v from 'valibot'
import { namedReport, testCase, type TestCase, type TestReport } from '../tests.ts'

const Event = v.object({
  Action: v.string(),
  Package: v.optional(v.string()),
  Test: v.optional(v.string()),
  Output: v.optional(v.string()),
  FailedBuild: v.optional(v.string()),
  ImportPath: v.optional(v.string()),
})
type Event = v.InferOutput<typeof Event>
const Line = v.pipe(v.string(), v.parseJson(), Event)

const OUTCOMES: ReadonlyMap<string, TestCase['outcome']> = new Map([
  ['pass', 'passed'],
  ['fail', 'failed'],
  ['skip', 'skipped'],
])
const KEPT_OUTPUT = 8_000

/** Parses the events in some output; unnamed when there are none. */
export function parseGo(text: string): TestReport {
  const cases: TestCase[] = []
  const output = new Map<string, string>()
  for (const line of text.split('\n')) {
    const event = line.startsWith('{"') ? v.safeParse(Line, line) : undefined
    if (event?.success === true) take(event.output, cases, output)
  }
  if (cases.length === 0) return { kind: 'unnamed' }
  return namedReport(withoutEchoes(cases))
}

function take(event: Event, cases: TestCase[], output: Map<string, string>): void {
  const { Action: action, Package: pkg = event.ImportPath ?? '', Test: test } = event
  const name = test === undefined ? pkg : `${pkg} ${test}`
  if (event.Output !== undefined) {
    output.set(name, ((output.get(name) ?? '') + event.Output).slice(-KEPT_OUTPUT))
    return
  }
  const outcome = OUTCOMES.get(action)
  if (outcome === undefined || event.Package === undefined) return
  // A package that passes or is skipped is no test.
  if (test === undefined && outcome !== 'failed') return
  const why = output.get(event.FailedBuild ?? name)
  cases.push(testCase({ file: null, name }, outcome, outcome === 'failed' ? why : undefined))
}

/** A package fails with each of its tests, and a test with each of its parts: what only repeats is left out. */
function withoutEchoes(cases: readonly TestCase[]): readonly TestCase[] {
  const failed = cases.filter(({ outcome }) => outcome === 'failed')
  const above = new Set(failed.flatMap(({ name }) => ancestors(name)))
  return cases.filter(({ outcome, name }) => outcome !== 'failed' || !above.has(name))
}

function ancestors(name: string): readonly string[] {
  const space = name.indexOf(' ')
  if (space === -1) return []
  const parts = name.slice(space + 1).split('/')
  const tests = parts
    .slice(1)
    .map((_, index) => `${name.slice(0, space)} ${parts.slice(0, index + 1).join('/')}`)
  return [name.slice(0, space), ...tests]
}
