import { describe, expect, test } from 'vitest'
import type { Fact } from '../../src/contract/facts.ts'
import type { ScopeRequest } from '../../src/contract/scope.ts'
import { ownershipInForce, type Grant } from '../../src/scope/ownership.ts'
import { plainPath, sortRequest, type RequestContext } from '../../src/scope/request.ts'
import { applyRequestFact } from '../../src/scope/requests.ts'

const plan = {
  pieces: [
    { id: 'core', scope: { include: ['/src/'], exclude: ['/src/auth/'] } },
    { id: 'auth', scope: { include: ['/src/auth/'], exclude: [] } },
  ],
  shared: [
    { path: 'package.json', policy: 'operator' as const },
    { path: 'tsconfig.json', policy: 'owner' as const, owner: 'auth' },
  ],
}

function sort(paths: readonly string[], context: Partial<RequestContext> = {}, ...grants: Grant[]) {
  return sortRequest(ownershipInForce(plan, grants), 'core', paths, { policy: 'auto-free', ...context })
}

describe('what is asked for', () => {
  test('is sorted by whose it is', () => {
    expect(
      sort([
        'src/a.ts',
        'README.md',
        'src/auth/a.ts',
        'docs/new.md',
        'package.json',
        'src/auth/b.ts',
        'tsconfig.json',
      ]),
    ).toEqual([
      { kind: 'own', paths: ['src/a.ts'] },
      { kind: 'free', paths: ['README.md', 'docs/new.md'], from: null },
      {
        kind: 'asked',
        paths: ['src/auth/a.ts', 'src/auth/b.ts', 'tsconfig.json'],
        owner: 'auth',
        why: 'It belongs to auth.',
      },
      {
        kind: 'asked',
        paths: ['package.json'],
        owner: 'operator',
        why: 'It is a shared file of the operator.',
      },
    ])
  })

  test('is never free under the policy that asks', () => {
    expect(sort(['README.md'], { policy: 'ask' })).toEqual([
      {
        kind: 'asked',
        paths: ['README.md'],
        owner: null,
        why: 'The plan leaves every grant to the operator.',
      },
    ])
  })

  test('is not free where something else speaks against it', () => {
    const obstacle = (path: string): string | null => (path === 'a' ? 'The run b-1 has it.' : null)
    expect(sort(['a', 'b'], { obstacle })).toEqual([
      { kind: 'asked', paths: ['a'], owner: null, why: 'The run b-1 has it.' },
      { kind: 'free', paths: ['b'], from: null },
    ])
  })

  test('is handed to its owner under the policy that hands, and only there', () => {
    expect(sort(['src/auth/a.ts', 'README.md', 'package.json', '.gitmodules'], { policy: 'hand' })).toEqual([
      { kind: 'handed', paths: ['src/auth/a.ts'], owner: 'auth' },
      { kind: 'free', paths: ['README.md'], from: null },
      expect.objectContaining({ kind: 'asked', paths: ['package.json'], owner: 'operator' }),
      expect.objectContaining({ kind: 'asked', paths: ['.gitmodules'], owner: null }),
    ])
  })

  test('is free once its owner has ended, but never what the operator keeps', () => {
    const ended = (piece: string): boolean => piece === 'auth'
    expect(sort(['src/auth/a.ts', 'README.md', 'package.json'], { ended })).toEqual([
      { kind: 'free', paths: ['src/auth/a.ts'], from: 'auth' },
      { kind: 'free', paths: ['README.md'], from: null },
      expect.objectContaining({ kind: 'asked', owner: 'operator' }),
    ])
    expect(sort(['src/auth/a.ts'], { ended, policy: 'ask' })[0]).toMatchObject({ kind: 'asked' })
    const grants = [
      { paths: ['docs/a'], to: 'auth' },
      { paths: ['docs/b'], to: 'api' },
    ]
    expect(sort(['docs/'], { ended }, ...grants)[0]).toMatchObject({ kind: 'asked', owner: 'api' })
  })

  test.each([
    ['.git/config', 'The folder .git belongs to git.'],
    ['.quintet/session/x', 'Coordination files belong to Quintet.'],
    ['../x', 'The path leads out of the repository.'],
    ['/etc/passwd', 'The path is absolute.'],
    ['docs/*.md', 'It is a pattern; paths are asked for by name, a folder with a slash at its end.'],
    ['a\nb', 'It contains control characters.'],
    ['', 'The path is empty.'],
    ['/', 'The path is absolute.'],
  ])('%j is nobody’s to have', (path, why) => {
    expect(sort([path])).toEqual([{ kind: 'forbidden', paths: [plainPath(path)], why }])
  })

  test.each([
    '.gitattributes',
    '.gitmodules',
    '.quintet/config.toml',
    '.quintet/',
    'SRC/auth/x',
    'src\u200b/auth/x',
  ])('%j is free and asked for all the same', (path) => {
    expect(sort([path])[0]).toMatchObject({ kind: 'asked', owner: null })
  })

  test('may be a folder', () => {
    expect(sort(['docs/', 'src/lib/', 'src/auth/deep/'])).toEqual([
      { kind: 'free', paths: ['docs/'], from: null },
      { kind: 'own', paths: ['src/lib/'] },
      { kind: 'asked', paths: ['src/auth/deep/'], owner: 'auth', why: 'It belongs to auth.' },
    ])
    expect(sort(['src/'])[0]).toMatchObject({ kind: 'asked', owner: 'auth' })
    const [several] = sort(
      ['docs/'],
      {},
      { paths: ['docs/a'], to: 'auth' },
      { paths: ['docs/b/'], to: 'api' },
    )
    expect(several).toMatchObject({ kind: 'forbidden', why: expect.stringContaining('of api and auth') })
  })

  test('belongs to whom it was granted to', () => {
    const grant = { paths: ['docs/', 'src/auth/x.ts'], to: 'core' }
    expect(sort(['docs/a.md', 'docs/', 'src/auth/x.ts'], {}, grant)).toEqual([
      { kind: 'own', paths: ['docs/a.md', 'docs/', 'src/auth/x.ts'] },
    ])
    expect(sort(['docs/a.md'], {}, { ...grant, to: 'auth' })[0]).toMatchObject({
      kind: 'asked',
      owner: 'auth',
    })
  })
})

