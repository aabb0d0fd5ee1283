import { describe, expect, test } from 'vitest'
import type { Action } from '../../../src/health/symptoms/action.ts'
import { readAction } from '../../../src/health/symptoms/action.ts'
import { readCommand } from '../../../src/health/symptoms/command.ts'
import { failingOf } from '../../../src/health/symptoms/outcome.ts'

function action(
  cmd: string,
  text: string,
  result: { ok?: boolean | null; exit?: number | null } = {},
): Action {
  const call = { t: 'call', a: 0, id: 'x', tool: 'Bash', kind: 'exec', cmd } as const
  return readAction(
    call,
    { t: 'result', a: 0, id: 'x', ok: result.ok ?? null, exit: result.exit ?? null, text },
    { turn: 1, batch: 1 },
  )
}

describe('families', () => {
  test.each([
    ['cd /repo && FOO=1 timeout 60 npm run test:unit -- auth 2>&1 | tail -5', 'npm run test:unit'],
    ['python3 -m pytest tests -x', 'pytest'],
    ['sudo apt-get install -y x', 'apt-get install'],
    ['go test ./...', 'go test'],
    ['python3 solve_v3.py', 'python solve'],
    ["python3 - <<'EOF'\nimport os\nEOF", 'python -'],
    ['git -C x status', 'git status'],
  ])('%s', (cmd, family) => {
    expect(readCommand(cmd).family).toBe(family)
  })
})

describe('what a result says', () => {
  test.each([
    ['grep -n x a.ts', '', { ok: false, exit: 1 }, 'ok'],
    ['grep -n x a.ts', 'grep: a.ts: No such file or directory', { ok: false, exit: 2 }, 'failed'],
    ['npm test 2>&1 | tail -3', 'Tests: 1 failed, 2 passed', { ok: true, exit: 0 }, 'failed'],
    ['cat ci.log', 'the job exited with code 1', { ok: true }, 'ok'],
    ['python x.py', 'Traceback (most recent call last):\nKeyError: 3', {}, 'failed'],
    ['python x.py', 'KeyError is fine here', { ok: true }, 'ok'],
    ['make', 'Exit code: 2\nOutput:\ncc: fatal error: no input files', {}, 'failed'],
    ['git push', "The user doesn't want to proceed with this tool use.", { ok: false }, 'refused'],
    [
      'git push',
      'To github.com:a/b.git\n ! [rejected] main -> main (non-fast-forward)\nerror: failed to push some refs',
      { ok: false, exit: 1 },
      'failed',
    ],
    ['pip install x', 'Temporary failure in name resolution', { ok: false, exit: 1 }, 'infrastructure'],
    ['npm test', 'expected 503 Service Unavailable\nTests: 1 failed', { ok: false, exit: 1 }, 'failed'],
    ['npx eslint .', '5 problems (0 errors, 5 warnings)', { ok: true, exit: 0 }, 'ok'],
    ['cat src/errors.py', 'class X:\n    pass\nError: shown, not met', {}, 'ok'],
    ['curl http://localhost:3000/x', 'Internal Server Error: 500', { ok: false, exit: 22 }, 'failed'],
    ['git rebase main', 'CONFLICT (content): Merge conflict in a', { ok: false, exit: 1 }, 'ok'],
  ] as const)('%s: %s', (cmd, text, result, state) => {
    expect(action(cmd, text, result).state).toBe(state)
  })

  test('to say what was expected is not to say that something is under way', () => {
    const said = action('python reproduce.py', 'expected 345, got 344', { ok: true, exit: 0 })
    expect(said).toMatchObject({ poll: false, complains: true, state: 'ok' })
  })

  test('a time-out is known by its command alone', () => {
    expect(action('npm run e2e', 'Command timed out after 120 s', { ok: false }).signatures).toEqual([
      'timeout: npm run e2e',
    ])
  })
})

describe('failing checks', () => {
  test.each([
    ['Tests: 3 failed, 41 passed, 44 total', 3],
    ['1 failed, 6 passed in 0.3s', 1],
    ['12 passing\n2 failing', 2],
    ['Found 7 errors in 2 files.', 7],
    ['--- FAIL: TestA (0.0s)\n--- FAIL: TestB (0.0s)', 2],
    ['ok 12 passed, 0 failed', 0],
  ])('%s', (text, count) => {
    expect(failingOf(text)?.count).toBe(count)
  })

  test('no figures, no count', () => {
    expect(failingOf('compiled')).toBeNull()
  })
})
