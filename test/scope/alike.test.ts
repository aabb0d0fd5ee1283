import { expect, test } from 'vitest'
import { alikeOwners } from '../../src/scope/alike.ts'
import { ownershipInForce, type Grant } from '../../src/scope/ownership.ts'

const plan = {
  pieces: [
    { id: 'a', scope: { include: ['/src/a/', '*.md'], exclude: ['/src/a/not/'] } },
    { id: 'b', scope: { include: ['/src/b/'], exclude: [] } },
  ],
  shared: [
    { path: 'package.json', policy: 'operator' as const },
    { path: 'Tools.json', policy: 'owner' as const, owner: 'b' },
  ],
}

function alike(piece: string | null, path: string, ...grants: Grant[]): readonly string[] {
  return alikeOwners(ownershipInForce(plan, grants), piece, path).map(
    ({ piece: owner, name }) => `${owner}: ${name}`,
  )
}

test.each([
  ['by case', 'SRC/a/x', ['a: /src/a/']],
  ['a folder above it', 'SRC/', ['a: /src/a/', 'b: /src/b/']],
  ['a pattern', 'README.MD', ['a: *.md']],
  ['a shared file with an owner', 'tools.json', ['b: Tools.json']],
  ['a shared file of the operator', 'PACKAGE.json', []],
  ['what the scope leaves out', 'SRC/A/NOT/x', []],
  ['the very path, which its owner loses', 'src/a/x', []],
  ['a path of nobody', 'docs/x', []],
])('%s', (_what, path, expected) => {
  expect(alike(null, path)).toEqual(expected)
})

test('what is taken for its own is nobody else’s', () => {
  expect(alike('a', 'SRC/a/x')).toEqual([])
  expect(alike('b', 'SRC/')).toEqual(['a: /src/a/'])
})

test('grants count, the newest names it, and a path of its own can be one of somebody else', () => {
  const grants = [
    { paths: ['src/a/one'], to: 'b' },
    { paths: ['\u{c9}'], to: 'b' },
  ]
  expect(alike('a', 'E\u{301}', ...grants)).toEqual(['b: \u{c9}'])
  expect(alike('a', 'src/a/ONE', ...grants)).toEqual(['b: src/a/one'])
})
