// Names of failing tests. A check is asked to write its runner's own machine format beside what it does anyway; what it
// tests stays the same. A runner that is not known, or a report that cannot be read, leaves the exit code alone to go by.
// Use: `reportingCheck`, run it with a log of its own, `readReport`, `testVerdict`; then `selectionOf` for single tests.
import { access, mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { ignoring } from '../../contract/errors.ts'
import type { Check } from '../../contract/plan.ts'
import { REPORTS_IN, reportWords, selectionWords } from './ask.ts'
import { reportFiles, writtenSince, type ReportFiles } from './files.ts'
import { parseGo } from './formats/go.ts'
import { parseJest } from './formats/jest.ts'
import { parseMocha, parseMochaStream } from './formats/mocha.ts'
import { parsePytestSummary } from './formats/pytest-summary.ts'
import { parseTap } from './formats/tap.ts'
import { mochaWritesFile } from './mocha-version.ts'
import { extended, lastCommand, runnerCall, scriptCall, type Runner, type RunnerCall } from './runner.ts'
import { testCase, namedReport, type TestCase, type TestReport as Report } from './tests.ts'

export type TestReport = Report

/** A check that writes a report, as `reportingCheck` and `selectionOf` return it. It is run like any other. */
export interface ReportingCheck extends Check {
  readonly reporting?: Reporting
  /** What its runner writes by itself. */
  readonly written?: ReportFiles
}

interface Reporting {
  readonly call: RunnerCall
  /** Absolute. */
  readonly file: string
  /** The command as the plan has it. */
  readonly command: readonly string[]
  readonly nodeOptions: string
}

/** More is not read: a report this large is no report. */
const REPORT_BYTES = 128 * 1024 * 1024
const OUTPUT_BYTES = 64 * 1024 * 1024
/** Of a command that is not known less is looked through, and no line that is longer than any runner's. */
const SNIFFED_BYTES = 8 * 1024 * 1024
const SNIFFED_LINE = 64 * 1024
/** Scripts that call scripts that call scripts. */
const SCRIPT_DEPTH = 5

const Manifest = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ scripts: v.optional(v.record(v.string(), v.string()), {}) }),
)

/** The check with what makes its runner write a report to `file` (absolute; an old one is deleted, its folder is made).
 *  A check whose runner is not known comes back as it is, or knowing what has lain at the place of its own report: then it
 *  has to be run before anything else is asked of it. `cwd`: where it will run; its package.json says what a script
 *  stands for. `nodeOptions`: NODE_OPTIONS of the environment that it will run in. */
export async function reportingCheck(
  check: Check,
  options: { readonly cwd: string; readonly file: string; readonly nodeOptions?: string },
): Promise<ReportingCheck> {
  const call = await withAge(await resolvedCall(check.run, options.cwd), options.cwd)
  const { file, nodeOptions = process.env['NODE_OPTIONS'] ?? '' } = options
  const words = call === null ? null : reportWords(call, file)
  if (call === null || words === null) {
    const { report } = check
    return report === undefined ? check : { ...check, written: await reportFiles(options.cwd, report) }
  }
  await mkdir(dirname(file), { recursive: true })
  await rm(file, { force: true })
  const run = [...extended(check.run, call, words, nodeOptions)]
  return { ...check, run, reporting: { call, file, command: check.run, nodeOptions } }
}

async function withAge(call: RunnerCall | null, cwd: string): Promise<RunnerCall | null> {
  if (call?.runner !== 'mocha' || (await mochaWritesFile(cwd))) return call
  return { ...call, prints: true }
}

/** Follows scripts of package.json to the runner that the command starts in the end; null when none is known. */
async function resolvedCall(command: readonly string[], cwd: string): Promise<RunnerCall | null> {
  let words = command
  let separators = 0
  for (let depth = 0; depth < SCRIPT_DEPTH; depth++) {
    const script = scriptCall(words)
    const text = script === null ? undefined : (await scriptsOf(cwd))[script.script]
    if (script === null || text === undefined) return throughScripts(runnerCall(words), depth, separators)
    const inner = lastCommand(text)
    if (inner === null) return null
    if (script.npm && !words.includes('--')) separators++
    words = [...inner, ...script.words]
  }
  return null
}

function throughScripts(call: RunnerCall | null, depth: number, separators: number): RunnerCall | null {
  if (call === null || depth === 0) return call
  // Words after `--` are not options any more.
  if (call.words.includes(call.runner === 'go' ? '-args' : '--')) return null
  // Node takes no options after the first file.
  const files = call.runner === 'node' && call.words.some((word) => !word.startsWith('-'))
  const place = files ? { kind: 'node-options' as const } : { kind: 'end' as const, separators }
  return { ...call, place }
}

async function scriptsOf(cwd: string): Promise<Readonly<Record<string, string>>> {
  const text = await ignoring(['ENOENT', 'ENOTDIR'], readFile(join(cwd, 'package.json'), 'utf8'))
  const manifest = v.safeParse(Manifest, text)
  return manifest.success ? manifest.output.scripts : {}
}

/** What the last run of `check` in `cwd` reports. `log`: file with the whole output of that run and no other; `output`: its
 *  tail, for when there is no log. The report file is deleted, so that it is never taken for that of a later run. */
