// Lists of single files, said by the beginnings of their names.
import { expect, test } from 'vitest'
import { Owners, type Given } from '../../../src/plan/suggest/division.ts'
import { draftOf } from '../../../src/plan/suggest/draft.ts'
import { patternsOf } from '../../../src/plan/suggest/patterns.ts'
import { suggest } from '../../../src/plan/suggest/suggest.ts'
import { widened } from '../../../src/plan/suggest/widen.ts'
import { factsOf } from './facts.ts'

const file = (path: string, piece: number): Given => ({ place: { kind: 'file', path }, piece })
const folder = (path: string, piece: number): Given => ({ place: { kind: 'folder', path }, piece })

const HELP = ['help.style', 'help.wrap', 'helpGroup', 'help.terms'].map((name) => `tests/${name}.test.js`)
const OTHER = ['tests/program.test.js', 'tests/command.test.js']

function patterns(given: readonly Given[], pieces: number, paths: readonly string[]) {
  return patternsOf(widened({ pieces, given }, paths))
}

test('tests of one word are told by it, with what nobody has and what is to come', () => {
  const paths = [...HELP, ...OTHER, 'tests/help.more.test.js']
  const given = [...HELP.map((path) => file(path, 0)), file('tests/command.test.js', 1)]
  expect(patterns(given, 2, paths).map(({ include }) => include)).toEqual([
    ['/tests/help*'],
    ['/tests/command.test.js'],
  ])
  const owners = new Owners(widened({ pieces: 2, given }, paths))
  expect(['tests/help.more.test.js', 'tests/help.new.test.js', 'tests/program.test.js'].map((path) => owners.ownerOf(path))).toEqual([0, 0, null]) // prettier-ignore
})

test('a longer beginning is taken where another piece has a file of the shorter one', () => {
  const paths = [...HELP, ...OTHER, 'tests/helper.test.js']
  const given = [...HELP.map((path) => file(path, 0)), file('tests/helper.test.js', 1)]
  expect(patterns(given, 2, paths)[0]?.include).toEqual(['/tests/help.*', '/tests/helpGroup.test.js'])
})

test('nothing is widened over a folder, over the files of a piece around it, or for two files', () => {
  const three = HELP.slice(0, 3)
  const given = three.map((path) => file(path, 0))
  const same = three.map((path) => `/${path}`).toSorted()
  expect(patterns(given, 1, [...three, 'tests/help/a.txt'])[0]?.include).toEqual(same)
  const around = patterns([folder('tests', 1), ...given], 2, [...three, 'tests/help.own.test.js'])
  expect(around[0]?.include).toEqual(same)
  expect(patterns(given.slice(0, 2), 1, three)[0]?.include).toHaveLength(2)
})

test('a piece around it leaves out the beginning, not each file', () => {
  const given = [folder('', 0), ...HELP.map((path) => file(path, 1))]
  const [rest, help] = patterns(given, 2, [...HELP, ...OTHER, 'README.md'])
  expect(rest).toEqual({ include: ['/**'], exclude: ['/tests/help*'] })
  expect(help).toEqual({ include: ['/tests/help*'], exclude: [] })
})

test('words that tests in general begin with tell nothing by themselves', () => {
  const paths = ['test_a_one', 'test_a_two', 'test_a_three', 'test_b'].map((name) => `tests/${name}.py`)
  const given = paths.map((path, index) => file(path, index === 3 ? 1 : 0))
  expect(patterns(given, 2, paths)[0]?.include).toEqual(['/tests/test_a*'])
})

test('a plan for two files has their tests in two patterns', () => {
  const option = ['option.bad', 'options.a', 'options.b', 'options.c'].map((name) => `tests/${name}.test.js`)
  const more = Array.from({ length: 12 }, (_, index) => `tests/more${index}.test.js`)
  const facts = factsOf({
    files: ['lib/help.js', 'lib/option.js', 'lib/x.js', ...HELP, ...option, ...OTHER, ...more, 'README.md'],
    covers: [
      ...HELP.map((path) => [path, 'lib/help.js'] as const),
      ...option.map((path) => [path, 'lib/option.js'] as const),
      ...[...more, ...OTHER].map((path) => [path, 'lib/x.js'] as const),
    ],
  })
  const found = suggest({ facts, goal: 'Rework lib/help.js and lib/option.js', sessions: 2, by: 'feature' })
  const [candidate] = found.candidates
  if (candidate === undefined) throw new Error('There is no candidate.')
  const { plan } = draftOf(found, candidate)
  const scopes = plan.pieces.map(({ scope }) => scope.include.toSorted())
  expect(scopes.toSorted((a, b) => (a.join() < b.join() ? -1 : 1))).toEqual([
    ['/lib/help.js', '/tests/help*'],
    ['/lib/option.js', '/tests/option*'],
  ])
})
