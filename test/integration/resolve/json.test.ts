import { expect, test } from 'vitest'
import { isManifest, mergeJson } from '../../../src/integration/resolve/json.ts'
import { higherRange } from '../../../src/integration/resolve/versions.ts'

const BASE = `{
  "name": "thing",
  "scripts": {
    "test": "vitest"
  },
  "dependencies": {
    "b": "^1.0.0",
    "d": "^1.0.0"
  },
  "files": ["dist"]
}
`

test('both sides add a dependency: sorted, with the format of the file', () => {
  const ours = BASE.replace('"b"', '"a": "^1.0.0",\n    "b"')
  const theirs = BASE.replace('"d"', '"c": "^2.0.0",\n    "d"').replace('"vitest"', '"vitest run"')
  expect(mergeJson({ base: BASE, ours, theirs })).toBe(
    BASE.replace('"b"', '"a": "^1.0.0",\n    "b"')
      .replace('"d"', '"c": "^2.0.0",\n    "d"')
      .replace('"vitest"', '"vitest run"'),
  )
})

test('keys that are not sorted stand where the other side has them', () => {
  const ours = BASE.replace('"files"', '"type": "module",\n  "files"')
  const theirs = BASE.replace('  "scripts"', '  "bin": "x.js",\n  "scripts"')
  expect(mergeJson({ base: BASE, ours, theirs })).toBe(
    ours.replace('  "scripts"', '  "bin": "x.js",\n  "scripts"'),
  )
})

test('both raise a version: the higher one; one goes back, or says something else: a conflict', () => {
  const to = (range: string): string => BASE.replace('"b": "^1.0.0"', `"b": "${range}"`)
  expect(mergeJson({ base: BASE, ours: to('^1.2.0'), theirs: to('^1.10.0') })).toBe(to('^1.10.0'))
  expect(mergeJson({ base: BASE, ours: to('^2.0.0'), theirs: to('^1.10.0') })).toBe(to('^2.0.0'))
  for (const other of ['~1.2.0', '^0.9.0', 'latest', '^1.3.0-rc.1']) {
    expect(mergeJson({ base: BASE, ours: to('^1.2.0'), theirs: to(other) })).toBeNull()
  }
  expect(higherRange({ base: undefined, ours: '1.2.3', theirs: '1.2.4' })).toBe('1.2.4')
})

test('one removes what the other changes, or both set one key differently: a conflict', () => {
  const without = BASE.replace('"b": "^1.0.0",\n    ', '')
  expect(mergeJson({ base: BASE, ours: without, theirs: BASE.replace('^1.0.0', '^1.1.0') })).toBeNull()
  const named = (name: string): string => BASE.replace('thing', name)
  expect(mergeJson({ base: BASE, ours: named('a'), theirs: named('b') })).toBeNull()
  expect(mergeJson({ base: BASE, ours: named('a'), theirs: named('a') })).toBe(named('a'))
  expect(mergeJson({ base: BASE, ours: without, theirs: named('b') })).toBe(without.replace('thing', 'b'))
})

test('lists are joined, unless a side has moved elements', () => {
  const list = (...names: string[]): string => JSON.stringify({ files: names })
  const merged = (base: string, ours: string, theirs: string): unknown => {
    const text = mergeJson({ base, ours, theirs })
    return text === null ? null : JSON.parse(text)
  }
  expect(merged(list('a', 'b'), list('a', 'x', 'b'), list('a', 'b', 'y'))).toEqual({
    files: ['a', 'x', 'b', 'y'],
  })
  expect(merged(list('a', 'b'), list('b', 'x'), list('a', 'b', 'y'))).toEqual({ files: ['b', 'x', 'y'] })
  expect(merged(list('a', 'b'), list('b', 'a'), list('a', 'b', 'y'))).toBeNull()
  expect(merged(list('a'), list('a', 'x'), list('a', 'y'))).toEqual({ files: ['a', 'x', 'y'] })
})

test('comments, tabs, line ends and lists on one line stay as they are', () => {
  const base =
    '{\r\n\t// strict at last\r\n\t"compilerOptions": { "strict": true },\r\n\t"include": ["src"]\r\n}\r\n'
  const ours = base.replace('"strict": true', '"strict": true, "noEmit": true')
  const theirs = base.replace('\t"include"', '\t"exclude": ["dist"],\r\n\t"include"')
  const merged = mergeJson({ base, ours, theirs })
  expect(merged).toMatch(/^\{\r\n\t\/\/ strict at last\r\n\t"compilerOptions": \{/)
  expect(merged).toContain('\t"include": ["src"]')
  expect(merged?.replaceAll('\r\n', '')).not.toContain('\n')
  expect(merged).toMatch(/\t"exclude": \[\r\n\t\t"dist"\r\n\t\]/)
})

test('a file that both have added', () => {
  expect(mergeJson({ base: null, ours: '{\n  "a": 1\n}\n', theirs: '{\n  "b": 2\n}\n' })).toBe(
    '{\n  "a": 1,\n  "b": 2\n}\n',
  )
})

test('what cannot be parsed without doubt is left alone', () => {
  for (const bad of ['{', '{"a": 1, "a": 2}', '', '<<<<<<< a']) {
    expect(mergeJson({ base: '{}', ours: bad, theirs: '{"b": 1}' })).toBeNull()
    expect(mergeJson({ base: '{}', ours: '{"b": 1}', theirs: bad })).toBeNull()
  }
})

test('which files count', () => {
  expect(['package.json', 'a/tsconfig.build.json', 'composer.json'].every(isManifest)).toBe(true)
  expect(['package-lock.json', 'data.json', 'my-package.json', 'src/a.ts'].some(isManifest)).toBe(false)
})
