import { describe, expect, test } from 'vitest'
import type { ScopeFinding } from '../../src/contract/scope.ts'
import { judgeDiff, type PathChange } from '../../src/scope/judge.ts'
import { ownershipInForce, type Grant, type OwnershipMap } from '../../src/scope/ownership.ts'

const plan = {
  pieces: [
    { id: 'core', scope: { include: ['/src/', '/.gitmodules'], exclude: ['/src/auth/', '/src/api/'] } },
    { id: 'auth', scope: { include: ['/src/auth/', '/Makefile'], exclude: [] } },
    { id: 'api', scope: { include: ['/src/api/', '/lib/*.rb'], exclude: [] } },
  ],
  shared: [{ path: 'package.json', policy: 'operator' as const }],
}
const map = inForce()

function inForce(...grants: Grant[]): OwnershipMap {
  return ownershipInForce(plan, grants)
}

function added(path: string, newMode = '100644'): PathChange {
  return { path, kind: 'added', oldMode: '000000', newMode }
}

function modified(path: string, oldMode = '100644', newMode = oldMode): PathChange {
  return { path, kind: 'modified', oldMode, newMode }
}

function deleted(path: string): PathChange {
  return { path, kind: 'deleted', oldMode: '100644', newMode: '000000' }
}

interface Given {
  readonly piece?: string
  readonly links?: Readonly<Record<string, string>>
  readonly tracked?: readonly string[]
  readonly map?: OwnershipMap
}

function judge(changes: readonly PathChange[], given: Given = {}): readonly ScopeFinding[] {
  const left = changes.filter(({ kind }) => kind !== 'deleted').map(({ path }) => path)
  const tracked = [...(given.tracked ?? []), ...left]
  const links = new Map(Object.entries(given.links ?? {}))
  return judgeDiff(given.map ?? map, given.piece ?? 'core', { changes, links, tracked })
}

/** `kind path owner`, with an exclamation mark where it blocks. */
function brief(findings: readonly ScopeFinding[]): readonly string[] {
  return findings.map(
    ({ kind, path, owner, blocks }) => `${kind} ${path} ${owner ?? '-'}${blocks ? ' !' : ''}`,
  )
}

describe('a path outside the scope', () => {
  test('blocks, with its owner, whatever was done to it', () => {
    const findings = judge([
      modified('src/a.ts'),
      modified('src/auth/login.ts'),
      deleted('src/api/route.ts'),
      added('notes.md'),
      modified('package.json'),
      { path: 'src/auth/x', kind: 'type-changed', oldMode: '100644', newMode: '100755' },
    ])
    expect(brief(findings)).toEqual([
      'out-of-scope src/auth/login.ts auth !',
      'out-of-scope src/api/route.ts api !',
      'out-of-scope notes.md - !',
      'out-of-scope package.json operator !',
      'out-of-scope src/auth/x auth !',
    ])
    expect(findings.map(({ text }) => text)).toEqual([
      'It was changed; it belongs to auth.',
      'It was deleted; it belongs to api.',
      'It was added; no session owns it.',
      'It was changed; it belongs to operator.',
      'It was replaced by another kind of file; it belongs to auth.',
    ])
  })

  test('is none after a grant, and is one of the former owner', () => {
    const granted = inForce({ paths: ['src/auth/login.ts'], to: 'core', by: 'operator' })
    expect(judge([modified('src/auth/login.ts')], { map: granted })).toEqual([])
    expect(brief(judge([modified('src/auth/login.ts')], { map: granted, piece: 'auth' }))).toEqual([
      'out-of-scope src/auth/login.ts core !',
    ])
  })

  test('shows on both sides of a rename', () => {
    expect(brief(judge([deleted('src/auth/a.ts'), added('src/a.ts')]))).toEqual([
      'out-of-scope src/auth/a.ts auth !',
    ])
    expect(brief(judge([deleted('src/a.ts'), added('src/auth/a.ts')]))).toEqual([
      'out-of-scope src/auth/a.ts auth !',
    ])
  })
})

