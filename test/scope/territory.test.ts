// The decision table of scopes as mounts: which patterns are exactly folders, what stands in for the others, and why.
import { describe, expect, test } from 'vitest'
import type { Piece } from '../../src/contract/plan.ts'
import { ownershipInForce, type Grant, type OwnershipPlan } from '../../src/scope/ownership.ts'
import { territory, type Territory } from '../../src/scope/territory.ts'

const FILES = [
  'README.md',
  'docs/guide.md',
  'package.json',
  'packages/a/index.ts',
  'packages/a/docs/readme.md',
  'packages/b/index.ts',
  'src/api/handler.ts',
  'src/api/routes.ts',
  'src/api/generated/client.ts',
  'src/app.ts',
  'src/auth/login.ts',
  'src/main.ts',
]

interface Case {
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
  readonly shared?: OwnershipPlan['shared']
  readonly grants?: readonly Grant[]
  readonly files?: readonly string[]
  readonly ignored?: readonly string[]
  readonly ignoreLines?: readonly string[]
  readonly topOpen?: boolean
  readonly ignoreCase?: boolean
}

function mounts(given: Case): Territory {
  const { include = [], exclude = [], ignoreCase = false, files = FILES } = given
  const piece = (id: string, scope: Piece['scope']): Pick<Piece, 'id' | 'scope'> => ({ id, scope })
  const plan = {
    pieces: [
      piece('own', { include: [...include], exclude: [...exclude] }),
      piece('other', { include: ['/docs/'], exclude: [] }),
    ],
    shared: given.shared ?? [],
  }
  const map = ownershipInForce(plan, given.grants ?? [], { ignoreCase })
  return territory({
    scope: map.scopeOf('own'),
    owns: (path) => map.owns('own', path),
    files,
    ignored: given.ignored ?? [],
    ignoreLines: given.ignoreLines ?? [],
    topOpen: given.topOpen ?? false,
    ignoreCase,
  })
}

const EXACT: readonly (readonly [name: string, given: Case, expected: Partial<Territory>])[] = [
  ['a folder', { include: ['/src/auth/'] }, { writable: ['src/auth'] }],
  ['a folder without a slash in front', { include: ['src/auth/'] }, { writable: ['src/auth'] }],
  ['a folder without a slash behind', { include: ['/src/auth'] }, { writable: ['src/auth'] }],
  ['all below a folder', { include: ['/src/auth/**'] }, { writable: ['src/auth'] }],
  ['all in a folder', { include: ['/src/auth/*'] }, { writable: ['src/auth'] }],
  ['all files below a folder', { include: ['/src/auth/**/*'] }, { writable: ['src/auth'] }],
  ['everything', { include: ['/**'] }, { writable: [''] }],
  ['everything, floating', { include: ['*'] }, { writable: [''] }],
  ['two folders', { include: ['/src/auth/', '/src/api/'] }, { writable: ['src/api', 'src/auth'] }],
  ['a folder in a folder', { include: ['/src/', '/src/auth/'] }, { writable: ['src'] }],
  ['a new folder', { include: ['/src/new/'] }, { writable: ['src/new'], make: ['src/new'] }],
  ['a name everywhere', { include: ['docs/'] }, { writable: ['docs', 'packages/a/docs'] }],
  ['a name nowhere yet', { include: ['spec/'] }, { writable: ['spec'], make: ['spec'] }],
  ['in other letters', { include: ['/SRC/Auth/'], ignoreCase: true }, { writable: ['src/auth'] }],
  [
    'an excluded folder',
    { include: ['/src/api/'], exclude: ['/src/api/generated/'] },
    { writable: ['src/api'], readOnly: ['src/api/generated'] },
  ],
  [
    'an excluded folder that is not there',
    { include: ['/src/api/'], exclude: ['/src/api/v2/'] },
    { writable: ['src/api'], readOnly: ['src/api/v2'], make: ['src/api/v2'] },
  ],
  [
    'an excluded file',
    { include: ['/src/api/'], exclude: ['/src/api/routes.ts'] },
    { writable: ['src/api'], readOnly: ['src/api/routes.ts'] },
  ],
  [
    'an exclusion elsewhere',
    { include: ['/src/auth/'], exclude: ['/docs/*.md'] },
    { writable: ['src/auth'] },
  ],
  [
    'excluded from above',
    { include: ['/src/auth/', '/src/api/'], exclude: ['/src/api/'] },
    { writable: ['src/auth'] },
  ],
  [
    'a shared file',
    { include: ['/src/api/'], shared: [{ path: 'src/api/routes.ts', policy: 'operator' }] },
    { writable: ['src/api'], readOnly: ['src/api/routes.ts'] },
  ],
  [
    'everything but a folder',
    { include: ['/**'], exclude: ['/docs/'] },
    { writable: [''], readOnly: ['docs'] },
  ],
  [
    'a folder that was granted',
    { include: ['/src/auth/'], grants: [{ paths: ['src/api/'], to: 'own' }] },
    { writable: ['src/api', 'src/auth'] },
  ],
  [
    'a folder that was granted away',
    { include: ['/src/'], grants: [{ paths: ['src/api/'], to: 'other' }] },
    { writable: ['src'], readOnly: ['src/api'] },
  ],
  [
    'granted away, and a part of it back',
    {
      include: ['/src/'],
      grants: [
        { paths: ['src/api/'], to: 'other' },
        { paths: ['src/api/generated/'], to: 'own' },
      ],
    },
    { writable: ['src', 'src/api/generated'], readOnly: ['src/api'] },
  ],
  [
    'all of it granted away',
    { include: ['/src/auth/'], grants: [{ paths: ['src/'], to: 'other' }] },
    { writable: [] },
  ],
  [
    'a file that was granted inside its own folder',
    { include: ['/src/auth/'], grants: [{ paths: ['src/auth/new.ts'], to: 'own' }] },
    { writable: ['src/auth'] },
  ],
]

