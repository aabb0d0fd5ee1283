import * as v from 'valibot'
import { expect, test } from 'vitest'
import { PlanFile } from '../../../src/contract/plan.ts'
import { checksBefore, unionChecks } from '../../../src/engine/integration/union-checks.ts'
import { piece } from '../../support/services.ts'

const check = (name: string, ...run: [string, ...string[]]) => ({ name, run })
const plan = (integration: readonly ReturnType<typeof check>[]) =>
  v.parse(PlanFile, {
    goal: 'Do it.',
    pieces: [
      piece('a', { checks: [check('test', 'npm', 'test'), check('lint', 'npm', 'run', 'lint')] }),
      piece('b', { checks: [check('all', 'npm', 'test'), check('own', 'npm', 'run', 'b')] }),
      piece('c', { checks: [check('not merged', 'npm', 'run', 'c')] }),
    ],
    integration: { checks: [...integration] },
  })
const names = (...given: Parameters<typeof unionChecks>) => unionChecks(...given).map(({ name }) => name)

test('the checks of the plan are those of the union', () => {
  expect(names(plan([check('whole', 'npm', 'test')]), new Set(['a', 'b']))).toEqual(['whole'])
})

test('without any, those of the merged pieces are, each command once', () => {
  expect(names(plan([]), new Set(['a', 'b']))).toEqual(['a: test', 'a: lint', 'b: own'])
  expect(names(plan([]), new Set(['b']))).toEqual(['b: all', 'b: own'])
  expect(names(plan([]), new Set())).toEqual([])
})

test('a check of the plan comes after all before it, one of a piece after those of pieces that name it', () => {
  const whole = plan([check('build', 'make'), check('lint', 'lint'), check('test', 'npm', 'test')])
  const before = (of: typeof whole) => {
    const checks = unionChecks(of, new Set(['a', 'b', 'c']))
    return checks.map((one) => checksBefore(of, checks, one))
  }
  expect(before(whole)).toEqual([[], ['build'], ['build', 'lint']])
  // `b: own` follows `npm test` in its own piece, which runs as `a: test`; it has nothing to do with `a: lint`.
  expect(before(plan([]))).toEqual([[], ['a: test'], ['a: test'], []])
})
