import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runAllChecks, runOnlyUnits } from '../../../src/engine/integration/runs.ts'
import { giveTreeBack, releaseTree } from '../../../src/engine/integration/tree.ts'
import { integrationMarker } from '../../../src/engine/sweep.ts'
import type { Unit } from '../../../src/integration/queue/port.ts'
import { boxAvailable } from '../../../src/process/box.ts'
import { SESSION_MARK, survivors } from '../../../src/process/marker.ts'
import { commitOn } from '../../support/branches.ts'
import { lockWorktreeAt } from '../../support/repository.ts'
import { piece, stage } from '../../support/services.ts'

const INPUT = {
  run: 'work-1',
  n: 1,
  branches: [{ piece: 'a', title: 'A', tip: '', base: '' }],
  leftOut: [],
}
/** Builds what is not there yet, as incremental build tools do, and is green when the result is that of the sources. */
const BUILD = {
  name: 'build',
  run: ['sh', '-c', 'mkdir -p dist; test -e dist/a || cp a.txt dist/a; cmp a.txt dist/a'] as const,
}
async function scene(integration: object = { checks: [BUILD] }, checks: readonly object[] = []) {
  const it = await stage({ 'a.txt': 'one\n', '.gitignore': 'dist\nnode_modules\n' })
  await it.run({
    pieces: [piece('a', { checks }), piece('b', { checks: [{ name: 'b', run: ['false'] }] })],
    integration,
  })
  const tree = join(it.repository.path, '..', 'repo.quintet', 'work-1', '_integration')
  const first = await it.repository.git('rev-parse', 'main')
  const stateRun = async (commit: string, round: number, purpose: 'union' | 'again') => {
    const state = { commit, tree: await it.repository.git('rev-parse', `${commit}^{tree}`) }
    return { input: INPUT, state, pieces: ['a'], key: `queue:${round}:${purpose}`, purpose }
  }
  const effect = it.effect('work-1/integration/1')
  const check = async (commit: string, round = 1) => {
    const { red } = await runAllChecks(it.services, effect, await stateRun(commit, round, 'union'))
    return red
  }
  const again = async (commit: string, units: readonly Unit[]) =>
    runOnlyUnits(it.services, effect, await stateRun(commit, 2, 'again'), units)
  return { ...it, tree, first, check, again, [Symbol.asyncDispose]: () => it[Symbol.asyncDispose]() }
}

test('a union is not checked with what was built from another one', async () => {
  await using it = await scene()
  const second = await commitOn(it.repository, 'next', [{ 'a.txt': 'two\n' }])
  expect(await it.check(it.first)).toEqual([])
  expect(existsSync(join(it.tree, 'dist/a'))).toBe(true)
  expect(await it.check(second, 2)).toEqual([])
})

test('where the plan has no integration checks, those of the merged pieces are run', async () => {
  await using it = await scene({}, [{ name: 'red', run: ['false'] }])
  expect(await it.check(it.first)).toMatchObject([{ check: 'a: red', file: null, id: null }])
})

test('red tests are known by name, and run again by name, from reports that are written inside of the box', async () => {
  const suite = { name: 'tests', run: ['node', '--test', 'a.test.mjs'] }
  await using it = await scene({ checks: [suite] })
  const outside = join(it.repository.path, 'outside.txt')
  const commit = await commitOn(it.repository, 'red', [
    {
      'a.test.mjs': `import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
test('stays', () => {})
test('breaks', () => { throw new Error('no luck') })
test('writes outside', () => writeFileSync(${JSON.stringify(outside)}, ''))
`,
    },
  ])
  const boxed = (await boxAvailable()).available
  const red = await it.check(commit)
  expect(red.map(({ check, id }) => [check, id])).toEqual([
    ['tests', 'breaks'],
    ...(boxed ? [['tests', 'writes outside']] : []),
  ])
  expect(red[0]?.output).toContain('no luck')
  expect(existsSync(outside)).toBe(!boxed)
  const named = (id: string): Unit => ({ check: 'tests', file: null, id })
  const again = await it.again(commit, [named('breaks'), named('stays'), named('is not there')])
  expect(again.red.map(({ id }) => id)).toEqual(['breaks'])
  expect(again.unseen).toEqual([named('is not there')])
})

test('checks that were left running are ended before the tree is touched, and before it goes', async () => {
  await using it = await scene()
  const marker = integrationMarker(it.services.repo.commonDir, 'work-1')
  const leave = async () => {
    // It waits by itself: a process that is about to run a program has no environment to be known by.
    const child = spawn('sh', ['-c', 'echo up; read -r line'], {
      env: { ...process.env, [SESSION_MARK]: marker },
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    expect(await survivors(marker)).toHaveLength(1)
  }
  await leave()
  await it.check(it.first)
  expect(await survivors(marker)).toEqual([])
  await leave()
  expect(await releaseTree(it.services, 'work-1')).toMatchObject({ released: { kind: 'removed' } })
  expect(await survivors(marker)).toEqual([])
})

test('the tree is found again after the place of worktrees has changed, and what was done in it is named', async () => {
  await using it = await scene()
  await it.check(it.first)
  await writeFile(join(it.tree, 'notes.txt'), 'tried by hand\n')
  it.configure({ worktrees: '{parent}/elsewhere/{run}/{piece}' })
  await it.check(it.first, 2)
  expect(existsSync(join(it.repository.path, '..', 'elsewhere'))).toBe(false)
  const noted = [
    ...it.services.store.events({ stream: 'work-1/integration/1', types: ['integration.noted'] }),
  ]
  expect(noted.map(({ data }) => data)).toEqual([
    { text: expect.stringContaining('saved as refs/quintet/backup/integration/') },
  ])
  expect(await releaseTree(it.services, 'work-1')).toEqual({
    path: it.tree,
    released: { kind: 'removed', saved: null },
  })
  expect(existsSync(it.tree)).toBe(false)
})

test('a tree that cannot be taken away after a landing is noted, and costs the landing nothing', async () => {
  await using it = await scene()
  const stream = 'work-1/integration/1'
  await lockWorktreeAt(it.repository, it.tree)
  await giveTreeBack(it.services, it.effect(stream), 'work-1')
  it.configure({ worktrees: '{nothing}/{run}/{piece}' })
  await giveTreeBack(it.services, it.effect('work-1/integration/2'), 'work-1')
  const noted = [...it.services.store.events({ types: ['integration.noted'] })].map(({ data }) => data)
  expect(noted).toEqual([
    { text: `The integration worktree is kept: ${it.tree}: it is locked: mine.` },
    { text: expect.stringContaining('{nothing}') },
  ])
})
