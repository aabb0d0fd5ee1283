// The pool of a repository as it is kept: who may have it begin, what makes it stop, and what it makes anew.
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { PoolView } from '../../../src/contract/pool.ts'
import { runWorkflowId } from '../../../src/engine/names.ts'
import { PoolKeeper } from '../../../src/engine/pool/keeper.ts'
import { readPool, readTold } from '../../../src/engine/pool/read.ts'
import { slotSpace } from '../../../src/engine/pool/slot-spec.ts'
import { temporaryFolder } from '../../support/repository.ts'
import { piece, stage, type Stage } from '../../support/services.ts'

const part = (id: string): string =>
  `[[pieces]]\nid = "${id}"\ntitle = "Part ${id}"\nbrief = "Do it."\nscope.include = ["src/${id}/**"]\n`
const PLAN = `goal = "Do it."\n${part('a')}${part('b')}`
const never = new AbortController().signal
const WORKTREES = '{repo}/.trees/{run}/{piece}'
const ONE = { worktrees: WORKTREES, pool: { slots: 1 } }
const readyIn = ({ slots }: PoolView): number =>
  slots.filter(({ state, kept }) => state === 'ready' && kept === null).length

let state: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  state = await temporaryFolder()
  vi.stubEnv('XDG_STATE_HOME', state.path)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await state[Symbol.asyncDispose]()
})

async function ground(files: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const it = await stage(files)
  await mkdir(it.services.state, { recursive: true })
  return it
}

async function kept(it: Stage): Promise<PoolKeeper> {
  const keeper = await PoolKeeper.open(it.services)
  keeper.keep()
  return keeper
}

/** A set-up that ends once the file is gone. */
async function held(it: Stage): Promise<{ setup: string[]; let: () => Promise<void> }> {
  const hold = join(it.repository.path, '.git', 'hold')
  await writeFile(hold, '')
  const setup = ['sh', '-c', `while [ -e '${hold}' ]; do sleep 0.05; done`]
  return { setup, let: () => rm(hold, { force: true }) }
}

test('nothing is made in a repository in which nobody has run or filled anything, whatever it has committed', async () => {
  await using it = await ground({ '.quintet/plans/work.toml': PLAN })
  it.configure({ ...ONE, setup: ['touch', join(it.repository.path, '.git', 'ran')] })
  await using keeper = await kept(it)
  expect(await keeper.ask({ by: 'check', plan: 'work' })).toMatchObject({
    wanted: 0,
    command: 'quintet pool fill work',
  })
  expect(await keeper.view()).toMatchObject({ slots: [], wants: [], underWay: 0 })
  expect(await readTold(it.services.state, it.services.store)).toBe(false)
  expect(await keeper.ask({ by: 'fill' })).toMatchObject({ wanted: 1 })
  await expect.poll(async () => readyIn(await keeper.view())).toBe(1)
  expect(await readTold(it.services.state, it.services.store)).toBe(true)
  expect(existsSync(join(it.repository.path, '.git', 'ran'))).toBe(true)
})

test('a daemon that was started for something else makes nothing before somebody asks', async () => {
  await using it = await ground()
  it.configure(ONE)
  {
    await using first = await kept(it)
    await first.ask({ by: 'fill' })
    await expect.poll(async () => readyIn(await first.view())).toBe(1)
  }
  it.configure({ ...ONE, pool: { slots: 2 } })
  await using keeper = await kept(it)
  await expect
    .poll(async () => (await keeper.view()).waiting)
    .toEqual([expect.stringContaining('started for something else')])
  expect((await keeper.trim({ dryRun: true }, never)).map(({ outcome }) => outcome)).toEqual(['kept'])
  await keeper.ask({ by: 'fill' })
  await expect.poll(async () => readyIn(await keeper.view())).toBe(2)
})

test('what was trimmed is not made again, neither now nor by the next daemon', async () => {
  await using it = await ground()
  it.configure(ONE)
  {
    await using first = await kept(it)
    await first.ask({ by: 'fill' })
    await expect.poll(async () => readyIn(await first.view())).toBe(1)
    expect((await first.trim({ all: true }, never)).map(({ outcome }) => outcome)).toEqual(['removed'])
    expect(await first.view()).toMatchObject({ slots: [], wants: [], underWay: 0 })
  }
  await using keeper = await kept(it)
  expect(await keeper.view()).toMatchObject({ slots: [], wants: [], underWay: 0 })
  await keeper.ask({ by: 'fill' })
  expect((await keeper.view()).wants).toHaveLength(1)
})

