import { describe, expect, test } from 'vitest'
import { overlap, overlapOf, ownsNothing, type OverlapOptions } from '../../src/scope/overlap.ts'
import { compileScope, type ScopePatterns } from '../../src/scope/patterns.ts'
import { checkOverlaps } from './cases.ts'
import { randomPattern, seeded } from './random.ts'

const scope = (...patterns: string[]): ScopePatterns => ({
  include: patterns.filter((pattern) => !pattern.startsWith('-')),
  exclude: patterns.filter((pattern) => pattern.startsWith('-')).map((pattern) => pattern.slice(1)),
})

describe('scopes that overlap', () => {
  test.each([
    [scope('src/'), scope('src/auth/'), { left: 'src/', right: 'src/auth/', example: 'src/auth/new.ts' }],
    [scope('src/auth/'), scope('*.ts'), { left: 'src/auth/', right: '*.ts', example: 'src/auth/new.ts' }],
    [scope('lib/', 'src/a*'), scope('x/', 'src/*b'), { left: 'src/a*', right: 'src/*b', example: 'src/ab' }],
    [
      scope('docs/'),
      scope('README.md', 'docs/index.md'),
      { left: 'docs/', right: 'docs/index.md', example: 'docs/index.md' },
    ],
    [scope('**/test/'), scope('src/**'), { left: '**/test/', right: 'src/**', example: 'src/test/new.ts' }],
    [scope('*', '!*.md'), scope('x.*'), { left: '*', right: 'x.*', example: 'x.' }],
    [
      scope('src/', '-src/auth/*', '-!src/auth/new.ts'),
      scope('src/auth/'),
      { left: 'src/', right: 'src/auth/', example: 'src/auth/new.ts' },
    ],
    [scope('src/[a-m]*'), scope('src/[k-z]*'), { left: 'src/[a-m]*', right: 'src/[k-z]*', example: 'src/k' }],
    [scope('a'), scope('a/b/c'), { left: 'a', right: 'a/b/c', example: 'a/b/c' }],
    [scope('?.ts'), scope('[!a-z].ts'), { left: '?.ts', right: '[!a-z].ts', example: '0.ts' }],
  ])('%j and %j', (left, right, expected) => {
    const found = overlap(left, right)
    expect(found).toEqual(expected === null ? null : { ...expected, certain: true })
    const mirrored = overlap(right, left)
    expect(mirrored?.left).toBe(found?.right)
  })
})

describe('scopes that do not overlap', () => {
  test.each([
    ['an exclude takes the folder out', scope('src/', '-src/auth/'), scope('src/auth/')],
    ['an exclude on the other side', scope('*.ts', '-/src/'), scope('/src/', '-*.md')],
    ['other folders', scope('src/auth/'), scope('src/api/')],
    ['names with one beginning', scope('src/auth/'), scope('src/authors/')],
    ['other endings', scope('*.ts', '-*.d.ts'), scope('*.d.ts')],
    ['anchored against deeper', scope('/*.md'), scope('docs/')],
    ['a negation inside the list', scope('src/*', '!src/auth'), scope('/src/auth')],
    ['one byte against two', scope('/?'), scope('/é')],
    ['git alone writes .git', scope('.git/'), scope('.git/config')],
    ['no path has such segments', scope('a/?/b'), scope('a/./b', 'a//b')],
    ['comments and broken patterns own nothing', scope('#a', '[a', ''), scope('*')],
  ])('%s', (_, left, right) => {
    expect(overlap(left, right)).toBeNull()
    expect(overlap(right, left)).toBeNull()
  })

  test('paths with a rule of their own do not count', () => {
    const [left, right] = [scope('src/'), scope('src/routes.ts')]
    expect(overlap(left, right)?.example).toBe('src/routes.ts')
    expect(overlap(left, right, { except: ['src/routes.ts'] })).toBeNull()
    expect(
      overlap(scope('.quintet/'), scope('.quintet/session/'), { exceptFolders: ['.quintet/session'] }),
    ).toBeNull()
  })
})

describe('a pattern that could mean a file or a folder', () => {
  test('means a file when it has an extension, so kinds of files do not overlap', () => {
    expect(overlap(scope('*.ts'), scope('*.css'))).toBeNull()
    expect(overlap(scope('test/**/a-*.ts'), scope('test/**/b-*.ts'))).toBeNull()
    expect(overlap(scope('.github'), scope('*.yml'))?.example).toBe('.github/new.yml')
    expect(overlap(scope('release-1.2'), scope('*.md'))?.example).toBe('release-1.2/new.md')
  })

  test('means what the tree says', () => {
    const tree = { files: ['LICENSE', 'next.js/a.ts'], folders: ['next.js'] }
    expect(overlap(scope('LICENSE'), scope('*.md'))?.example).toBe('LICENSE/new.md')
    expect(overlap(scope('LICENSE'), scope('*.md'), { tree })).toBeNull()
    expect(overlap(scope('*.js'), scope('*.md'), { tree })?.example).toMatch(/\.js\/.*\.md$/)
  })
})

