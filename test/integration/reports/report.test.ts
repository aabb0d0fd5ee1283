// The whole way with the runners that come with this repository: ask for a report, run, read it, run some of it again.
import { readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Check } from '../../../src/contract/plan.ts'
import {
  presentTests,
  readReport,
  reportingCheck,
  selectionOf,
  type ReportingCheck,
  type TestReport,
} from '../../../src/integration/reports/report.ts'
import { selectionVerdict, testVerdict, type TestCase } from '../../../src/integration/reports/tests.ts'
import { runCheck } from '../../../src/process/check.ts'
import { temporaryFolder } from '../../support/repository.ts'

const VITEST = `import { describe, expect, test } from 'vitest'
describe('outer', () => { describe('inner', () => {
  test('adds', () => {})
  test('breaks (x) [1]', () => { expect(1).toBe(2) })
}) })
test('top', () => {})
`
const NODE = `import { describe, test } from 'node:test'
describe('outer', () => { describe('inner', () => {
  test('adds', () => {})
  test('breaks (x) "1"', () => { throw new Error('no') })
}) })
test('top', () => {})
`

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(async () => folder[Symbol.asyncDispose]())

interface Outcome {
  readonly green: boolean
  readonly report: TestReport
}

async function play(check: ReportingCheck): Promise<Outcome> {
  const log = join(folder.path, 'check.log')
  await rm(log, { force: true })
  const result = await runCheck(check, { cwd: folder.path, log })
  const report = await readReport(check, { cwd: folder.path, output: result.output, log })
  return { green: result.green, report }
}

async function put(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) await writeFile(join(folder.path, path), content)
}

function check(...run: string[]): Check {
  return { name: 'tests', run, timeout_seconds: 60 }
}

function asked(wanted: Check): Promise<ReportingCheck> {
  return reportingCheck(wanted, { cwd: folder.path, file: join(folder.path, 'report') })
}

function failedOf({ green, report }: Outcome): readonly TestCase[] {
  const verdict = testVerdict({ green }, report)
  return verdict.kind === 'red' ? verdict.failed : []
}

/** Runs everything, then the red test alone, and then a test that is not there. */
async function redTestAlone(wanted: Check): Promise<readonly string[]> {
  const all = await asked(wanted)
  const failed = failedOf(await play(all))
  const alone = selectionOf(all, failed)
  expect(alone).not.toBeNull()
  if (alone === null) return []
  const again = await play(alone)
  const verdict = selectionVerdict(failed, again, again.report)
  expect(verdict).toMatchObject({ kind: 'named', unseen: [] })
  expect(
    again.report.kind === 'named' && again.report.tests.filter(({ outcome }) => outcome === 'passed'),
  ).toEqual([])
  const absent = failed.map((found) => ({ ...found, id: 'gone', name: 'gone' }))
  const nothing = selectionOf(all, absent)
  const none = await play(nothing ?? all)
  expect(selectionVerdict(absent, none, none.report)).toMatchObject({
    kind: 'named',
    failed: [],
    unseen: absent,
  })
  return verdict.kind === 'named' ? verdict.failed.map(({ id }) => id) : []
}

test('vitest through a script of package.json', async () => {
  await symlink(join(process.cwd(), 'node_modules'), join(folder.path, 'node_modules'))
  await put({
    'package.json':
      '{"type":"module","scripts":{"test":"echo first && npm run unit","unit":"vitest run --root ."}}',
    'a.test.ts': VITEST,
  })
  expect(await redTestAlone(check('npm', 'test'))).toEqual(['a.test.ts > outer inner breaks (x) [1]'])
  await rm(join(folder.path, 'a.test.ts'))
})

test('node:test, started directly and through a script', async () => {
  await put({ 'package.json': '{"type":"module","scripts":{"test":"node --test"}}', 'b.test.js': NODE })
  expect(await redTestAlone(check('node', '--test', 'b.test.js'))).toEqual(['outer inner breaks (x) "1"'])
  expect(await redTestAlone(check('npm', 'test'))).toEqual(['outer inner breaks (x) "1"'])
})

test('node:test with files in a script: reports, but cannot select', async () => {
  await put({
    'package.json': '{"type":"module","scripts":{"test":"node --test b.test.js"}}',
    'b.test.js': NODE,
  })
  const all = await asked(check('npm', 'test'))
  const failed = failedOf(await play(all))
  expect(failed.map(({ id, message }) => [id, message])).toEqual([['outer inner breaks (x) "1"', 'no']])
  expect(selectionOf(all, failed)).toBeNull()
})

test('a runner that is not known: the exit code alone, or what it prints', async () => {
  const plain = check('node', '-e', 'process.exitCode = 1')
  expect(await asked(plain)).toEqual(plain)
  const outcome = await play(plain)
  expect(outcome).toEqual({ green: false, report: { kind: 'unnamed' } })
  expect(testVerdict(outcome, outcome.report)).toEqual({ kind: 'broken' })
  expect(selectionOf(plain, [{ id: 'a', file: null, name: 'a', outcome: 'failed' }])).toBeNull()
  const tap = await play(check('node', '-e', 'console.log("TAP version 13\\nnot ok 1 - a\\n1..1")'))
  expect(testVerdict(tap, tap.report)).toMatchObject({ kind: 'red', failed: [{ id: 'a' }] })
})

test('a report of an earlier run is never read', async () => {
  await put({ 'b.test.js': NODE })
  const all = await asked(check('node', '--test', 'b.test.js'))
  expect(failedOf(await play(all))).toHaveLength(1)
  await expect(readFile(join(folder.path, 'report'))).rejects.toMatchObject({ code: 'ENOENT' })
  await put({ report: 'TAP version 13\nnot ok 1 - old\n' })
  const fresh = await asked(check('node', '--test', '--no-such-option'))
  expect((await play(fresh)).report).toEqual({ kind: 'unnamed' })
})

test('a check with a report of its own keeps it', async () => {
  const own = check('npx', 'jest', '--outputFile=mine.json')
  expect(await asked(own)).toEqual(own)
})

test('a check that hides its exit code is red all the same, and a red one without red tests is broken', () => {
  const failed: TestCase = { id: 'a', file: null, name: 'a', outcome: 'failed' }
  expect(testVerdict({ green: true }, { kind: 'named', tests: [failed] }).kind).toBe('red')
  expect(testVerdict({ green: false }, { kind: 'named', tests: [] }).kind).toBe('broken')
  expect(testVerdict({ green: true }, { kind: 'unnamed' }).kind).toBe('green')
})

test('tests whose files are not in a tree cannot fail there', async () => {
  await put({ 'b.test.js': NODE })
  const cases = ['b.test.js', 'gone.test.js', null].map((file): TestCase => ({
    id: String(file),
    file,
    name: 'x',
    outcome: 'failed',
  }))
  expect((await presentTests(cases, folder.path)).map(({ id }) => id)).toEqual(['b.test.js', 'null'])
})