test('turned off while it fills: the fill ends, and what stands ready goes', async () => {
  await using it = await ground()
  const hold = await held(it)
  it.configure(ONE)
  await using keeper = await kept(it)
  await keeper.ask({ by: 'fill' })
  await expect.poll(async () => readyIn(await keeper.view())).toBe(1)
  it.configure({ ...ONE, pool: { slots: 2 }, setup: hold.setup })
  await keeper.ask({ by: 'fill' })
  await expect.poll(async () => (await keeper.view()).doing).toEqual([expect.stringContaining('running sh')])
  it.configure({ ...ONE, pool: { slots: 0 }, setup: hold.setup })
  await expect.poll(async () => await keeper.view()).toMatchObject({ on: false, slots: [], underWay: 0 })
})

test('after the set-up was changed, the slots are made anew', async () => {
  await using it = await ground()
  it.configure({ ...ONE, setup: ['true'] })
  await using keeper = await kept(it)
  await keeper.ask({ by: 'fill' })
  await expect.poll(async () => readyIn(await keeper.view())).toBe(1)
  const [before] = (await keeper.view()).slots
  const ran = join(it.repository.path, '.git', 'ran')
  it.configure({ ...ONE, setup: ['touch', ran] })
  expect(await keeper.ask({ by: 'fill' })).toMatchObject({ wanted: 1, ready: 0 })
  await expect.poll(async () => [existsSync(ran), readyIn(await keeper.view())]).toEqual([true, 1])
  expect((await keeper.view()).slots.map(({ id }) => id)).toEqual([before?.id])
})

test('a set-up that fails is no failure of another one at the same base', async () => {
  await using it = await ground({
    '.quintet/plans/broken.toml': `setup = ["false"]\n${PLAN}`,
    '.quintet/plans/work.toml': PLAN,
  })
  it.configure({ ...ONE, pool: { slots: 2 } })
  await using keeper = await kept(it)
  const broken = await keeper.ask({ by: 'fill', plan: 'broken' })
  await expect
    .poll(async () => (await keeper.view()).failures)
    .toEqual([expect.objectContaining({ code: 'E_SETUP_FAILED', who: [broken.who] })])
  const good = await keeper.ask({ by: 'fill', plan: 'work' })
  await expect.poll(async () => readyIn(await keeper.view())).toBe(2)
  const { failures, wants } = await keeper.view()
  expect(failures.some(({ who }) => who.includes(good.who ?? ''))).toBe(false)
  expect(wants.find(({ who, others }) => [who, ...others].includes(good.who ?? ''))).toMatchObject({
    ready: 2,
  })
})

test('daemons fill one after the other', async () => {
  await using one = await ground()
  await using two = await ground()
  const hold = await held(one)
  one.configure({ ...ONE, setup: hold.setup })
  two.configure(ONE)
  await using second = await kept(two)
  {
    await using first = await kept(one)
    await first.ask({ by: 'fill' })
    await expect.poll(async () => (await first.view()).doing).toEqual([expect.stringContaining('running sh')])
    await second.ask({ by: 'fill' })
    await expect
      .poll(async () => (await second.view()).waiting)
      .toEqual([expect.stringContaining('another repository')])
  }
  await second.ask({ by: 'fill' })
  await expect.poll(async () => readyIn(await second.view())).toBe(1)
})

test('who has nothing to fill any more lets the next one', async () => {
  await using one = await ground()
  await using two = await ground()
  const hold = await held(one)
  one.configure({ ...ONE, setup: hold.setup })
  two.configure(ONE)
  await using first = await kept(one)
  await using second = await kept(two)
  await first.ask({ by: 'fill' })
  await expect.poll(async () => (await first.view()).doing).toEqual([expect.stringContaining('running sh')])
  await first.trim({ all: true }, never)
  await expect
    .poll(async () => {
      await second.ask({ by: 'fill' })
      return readyIn(await second.view())
    })
    .toBe(1)
})

