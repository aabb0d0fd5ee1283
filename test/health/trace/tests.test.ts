import { expect, test } from 'vitest'
import { testOutcome } from '../../../src/health/trace/tests.ts'

const SAID: Readonly<Record<string, readonly [command: string, output: string, expected: unknown]>> = {
  vitest: [
    'npx vitest run',
    '\u001B[31m FAIL \u001B[39m test/a.test.ts > sums > adds\n FAIL  test/a.test.ts > sums > subtracts\n\n Test Files  1 failed | 2 passed (3)\n      Tests  2 failed | 9 passed (11)\n   Duration  1s',
    { failing: ['test/a.test.ts > sums > adds', 'test/a.test.ts > sums > subtracts'], failed: 2, passed: 9 },
  ],
  'vitest, green': ['npm test', '      Tests  11 passed (11)', { failing: [], failed: 0, passed: 11 }],
  jest: [
    'npm test -- auth',
    '  ● login › refuses\n\nTests:       1 failed, 2 passed, 3 total\n',
    { failing: ['login › refuses'], failed: 1, passed: 2 },
  ],
  pytest: [
    'python -m pytest',
    'FAILED tests/test_a.py::test_one - AssertionError: no\n==== 1 failed, 3 passed in 0.12s ====',
    { failing: ['tests/test_a.py::test_one'], failed: 1, passed: 3 },
  ],
  'pytest -q, the names cut off': [
    'pytest -q',
    '3 failed, 1 passed in 0.10s',
    { failing: null, failed: 3, passed: 1 },
  ],
  unittest: [
    'python -m unittest',
    'FAIL: test_x (a.B)\n----\nRan 5 tests in 0.001s\n\nFAILED (failures=1)',
    { failing: ['test_x (a.B)'], failed: 1, passed: 4 },
  ],
  cargo: [
    'cargo test',
    'test a::b ... FAILED\ntest result: FAILED. 3 passed; 1 failed; 0 ignored\ntest result: ok. 2 passed; 0 failed; 0 ignored',
    { failing: ['a::b'], failed: 1, passed: 5 },
  ],
  go: [
    'go test ./...',
    '--- FAIL: TestX (0.00s)\n    x_test.go:3: no\nFAIL\nFAIL\texample/x\t0.1s\nok  \texample/y\t0.1s',
    { failing: ['TestX'], failed: 1, passed: null },
  ],
  'go, green': ['go test ./...', 'ok  \texample/y\t0.1s\n', { failing: [], failed: 0, passed: null }],
  mocha: ['npx mocha', '  3 passing (9ms)\n  2 failing\n', { failing: null, failed: 2, passed: 3 }],
  node: [
    'node --test',
    'not ok 1 - adds\n# tests 2\n# pass 1\n# fail 1\n',
    { failing: ['adds'], failed: 1, passed: 1 },
  ],
  'node, as it shows it to people': [
    'node --test',
    '✖ adds (1.2ms)\nℹ tests 2\nℹ pass 1\nℹ fail 1\n\n✖ failing tests:\n\ntest at a.ts:1:1\n✖ adds (1.2ms)\n  AssertionError',
    { failing: ['adds'], failed: 1, passed: 1 },
  ],
  rspec: [
    'bundle exec rspec',
    '5 examples, 1 failure\n\nrspec ./spec/a_spec.rb:3 # adds\n',
    { failing: ['./spec/a_spec.rb:3'], failed: 1, passed: 4 },
  ],
  phpunit: [
    'vendor/bin/phpunit',
    'Tests: 5, Assertions: 9, Errors: 1, Failures: 1.',
    { failing: null, failed: 2, passed: 3 },
  ],
  maven: [
    'mvn test',
    'Tests run: 2, Failures: 1, Errors: 0, Skipped: 0\nTests run: 5, Failures: 1, Errors: 1, Skipped: 0',
    { failing: null, failed: 2, passed: 3 },
  ],
  gradle: ['./gradlew test', '5 tests completed, 1 failed', { failing: null, failed: 1, passed: 4 }],
  bun: [
    'bun test',
    '(fail) sums > adds [1.2ms]\n 3 pass\n 1 fail',
    { failing: ['sums > adds'], failed: 1, passed: 3 },
  ],
}

test.each(Object.entries(SAID))('%s', (_name, [command, output, expected]) => {
  expect(testOutcome(command, output)).toEqual(expected)
})

test.each([
  ['cat test.log', '      Tests  2 failed | 9 passed (11)'],
  ['cd log && grep Tests x', 'Tests:       1 failed, 2 passed, 3 total'],
  ['npm run build', 'built in 3s'],
  ['make', 'FAILED'],
  ['', '3 passing'],
])('%s tells of no run', (command, output) => {
  expect(testOutcome(command, output)).toBeNull()
})

test('hostile output is read in no time', () => {
  const began = performance.now()
  testOutcome(
    'npm test',
    `${'Tests  '.repeat(60_000)}\n${' FAIL  a > '.repeat(30_000)}\n=${'1 a, '.repeat(60_000)}`,
  )
  expect(performance.now() - began).toBeLessThan(3_000)
})