test.each([
  ['./src//a.ts', 'src/a.ts'],
  ['docs/**', 'docs/'],
  [' docs/a ', ' docs/a '],
  ['docs/*', 'docs/'],
  ['docs///', 'docs/'],
  ['src/[id].ts', 'src/[id].ts'],
])('%j is the path %j', (written, path) => {
  expect(plainPath(written)).toBe(path)
})

describe('the requests of a run', () => {
  const requested = (n: number): Fact => ({
    type: 'scope.requested',
    data: { n, session: 'core', paths: [`p${n}`], reason: 'why', via: 'mcp', owner: 'auth' },
  })
  const fold = (...facts: Fact[]): readonly ScopeRequest[] =>
    facts.reduce<readonly ScopeRequest[]>((all, fact, index) => applyRequestFact(all, fact, index), [])

  test('are open until somebody has decided, and the first word counts', () => {
    const granted: Fact = {
      type: 'scope.granted',
      data: { n: 1, paths: ['p1'], to: 'core', from: 'auth', by: 'operator', reason: 'yes' },
    }
    const refused: Fact = { type: 'scope.refused', data: { n: 1, reason: 'no', by: 'operator' } }
    const handed: Fact = {
      type: 'scope.handed',
      data: { n: 2, to: 'auth', by: 'operator', reason: 'later', patch: '/p' },
    }
    const all = fold(requested(1), requested(2), requested(3), granted, refused, handed)
    expect(all.map(({ n, state, settled }) => ({ n, state, ...settled }))).toEqual([
      { n: 1, state: 'granted', at: 3, by: 'operator', reason: 'yes', to: 'core' },
      { n: 2, state: 'handed', at: 5, by: 'operator', reason: 'later', to: 'auth', patch: '/p' },
      { n: 3, state: 'open' },
    ])
    expect(all[0]).toMatchObject({ piece: 'core', paths: ['p1'], owner: 'auth', via: 'mcp', since: 0 })
  })
})