describe('scopes that are exactly folders', () => {
  test.for(EXACT)('%s', ([, given, expected]) => {
    expect(mounts(given)).toEqual({ gaps: [], writable: [], readOnly: [], make: [], ...expected })
  })
})

const NEAR: readonly (readonly [name: string, given: Case, expected: Territory])[] = [
  [
    'a file: its folder is open, what others have in it is not',
    { include: ['/src/auth/', '/src/app.ts'] },
    {
      gaps: ['/src/app.ts: a single file cannot be a mount.'],
      writable: ['src'],
      readOnly: ['src/api', 'src/main.ts'],
      make: [],
    },
  ],
  [
    'a name that may become anything',
    { include: ['/tools/build'] },
    {
      gaps: ['/tools/build: it may become a file or a folder; a slash at its end makes it a folder.'],
      writable: ['tools'],
      readOnly: [],
      make: ['tools'],
    },
  ],
  [
    'files of one folder by their spelling',
    { include: ['/src/*.ts'] },
    {
      gaps: ['/src/*.ts: it tells files by their spelling, and a mount holds whole folders.'],
      writable: ['src'],
      readOnly: ['src/api', 'src/auth'],
      make: [],
    },
  ],
  [
    'files by their spelling at any depth',
    { include: ['/packages/**/*.md'] },
    {
      gaps: ['/packages/**/*.md: it tells files by their spelling, and a mount holds whole folders.'],
      writable: ['packages'],
      readOnly: ['packages/a/index.ts', 'packages/b/index.ts'],
      make: [],
    },
  ],
  [
    'an exclusion by spelling',
    { include: ['/src/api/'], exclude: ['*.gen.ts'] },
    {
      gaps: ['*.gen.ts: an exclusion by spelling cannot be a mount.'],
      writable: ['src/api'],
      readOnly: [],
      make: [],
    },
  ],
  [
    'an excluded name that may come to be anywhere',
    { include: ['/src/api/'], exclude: ['generated/'] },
    {
      gaps: ['generated/: an exclusion by spelling cannot be a mount.'],
      writable: ['src/api'],
      readOnly: ['src/api/generated'],
      make: [],
    },
  ],
  [
    'an excluded file that is not there',
    { include: ['/src/api/'], exclude: ['/src/api/new.ts'] },
    {
      gaps: ['/src/api/new.ts: a file that does not exist yet cannot be kept from being made.'],
      writable: ['src/api'],
      readOnly: [],
      make: [],
    },
  ],
  [
    'a pattern that takes back',
    { include: ['/src/api/', '!/src/api/generated/'] },
    {
      gaps: ['!/src/api/generated/: a pattern that takes back what others hold cannot be a mount.'],
      writable: ['src/api'],
      readOnly: [],
      make: [],
    },
  ],
]

