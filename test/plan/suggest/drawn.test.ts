// Lines that anybody would draw.
import { describe, expect, test } from 'vitest'
import { draftOf } from '../../../src/plan/suggest/draft.ts'
import { suggest, type SuggestInput } from '../../../src/plan/suggest/suggest.ts'
import { factsOf } from './facts.ts'

const planOf = (input: SuggestInput) => {
  const suggestion = suggest(input)
  const [best] = suggestion.candidates
  if (best === undefined) throw new Error('There is no candidate.')
  return draftOf(suggestion, best).plan
}
const folders = (...names: readonly string[]): readonly string[] =>
  names.flatMap((name) => Array.from({ length: 8 }, (_, index) => `${name}/f${index}.ts`))

test('the folders of a small repository are pieces', () => {
  const plan = planOf({ facts: factsOf({ files: folders('a', 'b', 'c') }), goal: 'G', sessions: 3 })
  expect(plan.pieces.map(({ id }) => id).toSorted()).toEqual(['a', 'b', 'c'])
})

test('two folders that a goal names are two pieces', () => {
  const files = [...folders('lib/optimize', 'lib/dependencies', 'lib/other'), 'README.md']
  const goal = 'Modernise lib/optimize and lib/dependencies'
  const { pieces } = planOf({ facts: factsOf({ files }), goal, sessions: 2 })
  const patterns = pieces.map(({ scope }) => scope.include.join(' '))
  expect(new Set(patterns)).toEqual(new Set(['/lib/dependencies/', '/lib/optimize/']))
})

describe('small folders that a goal names', () => {
  const example = (name: string, files: number) =>
    Array.from({ length: files }, (_, index) => `examples/${name}/f${index}.ts`)
  const tutorial = [...example('tutorial', 12), 'examples/tutorial/README.md']
  const files = [...tutorial, ...example('celery', 8), ...example('other', 8), 'src/main.ts']
  // Nearly nothing of it is changed together, and one file is much changed by itself.
  const facts = factsOf({ files, churn: { 'examples/tutorial/README.md': 7 } })
  const goal = 'Update examples/tutorial and examples/celery'

  test('are as many pieces, also where another number would be faster', () => {
    const { sessions } = suggest({ facts, goal })
    const { pieces } = planOf({ facts, goal })
    const faster = sessions.outlook.filter(({ sessions: count }) => count > 2).map(({ time }) => time)
    expect(Math.min(...faster)).toBeLessThan(sessions.outlook.find((one) => one.sessions === 2)?.time ?? 0)
    expect(sessions).toMatchObject({ sessions: 2, rule: 'named' })
    expect(sessions.why).toContain('The goal names 2 folders, and they are small: a piece each.')
    expect(pieces.map(({ scope }) => scope.include.join(' ')).toSorted()).toEqual([
      '/examples/celery/',
      '/examples/tutorial/',
    ])
  })

  test('are not where one of them has nearly all of the work, or another boundary is asked for', () => {
    const uneven = factsOf({ files: [...example('tutorial', 40), ...example('celery', 1)] })
    expect(suggest({ facts: uneven, goal }).sessions.rule).not.toBe('named')
    expect(suggest({ facts, goal, by: 'feature' }).sessions.rule).not.toBe('named')
  })

  test('are not where they are large', () => {
    const large = factsOf({ files: [...example('tutorial', 60), ...example('celery', 60)] })
    expect(suggest({ facts: large, goal }).sessions.rule).not.toBe('named')
  })
})
