import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseMochaStream } from '../../../src/integration/reports/formats/mocha.ts'
import { readReport, reportingCheck, selectionOf } from '../../../src/integration/reports/report.ts'
import { runCheck } from '../../../src/process/check.ts'
import { temporaryFolder } from '../../support/repository.ts'

const LINES = [
  '["start",{"total":2}]',
  'noise of the tests["pass",{"title":"b","fullTitle":"a b","duration":1,"currentRetry":0}]',
  '["fail",{"title":"c","fullTitle":"a c","currentRetry":0,"err":"expected 1","stack":"Error: expected 1"}]',
]

test('a stream of mocha, among other output', () => {
  expect(parseMochaStream([...LINES, '["end",{"tests":2}]'].join('\n'))).toEqual({
    kind: 'named',
    tests: [
      { id: 'a b', file: null, name: 'a b', outcome: 'passed' },
      { id: 'a c', file: null, name: 'a c', outcome: 'failed', message: 'Error: expected 1' },
    ],
  })
})

test('a stream that was cut off is no report', () => {
  expect(parseMochaStream(LINES.join('\n'))).toEqual({ kind: 'unnamed' })
})

test('a stream without tests is a report of none', () => {
  expect(parseMochaStream('["start",{"total":0}]\n["end",{"tests":0}]\n')).toEqual({
    kind: 'named',
    tests: [],
  })
})

test('lines of any length among the output cost no more than they are long', () => {
  const long = `${'x'.repeat(4_000_000)}${'["end",{'.repeat(100_000)}`
  expect(parseMochaStream(long)).toEqual({ kind: 'unnamed' })
  const report = parseMochaStream([long, ...LINES, '["end",{"tests":2}]'].join('\n'))
  expect(report.kind === 'named' && report.tests.map(({ id }) => id)).toEqual(['a b', 'a c'])
})

const CHECK = { name: 'tests', run: ['node', 'node_modules/mocha/bin/mocha.js', 't.js'], timeout_seconds: 60 }

/** A folder with a mocha of this version, which prints a stream when that is all it is asked for. */
async function installed(version: string) {
  const folder = await temporaryFolder()
  const bin = join(folder.path, 'node_modules/mocha/bin')
  await mkdir(bin, { recursive: true })
  await writeFile(join(bin, '../package.json'), JSON.stringify({ name: 'mocha', version }))
  const lines = JSON.stringify(`${[...LINES, '["end",{"tests":2}]'].join('\n')}\n`)
  await writeFile(
    join(bin, 'mocha.js'),
    `if (process.argv.slice(2, 5).join(' ') === 't.js --reporter json-stream') process.stdout.write(${lines})
process.exitCode = 1
`,
  )
  const check = await reportingCheck(CHECK, { cwd: folder.path, file: join(folder.path, 'report') })
  return { path: folder.path, check, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

test.each([
  ['8.4.0', ['--reporter', 'json-stream']],
  ['9.1.4', ['--reporter', 'json-stream']],
  ['9.2.0', ['--reporter', 'json', '-O', expect.stringMatching(/^output=/)]],
  ['11.7.2', ['--reporter', 'json', '-O', expect.stringMatching(/^output=/)]],
])('mocha %s is asked for the report that it can write', async (version, words) => {
  await using it = await installed(version)
  expect(it.check.run.slice(3)).toEqual(words)
})

test('what an old mocha prints is read, and its red tests are run alone', async () => {
  await using it = await installed('8.4.0')
  const log = join(it.path, 'check.log')
  const { output } = await runCheck(it.check, { cwd: it.path, log })
  const report = await readReport(it.check, { cwd: it.path, output, log })
  const failed = report.kind === 'named' ? report.tests.filter(({ outcome }) => outcome === 'failed') : []
  expect(failed.map(({ id }) => id)).toEqual(['a c'])
  expect(selectionOf(it.check, failed)?.run.slice(3)).toEqual([
    '--reporter',
    'json-stream',
    '--grep',
    '^(?:a c)$',
  ])
})