describe('a symbolic link', () => {
  test.each([
    ['/etc/passwd', 'link-outside src/l - !'],
    ['../../x', 'link-outside src/l - !'],
    ['../..', 'link-outside src/l - !'],
    ['C:\\x', 'link-outside src/l - !'],
    ['..\\..\\x', 'link-outside src/l - !'],
    ['', 'link-outside src/l - !'],
    ['../.git/hooks', 'link-outside src/l - !'],
    ['../.git', 'link-outside src/l - !'],
    ['../.quintet/session/status.md', 'link-outside src/l - !'],
    ['auth/login.ts', 'link-foreign src/l auth'],
    ['auth', 'link-foreign src/l auth'],
    ['../package.json', 'link-foreign src/l operator'],
    ['../docs', 'link-foreign src/l -'],
    ['..', 'link-foreign src/l -'],
  ])('that leads to %j is told', (target, expected) => {
    expect(brief(judge([added('src/l', '120000')], { links: { 'src/l': target } }))).toEqual([expected])
  })

  test.each(['a.ts', './deep/../a.ts', 'sub', '../src/a.ts'])(
    'that leads to %j in the scope is nothing',
    (target) => {
      expect(judge([added('src/l', '120000')], { links: { 'src/l': target } })).toEqual([])
    },
  )

  test('that cannot be read counts as leading out, and one that is deleted as nothing', () => {
    expect(brief(judge([added('src/l', '120000')]))).toEqual(['link-outside src/l - !'])
    expect(judge([{ path: 'src/l', kind: 'deleted', oldMode: '120000', newMode: '000000' }])).toEqual([])
  })

  test('that takes the place of a file is looked at too', () => {
    const change: PathChange = { path: 'src/a', kind: 'type-changed', oldMode: '100644', newMode: '120000' }
    expect(brief(judge([change], { links: { 'src/a': '/tmp' } }))).toEqual(['link-outside src/a - !'])
  })
})

describe('modes', () => {
  test('a submodule blocks when it comes or moves, not when it goes', () => {
    expect(brief(judge([added('src/vendor', '160000')]))).toEqual(['submodule src/vendor core !'])
    expect(brief(judge([modified('src/vendor', '160000')]))).toEqual(['submodule src/vendor core !'])
    expect(judge([{ path: 'src/vendor', kind: 'deleted', oldMode: '160000', newMode: '000000' }])).toEqual([])
  })

  test('the executable bit of a file that was there is worth a look', () => {
    expect(
      brief(judge([modified('src/a.sh', '100644', '100755'), modified('src/b.sh', '100755', '100644')])),
    ).toEqual(['mode src/a.sh core', 'mode src/b.sh core'])
    expect(judge([added('src/c.sh', '100755'), modified('src/d.sh', '100755')])).toEqual([])
  })
})

describe('files that govern others', () => {
  test('block at the root unless the plan names them', () => {
    const broad = ownershipInForce(
      { pieces: [{ id: 'core', scope: { include: ['*'], exclude: [] } }], shared: [] },
      [],
    )
    const changes = [
      modified('.gitattributes'),
      modified('.gitmodules'),
      modified('.quintet/config.toml'),
      added('src/.gitattributes'),
    ]
    expect(brief(judge(changes, { map: broad }))).toEqual([
      'control-file .gitattributes core !',
      'control-file .gitmodules core !',
      'control-file .quintet/config.toml core !',
      'control-file src/.gitattributes core',
    ])
    expect(brief(judge([modified('.gitmodules')]))).toEqual(['control-file .gitmodules core'])
    const spelled = ['.GitModules', '.git\u200cmodules', '.gitattribute\u017f', '.Quintet/config.toml']
    expect(brief(judge(spelled.map(deleted), { map: broad }))).toEqual(
      spelled.map((path) => `control-file ${path} core !`),
    )
  })
})

