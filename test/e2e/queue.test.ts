// The merge queue through the built command: a union that is red because of one branch lands the others, the culprit goes
// back to its session with the evidence, and a daemon that is killed again and again changes nothing.
import { expect, test } from 'vitest'
import type { RunView } from '../../src/contract/view.ts'
import { answerOf, factsIn, factsOf, type Home, Machine } from '../support/cli.ts'
import { writeFiles } from '../support/repository.ts'
import { planFiles, work } from '../support/scenario.ts'

const PIECES = ['a', 'b', 'c', 'd'] as const
const NODE_TEST = { name: 'tests', run: [process.execPath, '--test'] }

/** One test per piece: red while its file says so. `prelude`: what the test file does first. */
const testFile = (prelude = ''): string =>
  [
    "import { readFileSync } from 'node:fs'",
    "import assert from 'node:assert'",
    "import test from 'node:test'",
    prelude,
    "const text = (id) => readFileSync(`src/${id}/main.txt`, 'utf8')",
    ...PIECES.map((id) => `test('${id} is right', () => assert.ok(!text('${id}').includes('broken')))`),
    "test('a and d agree', () => assert.ok(!(text('a').includes('x') && text('d').includes('x'))))",
  ].join('\n')

interface Scene {
  readonly steps: Partial<Record<(typeof PIECES)[number], ReturnType<typeof work>>>
  readonly prelude?: string
  readonly limits?: { readonly handbacks: number }
}

async function scene(machine: Machine, { steps, prelude, limits }: Scene): Promise<Home> {
  const files = planFiles({
    integration: { land: 'together', checks: [NODE_TEST] },
    ...(limits === undefined ? {} : { limits }),
    pieces: Object.fromEntries(PIECES.map((id) => [id, { steps: steps[id] ?? work(id) }])),
  })
  return machine.repository({ ...files, 'test/all.test.mjs': testFile(prelude) })
}

const mended = (id: string): ReturnType<typeof work> => [
  ...work(id, 'broken\n'),
  { endTurn: true },
  ...work(id, 'mended\n'),
]

test('a union that is red because of one branch: the others land, and the culprit goes back and is mended', async () => {
  await using machine = await Machine.make()
  const home = await scene(machine, { steps: { b: mended('b') } })
  const run = await home.quintet('run', 'work', '--json')
  expect(run.code).toBe(0)
  const facts = factsIn(run.stdout)
  expect(factsOf(facts, 'integration.culprit').map(({ data }) => data)).toMatchObject([
    { piece: 'b', verdict: 'alone', tests: ['b is right'] },
  ])
  expect(factsOf(facts, 'integration.landed').map(({ data }) => data.pieces)).toEqual([
    ['a', 'c', 'd'],
    ['b'],
  ])
  expect(factsOf(facts, 'integration.handed-back').map(({ data }) => data)).toMatchObject([
    { piece: 'b', round: 1, of: 2 },
  ])
  expect(await home.git('show', 'main:src/b/main.txt')).toBe('mended')
  expect((await home.git('log', '--merges', '--format=%s', 'main')).split('\n')).toHaveLength(4)
})

test('two branches that are right alone and red together: both are named, and the second goes back', async () => {
  await using machine = await Machine.make()
  const home = await scene(machine, {
    steps: { a: work('a', 'x\n'), d: [...work('d', 'x\n'), { endTurn: true }, ...work('d', 'y\n')] },
  })
  const run = await home.quintet('run', 'work', '--json')
  expect(run.code).toBe(0)
  const facts = factsIn(run.stdout)
  expect(factsOf(facts, 'integration.culprit').map(({ data }) => data)).toMatchObject([
    { piece: 'd', verdict: 'interacts', with: ['a'] },
  ])
})

test('a branch that comes back red as often as it may is left to the operator, who is told', async () => {
  await using machine = await Machine.make()
  const home = await scene(machine, { steps: { b: work('b', 'broken\n') }, limits: { handbacks: 1 } })
  const stuck = await home.quintet('run', 'work', '--no-wait', '--json')
  expect(stuck.code).toBe(6)
  expect(answerOf(stuck)).toMatchObject({
    data: {
      landed: ['a', 'c', 'd'],
      needs: [{ kind: 'red-check', text: expect.stringContaining('b is right') }],
    },
  })
  const { integration } = await home.json<RunView>('status')
  expect(integration).toMatchObject({
    state: 'stopped',
    queue: { operator: true, culprits: [{ piece: 'b', verdict: 'alone' }], handedBack: [] },
  })
  expect(await home.quintet('merge')).toMatchObject({ code: 6 })
  expect(await home.git('show', 'main:src/b/main.txt')).toBe('b 1')
})

test('a target that is red already: nothing lands, and nobody is blamed', async () => {
  await using machine = await Machine.make()
  const home = await scene(machine, { steps: {}, prelude: "test('old trouble', () => assert.fail())" })
  const stuck = await home.quintet('run', 'work', '--no-wait', '--json')
  expect(stuck.code).toBe(6)
  expect(answerOf(stuck)).toMatchObject({
    data: {
      landed: [],
      needs: [{ kind: 'red-check', text: expect.stringContaining('old trouble'), command: 'quintet merge' }],
    },
  })
  await writeFiles(home.path, { 'test/all.test.mjs': testFile() })
  await home.git('commit', '--quiet', '--all', '--message=Mend the tests')
  expect(await home.quintet('merge')).toMatchObject({ code: 0 })
  expect(await home.git('show', 'main:src/a/main.txt')).toBe('a 2')
})

