import { describe, expect, test } from 'vitest'
import type { Scope, SharedFile } from '../../src/contract/plan.ts'
import { patternProblem, pathProblem } from '../../src/scope/escape.ts'
import { literalPattern } from '../../src/scope/glob.ts'
import { ownershipInForce } from '../../src/scope/ownership.ts'
import { compileScope } from '../../src/scope/patterns.ts'

const scope = (include: string[], exclude: string[] = []): Scope => ({ include, exclude })
const shared: SharedFile[] = [
  { path: 'package.json', policy: 'owner', owner: 'core' },
  { path: 'src/api/routes.ts', policy: 'operator' },
]
const plan = {
  pieces: [
    { id: 'core', scope: scope(['src/'], ['src/api/']) },
    { id: 'api', scope: scope(['src/api/', '*.json']) },
  ],
  shared,
}
const map = ownershipInForce(plan, [])

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
    const other = ownershipInForce({ pieces: [{ id: 'a', scope: scope(['*']) }], shared: [] }, [], {
      coordinationFolder: '.claude/coordination',
    })
    expect(other.ownerOf('.claude/coordination/x').kind).toBe('forbidden')
    expect(other.ownerOf('.quintet/session/x').kind).toBe('owned')
    expect(other.ownerOf('.claude/settings.json').kind).toBe('owned')
  })

  test('does not hang on case where the file system does not', () => {
    const pieces = [{ id: 'a', scope: scope(['Src/']) }]
    const folding = ownershipInForce({ pieces, shared }, [], { ignoreCase: true })
    expect(folding.ownerOf('src/x')).toEqual({ kind: 'owned', piece: 'a' })
    expect(folding.ownerOf('Package.JSON').kind).toBe('shared')
    expect(folding.ownerOf('.Quintet/Session/x').kind).toBe('forbidden')
  })
})

describe('a granted path', () => {
  const grant = (to: string, ...paths: string[]) => ({ paths, to, by: 'operator' })

  test('belongs to whom it was granted to, and to nobody else', () => {
    const granted = ownershipInForce(plan, [grant('api', 'src/a.ts', 'README.md')])
    expect(granted.ownerOf('src/a.ts')).toEqual({ kind: 'owned', piece: 'api' })
    expect(granted.ownerOf('README.md')).toEqual({ kind: 'owned', piece: 'api' })
    expect(granted.owns('core', 'src/a.ts')).toBe(false)
    expect(granted.owns('core', 'src/a.ts.bak')).toBe(true)
    expect(granted.judge('core', ['src/a.ts']).outOfScope).toEqual([{ path: 'src/a.ts', owner: 'api' }])
    expect(map.owns('core', 'src/a.ts')).toBe(true)
  })

  test('may be a folder: everything below it moves, the folder of another name does not', () => {
    const granted = ownershipInForce(plan, [grant('api', 'src/lib/')])
    expect(granted.ownerOf('src/lib/deep/x.ts')).toEqual({ kind: 'owned', piece: 'api' })
    expect(granted.ownerOf('src/library.ts')).toEqual({ kind: 'owned', piece: 'core' })
    expect(granted.ownerOf('src/lib')).toEqual({ kind: 'owned', piece: 'core' })
  })

  test('is where it was granted last', () => {
    const granted = ownershipInForce(plan, [
      grant('api', 'src/lib/'),
      grant('core', 'src/lib/x.ts'),
      grant('docs', 'README.md'),
      grant('api', 'README.md'),
    ])
    expect(granted.ownerOf('src/lib/x.ts')).toEqual({ kind: 'owned', piece: 'core' })
    expect(granted.ownerOf('src/lib/y.ts')).toEqual({ kind: 'owned', piece: 'api' })
    expect(granted.ownerOf('README.md')).toEqual({ kind: 'owned', piece: 'api' })
  })

  test('is literal: its characters are no pattern', () => {
    const granted = ownershipInForce(plan, [grant('api', 'app/[id]/*.ts')])
    expect(granted.ownerOf('app/[id]/*.ts').kind).toBe('owned')
    expect(granted.ownerOf('app/i/x.ts').kind).toBe('free')
  })

  test('outranks a shared file, and nothing outranks what nobody may own', () => {
    const granted = ownershipInForce(plan, [
      grant('api', 'src/api/routes.ts', '.git/config', '.quintet/session/x'),
    ])
    expect(granted.ownerOf('src/api/routes.ts')).toEqual({ kind: 'owned', piece: 'api' })
    expect(granted.ownerOf('.git/config').kind).toBe('forbidden')
    expect(granted.ownerOf('.quintet/session/x').kind).toBe('forbidden')
  })

  test('is approved where the operator named it, and only there', () => {
    const granted = ownershipInForce(plan, [
      grant('api', 'lib/', 'x.ts'),
      { paths: ['free.md'], to: 'api', by: 'policy' },
      grant('core', 'y.ts'),
    ])
    expect(granted.approved('api', 'x.ts')).toBe(true)
    expect(granted.approved('api', 'lib/x.ts')).toBe(false)
    expect(granted.approved('api', 'free.md')).toBe(false)
    expect(granted.approved('api', 'y.ts')).toBe(false)
  })

  test('is part of the scope in force, and an exception of all the others', () => {
    const granted = ownershipInForce(plan, [grant('api', 'src/lib/'), grant('core', 'src/lib/x.ts')])
    expect(granted.scopeOf('core')).toEqual({
      include: ['src/'],
      exclude: ['src/api/'],
      exceptions: [
        { path: 'package.json', mine: true },
        { path: 'src/api/routes.ts', mine: false },
        { path: 'src/lib/', mine: false },
        { path: 'src/lib/x.ts', mine: true },
      ],
    })
  })
})

test('the folded map takes for one what some file systems take for one', () => {
  expect(map.owns('core', 'SRC/a.ts')).toBe(false)
  expect(map.folded.ownerOf('SRC/a.ts')).toEqual({ kind: 'owned', piece: 'core' })
  expect(map.folded.ownerOf('PACKAGE.json').kind).toBe('shared')
  const granted = ownershipInForce(plan, [{ paths: ['Docs/'], to: 'api' }])
  expect(granted.ownerOf('docs/x').kind).toBe('free')
  expect(granted.folded.ownerOf('docs/x')).toEqual({ kind: 'owned', piece: 'api' })
})

test('the pattern that makes a path a piece’s own is named', () => {
  expect(map.deciding('core', 'src/a.ts')).toBe('src/')
  expect(map.deciding('core', 'src/api/a.ts')).toBeNull()
  expect(map.deciding('core', 'package.json')).toBeNull()
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

  test.each(['a', 'a/b', 'a b ', 'x*y', 'a[1].ts', '\\x', '!a', '#a', '?', 'a[é]'])(
    'the literal pattern of %j matches it alone',
    (path) => {
      const matcher = compileScope({ include: [literalPattern(path)] })
      expect(matcher.matches(path)).toBe(true)
      expect(matcher.matches(`${path}/below`)).toBe(true)
      expect(matcher.matches(`x${path}`)).toBe(false)
      expect(matcher.matches(`x/${path}`)).toBe(false)
    },
  )

  test.each(['a\nb', 'a\tb/c d', 'x\u0085y', '[é]'])(
    'the literal pattern of %j can be part of a plan',
    (path) => {
      expect(patternProblem(`${literalPattern(path)}/`)).toBeNull()
      expect(compileScope({ include: [literalPattern(path)] }).matches(`${path}/below`)).toBe(true)
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