describe('names that meet', () => {
  test('a path that differs from a tracked one by case blocks when that one is not its own', () => {
    expect(brief(judge([added('lib/A.rb')], { piece: 'api', tracked: ['lib/a.rb', 'lib/b.rb'] }))).toEqual([
      'same-name lib/A.rb api',
    ])
    expect(brief(judge([added('Makefile')], { piece: 'auth', tracked: ['makefile'] }))).toEqual([
      'same-name Makefile - !',
    ])
  })

  test('a renamed spelling is nothing: the old name is gone', () => {
    expect(judge([deleted('src/Readme.md'), added('src/README.md')])).toEqual([])
  })

  test('a folder that differs by case from the folder of another piece blocks, once', () => {
    const tracked = ['src/auth/login.ts', 'src/a.ts']
    expect(brief(judge([added('src/Auth/login.ts'), added('src/Auth/b.ts')], { tracked }))).toEqual([
      'same-name src/Auth/ auth !',
      'same-name src/Auth/login.ts auth !',
      'same-name src/Auth/b.ts auth !',
    ])
  })

  test('a folder of the same name by another Unicode form meets it', () => {
    expect(brief(judge([added('src/e\u0301/a.ts')], { tracked: ['src/\u00e9/b.ts'] }))).toEqual([
      'same-name src/e\u0301/ core',
    ])
  })

  test('what met before the change is not news', () => {
    const tracked = ['src/Lib/a.ts', 'src/lib/b.ts']
    expect(judge([added('src/Lib/new.ts')], { tracked })).toEqual([])
    expect(judge([modified('src/Lib/a.ts')], { tracked })).toEqual([])
  })

  test('a path that looks like one of another piece blocks, whether or not that one exists', () => {
    const cyrillic = 'src/\u0430uth/token.ts'
    expect(brief(judge([added(cyrillic)]))).toEqual([`look-alike ${cyrillic} auth !`])
    expect(brief(judge([added(cyrillic)], { tracked: ['src/auth/token.ts'] }))).toEqual([
      'look-alike src/\u0430uth/ auth !',
      `look-alike ${cyrillic} auth !`,
    ])
  })

  test.each([
    ['src/au\u200bth/x', 'zero width'],
    ['src/\uff41uth/x', 'full width'],
    ['src/\u03b1uth/x', 'Greek'],
    ['src/a\u03c5th/x', 'Greek upsilon'],
    ['src/a\u1d64th/x', 'subscript'],
  ])('%j is seen through (%s)', (path) => {
    expect(brief(judge([added(path)]))).toEqual([`look-alike ${path} auth !`])
  })

  test('a name that reads as git’s own folder blocks', () => {
    const path = 'src/.g\u0456t/hooks/pre-commit'
    expect(judge([added(path)])).toEqual([
      {
        kind: 'look-alike',
        path,
        owner: null,
        text: 'It looks like a path of git or Quintet.',
        blocks: true,
      },
    ])
  })

  test('letters of other scripts in names of its own are nothing', () => {
    const tracked = ['src/index.ts']
    expect(judge([added('src/\u0434\u043e\u043a\u0443\u043c\u0435\u043d\u0442.ts')], { tracked })).toEqual([])
    expect(judge([added('src/caf\u00e9.ts'), added('src/\u65e5\u672c.ts')], { tracked })).toEqual([])
  })
})

test('what the operator granted by name does not block any more, what a policy granted does', () => {
  const paths = ['src/l', 'src/vendor', '.gitattributes', 'src/\u0430uth/']
  const changes = [
    added('src/l', '120000'),
    added('src/vendor', '160000'),
    modified('.gitattributes'),
    added('src/\u0430uth/x'),
  ]
  const given = { links: { 'src/l': '/etc' }, tracked: ['src/auth/x'] }
  const by = (decider: string): readonly string[] =>
    brief(judge(changes, { ...given, map: inForce({ paths, to: 'core', by: decider }) }))
  expect(by('operator')).toEqual([
    'link-outside src/l -',
    'submodule src/vendor core',
    'control-file .gitattributes core',
    'look-alike src/\u0430uth/ auth',
    'look-alike src/\u0430uth/x auth !',
  ])
  expect(by('policy').every((finding) => finding.endsWith('!'))).toBe(true)
})

test('a large tree is looked through in a moment', () => {
  const tracked = Array.from({ length: 100_000 }, (_, index) => `src/d${index % 500}/deep/file${index}.ts`)
  const before = performance.now()
  expect(judge([added('src/d1/deep/FILE1.ts'), added('src/new.ts')], { tracked })).toHaveLength(1)
  expect(performance.now() - before).toBeLessThan(2_000)
})
