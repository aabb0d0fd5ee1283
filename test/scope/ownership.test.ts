import { describe, expect, test } from 'vitest'
import type { Scope, SharedFile } from '../../src/contract/plan.ts'
import { patternProblem, pathProblem } from '../../src/scope/escape.ts'
import { literalPattern } from '../../src/scope/glob.ts'
import { ownershipMap } from '../../src/scope/ownership.ts'
import { compileScope } from '../../src/scope/patterns.ts'

const scope = (include: string[], exclude: string[] = []): Scope => ({ include, exclude })
const shared: SharedFile[] = [
  { path: 'package.json', policy: 'owner', owner: 'core' },
  { path: 'src/api/routes.ts', policy: 'operator' },
]
const map = ownershipMap({
  pieces: [
    { id: 'core', scope: scope(['src/'], ['src/api/']) },
    { id: 'api', scope: scope(['src/api/', '*.json']) },
  ],
  shared,
})

describe('the owner of a path', () => {
  test('is the piece whose scope holds it', () => {
    expect(map.ownerOf('src/a.ts')).toEqual({ kind: 'owned', piece: 'core' })
    expect(map.ownerOf('src/api/new.ts')).toEqual({ kind: 'owned', piece: 'api' })
    expect(map.ownerOf('README.md')).toEqual({ kind: 'free' })
  })

  test('follows the policy of a shared file before any scope', () => {
    expect(map.ownerOf('package.json')).toEqual({ kind: 'shared', policy: shared[0] })
    expect(map.ownerOf('sub/package.json')).toEqual({ kind: 'owned', piece: 'api' })
    expect(map.ownerOf('src/api/routes.ts')).toEqual({ kind: 'shared', policy: shared[1] })
  })

  test.each([
    '.git/config',
    'src/.git',
    'src/.GIT/hooks/x',
    '.quintet/session/decisions.md',
    '../x',
    'src/../../x',
    '/etc/passwd',
    'C:\\x',
    'a\\..\\..\\x',
    '',
    'a\0b',
    './src/a.ts',
    'src//a',
  ])('is nobody for %j', (path) => {
    expect(map.ownerOf(path).kind).toBe('forbidden')
  })

  test('knows another coordination folder', () => {
    const other = ownershipMap({
      pieces: [{ id: 'a', scope: scope(['*']) }],
      shared: [],
      coordinationFolder: '.claude/coordination',
    })
    expect(other.ownerOf('.claude/coordination/x').kind).toBe('forbidden')
    expect(other.ownerOf('.quintet/session/x').kind).toBe('owned')
    expect(other.ownerOf('.claude/settings.json').kind).toBe('owned')
  })

  test('does not hang on case where the file system does not', () => {
    const folding = ownershipMap({ pieces: [{ id: 'a', scope: scope(['Src/']) }], shared, ignoreCase: true })
    expect(folding.ownerOf('src/x')).toEqual({ kind: 'owned', piece: 'a' })
    expect(folding.ownerOf('Package.JSON').kind).toBe('shared')
    expect(folding.ownerOf('.Quintet/Session/x').kind).toBe('forbidden')
  })
})

test('what a session wrote is judged path by path', () => {
  expect(
    map.judge('core', ['src/a.ts', 'package.json', 'src/api/x.ts', 'src/api/routes.ts', 'new.md', '.git/x']),
  ).toEqual({
    inScope: ['src/a.ts', 'package.json'],
    outOfScope: [
      { path: 'src/api/x.ts', owner: 'api' },
      { path: 'src/api/routes.ts', owner: 'operator' },
      { path: 'new.md', owner: null },
      { path: '.git/x', owner: null },
    ],
  })
})

describe('patterns', () => {
  test.each([
    '../x',
    'a/../../b',
    '..',
    '\\.\\./x',
    '.\\./x',
    './src/',
    'C:\\src',
    'c:/src',
    '//server/share',
    '\\\\server',
    '~/x',
    '~me/x',
    'file:///etc',
    '',
    '  ',
    'a\0',
    'a\nb',
    '.git/hooks',
    'src/.git',
    '!../x',
    'src\\auth',
    '# note',
    '[a',
    'a//b',
    'src//',
    'src/[é].ts',
    '/',
    '!',
  ])('%j is refused', (pattern) => {
    expect(patternProblem(pattern)?.why).toMatch(/\.$/)
  })

  test.each([
    'src/',
    '/src',
    '**',
    '*.ts',
    '!src/a',
    '\\!a',
    '\\#a',
    'a\\ ',
    'a\\[b\\]',
    '.github/',
    '.gitignore',
    '...',
    'a..b',
    'é/**',
    'app/[id]/page.tsx',
    '~backup'.slice(1),
    'a:b'.replace(':', '-'),
  ])('%j is accepted', (pattern) => {
    expect(patternProblem(pattern)).toBeNull()
  })

  test.each(['a', 'a/b', 'a b ', 'x*y', 'a[1].ts', '\\x', '!a', '#a', '?'])(
    'the literal pattern of %j matches it alone',
    (path) => {
      const matcher = compileScope({ include: [literalPattern(path)] })
      expect(matcher.matches(path)).toBe(true)
      expect(matcher.matches(`${path}/below`)).toBe(true)
      expect(matcher.matches(`x${path}`)).toBe(false)
      expect(matcher.matches(`x/${path}`)).toBe(false)
    },
  )

  test('that lead out are told from those that are only wrong', () => {
    expect(
      ['../x', 'C:\\src', '~/x', '.git/x', 'a\\..\\b'].map((pattern) => patternProblem(pattern)?.kind),
    ).toEqual(Array.from({ length: 5 }, () => 'escapes'))
    expect(['./x', '[a', '# x'].map((pattern) => patternProblem(pattern)?.kind)).toEqual(
      Array.from({ length: 3 }, () => 'malformed'),
    )
  })

  test('honest paths have no problem', () => {
    expect(['a', 'a/b.ts', '...', '.gitignore', 'a\\b', 'é/ü'].map(pathProblem)).toEqual(
      Array.from({ length: 6 }, () => null),
    )
  })
})
