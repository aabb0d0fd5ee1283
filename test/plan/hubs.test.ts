import { describe, expect, test } from 'vitest'
import { listCandidates } from '../../src/plan/lists.ts'
import { planOf, report } from './fixture.ts'

const AUTH = { id: 'auth', include: ['/src/auth/'] }
const API = { id: 'api', include: ['/src/api/'] }
const ROUTES = 'lib/routes-table.ts'
const files = ['src/auth/login.ts', 'src/api/users.ts', ROUTES, 'docs/a.md', 'README.md', 'package.json']
const often = (...paths: readonly string[]): readonly (readonly string[])[] => [paths, paths, paths]

const hubs = (of: ReturnType<typeof report>): readonly string[] =>
  of.findings.filter(({ code }) => code === 'W_HUB_FILE').map(({ message }) => message)

describe('hub files', () => {
  test('are those that recent commits changed with files of several pieces', () => {
    const history = [...often('src/auth/login.ts', ROUTES), ...often('src/api/users.ts', ROUTES)]
    const found = report([AUTH, API], { files, history })
    expect(hubs(found)).toEqual([
      `The file ${ROUTES} is likely to be touched by auth and api: 6 recent commits changed it with files of others; nobody may write it.`,
    ])
    const hints = found.findings.find(({ code }) => code === 'W_HUB_FILE')?.hints
    expect(hints?.map(({ text }) => text).join(' ')).toContain(
      'add [[shared]] path = "lib/routes-table.ts", policy = "operator"',
    )
  })

  test('are settled by a policy', () => {
    const history = [...often('src/auth/login.ts', ROUTES), ...often('src/api/users.ts', ROUTES)]
    const shared = `[[shared]]\npath = "${ROUTES}"\npolicy = "operator"`
    expect(hubs(report([AUTH, API], { files, history }, shared))).toEqual([])
  })

  test('are told up to five, and policies for these uncover no others', () => {
    const tables = Array.from({ length: 9 }, (_, index) => `lib/table-${index}.ts`)
    const history = tables.flatMap((path) => [
      ...often('src/auth/login.ts', path),
      ...often('src/api/users.ts', path),
    ])
    const first = report([AUTH, API], { files: [...files, ...tables], history })
    const told = hubs(first).map((message) => message.split(' ')[2] ?? '')
    expect(told).toHaveLength(5)
    const shared = told.map((path) => `[[shared]]\npath = "${path}"\npolicy = "operator"`).join('\n')
    const settled = report([AUTH, API], { files: [...files, ...tables], history }, shared)
    expect(hubs(settled)).toEqual([])
    const listed = settled.findings.find(({ code }) => code === 'I_HUB_FILES')
    for (const path of tables) expect(listed?.message.includes(path)).toBe(!told.includes(path))
  })

  test('are not those that one piece alone has to do with', () => {
    expect(hubs(report([AUTH, API], { files, history: often('src/auth/login.ts', ROUTES) }))).toEqual([])
    expect(hubs(report([AUTH, API], { files, history: often('src/auth/login.ts') }))).toEqual([])
  })

  test('stand above the pieces: the manifest of another package, or of a piece itself, is none', () => {
    const packages = ['core', 'web', 'other'].map((name) => `packages/${name}/package.json`)
    const pieces = ['core', 'web'].map((id) => ({ id, include: [`/packages/${id}/`] }))
    const shared = 'packages/other/src/api.ts'
    const history = [
      ...often(...packages),
      ...often(shared, 'packages/core/a.ts'),
      ...often(shared, 'packages/web/a.ts'),
      ['x'],
    ]
    const found = report(pieces, { files: [...packages, shared, 'package.json', 'tsconfig.json'], history })
    expect(hubs(found).map((message) => message.split(' ')[2])).toEqual([shared])
    const listed = found.findings.find(({ code }) => code === 'I_HUB_FILES')
    expect(listed?.message).toContain('tsconfig.json and package.json, which')
    expect(listed?.hints).toHaveLength(2)
  })

  test('are not plans, settings and scripts of the operator, whatever they name or change with', () => {
    const plan = '.quintet/plans/work.toml'
    const ids = ['core', 'web', 'cli', 'docs']
    const pieces = ids.slice(0, 3).map((id) => ({ id, include: [`/packages/${id}/`] }))
    const own = ids.map((id) => `packages/${id}/index.ts`)
    const texts = new Map([[plan, ids.map((id) => `include = ["/packages/${id}/"]`).join('\n')]])
    const found = report(pieces, { files: [...own, plan], texts, history: often(plan, ...own) })
    expect(hubs(found)).toEqual([])
    const facts = { files: [...own, plan], history: often(plan, ...own) }
    expect(listCandidates(planOf(pieces).plan, facts)).not.toContain(plan)
  })

  test('are not those that only sweeping changes touch, or that belong to one place', () => {
    const others = ['a', 'b', 'c', 'd', 'e'].map((name) => `src/${name}/x.ts`)
    const swept = Array.from({ length: 10 }, () => [
      ROUTES,
      'src/auth/login.ts',
      'src/api/users.ts',
      ...others,
    ])
    const all = [...files, ...others]
    expect(hubs(report([AUTH, API], { files: all, history: swept }))).toEqual([])
    const one = [
      ...often(ROUTES, 'src/a/x.ts'),
      ...often(ROUTES, 'src/a/x.ts'),
      [ROUTES, 'src/b/x.ts'],
      [ROUTES, 'src/c/x.ts'],
    ]
    expect(hubs(report([AUTH, API], { files: all, history: one }))).toEqual([])
    const each = [
      ...often(ROUTES, 'src/a/x.ts'),
      ...often(ROUTES, 'src/b/x.ts'),
      ...often(ROUTES, 'src/c/x.ts'),
    ]
    expect(hubs(report([AUTH, API], { files: all, history: each }))).toHaveLength(1)
  })

  test('are lists of what the pieces are about, however young; by the number of entries', () => {
    const packages = ['core', 'web', 'cli', 'docs'].map((name) => `packages/${name}/index.ts`)
    const pieces = ['core', 'web'].map((id) => ({ id, include: [`/packages/${id}/`] }))
    const table = 'lib/table.ts'
    const texts = new Map([
      [
        'paths.json',
        '{\n"@acme/core": ["packages/core"],\n"@acme/web": ["packages/web"],\n"x": "packages/cli"\n}\n',
      ],
      [table, 'declare module "@acme/core"\n\ndeclare module "@packages/web"\n'],
      ['passing.txt', `packages/core packages/web packages/cli\n${'something else\n'.repeat(30)}`],
      ['words.txt', 'core\nweb\ncli\n'],
    ])
    const history = [...often(table, 'packages/core/index.ts'), ...often(table, 'packages/web/index.ts')]
    const found = report(pieces, { files: [...packages, ...texts.keys()], texts, history })
    expect(hubs(found)).toEqual([
      'The file lib/table.ts is likely to be touched by core and web: 6 recent commits changed it with files of others; nobody may write it.',
      'The file paths.json is likely to be touched by core and web: it has entries for 3 folders like theirs; nobody may write it.',
    ])
  })

  test('come last where their conflicts are settled when branches are merged', () => {
    const manifests = ['package.json', 'yarn.lock']
    const history = [AUTH, API].flatMap(({ id }) =>
      [ROUTES, ...manifests].flatMap((path) =>
        often(path, id === 'auth' ? 'src/auth/login.ts' : 'src/api/users.ts'),
      ),
    )
    const found = report([AUTH, API], { files: [...files, 'yarn.lock'], history })
    expect(hubs(found)).toHaveLength(1)
    expect(found.findings.find(({ code }) => code === 'I_HUB_FILES')?.message).toContain(
      'package.json and yarn.lock,',
    )
    const off = '[integration]\nauto_resolve = "off"\nchecks = [{ name = "test", run = ["npm", "test"] }]'
    expect(hubs(report([AUTH, API], { files: [...files, 'yarn.lock'], history }, off))).toHaveLength(3)
  })

  test('that are only known by name are listed, not warned of', () => {
    const found = report([AUTH, API], { files })
    expect(hubs(found)).toEqual([])
    expect(found.findings.find(({ code }) => code === 'I_HUB_FILES')?.message).toBe(
      'Several pieces may want to change package.json, which no policy of the plan is about.',
    )
  })
})
