// Recorded reports of real runners, all of about the same tests.
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parseGo } from '../../../src/integration/reports/formats/go.ts'
import { parseJest } from '../../../src/integration/reports/formats/jest.ts'
import { parseJunit } from '../../../src/integration/reports/formats/junit.ts'
import { parseMocha } from '../../../src/integration/reports/formats/mocha.ts'
import { parsePytestSummary } from '../../../src/integration/reports/formats/pytest-summary.ts'
import { parsePytestXml } from '../../../src/integration/reports/formats/pytest-xml.ts'
import { parseTap } from '../../../src/integration/reports/formats/tap.ts'
import type { TestReport } from '../../../src/integration/reports/tests.ts'

const RECORDED = new URL('../../fixtures/integration/reports/', import.meta.url)

function recorded(name: string): Promise<string> {
  return readFile(new URL(name, RECORDED), 'utf8')
}

/** `failed <id>`, one line a test. */
function lines(report: TestReport): readonly string[] {
  return report.kind === 'unnamed' ? ['unnamed'] : report.tests.map(({ id, outcome }) => `${outcome} ${id}`)
}

function messages(report: TestReport): readonly string[] {
  return report.kind === 'unnamed' ? [] : report.tests.flatMap(({ message }) => message ?? [])
}

test('jest: files that cannot be loaded and failing hooks are failures', async () => {
  const report = parseJest(await recorded('jest.txt'), '/repo')
  expect(lines(report)).toEqual([
    'passed jestt/a.test.js > outer inner adds',
    'failed jestt/a.test.js > outer inner breaks (x) [1]',
    'skipped jestt/a.test.js > outer later',
    'skipped jestt/a.test.js > outer some day',
    'passed jestt/a.test.js > top',
    'failed jestt/a.test.js > hooked never',
    'failed jestt/b.test.js',
  ])
  expect(messages(report)[0]).toMatch(/^Error: expect\(received\)\.toBe\(expected\)/)
})

test('vitest: a file is red without a red test when a hook fails', () => {
  const result = {
    testResults: [
      {
        name: '/repo/a.test.ts',
        status: 'failed',
        message: '',
        assertionResults: [{ fullName: 'hooked never', status: 'skipped', failureMessages: [] }],
      },
    ],
  }
  expect(lines(parseJest(JSON.stringify(result), '/repo'))).toEqual([
    'skipped a.test.ts > hooked never',
    'failed a.test.ts',
  ])
})

const MOCHA = [
  'passed outer inner adds',
  'failed outer inner breaks',
  'failed hooked "before each" hook for "never"',
]

