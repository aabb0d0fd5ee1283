// Repositories in which nothing stands out: hundreds of equal packages, or one folder of many files.
import { describe, expect, test } from 'vitest'
import { overlap } from '../../../src/scope/overlap.ts'
import { compileScope } from '../../../src/scope/patterns.ts'
import { bundlesOf, joined, type Part } from '../../../src/plan/suggest/bundles.ts'
import { draftOf } from '../../../src/plan/suggest/draft.ts'
import { suggest, type Suggestion } from '../../../src/plan/suggest/suggest.ts'
import { factsOf } from './facts.ts'

const GOAL = 'Give every error a code'

function packages(count: number, files: number): readonly string[] {
  const width = String(count - 1).length
  return Array.from({ length: count * files }, (_, index) => {
    const name = String(Math.floor(index / files)).padStart(width, '0')
    return `packages/pkg-${name}/src/f${index % files}.ts`
  })
}

/** The best plan's scopes, each file's number of owners, and how many patterns there are. */
function best(suggestion: Suggestion, paths: readonly string[]) {
  const [candidate] = suggestion.candidates
  if (candidate === undefined) throw new Error('There is no candidate.')
  const { plan } = draftOf(suggestion, candidate)
  const scopes = plan.pieces.map(({ scope }) => compileScope(scope))
  const shared = new Set(plan.shared.map(({ path }) => path))
  const owners = paths
    .filter((path) => !shared.has(path))
    .map((path) => scopes.filter((scope) => scope.matches(path)).length)
  const meetings = plan.pieces.flatMap(({ scope }, index) =>
    plan.pieces.slice(index + 1).flatMap((other) => overlap(scope, other.scope) ?? []),
  )
  return { candidate, plan, owners: new Set(owners), meetings }
}

describe('equal packages', () => {
  test.each([
    [800, 4],
    [100, 10],
    [20, 10],
  ])('%i of them are divided evenly, and said in few patterns', (count, files) => {
    const paths = [...packages(count, files), 'package.json', 'README.md']
    for (const sessions of [undefined, 3, 5]) {
      const asked = { facts: factsOf({ files: paths }), goal: GOAL }
      const found = suggest(sessions === undefined ? asked : { ...asked, sessions })
      expect(found.sessions.sessions).toBeGreaterThan(1)
      const { candidate, plan, owners, meetings } = best(found, paths)
      const largest = Math.max(...candidate.score.shares)
      expect(largest * plan.pieces.length).toBeLessThan(1.7)
      expect(owners).toEqual(new Set([1]))
      expect(meetings).toEqual([])
      for (const { scope } of plan.pieces)
        expect(scope.include.length + scope.exclude.length).toBeLessThanOrEqual(12)
    }
  })

  test("a folder between many bundles is nobody's, rather than said by all that is not in it", () => {
    const paths = [...packages(800, 4), 'package.json', 'README.md']
    const { plan } = best(suggest({ facts: factsOf({ files: paths }), goal: GOAL, sessions: 5 }), paths)
    for (const { scope } of plan.pieces)
      expect(scope.include.length + scope.exclude.length).toBeLessThanOrEqual(5)
  })

  test('files to come fall into the ranges', () => {
    const paths = [...packages(100, 5), 'README.md']
    const { plan } = best(suggest({ facts: factsOf({ files: paths }), goal: GOAL, sessions: 5 }), paths)
    const scopes = plan.pieces.map(({ scope }) => compileScope(scope))
    const coming = ['packages/pkg-431/src/new.ts', 'packages/pkg-07b/x.ts', 'packages/pkg-99/new/a.ts']
    expect(coming.map((path) => scopes.filter((scope) => scope.matches(path)).length)).toEqual([1, 1, 1])
  })

  test('pieces are named after what they hold', () => {
    const paths = [...packages(100, 5), 'README.md']
    const { plan } = best(suggest({ facts: factsOf({ files: paths }), goal: GOAL, sessions: 5 }), paths)
    for (const { id } of plan.pieces) expect(id).toMatch(/^(?:rest|packages-pkg-\d(?:-\d)?)$/)
  })
})

test('a folder of many files is divided by their names', () => {
  const words =
    'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi psi omega one two three four five six'
  const paths = [...words.split(' ').map((word) => `src/${word}.ts`), 'package.json']
  const found = suggest({ facts: factsOf({ files: paths }), goal: GOAL, by: 'directory', sessions: 3 })
  const { candidate, plan, owners } = best(found, paths)
  expect(Math.max(...candidate.score.shares)).toBeLessThan(0.45)
  expect(owners).toEqual(new Set([1]))
  expect(plan.pieces.flatMap(({ scope }) => scope.include).length).toBeLessThanOrEqual(8)
})

const part = (path: string): Part => ({ place: { kind: 'file', path }, files: [], weight: 1 })

describe('bundles', () => {
  const patterns = (names: readonly string[], count: number): readonly string[] =>
    bundlesOf('src', names.map((name) => part(`src/${name}`)), count).map(({ place }) =>
      place.kind === 'range' ? `${place.start}[${place.next}]` : place.path,
    ) // prettier-ignore

  test('are of neighbours, and deeper where many begin alike', () => {
    expect(patterns(['a', 'b', 'c', 'd', 'e', 'f'], 2)).toEqual(['[abc]', '[def]'])
    expect(patterns(['pkg-01', 'pkg-02', 'pkg-03', 'pkg-11', 'pkg-12', 'x'], 5)).toEqual([
      'pkg-0[12]',
      'src/pkg-03',
      'pkg-[1]',
      'src/x',
    ])
  })

  test('take upper and lower case for one, and leave strange names alone', () => {
    expect(patterns(['Apple', 'axe', 'Bar', 'é', '[id]', 'car'], 2)).toEqual(['[ABab]', 'src/car'])
  })

  test('of one piece are joined, up to what nothing else begins with', () => {
    const range = (start: string, next: string, piece: number) => ({
      place: { kind: 'range' as const, path: 'p', start, next },
      piece,
    })
    const given = [range('a', '03', 0), range('a', '4', 0), range('b', '01', 1), range('b', '23', 2)]
    expect(joined({ pieces: 3, given }).given).toEqual([
      range('', 'a', 0),
      range('b', '01', 1),
      range('b', '23', 2),
    ])
  })
})
