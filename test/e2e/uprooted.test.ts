// The repository of a daemon is deleted, replaced or moved: the daemon ends with all that it has started, and writes
// nothing where the repository was.
import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { CleanItem } from '../../src/contract/api.ts'
import type { PoolView } from '../../src/contract/pool.ts'
import { identify } from '../../src/process/identity.ts'
import { Machine } from '../support/cli.ts'
import { ask, planFiles, work } from '../support/scenario.ts'

const PLAN = planFiles({ pieces: { a: { steps: [ask('Go on?', 'yes'), ...work('a')] } } })

test('a repository that is replaced is left alone by the daemon of the one before', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository()
  expect(await home.quintet('pool', 'fill', '--slots', '1')).toMatchObject({ code: 0 })
  const old = await home.daemon()
  await rm(home.path, { recursive: true })
  await rm(`${home.path}.quintet`, { recursive: true })
  await machine.repository()
  await expect.poll(() => identify(old)).toBeNull()
  expect(existsSync(`${home.path}/.git/quintet`)).toBe(false)
  expect(existsSync(`${home.path}.quintet`)).toBe(false)
})

test('a repository that is deleted under a run: its agents end as well, and no folder is made again', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(PLAN)
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  await rm(home.path, { recursive: true })
  expect(await run.ended).toMatchObject({ code: 3, stdout: expect.stringContaining('is not there any more') })
  await expect.poll(() => machine.processes()).toEqual([])
  expect(existsSync(home.path)).toBe(false)
})

test('a repository that is moved under a run: the daemon ends, and says why where it is now', async () => {
  await using machine = await Machine.make()
  const before = await machine.repository(PLAN)
  const run = before.call(['run', 'work', '--json'])
  await run.until('question.asked')
  const old = await before.daemon()
  const after = machine.home(`${before.path}-moved`)
  await rename(before.path, after.path)
  await expect.poll(() => identify(old)).toBeNull()
  expect((await run.ended).code).toBe(3)
  expect(existsSync(before.path)).toBe(false)
  expect(await after.read('.git/quintet/logs/daemon.log')).toContain('was moved, replaced or deleted')
  expect(await after.quintet('status')).toMatchObject({ code: 0, stdout: expect.stringContaining('Go on?') })
  expect(existsSync(`${before.path}.quintet`)).toBe(true)
})

test('ready workspaces of a repository that was moved stay ready, and can be removed', async () => {
  await using machine = await Machine.make()
  const before = await machine.repository()
  expect(await before.quintet('pool', 'fill', '--slots', '2')).toMatchObject({ code: 0 })
  const { slots } = await before.json<PoolView>('pool')
  const old = await before.daemon()
  const after = machine.home(`${before.path}-moved`)
  await rename(before.path, after.path)
  await expect.poll(() => identify(old)).toBeNull()
  const filled = await after.quintet('pool', 'fill', '--slots', '2')
  expect([filled.code, filled.stderr]).toEqual([0, expect.stringContaining('2 of 2 ready')])
  const found = (await after.json<PoolView>('pool')).slots
  expect(found.map(({ path }) => path).toSorted()).toEqual(slots.map(({ path }) => path).toSorted())
  const trimmed = await after.json<readonly CleanItem[]>('pool', 'trim', '--all')
  expect(trimmed.map(({ outcome }) => outcome)).toEqual(['removed', 'removed'])
  expect(existsSync(`${before.path}.quintet`)).toBe(false)
})
