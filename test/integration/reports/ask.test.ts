import { expect, test } from 'vitest'
import { reportWords, selectionWords } from '../../../src/integration/reports/ask.ts'
import { runnerCall } from '../../../src/integration/reports/runner.ts'
import { testCase, type TestCase } from '../../../src/integration/reports/tests.ts'

function failed(file: string | null, name: string): TestCase {
  return testCase({ file, name }, 'failed')
}

function selection(command: string, ...tests: readonly TestCase[]): readonly string[] | null {
  const call = runnerCall(command.split(' '))
  return call === null ? null : selectionWords(call, tests)
}

test('names are matched whole, and as they are written', () => {
  expect(selection('jest', failed('a/b.test.js', 'sum (a+b) [1]'), failed('a/b.test.js', 'x|y'))).toEqual([
    String.raw`a\/b\.test\.js$`,
    '--passWithNoTests',
    '-t',
    String.raw`^(?:sum \(a\+b\) \[1\]|x\|y)$`,
  ])
  expect(selection('mocha t', failed(null, 'a b'))).toEqual(['--grep', '^(?:a b)$'])
  expect(selection('pytest', failed('t.py', 'C::test_a[x::y]'), failed('t.py', 'test_a'))).toEqual([
    '-k',
    'test_a',
  ])
  expect(selection('go test ./...', failed(null, 'm TestA/b'), failed(null, 'm TestC'))).toEqual([
    '-count=1',
    '-run',
    '^(?:TestA|TestC)$',
  ])
})

test('a file that could not be loaded is run whole', () => {
  expect(selection('vitest run', failed('a.test.ts', ''), failed('b.test.ts', 'x'))).toEqual([
    'a.test.ts',
    'b.test.ts',
    '--passWithNoTests',
  ])
})

test('a failing hook of mocha is brought about by its group', () => {
  expect(selection('mocha', failed(null, 'hooked "before each" hook for "never"'))).toEqual([
    '--grep',
    '^(?:hooked.*)$',
  ])
})

test('null where a selection would run less than was asked for', () => {
  expect(selection('vitest run -t old', failed('a', 'x'))).toBeNull()
  expect(selection('mocha --grep old', failed(null, 'x'))).toBeNull()
  expect(selection('go test ./...', failed(null, 'm'))).toBeNull()
  expect(selection('pytest', failed('a.py', ''))).toBeNull()
  expect(selection('pytest', failed('a.py', 'not a name'))).toBeNull()
  expect(selection('jest')).toBeNull()
  const many = Array.from({ length: 20_000 }, (_, index) => failed(null, `test number ${index}`))
  expect(selection('mocha', ...many)).toBeNull()
})

test('a report is asked for beside what the check prints anyway', () => {
  const call = runnerCall(['vitest', 'run'])
  expect(call === null ? null : reportWords(call, '/r')).toEqual([
    '--reporter=default',
    '--reporter=json',
    '--outputFile.json=/r',
  ])
})