test('mocha: a file of its own, or the end of what it prints', async () => {
  const current = parseMocha(await recorded('mocha.txt'), '/repo')
  expect(lines(current).slice(0, 3)).toEqual(MOCHA.map((line) => line.replace(' ', ' moch/a.js > ')))
  const printed = await recorded('mocha-3.txt')
  expect(printed).toMatch(/^\{ noise/)
  expect(lines(parseMocha(printed, '/repo')).slice(0, 3)).toEqual(MOCHA)
})

test('node:test: suites are groups, what a test starts within itself is not', async () => {
  for (const version of ['node-20.tap', 'node-24.tap']) {
    const found = lines(parseTap(await recorded(version), '/repo', 'node'))
    expect(found).toEqual([
      'passed outer <x> & "y" inner adds',
      'failed outer <x> & "y" inner breaks',
      'skipped outer <x> & "y" later',
      'skipped outer <x> & "y" some day',
      'passed top',
      'failed parent',
      'failed t/b.test.mjs',
    ])
  }
})

test('TAP of any other program: points are named by their groups', () => {
  const text = [
    'TAP version 14',
    '# Subtest: math',
    '    ok 1 - adds',
    '    not ok 2 - subtracts # TODO not yet',
    '    not ok 3 - multiplies \\# ten',
    '      ---',
    '      message: "wrong: 21"',
    '      ...',
    '    1..3',
    'not ok 1 - math',
    'ok 2 # SKIP no network',
    '1..2',
  ].join('\n')
  const report = parseTap(text, '/repo', 'any')
  expect(lines(report)).toEqual([
    'passed math adds',
    'skipped math subtracts',
    'failed math multiplies # ten',
    'skipped ',
  ])
  expect(messages(report)).toEqual(['wrong: 21'])
  expect(parseTap('ok, all is well', '/repo', 'any')).toEqual({ kind: 'unnamed' })
})

test('TAP of mocha, tape and ava: what a test prints is no point, and a name is the same in every run', async () => {
  expect(lines(parseTap(await recorded('mocha-13.tap'), '/repo', 'any'))).toEqual([
    'passed top',
    'passed outer inner adds',
    'failed outer inner breaks (x) [1]',
    'skipped outer inner later',
    'passed outer inner says',
    'failed outer hooked "before all" hook for "never"',
  ])
  expect(lines(parseTap(await recorded('tape.tap'), '/repo', 'any'))).toEqual([
    'passed adds',
    'failed breaks (x) [1] # hash',
    'passed fine',
  ])
  expect(lines(parseTap(await recorded('ava.tap'), '/repo', 'any'))).toEqual([
    'failed Error: cannot load',
    'failed b.test.mjs exited with a non-zero exit code: 1',
    'skipped a › later',
    'skipped a › some day',
    'passed a › adds',
    'failed a › breaks (x) [1]',
    'passed a › says',
  ])
  const timed = (time: string): TestReport =>
    parseTap(
      `TAP version 14\n    not ok 1 - adds\n    1..1\nnot ok 1 - outer # time=${time}ms {\n}\n`,
      '/',
      'any',
    )
  expect(timed('1.5')).toEqual(timed('20'))
  expect(lines(timed('1'))).toEqual(['failed outer adds'])
})

test('pytest: ids as pytest writes them, and modules that cannot be imported', async () => {
  const expected = [
    'failed py/test_b.py',
    'passed py/test_a.py > TestThing::test_adds',
    'passed py/test_a.py > TestThing::test_param[1]',
    'failed py/test_a.py > TestThing::test_param[a b]',
    'failed py/test_a.py > TestThing::test_param[::]',
    'passed py/test_a.py > test_top',
    'failed py/test_a.py > test_fixture',
    'skipped py/test_a.py > test_skip',
    'skipped py/test_a.py > test_x',
  ]
  expect(lines(parsePytestXml(await recorded('pytest.xml'), '/repo'))).toEqual(expected)
  const summary = lines(parsePytestSummary(await recorded('pytest-summary.txt')))
  expect(summary.toSorted()).toEqual(expected.filter((line) => !line.endsWith('test_skip')).toSorted())
})

test('go: failures are told once, where they are, and a package that does not build by its name', async () => {
  const report = parseGo(await recorded('go.ndjson'))
  expect(lines(report)).toEqual([
    'failed example.com/m/bad',
    'passed example.com/m TestAdds',
    'failed example.com/m TestSub/one_x',
    'passed example.com/m TestSub/two',
    'skipped example.com/m TestSkip',
  ])
  expect(messages(report)[0]).toContain('undefined: undefined')
})

test('JUnit: characters that XML forbids do not hide the report', async () => {
  const xml = await recorded('node-24.xml')
  expect(xml).toContain('\u001B[31m')
  const report = parseJunit(xml, '/repo')
  expect(lines(report).filter((line) => line.startsWith('failed'))).toHaveLength(3)
  expect(messages(report)[0]).toMatch(/^Error \[ERR_TEST_FAILURE\]: bad red thing/)
  const references =
    '<testsuite><testcase name="a"><failure message="&#27;[31m&#x1b;&#0;&#10;no"/></testcase></testsuite>'
  expect(messages(parseJunit(references, '/repo'))).toEqual(['[31m\nno'])
})

test('what is no report is not taken for one', () => {
  for (const text of ['', '{', '{"testResults":[{}]}', '<html></html>', '<testsuite><testcase>', 'FAIL\n']) {
    expect([parseJest(text, '/'), parseJunit(text, '/'), parseMocha(text, '/'), parseGo(text)]).toEqual(
      Array.from({ length: 4 }, () => ({ kind: 'unnamed' })),
    )
  }
  expect(parsePytestSummary('= short test summary info =\n1 passed')).toEqual({ kind: 'unnamed' })
})
