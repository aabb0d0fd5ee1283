// Lines that anybody would draw.
import { expect, test } from 'vitest'
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
