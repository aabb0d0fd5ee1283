// Conflicts and how they end, through the built command: settled by structure, by a command or from memory; by the agent of
// the session whose branch conflicts; by the operator. Whatever settled one is named in the target's history.
import { expect, test } from 'vitest'
import type { CleanItem } from '../../src/contract/api.ts'
import type { MergeStyle } from '../../src/contract/plan.ts'
import { answerOf, factsIn, factsOf, type Home, Machine } from '../support/cli.ts'
import { GREEN, planFiles, prompts, work } from '../support/scenario.ts'

type Steps = ReturnType<typeof work>

const END = { endTurn: true } as const
const write = (path: string, content: string): Steps[number] => ({ write: { path, content } })
const of =
  (piece: string) =>
  (_data: unknown, stream: string): boolean =>
    stream === `work-1/session/${piece}`

/** What the target's history says on resolved conflicts, oldest first. */
async function resolvedOn(home: Home): Promise<readonly string[]> {
  const log = await home.git(
    'log',
    '--reverse',
    '--topo-order',
    '--format=%(trailers:key=Quintet-Resolved,valueonly)',
    'main',
  )
  return log.split('\n').filter((line) => line !== '')
}

/** Everything of the finished run may go, each with its proof. */
async function expectRemovable(home: Home, pieces: readonly string[]): Promise<void> {
  const items = await home.json<readonly CleanItem[]>('clean', '--dry-run')
  for (const piece of pieces) {
    const item = items.find(({ what }) => what.includes(`/${piece}`))
    expect([piece, item?.outcome, item?.proof?.length]).toEqual([piece, 'removable', expect.any(Number)])
  }
  expect(items.filter(({ outcome }) => outcome !== 'removable')).toEqual([])
}

/** A repository whose sessions start at the tag `start`; `main` has gone on to `next` since. */
async function behind(
  machine: Machine,
  files: Readonly<Record<string, string>>,
  next: Readonly<Record<string, string>>,
): Promise<Home> {
  const home = await machine.repository(files)
  await home.git('tag', 'start')
  await home.commit(next, 'Go on by hand')
  return home
}

const LIBRARIES = ['m', 'x', 'y'] as const
const manifest = (...names: readonly string[]): string =>
  `${JSON.stringify({ name: 'root', version: '1.0.0', dependencies: local(names) }, null, 2)}\n`
const local = (names: readonly string[]): object =>
  Object.fromEntries(names.map((name) => [name, `file:libraries/${name}`]))
const lock = (...names: readonly string[]): string =>
  `${JSON.stringify(
    {
      name: 'root',
      version: '1.0.0',
      lockfileVersion: 3,
      requires: true,
      packages: {
        '': { name: 'root', version: '1.0.0', dependencies: local(names) },
        ...Object.fromEntries(names.map((name) => [`libraries/${name}`, { version: '1.0.0' }])),
        ...Object.fromEntries(
          names.map((name) => [`node_modules/${name}`, { resolved: `libraries/${name}`, link: true }]),
        ),
      },
    },
    null,
    2,
  )}\n`
const depend = (names: readonly string[], notes: string): Steps => [
  write('notes.txt', notes),
  write('package.json', manifest(...names)),
  write('package-lock.json', lock(...names)),
  { commit: `Depend on ${names.join(' and ')}` },
]
const NOTES = 'one\ntwo\nthree\nfour\nfive\n'
const PACKAGES = {
  'notes.txt': NOTES,
  '.gitignore': 'node_modules\n',
  'package.json': manifest('m'),
  'package-lock.json': lock('m'),
  ...Object.fromEntries(
    LIBRARIES.map((name) => [
      `libraries/${name}/package.json`,
      `{ "name": "${name}", "version": "1.0.0", "main": "main.js" }\n`,
    ]),
  ),
  ...Object.fromEntries(LIBRARIES.map((name) => [`libraries/${name}/main.js`, ''])),
}
const LOADS = { name: 'loads', run: ['node', '-e', "require('m'); require('x')"] }

