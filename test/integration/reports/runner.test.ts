import { expect, test } from 'vitest'
import { extended, lastCommand, runnerCall, scriptCall } from '../../../src/integration/reports/runner.ts'

function runnerOf(command: string): string | null {
  return runnerCall(command.split(' '))?.runner ?? null
}

test('runners are known by their programs, also behind what starts them', () => {
  expect(runnerOf('vitest run')).toBe('vitest')
  expect(runnerOf('npx jest --ci')).toBe('jest')
  expect(runnerOf('node node_modules/mocha/bin/_mocha test/*.js -R dot')).toBe('mocha')
  expect(runnerOf('c8 --all mocha')).toBe('mocha')
  expect(runnerOf('node --import=tsx --test')).toBe('node')
  expect(runnerOf('python3 -m pytest -q')).toBe('pytest')
  expect(runnerOf('uv run pytest')).toBe('pytest')
  expect(runnerOf('go test ./...')).toBe('go')
})

test('what is not certain has no runner', () => {
  for (const command of [
    'make test',
    'cargo test',
    'node server.js',
    'go vet',
    'turbo run jest',
    'eslint jest',
  ]) {
    expect([command, runnerOf(command)]).toEqual([command, null])
  }
})

test('scripts of package managers, without options that change what is started', () => {
  expect(scriptCall(['npm', 'test'])).toEqual({ script: 'test', npm: true, words: [] })
  expect(scriptCall(['npm', '-s', 'run', 'unit', '--', '-x'])).toEqual({
    script: 'unit',
    npm: true,
    words: ['-x'],
  })
  expect(scriptCall(['npm', 'run', '-s', 'unit'])).toEqual({ script: 'unit', npm: true, words: [] })
  expect(scriptCall(['yarn', 'unit', '-x'])).toEqual({ script: 'unit', npm: false, words: ['-x'] })
  expect(scriptCall(['pnpm', 'test'])).toEqual({ script: 'test', npm: false, words: [] })
  expect(scriptCall(['npm', 'test', '--workspaces'])).toBeNull()
  expect(scriptCall(['npm', 'ci'])).toBeNull()
  expect(scriptCall(['bun', 'test'])).toBeNull()
})

test('the last command of a script gets the words that are added', () => {
  expect(lastCommand('tsc -p . && NODE_ENV=test mocha "test/**/*.js" -R dot')).toEqual([
    'mocha',
    'test/**/*.js',
    '-R',
    'dot',
  ])
  expect(lastCommand(String.raw`jest -t 'a b' a\ b`)).toEqual(['jest', '-t', 'a b', 'a b'])
  for (const script of [
    'jest $(cat list)',
    'jest > out',
    'jest `list`',
    '(jest)',
    'jest $FILES',
    'jest "$FILES"',
  ]) {
    expect([script, lastCommand(script)]).toEqual([script, null])
  }
  expect(lastCommand('jest; echo done')).toEqual(['echo', 'done'])
})

test('added words stand where the runner takes them for its own', () => {
  const direct = (command: string): string => {
    const words = command.split(' ')
    const call = runnerCall(words)
    return call === null ? '' : extended(words, call, ['+'], '').join(' ')
  }
  expect(direct('vitest run a')).toBe('vitest run a +')
  expect(direct('jest a -- b')).toBe('jest a + -- b')
  expect(direct('node --test a.js')).toBe('node --test + a.js')
  expect(direct('go test ./... -args x')).toBe('go test ./... + -args x')
  const call = { runner: 'node' as const, words: [], place: { kind: 'node-options' as const } }
  expect(extended(['npm', 'test'], call, ['--a=b c'], '--old')).toEqual([
    'env',
    'NODE_OPTIONS=--old "--a=b c"',
    'npm',
    'test',
  ])
})