test('case counts only where the file system lets it', () => {
  const [left, right] = [scope('src/Auth/'), scope('src/auth/login.ts')]
  expect(overlap(left, right)).toBeNull()
  expect(overlap(left, right, { ignoreCase: true })).toMatchObject({
    example: 'src/auth/login.ts',
    certain: true,
  })
  expect(overlap(scope('caf\u00e9'), scope('cafe\u0301'), { ignoreCase: true })?.certain).toBe(true)
})

test('patterns too tangled to be decided count as overlapping', () => {
  const tangled = (last: string): ScopePatterns => ({ include: [`/*a${'?'.repeat(6)}${last}`] })
  expect(overlap(tangled('x'), tangled('y'), { budget: 100 })).toMatchObject({ certain: false })
  expect(overlap(tangled('x'), tangled('y'))).toBeNull()
})

test('a scope that can hold no path is told from one that holds no file yet', () => {
  const empty = (patterns: ScopePatterns, options?: OverlapOptions): boolean =>
    ownsNothing(compileScope(patterns), options)
  expect(empty(scope('src/', '-*'))).toBe(true)
  expect(empty(scope('[a', '!b'))).toBe(true)
  expect(empty(scope('a.ts', '-a.ts/'))).toBe(false)
  expect(empty(scope('/a.ts'), { except: ['a.ts'] })).toBe(true)
  expect(empty(scope('/a.ts', '/b'), { except: ['a.ts'] })).toBe(false)
  expect(empty(scope('a/b.ts/', '-a/b.ts/*'))).toBe(true)
})

/** Every path of up to three segments over few names. */
function allPaths(): string[] {
  const folders = ['a', 'b', 'ab', 'ba', 'src', '.a', '-', 'A', 'é', '*', '!a', '#a', ' ', ']', 'aab']
  // A folder called a.ts is what patterns with an extension are not meant for.
  const names = [...folders, 'a.ts']
  const two = folders.flatMap((first) => names.map((second) => `${first}/${second}`))
  return [...names, ...two, ...folders.flatMap((first) => two.map((path) => `${first}/${path}`))]
}

test.each([1, 2, 3])('the search agrees with trying every path (seed %i)', (seed) => {
  const random = seeded(seed)
  const paths = allPaths()
  const patterns = (most: number): string[] =>
    Array.from({ length: random.below(most + 1) }, () => randomPattern(random))
  const wrong: object[] = []
  let overlapping = 0
  for (let round = 0; round < 150; round++) {
    const [left, right] = [
      compileScope({ include: [randomPattern(random), ...patterns(2)], exclude: patterns(2) }),
      compileScope({ include: [randomPattern(random), ...patterns(2)], exclude: patterns(2) }),
    ]
    const found = overlapOf(left, right)
    const tried = paths.find((path) => left.matches(path) && right.matches(path))
    if (found !== null) overlapping++
    const missed = found === null && tried !== undefined
    const invented =
      found !== null &&
      found.certain &&
      !(
        left.matches(found.example) &&
        right.matches(found.example) &&
        left.patterns.include.includes(found.left) &&
        right.patterns.include.includes(found.right)
      )
    if (missed || invented) wrong.push({ left: left.patterns, right: right.patterns, found, tried })
  }
  expect(wrong).toEqual([])
  expect(overlapping).toBeGreaterThan(20)
})

test.each([101, 102, 103])('no overlap is missed in a generated tree (seed %i)', (seed) => {
  expect(checkOverlaps(seed, 700).mistakes).toEqual([])
})

test('twenty pieces are compared with each other in well under a second', () => {
  const scopes = Array.from({ length: 20 }, (_, index) =>
    compileScope({
      include: [`packages/p${index}/`, `test/**/p${index}-*.ts`, `docs/p${index}.md`],
      exclude: ['**/*.snap'],
    }),
  )
  const started = process.cpuUsage()
  for (const [index, left] of scopes.entries()) {
    for (const right of scopes.slice(index + 1)) expect(overlapOf(left, right)).toBeNull()
  }
  expect(process.cpuUsage(started).user / 1000).toBeLessThan(1_000)
})