test.each(['merge', 'squash', 'rebase'] as const)(
  'two pieces that both add a dependency, %s: manifest and lock file are settled, named, and all of it is proven',
  async (style: MergeStyle) => {
    await using machine = await Machine.make()
    const asked = { paths: ['package.json', 'package-lock.json', 'notes.txt'], reason: 'It needs y.' }
    const home = await machine.repository({
      ...PACKAGES,
      ...planFiles({
        integration: { checks: [LOADS], style, auto_resolve: 'safe' },
        pieces: {
          a: {
            include: ['src/a/**', '/package.json', '/package-lock.json', '/notes.txt'],
            steps: depend(['m', 'x'], NOTES.replace('one', 'x')),
          },
          b: {
            steps: [
              ...work('b'),
              { mcp: { tool: 'scope_request', arguments: asked } },
              END,
              ...depend(['m', 'y'], NOTES.replace('five', 'y')),
            ],
          },
        },
      }),
    })
    const run = home.call(['run', 'work', '--json'])
    await run.until('session.landed', of('a'))
    await run.until('session.waiting', of('b'))
    expect(await home.quintet('scope', 'grant', 'b')).toMatchObject({ code: 0 })
    expect(await run.ended).toMatchObject({ code: 0 })

    expect(await home.git('show', 'main:package.json')).toBe(manifest('m', 'x', 'y').trim())
    expect(await home.git('show', 'main:notes.txt')).toBe('x\ntwo\nthree\nfour\ny')
    expect(JSON.parse(await home.git('show', 'main:package-lock.json'))).toMatchObject({
      packages: { '': { dependencies: local(LIBRARIES) }, 'node_modules/y': { link: true } },
    })
    expect(await resolvedOn(home)).toEqual([
      'package.json by JSON keys',
      expect.stringMatching(/^package-lock\.json by npm install /),
    ])
    const merges = (await home.git('log', '--merges', '--format=%s', 'main')).split('\n').filter(Boolean)
    expect(merges).toHaveLength({ merge: 2, squash: 0, rebase: 1 }[style])
    const { stdout } = await home.quintet('log')
    const said = /b is merged, not rebased: its commit [0-9a-f]{12} alone conflicts in package/.test(stdout)
    expect(said).toBe(style === 'rebase')
    await expectRemovable(home, ['a', 'b'])
  },
)

/** Writes the names of the sources into a list, with the help of a package. */
const LISTING = `
import { readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
createRequire(import.meta.url)('m')
writeFileSync('src/a/list.txt', readdirSync('src/a').filter((name) => name.endsWith('.js')).join('\\n') + '\\n')
`

test('a generated file is made again by its own command, among the dependencies of the merged tree', async () => {
  await using machine = await Machine.make()
  const home = await behind(
    machine,
    {
      ...PACKAGES,
      'list.mjs': LISTING,
      'src/a/one.js': '',
      'src/a/list.txt': 'one.js\n',
      ...planFiles({
        base: 'start',
        integration: {
          checks: [GREEN],
          generated: [{ paths: ['src/a/list.txt'], run: ['node', 'list.mjs'] }],
        },
        pieces: {
          a: {
            steps: [write('src/a/two.js', ''), { run: ['node', 'list.mjs'], expect: 0 }, { commit: 'Two' }],
          },
        },
      }),
    },
    { 'src/a/three.js': '', 'src/a/list.txt': 'one.js\nthree.js\n' },
  )
  expect(await home.quintet('run', 'work')).toMatchObject({ code: 0 })
  expect(await home.git('show', 'main:src/a/list.txt')).toBe('one.js\nthree.js\ntwo.js')
  expect(await resolvedOn(home)).toEqual(['src/a/list.txt by node list.mjs'])
  await expectRemovable(home, ['a'])
})

/** Merges the target, whose lines conflict, and settles the file. */
const settle = (path: string, content: string): Steps => [
  { run: ['git', 'merge', '--quiet', 'main'], expect: 1 },
  write(path, content),
  { commit: 'Merge main' },
]

