import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { records, runGit } from '../../src/git/run.ts'
import { compileScope, PatternList } from '../../src/scope/patterns.ts'
import { temporaryRepository, type TemporaryRepository } from '../support/repository.ts'
import { randomPath, randomPattern, seeded } from './random.ts'

let repository: TemporaryRepository
beforeAll(async () => {
  repository = await temporaryRepository()
})
afterAll(() => repository[Symbol.asyncDispose]())

/** The paths that git takes for ignored, asked without any of them existing. */
async function ignoredByGit(
  patterns: readonly string[],
  paths: readonly string[],
  ignoreCase = false,
): Promise<string[]> {
  const file = join(repository.path, '.git', 'info', 'exclude')
  await writeFile(file, patterns.map((pattern) => `${pattern}\n`).join(''))
  const result = await runGit(
    ['-c', `core.ignoreCase=${ignoreCase}`, 'check-ignore', '--no-index', '-z', '--stdin'],
    {
      cwd: repository.path,
      op: 'ask what is ignored',
      ok: [0, 1],
      input: paths.map((path) => `${path}\0`).join(''),
    },
  )
  return records(result.stdout)
}

describe('patterns follow gitignore', () => {
  test.each([
    [['src/auth/'], ['src/auth/a.ts', 'src/auth/x/b.ts'], ['src/auth', 'lib/src/auth/a.ts']],
    [['auth/'], ['auth/a', 'src/auth/a'], ['auth', 'src/auth', 'authx/a']],
    [['/auth'], ['auth', 'auth/a'], ['src/auth']],
    [['auth'], ['auth', 'auth/a', 'src/auth', 'src/auth/b/c'], ['authx']],
    [['*.ts'], ['a.ts', 'x/y/a.ts', '.ts', 'a.ts/b'], ['a.tsx']],
    [['src/*.ts'], ['src/a.ts'], ['src/x/a.ts', 'x/src/a.ts']],
    [['src/**/a.ts'], ['src/a.ts', 'src/x/a.ts', 'src/x/y/a.ts'], ['a.ts', 'srcx/a.ts']],
    [['**/test'], ['test', 'a/test', 'a/b/test/c'], ['atest']],
    [['a/**'], ['a/b', 'a/b/c'], ['a', 'b/a/c']],
    [
      ['a?c', '[x-z]', '[!m]1'],
      ['abc', 'y', 'n1'],
      ['ac', 'w', 'm1', 'a/c'],
    ],
    [
      ['\\!a', '\\#b', 'c\\*'],
      ['!a', '#b', 'c*'],
      ['a', 'b', 'cd'],
    ],
    [
      ['*', '!keep', '!src/'],
      ['a', 'x/keep', 'keep/me', 'src/a'],
      ['keep', 'src/keep'],
    ],
    [['src/', '!src/a.ts'], ['src/a.ts', 'src/b.ts'], []],
    [['src/*', '!src/a.ts'], ['src/b.ts', 'src/x/a.ts'], ['src/a.ts']],
    [['# a comment', '', '   '], [], ['# a comment', 'a', ' ']],
    [['trailing   '], ['trailing'], ['trailing   ']],
  ])('%j', async (patterns, inside, outside) => {
    const list = new PatternList(patterns)
    const paths = [...inside, ...outside]
    expect(paths.filter((path) => list.matches(path))).toEqual(inside)
    expect(await ignoredByGit(patterns, paths)).toEqual(inside)
  })

  test.each([1, 2, 3])('random patterns and paths agree with git check-ignore (seed %i)', async (seed) => {
    const random = seeded(seed)
    for (let round = 0; round < 120; round++) {
      const patterns = Array.from({ length: 1 + random.below(4) }, () => randomPattern(random))
      const paths = [...new Set(Array.from({ length: 120 }, () => randomPath(random)))]
      const list = new PatternList(patterns)
      const matched = paths.filter((path) => list.matches(path))
      expect({ patterns, matched }).toEqual({ patterns, matched: await ignoredByGit(patterns, paths) })
    }
  })
})

describe('a scope', () => {
  test('is include minus exclude', () => {
    const scope = compileScope({ include: ['src/'], exclude: ['src/auth/', '*.md'] })
    const paths = ['src/a.ts', 'src/auth/a.ts', 'src/x/README.md', 'lib/a.ts']
    expect(paths.filter((path) => scope.matches(path))).toEqual(['src/a.ts'])
  })

  test('names the pattern that decides', () => {
    const list = new PatternList(['*', '!/src', '/src/auth', '!*.md', 'x.md'])
    expect(list.deciding('lib/a.ts')).toBe('*')
    expect(list.deciding('src/auth/a.ts')).toBe('/src/auth')
    expect(new PatternList(['*.md', '!x.md']).deciding('x.md')).toBeNull()
    expect(new PatternList(['*.md', 'x.*']).deciding('x.md')).toBe('x.*')
  })

  test('answers the same in any order of questions', () => {
    const random = seeded(11)
    const patterns = ['src/**/x', 'a*/', '!ab/', 'b/c']
    const paths = Array.from({ length: 300 }, () => randomPath(random))
    const one = new PatternList(patterns)
    expect(paths.map((path) => one.matches(path))).toEqual(
      paths.map((path) => new PatternList(patterns).matches(path)),
    )
  })

  test('without regard to case takes what such a file system takes for one path', async () => {
    const scope = compileScope({ include: ['Src/[A-C]*.TS', 'Caf\u00e9/'] }, { ignoreCase: true })
    const inside = ['src/b.ts', 'SRC/Ax.Ts', 'cafe\u0301/menu', 'CAF\u00c9/x']
    expect(inside.filter((path) => scope.matches(path))).toEqual(inside)
    expect(scope.matches('src/d.ts')).toBe(false)
    expect(compileScope({ include: ['Src/'] }).matches('src/a')).toBe(false)
    expect(await ignoredByGit(['Src/B*.TS'], ['src/bb.ts', 'src/c.ts'], true)).toEqual(['src/bb.ts'])
  })

  test('stays bounded on patterns that make many states', () => {
    const list = new PatternList(['*a?????????????????'])
    const random = seeded(5)
    const name = (): string => Array.from({ length: 40 }, () => random.pick(['a', 'b'])).join('')
    for (let round = 0; round < 2_000; round++) list.matches(name())
    expect(list.automaton.size).toBeLessThan(5_000)
    expect(list.matches(`xa${'b'.repeat(17)}`)).toBe(true)
    expect(list.matches(`xa${'b'.repeat(16)}`)).toBe(false)
  })
})