test('a daemon that has nothing to do puts away what nobody wants', async () => {
  await using it = await ground({ '.quintet/plans/work.toml': PLAN })
  it.configure({ worktrees: WORKTREES })
  await using keeper = await kept(it)
  await keeper.ask({ by: 'fill', plan: 'work', slots: 1 })
  await expect.poll(async () => readyIn(await keeper.view())).toBe(1)
  await keeper.retire()
  expect(readyIn(await keeper.view())).toBe(1)
  await it.run({ pieces: [piece('a')] })
  it.fact(runWorkflowId('work-1'), 'run.created', {})
  await keeper.retire()
  expect(await keeper.view()).toMatchObject({ slots: [], wants: [] })
})

test('the disk is that on which slots stand', async () => {
  await using it = await ground()
  const { repo } = it.services
  it.configure({ worktrees: WORKTREES })
  expect(await slotSpace(it.services)).toBe(repo.root)
  it.configure({ worktrees: '{parent}/nowhere/at/all/{run}/{piece}' })
  expect(await slotSpace(it.services)).toBe(join(repo.root, '..'))
})

test('a slot of which the record cannot be read is named everywhere, and stays', async () => {
  await using it = await ground()
  it.configure(ONE)
  {
    await using first = await kept(it)
    await first.ask({ by: 'fill' })
    await expect.poll(async () => readyIn(await first.view())).toBe(1)
  }
  await using keeper = await PoolKeeper.open(it.services)
  const [slot] = (await keeper.view()).slots
  if (slot === undefined) throw new Error('There is no slot.')
  const file = join(it.services.state, 'pool', `${slot.id}.json`)
  const record: object = JSON.parse(await readFile(file, 'utf8'))
  await writeFile(join(slot.path, 'work.txt'), 'mine')
  const named = expect.stringContaining(file)
  const item = { what: `ready workspace ${slot.id}`, outcome: 'kept', reason: named }
  const shown = { id: slot.id, path: slot.path, base: slot.base, state: 'ready', kept: named }
  for (const text of ['', '{"version"', JSON.stringify({ ...record, version: 2 })]) {
    await writeFile(file, text)
    expect((await keeper.view()).slots).toMatchObject([shown])
    expect((await readPool(it.services, it.services.store)).slots).toMatchObject([shown])
    expect(await keeper.clean(false, never)).toEqual([item])
    expect(await keeper.trim({ all: true }, never)).toEqual([item])
  }
  it.configure({ ...ONE, pool: { slots: 1, recycle: true } })
  expect(await keeper.clean(false, never)).toEqual([item])
  await rm(file)
  const lost = expect.stringContaining(`written down about ${slot.path} is lost`)
  expect((await keeper.view()).slots).toMatchObject([{ ...shown, kept: lost }])
  expect(existsSync(join(slot.path, 'work.txt'))).toBe(true)
})

test('a file of wishes that cannot be read counts as none', async () => {
  await using it = await ground()
  it.configure(ONE)
  const file = join(it.services.state, 'pool-wishes.json')
  await mkdir(file)
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
  {
    await using keeper = await kept(it)
    await keeper.ask({ by: 'fill' })
    await expect.poll(async () => readyIn(await keeper.view())).toBe(1)
  }
  const told = warn.mock.calls.filter(([text]) => String(text).includes('pool-wishes.json'))
  warn.mockRestore()
  expect(told).toHaveLength(1)
  expect(await readTold(it.services.state, null)).toBe(false)
})

test('what hinders every look is shown to who waits, and is over with it', async () => {
  await using it = await ground()
  it.configure(ONE)
  await using keeper = await kept(it)
  const file = join(it.repository.path, '.git', 'file')
  await writeFile(file, '')
  vi.stubEnv('XDG_STATE_HOME', file)
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
  const { who, base } = await keeper.ask({ by: 'fill' })
  await expect
    .poll(async () => (await keeper.view()).failures)
    .toEqual([expect.objectContaining({ code: 'E_USER_STATE', who: [who, 'the setting pool.slots'], base })])
  await keeper.ask({ by: 'fill' })
  await expect.poll(async () => (await keeper.view()).failures).toHaveLength(1)
  expect(warn).toHaveBeenCalledOnce()
  warn.mockRestore()
  vi.stubEnv('XDG_STATE_HOME', state.path)
  await keeper.ask({ by: 'fill' })
  expect((await keeper.view()).failures).toEqual([])
  await expect.poll(async () => readyIn(await keeper.view())).toBe(1)
})