export async function readReport(
  check: ReportingCheck,
  { cwd, output, log }: { readonly cwd: string; readonly output: string; readonly log: string },
): Promise<TestReport> {
  const { reporting, written } = check
  const own = written === undefined ? null : await junitFiles(cwd, written)
  if (own !== null) return withRealFiles(own, cwd)
  if (reporting === undefined) return sniffed(await printed(log, output, SNIFFED_BYTES), cwd)
  const { runner } = reporting.call
  const source = REPORTS_IN[runner]
  const text = source === 'output' ? undefined : await tail(reporting.file, REPORT_BYTES)
  await rm(reporting.file, { force: true })
  if (text !== undefined) return withRealFiles(await parsed(runner, text, cwd), cwd)
  if (source === 'file') return { kind: 'unnamed' }
  return withRealFiles(await parsed(runner, await printed(log, output), cwd), cwd)
}

async function parsed(runner: Runner, text: string, cwd: string): Promise<TestReport> {
  switch (runner) {
    case 'vitest':
    case 'jest':
      return parseJest(text, cwd)
    case 'mocha': {
      const report = parseMocha(text, cwd)
      return report.kind === 'named' ? report : parseMochaStream(text)
    }
    case 'node':
      return parseTap(text, cwd, 'node')
    case 'pytest': {
      // Loaded when there is XML to read, not with every command.
      const { parsePytestXml } = await import('./formats/pytest-xml.ts')
      return parsePytestXml(text, cwd)
    }
    case 'go':
      return parseGo(text)
  }
}

/** What all the files together report; null when there is none. One that cannot be read may hold any failure. */
async function junitFiles(cwd: string, written: ReportFiles): Promise<TestReport | null> {
  const tests: TestCase[] = []
  let seen = false
  // Loaded when there is XML to read, not with every command.
  const { parseJunitFile } = await import('./formats/junit.ts')
  for await (const text of writtenSince(cwd, written)) {
    const report = text === null ? { kind: 'unnamed' as const } : parseJunitFile(text, cwd)
    if (report === null) continue
    if (report.kind === 'unnamed') return report
    seen = true
    tests.push(...report.tests)
  }
  return seen ? namedReport(tests) : null
}

/** Output of a command that is not known, but speaks a language that is. */
function sniffed(output: string, cwd: string): TestReport {
  const text = withoutLong(output)
  for (const parse of [
    () => parseTap(text, cwd, 'any'),
    () => parseGo(text),
    () => parseMochaStream(text),
    () => parsePytestSummary(text),
  ]) {
    const report = parse()
    if (report.kind === 'named' && report.tests.length > 0) return report
  }
  return { kind: 'unnamed' }
}

function withoutLong(text: string): string {
  const lines = text.split('\n')
  return lines.filter((line) => line.length <= SNIFFED_LINE).join('\n')
}

async function printed(log: string, output: string, limit = OUTPUT_BYTES): Promise<string> {
  return (await tail(log, limit)) ?? output
}

/** The last `limit` bytes of a file; undefined when there is none. */
async function tail(path: string, limit: number): Promise<string | undefined> {
  const file = await ignoring(['ENOENT', 'ENOTDIR'], open(path))
  if (file === undefined) return undefined
  await using opened = file
  const { size } = await opened.stat()
  const length = Math.min(size, limit)
  const { buffer } = await opened.read(Buffer.alloc(length), 0, length, size - length)
  return buffer.toString('utf8')
}

/** What a runner calls a file may be none as seen from `cwd`; then it only stays in the name. */
async function withRealFiles(report: TestReport, cwd: string): Promise<TestReport> {
  if (report.kind === 'unnamed') return report
  const named = new Set(report.tests.flatMap(({ file }) => file ?? []))
  const missing = new Set<string>()
  for (const file of named) if (!(await exists(join(cwd, file)))) missing.add(file)
  if (missing.size === 0) return report
  return namedReport(
    report.tests.map((found) =>
      found.file === null || !missing.has(found.file)
        ? found
        : testCase({ file: null, name: `${found.file} ${found.name}`.trim() }, found.outcome, found.message),
    ),
  )
}

/** The check cut down to `tests`, or a few more; null when it cannot be. Give it what `reportingCheck` returned: the
 *  selection reports as well, to the same file. Tests whose file is not in the tree are left out before (`presentTests`). */
export function selectionOf(check: ReportingCheck, tests: readonly TestCase[]): ReportingCheck | null {
  const { reporting, written } = check
  // Names in a report of its own kind are not those that the runner selects by.
  if (written !== undefined) return null
  const call = reporting?.call ?? runnerCall(check.run)
  // NODE_OPTIONS may hold reporters, but no names of tests.
  const words = call === null || call.place.kind === 'node-options' ? null : selectionWords(call, tests)
  if (call === null || words === null) return null
  if (reporting === undefined) return { ...check, run: [...extended(check.run, call, words, '')] }
  const { command, file, nodeOptions } = reporting
  const all = [...(reportWords(call, file) ?? []), ...words]
  return { ...check, run: [...extended(command, call, all, nodeOptions)] }
}

/** Those of `tests` that can fail in `cwd`: a test whose file is not there cannot, and some runners take the missing file
 *  itself for an error. */
export async function presentTests(tests: readonly TestCase[], cwd: string): Promise<readonly TestCase[]> {
  const present: TestCase[] = []
  for (const test of tests) if (test.file === null || (await exists(join(cwd, test.file)))) present.push(test)
  return present
}

async function exists(path: string): Promise<boolean> {
  const found = await ignoring(
    ['ENOENT', 'ENOTDIR'],
    access(path).then(() => true),
  )
  return found === true
}
