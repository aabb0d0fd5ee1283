// The JSON reports of mocha. Pure. From version 9.2 on one is a file of its own; before, a line a test is printed.
import * as v from 'valibot'
import { below, namedReport, testCase, type TestReport } from '../tests.ts'
import { plain } from './text.ts'

const Entry = v.object({
  fullTitle: v.string(),
  file: v.optional(v.nullable(v.string())),
  err: v.optional(v.looseObject({ stack: v.optional(v.string()), message: v.optional(v.string()) }), {}),
})
const Report = v.object({
  passes: v.array(Entry),
  failures: v.array(Entry),
  pending: v.optional(v.array(Entry), []),
})
type Entry = v.InferOutput<typeof Entry>

const BEGIN = '{\n  "stats": {'
const END = '\n}'

/** Parses a report, or output that ends with one; unnamed when there is none. Failing hooks are tests of their own. */
export function parseMocha(text: string, cwd: string): TestReport {
  const begin = text.lastIndexOf(BEGIN)
  const end = text.lastIndexOf(END)
  if (begin === -1 || end < begin) return { kind: 'unnamed' }
  const report = v.safeParse(v.pipe(v.string(), v.parseJson(), Report), text.slice(begin, end + END.length))
  if (!report.success) return { kind: 'unnamed' }
  const place = ({ file, fullTitle }: Entry): { file: string | null; name: string } => ({
    file: file === undefined || file === null ? null : below(cwd, file),
    name: fullTitle.trim(),
  })
  const { passes, failures, pending } = report.output
  return namedReport([
    ...passes.map((entry) => testCase(place(entry), 'passed')),
    ...failures.map((entry) =>
      testCase(place(entry), 'failed', plain(entry.err.stack ?? entry.err.message ?? '')),
    ),
    ...pending.map((entry) => testCase(place(entry), 'skipped')),
  ])
}

const StreamEntry = v.tuple([
  v.picklist(['pass', 'fail']),
  v.object({
    fullTitle: v.string(),
    err: v.optional(v.nullable(v.string())),
    stack: v.optional(v.nullable(v.string())),
  }),
])
const StreamLine = v.pipe(v.string(), v.parseJson(), StreamEntry)

/** The entry of one of these kinds at the end of a line, after anything that a test has printed without ending its line.
 *  Without a pattern over the whole line: lines of output can be of any length. */
function streamed(line: string, kinds: readonly string[]): string | undefined {
  const shown = line.trimEnd()
  if (!shown.endsWith('}]')) return undefined
  const starts = kinds.map((kind) => shown.indexOf(`["${kind}",{`)).filter((at) => at !== -1)
  return starts.length === 0 ? undefined : shown.slice(Math.min(...starts))
}

/** Parses what `json-stream` prints, a line a test, among other output; unnamed when it has not come to its end. Old versions
 *  cannot write errors that hold themselves any other way. */
export function parseMochaStream(text: string): TestReport {
  const lines = text.split('\n')
  if (!lines.some((line) => streamed(line, ['end']) !== undefined)) return { kind: 'unnamed' }
  const cases = lines.flatMap((line) => {
    const entry = v.safeParse(StreamLine, streamed(line, ['pass', 'fail']))
    if (!entry.success) return []
    const [outcome, { fullTitle, err, stack }] = entry.output
    const place = { file: null, name: fullTitle.trim() }
    if (outcome === 'pass') return [testCase(place, 'passed')]
    return [testCase(place, 'failed', plain(stack ?? err ?? ''))]
  })
  return namedReport(cases)
}
