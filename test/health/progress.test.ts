import { describe, expect, test } from 'vitest'
import type { Step } from '../../src/health/progress.ts'
import { Progress } from '../../src/health/progress.ts'
import { readAction } from '../../src/health/symptoms/action.ts'

let a = 0
function run(progress: Progress, exit: number, text: string, cmd = 'npm test'): Step {
  const id = `call ${a++}`
  const call = { t: 'call', a, id, tool: 'Bash', kind: 'exec', cmd } as const
  return progress.note(
    readAction(call, { t: 'result', a, id, ok: exit === 0, exit, text }, { turn: 1, batch: a }),
  )
}

test('fewer failing than ever is a new best state, the same number is not', () => {
  const progress = new Progress()
  run(progress, 1, 'Tests: 5 failed, 1 passed')
  expect(run(progress, 1, 'Tests: 4 failed, 2 passed')).toBe('best')
  expect(progress.best.failing).toBe(4)
  expect(run(progress, 1, 'Tests: 5 failed, 1 passed')).toBe('same')
  expect(run(progress, 1, 'Tests: 4 failed, 2 passed')).toBe('same')
})

test('a failing set that shrank is a new best state', () => {
  const progress = new Progress()
  run(progress, 1, '--- FAIL: TestA (0.01s)\n--- FAIL: TestB (0.02s)')
  expect(run(progress, 1, '--- FAIL: TestB (0.05s)')).toBe('best')
})

test('green after red is, and green after green is not', () => {
  const progress = new Progress()
  run(progress, 1, 'error TS2322: no')
  expect(run(progress, 0, '')).toBe('best')
  expect(progress.best).toMatchObject({ failing: 0 })
  expect(run(progress, 0, '')).toBe('same')
})

test('another error moves on; an error met before is a return', () => {
  const progress = new Progress()
  run(progress, 2, "a.ts(1,2): error TS2322: type 'x' is wrong", 'npx tsc')
  expect(run(progress, 2, "a.ts(1,2): error TS2345: argument 'y' is missing", 'npx tsc')).toBe('moved')
  expect(run(progress, 2, "a.ts(9,2): error TS2322: type 'x' is wrong", 'npx tsc')).toBe('returned')
})

test('a failing check hidden by tail is red', () => {
  const progress = new Progress()
  expect(run(progress, 0, 'Tests: 2 failed, 3 passed', 'npm test 2>&1 | tail -3')).toBe('none')
  expect(run(progress, 0, 'Tests: 1 failed, 4 passed', 'npm test 2>&1 | tail -3')).toBe('best')
})

test('remembers a bounded number of checks', () => {
  const progress = new Progress()
  for (let index = 0; index < 2000; index++)
    run(progress, index % 2, 'x', `npx tool${index} test file${index}`)
  expect(progress.size).toBeLessThanOrEqual(128)
})

test('to go round three troubles is a return, by the names of the tests', () => {
  const progress = new Progress()
  const red = (name: string): Step => run(progress, 1, `FAILED t.py::${name}\n1 failed`)
  expect(['a', 'b', 'c', 'a'].map(red)).toEqual(['none', 'moved', 'moved', 'returned'])
})

describe('files as they never were, that stay', () => {
  const look = (progress: Progress, times: number): Step[] =>
    Array.from({ length: times }, () => run(progress, 0, 'text', 'cat a.ts'))
  const green = (progress: Progress): Step => run(progress, 0, 'Tests: 5 passed')

  const settled = (): Progress => {
    const progress = new Progress()
    green(progress)
    progress.noteTree('first', a)
    return progress
  }

  test('with a green check are a new best state, once', () => {
    const progress = settled()
    expect(green(progress)).toBe('same')
    expect(look(progress, 5)).toContain('best')
    expect(progress.best).toMatchObject({ failing: 0, tree: 'first' })
    expect(look(progress, 20)).not.toContain('best')
  })

  test('without a check are none, nor when they were there before', () => {
    expect(look(settled(), 20)).not.toContain('best')
    const progress = settled()
    progress.noteTree('second', a)
    progress.noteTree('first', a)
    green(progress)
    expect(look(progress, 20)).not.toContain('best')
  })

  test('nor while another check is red, nor when something fails in them', () => {
    const progress = settled()
    run(progress, 1, 'AssertionError: no', 'npm run e2e')
    progress.noteTree('second', a)
    green(progress)
    expect(look(progress, 20)).not.toContain('best')
    const other = settled()
    green(other)
    run(other, 1, 'KeyError: x', 'python run.py')
    expect(look(other, 20)).not.toContain('best')
  })

  test('nor in a loop of edits, each of them new', () => {
    const progress = settled()
    const steps: Step[] = []
    for (let at = 0; at < 40; at++) {
      progress.noteTree(`tree ${at}`, a)
      steps.push(green(progress), ...look(progress, 2))
    }
    expect(steps).not.toContain('best')
  })
})
