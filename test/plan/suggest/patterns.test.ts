import { expect, test } from 'vitest'
import { overlap } from '../../../src/scope/overlap.ts'
import { compileScope } from '../../../src/scope/patterns.ts'
import {
  depthOf,
  Owners,
  simplified,
  type Division,
  type Given,
  type Place,
} from '../../../src/plan/suggest/division.ts'
import { sequence } from '../../../src/plan/suggest/graph.ts'
import { patternsOf } from '../../../src/plan/suggest/patterns.ts'

const folder = (path: string): Place => ({ kind: 'folder', path })
const file = (path: string): Place => ({ kind: 'file', path })
const give = (place: Place, piece: number | null): Given => ({ place, piece })

const PATHS = [
  'a', 'new', 'src/a.ts', 'src/new.ts', 'src/x/a.ts', 'src/x/a.test.ts', 'src/x/y/a.ts', 'src/x/y/b.ts', 'src/x/y/z/a.ts', 'src/w/a.ts',
  'test/a.ts', 'test/x/a.ts', 'notes/one.md', 'notes/p.one.md', 'notes/q.one.md', 'notes/p.folder/a', 'a b/[c].ts', 'a b/d.ts',
] // prettier-ignore

/** Owners of all paths by the division, by the patterns of its pieces, and where any two pieces can meet. */
function told(division: Division) {
  const owners = new Owners(division)
  const patterns = patternsOf(division)
  const scopes = patterns.map((one) => compileScope(one))
  const meetings = patterns.flatMap((one, index) =>
    patterns.slice(index + 1).flatMap((other) => overlap(one, other) ?? []),
  )
  const byPatterns = PATHS.map((path) =>
    scopes.flatMap((scope, piece) => (scope.matches(path) ? [piece] : [])),
  )
  const byPlaces = PATHS.map((path) => [owners.ownerOf(path)].filter((owner) => owner !== null))
  return { byPlaces, byPatterns, meetings }
}

test('a folder inside of another is taken out of it, and a file out of both', () => {
  const division = {
    pieces: 2,
    given: [
      give(folder(''), 0),
      give(folder('src'), 1),
      give(file('src/a.ts'), 0),
      give(file('a b/[c].ts'), 1),
    ],
  }
  expect(patternsOf(division)).toEqual([
    { include: ['/**'], exclude: [String.raw`/a\ b/\[c\].ts`, '/src/*', '!/src/a.ts'] },
    { include: [String.raw`/a\ b/\[c\].ts`, '/src/'], exclude: ['/src/a.ts'] },
  ])
  const { byPlaces, byPatterns, meetings } = told(division)
  expect([byPatterns, meetings]).toEqual([byPlaces, []])
})

const NESTED: Division = {
  pieces: 3,
  given: [
    give(folder(''), 0),
    give(folder('src'), 1),
    give(folder('src/x/y'), 0),
    give(folder('src/w'), 0),
    give(folder('src/x/y/z'), 2),
    give(file('src/x/y/b.ts'), 1),
  ],
}
const NAMES: Division = {
  pieces: 3,
  given: [
    give(folder(''), 0),
    give(folder('src/x'), 1),
    give({ kind: 'names', path: '', suffix: '.test.ts' }, 2),
    give(folder('src/x/y'), 0),
  ],
}

test.each([
  ['what is its own again further inside is put back, at any depth', NESTED],
  ['names at any depth belong to one piece, and out of all others', NAMES],
])('%s', (_, division) => {
  const { byPlaces, byPatterns, meetings } = told(division)
  expect(byPatterns).toEqual(byPlaces)
  expect(meetings).toEqual([])
})

test('marked names belong to the pieces of their marks, the folder to the one around it', () => {
  const division = {
    pieces: 3,
    given: [
      give(folder(''), 0),
      give(folder('src'), 1),
      give({ kind: 'marked', path: 'notes', start: 'p.' }, 1),
      give({ kind: 'marked', path: 'notes', start: 'q.' }, 2),
    ],
  }
  expect(new Owners(division).ownerOf('notes/p.one.md')).toBe(1)
  expect(new Owners(division).ownerOf('notes/one.md')).toBe(0)
  const scopes = patternsOf(division).map((patterns) => compileScope(patterns))
  expect(scopes.map((scope) => scope.matches('notes/p.one.md'))).toEqual([false, true, false])
  expect(scopes.map((scope) => scope.matches('notes/one.md'))).toEqual([true, false, false])
})

test('places that say what is said around them are left out', () => {
  const given = [
    give(folder(''), 0),
    give(folder('src'), 0),
    give(folder('src/x'), 1),
    give(file('src/x/a.ts'), 1),
  ]
  expect(simplified({ pieces: 2, given }).given).toEqual([give(folder(''), 0), give(folder('src/x'), 1)])
})

const range = (path: string, start: string, next: string): Place => ({ kind: 'range', path, start, next })

test('a range of names is one pattern, and what is apart in it another', () => {
  const division = {
    pieces: 3,
    given: [
      give(folder(''), 0),
      give(range('src', '', 'vwxy'), 1),
      give(range('src', '', 'ab'), 2),
      give(folder('src/x/y'), 2),
    ],
  }
  expect(patternsOf(division)).toEqual([
    { include: ['/**'], exclude: ['/src/[v-y]*', '/src/[a-b]*'] },
    { include: ['/src/[v-y]*'], exclude: ['/src/x/y/'] },
    { include: ['/src/[a-b]*', '/src/x/y/'], exclude: [] },
  ])
  const { byPlaces, byPatterns, meetings } = told(division)
  expect([byPatterns, meetings]).toEqual([byPlaces, []])
})

test('random divisions with ranges of names are said by their patterns', () => {
  const places = [
    ...['', 'src', 'src/x', 'src/x/y', 'src/x/y/z', 'src/w', 'test'].map(folder),
    range('src', '', 'wxyz'), range('src', '', 'abc'), range('src/x', 'a', '.'), range('', 's', 'r'), range('', 't', 'de'),
    range('src/x/y', '', 'a'), range('', 'te', 'rst'),
    ...['src/a.ts', 'src/x/a.ts', 'src/x/y/b.ts', 'a'].map(file),
  ] // prettier-ignore
  for (let seed = 1; seed <= 120; seed++) {
    const random = sequence(seed)
    const given = places
      .filter((place) => depthOf(place) === 0 || random() < 0.6)
      .map((place) => give(place, Math.floor(random() * 3)))
    const { byPlaces, byPatterns, meetings } = told(simplified({ pieces: 3, given }))
    expect({ seed, given, byPatterns, meetings }).toEqual({ seed, given, byPatterns: byPlaces, meetings: [] })
  }
})

test('random divisions of a tree are said by their patterns', () => {
  const places = ['', 'src', 'src/x', 'src/x/y', 'src/x/y/z', 'src/w', 'test', 'test/x', 'a b'].map(folder)
  const files = ['src/a.ts', 'src/x/a.ts', 'src/x/y/b.ts', 'a b/d.ts', 'a'].map(file)
  for (let seed = 1; seed <= 60; seed++) {
    const random = sequence(seed)
    const given = [...places, ...files]
      .filter(({ path }) => path === '' || random() < 0.6)
      .map((place) => give(place, Math.floor(random() * 3)))
    const { byPlaces, byPatterns, meetings } = told(simplified({ pieces: 3, given }))
    expect({ seed, given, byPatterns, meetings }).toEqual({ seed, given, byPatterns: byPlaces, meetings: [] })
  }
})
