import { describe, expect, test } from 'vitest'
import * as v from 'valibot'
import { commandWords, parseCase } from '../../../bench/webpack/case.ts'
import { areaScript, scopes, webpackPlan } from '../../../bench/webpack/plan.ts'
import { PlanFile } from '../../../src/contract/plan.ts'
import { Script } from '../../../src/contract/script.ts'
import { overlap } from '../../../src/scope/overlap.ts'
import { compileScope } from '../../../src/scope/patterns.ts'
import { SMALL_CASE } from './fixture.ts'

const owned = scopes(SMALL_CASE.areas)
const scopeOf = (area: string): { include: string[]; exclude: string[] } => {
  const { include = [], exclude = [] } = owned[area] ?? {}
  return { include: [...include], exclude: [...exclude] }
}

describe('the scopes of the areas', () => {
  test.each([
    ['lib/deep/a.js', 'S1'],
    ['lib/deep/deeper/a.js', 'S1'],
    ['lib/b.js', 'S2'],
    ['readme.md', 'S3'],
    ['examples/a/b/c.js', 'S3'],
  ])('give %s to %s alone', (path, owner) => {
    const owners = Object.keys(owned).filter((area) => compileScope(scopeOf(area)).matches(path))
    expect(owners).toEqual([owner])
  })

  test('do not overlap, pattern against pattern', () => {
    expect(overlap(scopeOf('S1'), scopeOf('S2'))).toBeNull()
    expect(overlap(scopeOf('S1'), scopeOf('S3'))).toBeNull()
    expect(overlap(scopeOf('S2'), scopeOf('S3'))).toBeNull()
  })
})

test('the plan is one that the schema accepts', () => {
  const check = { name: 'syntax', run: ['node', 'syntax.mjs'], timeout_seconds: 5 }
  const plan = webpackPlan({
    spec: SMALL_CASE,
    sessions: 3,
    script: (piece) => `${piece}.json`,
    checks: [check],
    integrationChecks: [check],
  })
  expect(v.parse(PlanFile, plan).pieces.map(({ id }) => id)).toEqual(['s1', 's2', 's3'])
})

describe('the script of an area', () => {
  const script = (area: string, culprits: readonly string[] = []): Script =>
    areaScript({ spec: SMALL_CASE, area, commitOf: (branch) => `commit of ${branch}`, culprits })
  const kinds = ({ steps }: Script): string[] => steps.map((step) => Object.keys(step)[0] ?? '')

  test('replays all of its pull requests, and takes back in the next turn what leaves the scope', () => {
    expect(kinds(script('S2'))).toEqual(['say', 'apply', 'apply', 'endTurn', 'run'])
    expect(script('S2').steps.at(-1)).toMatchObject({
      run: ['git', 'revert', '--no-edit', `HEAD^{/Upstream: ${'3'.repeat(40)}}`],
    })
  })

  test('is one turn where nothing leaves the scope', () => {
    expect(kinds(script('S1'))).toEqual(['say', 'apply'])
  })

  test('takes back what the operator names in a turn of its own', () => {
    expect(kinds(script('S2', ['pr/002']))).toEqual([
      'say',
      'apply',
      'apply',
      'endTurn',
      'run',
      'endTurn',
      'run',
    ])
  })

  test('is one that the scripted agent accepts', () => {
    expect(v.is(Script, script('S2', ['pr/002']))).toBe(true)
  })
})

test('a command line is cut into words at blanks outside of quotes', () => {
  expect(commandWords(SMALL_CASE.tests.command)).toEqual(['node', 'mocha', 'test/*.test.js', '-R', 'dot'])
})

test('a case file of another form is refused', () => {
  expect(parseCase(JSON.stringify(SMALL_CASE))).toEqual(SMALL_CASE)
  expect(() => parseCase('{"schema": 2}')).toThrow()
})