const node = (name: string, script: string) => ({ name, run: [process.execPath, '-e', script] })
const FS = `const { readFileSync: r, writeFileSync: w, mkdirSync: m } = require('node:fs');`

test('a check that mends what it tests lands nothing that is not right, on the union or in a session', async () => {
  await using machine = await Machine.make()
  const mends = (file: string) =>
    node(
      'mends',
      `${FS} w('${file}', r('${file}', 'utf8').replace('broken', 'fine')); process.exit(r('${file}', 'utf8').includes('broken') ? 1 : 0)`,
    )
  const home = await machine.repository(
    planFiles({
      integration: { checks: [mends('src/a/main.txt')] },
      limits: { handbacks: 0, reprompts: 0 },
      pieces: {
        a: { steps: work('a', 'broken\n') },
        b: { steps: work('b') },
        c: { steps: work('c', 'broken\n'), checks: [mends('src/c/main.txt')] },
      },
    }),
  )
  const stuck = await home.quintet('run', 'work', '--no-wait', '--json')
  expect(stuck.code).toBe(6)
  const facts = factsIn(stuck.stdout)
  expect(factsOf(facts, 'integration.culprit')[0]?.data).toMatchObject({
    piece: 'a',
    output: expect.stringContaining('changed tracked files'),
  })
  expect(factsOf(facts, 'evidence.gathered').flatMap(({ data }) => data.checks)).toMatchObject([
    { name: 'mends', green: false, output: expect.stringContaining('src/c/main.txt') },
  ])
  expect(factsOf(facts, 'integration.landed').map(({ data }) => data.pieces)).toEqual([['b']])
  expect(await home.git('show', 'main:src/a/main.txt')).toBe('a 1')
})

test('tests that read what a build makes find it in every look of the search', async () => {
  await using machine = await Machine.make()
  const build = node(
    'build',
    `${FS} m('dist', { recursive: true }); w('dist/out', ['a', 'b'].map((id) => r('src/' + id + '/main.txt', 'utf8')).join(''))`,
  )
  const tests = [
    "import { readFileSync } from 'node:fs'",
    "import assert from 'node:assert'",
    "import test from 'node:test'",
    "const text = readFileSync('dist/out', 'utf8')",
    "test('nothing is broken', () => assert.ok(!text.includes('broken')))",
    "test('all is there', () => assert.ok(text.includes('b')))",
  ].join('\n')
  const exit = node(
    'exit',
    `${FS} try { process.exitCode = r('dist/out', 'utf8').includes('bad') ? 1 : 0 } catch {}`,
  )
  const files = planFiles({
    integration: { land: 'together', checks: [build, NODE_TEST, exit] },
    limits: { handbacks: 0 },
    pieces: {
      a: { steps: work('a', 'broken\n') },
      b: { steps: work('b', 'bad\n') },
      c: { steps: work('c') },
    },
  })
  const home = await machine.repository({ ...files, '.gitignore': 'dist\n', 'test/all.test.mjs': tests })
  const stuck = await home.quintet('run', 'work', '--no-wait', '--json')
  const facts = factsIn(stuck.stdout)
  expect(factsOf(facts, 'integration.base-red')).toEqual([])
  expect(factsOf(facts, 'integration.culprit').map(({ data }) => [data.piece, data.tests])).toEqual([
    ['a', ['nothing is broken']],
    ['b', ['the check "exit"']],
  ])
  expect(factsOf(facts, 'integration.landed').map(({ data }) => data.pieces)).toEqual([['c']])
})

test('a daemon that is killed in the middle of the search, again and again, comes to the same end', async () => {
  await using machine = await Machine.make()
  const home = await scene(machine, { steps: { b: mended('b') } })
  const call = home.call(['run', 'work', '--json'])
  for (const ran of [1, 2, 4]) {
    await call.until('integration.ran', () => factsOf(call.facts, 'integration.ran').length >= ran)
    process.kill(await home.daemon(), 'SIGKILL')
  }
  const run = await call.ended
  expect(run.code).toBe(0)
  const facts = factsIn(run.stdout)
  expect(factsOf(facts, 'integration.culprit').map(({ data }) => data.piece)).toEqual(['b'])
  expect(factsOf(facts, 'integration.landed').map(({ data }) => data.pieces)).toEqual([
    ['a', 'c', 'd'],
    ['b'],
  ])
  expect(factsOf(facts, 'integration.handed-back')).toHaveLength(1)
  expect((await home.git('log', '--merges', '--format=%s', 'main')).split('\n')).toHaveLength(4)
  expect(await home.git('show', 'main:src/b/main.txt')).toBe('mended')
})

test('branches land one by one as they finish', async () => {
  await using machine = await Machine.make()
  const steps = [{ waitFor: 'src/b/go' }, { delete: 'src/b/go' }, ...work('b')]
  const home = await machine.repository(planFiles({ pieces: { a: { steps: work('a') }, b: { steps } } }))
  const run = home.call(['run', 'work', '--json'])
  expect((await run.until('integration.landed')).pieces).toEqual(['a'])
  const { sessions } = await home.json<RunView>('status')
  const { path } = sessions.find(({ piece }) => piece === 'b') ?? {}
  await home.machine.start('touch', ['src/b/go'], { cwd: path ?? '' }).ended
  const { code, stdout } = await run.ended
  expect(code).toBe(0)
  expect(factsOf(factsIn(stdout), 'integration.landed').map(({ data }) => data.pieces)).toEqual([
    ['a'],
    ['b'],
  ])
})