test('a conflict goes to the agent with both hunks and both intents; what it makes of it lands and is named', async () => {
  await using machine = await Machine.make()
  const path = 'src/a/main.txt'
  const asked = { paths: [path], reason: 'It is needed.' }
  const home = await machine.repository(
    planFiles({
      pieces: {
        a: { steps: work('a', 'first of a\n') },
        b: {
          noted: true,
          steps: [
            ...work('b'),
            { mcp: { tool: 'scope_request', arguments: asked } },
            END,
            write(path, 'first of b\n'),
            { commit: 'Change what is of a' },
            END,
            ...settle(path, 'first of a and b\n'),
          ],
        },
      },
    }),
  )
  const run = home.call(['run', 'work', '--json'])
  await run.until('session.landed', of('a'))
  await run.until('session.waiting', of('b'))
  expect(await home.quintet('scope', 'grant', 'b')).toMatchObject({ code: 0 })
  const { code, stdout } = await run.ended
  expect(code).toBe(0)
  const facts = factsIn(stdout)
  expect(factsOf(facts, 'integration.conflicted').map(({ data }) => data)).toEqual([
    { piece: 'b', files: [path] },
  ])
  expect(factsOf(facts, 'integration.handed-back').map(({ data }) => data)).toMatchObject([
    { piece: 'b', round: 1, of: 2 },
  ])
  const told = (await prompts(home, 'b')).find((prompt) => prompt.includes('<<<<<<<')) ?? ''
  expect(told).toContain('<<<<<<< main\nfirst of a\n||||||| before both\na 1\n=======\nfirst of b\n>>>>>>> b')
  expect(told).toContain('This branch: `b`, The b part: Do the b part.')
  expect(told).toContain('- `a`, The a part: Do the a part.')
  expect(told).toContain('git merge main')
  expect(await home.git('show', `main:${path}`)).toBe('first of a and b')
  expect(await resolvedOn(home)).toEqual([`${path} by piece b`])
  await expectRemovable(home, ['a', 'b'])
})

test.each(['merge', 'squash', 'rebase'] as const)(
  'a conflict that was settled once is settled from memory when it comes up again, %s',
  async (style: MergeStyle) => {
    await using machine = await Machine.make()
    const path = 'src/a/main.txt'
    const steps = [...work('a', 'by the session\n'), END, ...settle(path, 'by both\n')]
    const plan = { base: 'start', integration: { checks: [GREEN], style }, pieces: { a: { steps } } }
    const home = await behind(machine, planFiles(plan), { [path]: 'by hand\n' })
    const before = await home.git('rev-parse', 'main')
    expect(await home.quintet('run', 'work')).toMatchObject({ code: 0 })
    expect(await resolvedOn(home)).toEqual([`${path} by piece a`])
    await expectRemovable(home, ['a'])

    await home.git('reset', '--quiet', '--hard', before)
    const again = await home.quintet('run', 'work', '--json')
    expect(again.code).toBe(0)
    expect(factsOf(factsIn(again.stdout), 'integration.handed-back')).toEqual([])
    expect(await resolvedOn(home)).toEqual([`${path} by rerere`])
    expect(await home.git('show', `main:${path}`)).toBe('by both')
  },
)

test('a conflict that the agent does not settle in its rounds is left to the operator, whose merge lands and is named', async () => {
  await using machine = await Machine.make()
  const path = 'src/a/main.txt'
  const home = await behind(
    machine,
    planFiles({
      base: 'start',
      limits: { handbacks: 1 },
      pieces: { a: { steps: [...work('a', 'mine\n'), END, ...work('a', 'still mine\n')] } },
    }),
    { [path]: 'by hand\n' },
  )
  const before = await home.git('rev-parse', 'main')
  const stuck = await home.quintet('run', 'work', '--no-wait', '--json')
  expect(stuck.code).toBe(6)
  expect(answerOf(stuck)).toMatchObject({
    data: { landed: [], needs: [{ kind: 'conflict', text: expect.stringContaining(path) }] },
  })
  expect(factsOf(factsIn(stuck.stdout), 'integration.handed-back').map(({ data }) => data)).toMatchObject([
    { piece: 'a', round: 1, of: 1 },
  ])
  expect(await home.git('rev-parse', 'main')).toBe(before)

  const { sessions } = await home.json<{ sessions: { piece: string; path: string }[] }>('status')
  const worktree = machine.home(sessions[0]?.path ?? '')
  await expect(worktree.git('merge', '--quiet', 'main')).rejects.toThrow()
  await worktree.commit({ [path]: 'by the operator\n' }, 'Settle it')
  expect(await home.quintet('session', 'retry', 'a', 'It is settled.')).toMatchObject({ code: 0 })
  expect(await home.quintet('run', 'work')).toMatchObject({ code: 0 })
  expect(await home.git('show', `main:${path}`)).toBe('by the operator')
  expect(await resolvedOn(home)).toEqual([`${path} by piece a`])
})