describe('scopes that mounts can only come near', () => {
  test.for(NEAR)('%s', ([, given, expected]) => {
    expect(mounts(given)).toEqual(expected)
  })

  test('where others have too many files in between, they are left to the other layers', () => {
    const files = Array.from({ length: 500 }, (_, index) => `src/file-${index}.ts`)
    const found = mounts({ include: ['*.test.ts', '/docs/'], files: [...files, 'docs/a.md'] })
    expect(found.writable).toEqual([''])
    expect(found.readOnly).toEqual([])
    expect(found.gaps.at(-1)).toMatch(/^Too many files of others/)
  })
})

describe('what git ignores', () => {
  test('is writable where it is there', () => {
    const found = mounts({
      include: ['/src/auth/'],
      ignored: ['node_modules/', 'packages/b/dist/', 'src/auth/cache/', '.env'],
    })
    expect(found).toMatchObject({
      gaps: [],
      writable: ['.env', 'node_modules', 'packages/b/dist', 'src/auth'],
    })
  })

  test('never is where the base has files, whatever the session makes its own git believe', () => {
    expect(mounts({ include: ['/src/auth/'], ignored: ['docs/', 'package.json', '.git'] }).writable).toEqual([
      'src/auth',
    ])
  })

  test('is made at the top where that is a folder of builds, tests or packages', () => {
    const ignoreLines = ['node_modules', '/dist/', '**/coverage/', 'vendor/', '*.log', '.env', 'docs', '#tmp']
    expect(mounts({ include: ['/packages/a/'], ignoreLines })).toEqual({
      gaps: [],
      writable: ['coverage', 'dist', 'node_modules', 'packages/a'],
      readOnly: [],
      make: ['node_modules', 'dist', 'coverage'],
    })
  })

  test('is not made where a line takes others back, or deeper than at the top', () => {
    expect(mounts({ include: ['/src/auth/'], ignoreLines: ['dist/', '!dist/keep'] }).make).toEqual([])
    expect(mounts({ include: ['/src/auth/'], ignoreLines: ['/packages/*/dist/'] }).make).toEqual([])
  })

  test('as a file at the top has no room while the top is closed', () => {
    const given = { include: ['/packages/a/'], ignored: ['debug.log'], ignoreLines: ['*.log'] }
    expect(mounts(given)).toMatchObject({ gaps: [], writable: ['debug.log', 'packages/a'] })
  })

  test('as a file has room in an open top, nothing that is tracked there has, and that is not the scope any more', () => {
    const found = mounts({ include: ['/packages/a/'], topOpen: true })
    expect(found).toEqual({
      gaps: ['The top folder: open_top in the configuration lets any new file be made there.'],
      writable: ['', 'packages/a'],
      readOnly: ['README.md', 'docs', 'package.json', 'packages', 'src'],
      make: [],
    })
  })

  test('adds no gap where the scope has the top itself', () => {
    expect(mounts({ include: ['/**'], topOpen: true })).toMatchObject({ gaps: [], writable: [''] })
  })
})

test('the mounts never open a tracked file of others, whatever the scope', () => {
  const scopes = [...EXACT, ...NEAR].filter(
    ([, given]) => given.include?.some((line) => line.startsWith('!')) !== true,
  )
  for (const [name, given] of scopes) {
    for (const topOpen of [false, true]) {
      const found = mounts({ ...given, topOpen })
      const plan = {
        pieces: [
          { id: 'own', scope: { include: [...(given.include ?? [])], exclude: [...(given.exclude ?? [])] } },
        ],
        shared: given.shared ?? [],
      }
      const map = ownershipInForce(plan, given.grants ?? [], { ignoreCase: given.ignoreCase === true })
      const open = FILES.filter((file) => isWritable(found, file))
      const wrong = {
        name,
        foreign: open.filter((file) => !map.owns('own', file)),
        closed: FILES.filter((file) => map.owns('own', file) && !open.includes(file)),
      }
      expect(wrong).toEqual({ name, foreign: [], closed: [] })
    }
  }
})

/** What the kernel answers: the deepest place above a path decides. */
function isWritable({ writable, readOnly }: Territory, path: string): boolean {
  const places = [...writable, ...readOnly].filter(
    (place) => place === '' || path === place || path.startsWith(`${place}/`),
  )
  const deepest = places.sort((a, b) => b.length - a.length)[0]
  return deepest !== undefined && writable.includes(deepest)
}
