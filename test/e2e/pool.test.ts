// Workspaces that are made before a session wants them: filled, moved, claimed and cleaned away; what is in the way is
// shown, and no run fails by it. A stand-in for npm writes down every install.
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import type { CleanItem } from '../../src/contract/api.ts'
import type { PoolAnswer, PoolView } from '../../src/contract/pool.ts'
import type { RunView, SessionView } from '../../src/contract/view.ts'
import { answerOf, type CliResult, factsIn, factsOf, type Home, Machine } from '../support/cli.ts'
import { killNow } from '../support/processes.ts'
import { ask, type PlanScenario, planFiles, work } from '../support/scenario.ts'
import { fakeManagers, FIXTURES } from '../workspace/sessions.ts'

const LOCK = {
  name: 'app',
  lockfileVersion: 3,
  packages: {
    '': { name: 'app', dependencies: { left: '^1.0.0' } },
    'node_modules/left': { version: '1.0.0' },
  },
}
/** A project with one dependency. */
const PROJECT = {
  'package.json': JSON.stringify({ name: 'app', version: '1.0.0', dependencies: { left: '^1.0.0' } }),
  'package-lock.json': JSON.stringify(LOCK),
  '.gitignore': 'node_modules/\n',
}
const TWO: PlanScenario = { pieces: { a: { steps: work('a') }, b: { steps: work('b') } } }

interface Stage {
  readonly home: Home
  /** Folder with the stand-in for npm. */
  readonly bin: string
  /** In which the stand-in is found. */
  readonly env: Readonly<Record<string, string>>
  /** Runs `quintet <args>` where the stand-in is found. */
  quintet(...args: readonly string[]): Promise<CliResult>
  json<T>(...args: readonly string[]): Promise<T>
  /** How often something was installed so far. */
  installs(): Promise<number>
  worktrees(): Promise<string[]>
}

async function stage(
  machine: Machine,
  config: NonNullable<Parameters<typeof planFiles>[1]>['config'] = {},
  plan = TWO,
): Promise<Stage> {
  const home = await machine.repository({ ...PROJECT, ...planFiles(plan, { config }) })
  const fake = await fakeManagers(machine.path)
  const [bin = ''] = fake.env.PATH.split(delimiter)
  const own = { ...fake.env, PATH: [bin, machine.env['PATH'] ?? ''].join(delimiter) }
  const quintet = (...args: readonly string[]): Promise<CliResult> => home.call(args, { env: own }).ended
  return {
    home,
    bin,
    env: own,
    quintet,
    json: async <T>(...args: readonly string[]) => answerOf(await quintet(...args, '--json')).data as T,
    installs: async () => (await fake.calls()).filter((line) => line.startsWith('npm ci')).length,
    worktrees: async () => {
      const list = await home.git('worktree', 'list', '--porcelain')
      return list
        .split('\n')
        .filter((line) => line.startsWith('worktree '))
        .map((line) => line.slice('worktree '.length))
        .slice(1)
    },
  }
}

/** Somebody has filled the pool here, and nothing of it is left. */
async function told(it: Stage): Promise<void> {
  expect(await it.quintet('pool', 'fill', '--slots', '1')).toMatchObject({ code: 0 })
  expect(await it.quintet('pool', 'trim', '--all')).toMatchObject({ code: 0 })
}

const isSlot = (path: string | null): boolean => /\/pool\/slot-[0-9a-f]{8}$/.test(path ?? '')
const readyIn = ({ slots }: PoolView): number =>
  slots.filter(({ state, kept }) => state === 'ready' && kept === null).length

async function expectNothingLeft(it: Stage): Promise<void> {
  const { home } = it
  expect(await it.worktrees()).toEqual([])
  expect(existsSync(`${home.path}.quintet`)).toBe(false)
  expect(await home.git('for-each-ref', '--format=%(refname)', 'refs/heads')).toBe('refs/heads/main')
}

test('fill, run, clean: the sessions live in the slots, and nothing is installed anew', async () => {
  await using machine = await Machine.make()
  const it = await stage(machine)
  const { home } = it
  const filled = await it.quintet('pool', 'fill', 'work')
  expect([filled.code, filled.stderr]).toEqual([0, expect.stringContaining('2 of 2 ready')])
  expect(filled.stdout).toContain('2 workspaces ready')
  const slots = (await it.json<PoolView>('pool')).slots
  expect(slots).toMatchObject([
    { state: 'ready', wanted: 'plan work', kept: null },
    { state: 'ready', wanted: 'plan work', kept: null },
  ])
  expect(slots.every(({ dependencies }) => dependencies !== 'nothing')).toBe(true)
  const before = await it.installs()
  expect(before).toBeGreaterThan(0)

  const run = await it.quintet('run', 'work', '--json')
  expect(answerOf(run)).toMatchObject({ data: { verdict: 'landed' } })
  const prepared = factsOf(factsIn(run.stdout), 'workspace.ready').map(({ data }) => data)
  expect(prepared.map(({ path }) => path).toSorted()).toEqual(slots.map(({ path }) => path).toSorted())
  expect(prepared.every(({ fromPool }) => fromPool === true)).toBe(true)
  expect(await it.installs()).toBe(before)
  expect(await home.git('show', 'main:src/a/main.txt')).toBe('a 2')
  const shown = await home.quintet('session', 'show', 'a')
  expect(shown.stdout).toMatch(/prepared +from the pool in \d/)
  expect(shown.stdout).toMatch(/worktree +\S+\/pool\/slot-/)
  expect((await home.quintet('log')).stdout).toContain('from the pool in')
  expect((await home.quintet('doctor')).stdout).toMatch(
    /pool: .*Lately a workspace took .* from the pool \(median of 2\)/,
  )

  expect(await home.quintet('clean')).toMatchObject({ code: 0 })
  await expectNothingLeft(it)
})

test('turned off: nothing is made ahead, and whoever asks for it is told', async () => {
  await using machine = await Machine.make()
  const it = await stage(machine, { pool: { slots: 0 } })
  const refused = await it.quintet('pool', 'fill', 'work', '--json')
  expect(refused.code).toBe(3)
  expect(answerOf(refused)).toMatchObject({ error: { code: 'E_POOL_OFF' } })
  expect(await it.json('plan', 'check', 'work')).toMatchObject({ pool: { wanted: 0 } })
  const run = await it.quintet('run', 'work', '--json')
  expect(answerOf(run)).toMatchObject({ data: { verdict: 'landed' } })
  expect(await it.installs()).toBeGreaterThan(0)
  for (const { data } of factsOf(factsIn(run.stdout), 'workspace.ready'))
    expect([data.fromPool, isSlot(data.path)]).toEqual([false, false])
  expect(await it.json<PoolView>('pool')).toMatchObject({ on: false, slots: [], wants: [] })
})

test('nothing that is committed is run by looking: nothing is made before a plan was run, or the pool filled', async () => {
  await using machine = await Machine.make()
  const ran = join(machine.path, 'ran')
  const it = await stage(machine, { setup: ['touch', ran], pool: { slots: 3 } })
  expect(await it.quintet('clean', '--dry-run')).toMatchObject({ code: 0 })
  expect(await it.quintet('pool', 'trim', '--dry-run')).toMatchObject({ code: 0 })
  const { stdout } = await it.quintet('plan', 'check', 'work')
  expect(stdout).toContain('quintet pool fill work makes workspaces now.')
  const checked = await it.json<{ pool: PoolAnswer }>('plan', 'check', 'work')
  expect(checked.pool).toMatchObject({ wanted: 0, command: 'quintet pool fill work' })
  expect(await it.json<PoolView>('pool')).toMatchObject({ slots: [], wants: [], underWay: 0 })
  expect(existsSync(ran)).toBe(false)
  expect(await it.quintet('pool', 'fill', 'work')).toMatchObject({ code: 0 })
  expect(existsSync(ran)).toBe(true)
})

test('a plan that is checked asks a running daemon, and starts none in a script; small repositories get nothing', async () => {
  await using machine = await Machine.make()
  const it = await stage(machine)
  expect(await it.json('plan', 'check', 'work')).not.toHaveProperty('pool')
  expect(existsSync(join(it.home.path, '.git/quintet/daemon.json'))).toBe(false)
  await told(it)
  const checked = await it.quintet('plan', 'check', 'work')
  expect(checked.stdout).toContain('Preparing 2 workspaces ahead; quintet pool shows them.')
  await expect.poll(async () => readyIn(await it.json<PoolView>('pool'))).toBe(2)
  const again = await it.json<{ pool: PoolAnswer }>('plan', 'check', 'work')
  expect(again.pool).toMatchObject({ wanted: 2, ready: 2 })

  const small = await machine.repository(planFiles(TWO), 'small')
  await small.quintet('pool', 'trim')
  expect(await small.json('plan', 'check', 'work')).toMatchObject({
    pool: { wanted: 0, why: expect.stringContaining('in no time') },
  })
  expect((await small.quintet('plan', 'check', 'work')).stdout).not.toContain('ahead')
  expect(await small.json<PoolView>('pool')).toMatchObject({ slots: [], wants: [] })
})

test('the base moves: slots follow it while the plan waits, and what was not moved yet is moved by its session', async () => {
  await using machine = await Machine.make()
  const it = await stage(machine)
  await it.quintet('pool', 'fill', 'work')
  const before = await it.installs()
  const moved = await it.home.commit({ 'src/a/more.txt': 'more\n' })
  await it.quintet('plan', 'check', 'work')
  await expect
    .poll(async () => (await it.json<PoolView>('pool')).slots.map(({ base, state }) => [base, state]))
    .toEqual([
      [moved, 'ready'],
      [moved, 'ready'],
    ])
  const last = await it.home.commit({ 'src/b/more.txt': 'more\n' })
  const run = await it.quintet('run', 'work', '--json')
  expect(answerOf(run)).toMatchObject({ data: { verdict: 'landed' } })
  const prepared = factsOf(factsIn(run.stdout), 'workspace.ready').map(({ data }) => data)
  expect(prepared.map(({ base, path }) => [base, isSlot(path)])).toEqual([
    [last, true],
    [last, true],
  ])
  expect(await it.installs()).toBe(before)
})

test('pieces that wait for others find a workspace when their turn comes', async () => {
  await using machine = await Machine.make()
  const plan = {
    pieces: {
      a: { steps: [ask('Go on?', 'yes'), ...work('a')] },
      b: { depends_on: ['a'], steps: work('b') },
    },
  }
  const it = await stage(machine, {}, plan)
  const run = it.home.call(['run', 'work', '--json'], { env: it.env })
  await run.until('question.asked')
  await expect.poll(async () => readyIn(await it.json<PoolView>('pool'))).toBe(1)
  await it.quintet('answer', 'a', 'yes')
  const { path, fromPool } = await run.until('workspace.ready', (_data, stream) => stream.endsWith('/b'))
  expect([isSlot(path), fromPool]).toEqual([true, true])
  expect(answerOf(await run.ended)).toMatchObject({ data: { verdict: 'landed' } })
})

test('a slot that cannot be made is shown with its reason, is not tried for ever, and fails no run', async () => {
  await using machine = await Machine.make()
  const it = await stage(machine)
  await writeFile(join(it.bin, 'npm'), '#!/bin/sh\necho the registry is on fire >&2\nexit 7\n')
  const failed = await it.quintet('pool', 'fill', 'work', '--json')
  expect(failed.code).toBe(1)
  expect(answerOf(failed)).toMatchObject({ error: { code: 'E_INSTALL_FAILED' } })
  const view = await it.json<PoolView>('pool')
  expect(view).toMatchObject({ slots: [], failures: [{ code: 'E_INSTALL_FAILED' }], underWay: 0 })
  const shown = await it.quintet('pool')
  expect(shown.stdout).toContain('E_INSTALL_FAILED: The dependencies could not be installed')
  expect(shown.stdout).toContain('→ run: tail -n 50')
  expect(shown.stdout).toContain('tried again in')
  expect((await it.home.quintet('doctor')).stdout).toContain('A workspace could not be made ahead')
  expect(await it.worktrees()).toEqual([])

  await copyFile(join(FIXTURES, 'package-manager.mjs'), join(it.bin, 'npm'))
  await chmod(join(it.bin, 'npm'), 0o755)
  expect(await it.quintet('run', 'work')).toMatchObject({ code: 0 })
  expect(await it.home.git('show', 'main:src/b/main.txt')).toBe('b 2')
})

test('a daemon that is killed while it fills: the next one clears that away and goes on', async () => {
  await using machine = await Machine.make()
  const hold = join(machine.path, 'hold')
  await writeFile(hold, '')
  const setup = ['sh', '-c', `while [ -e '${hold}' ]; do sleep 0.05; done`]
  const it = await stage(machine, { setup })
  const fill = it.home.call(['pool', 'fill', 'work'], { env: it.env })
  await fill.said('running sh')
  killNow(await it.home.daemon())
  expect((await fill.ended).code).not.toBe(0)
  await rm(hold)
  expect((await it.quintet('pool')).stdout).toContain('No daemon runs at the moment')
  // The next one knows what was wanted, and waits until somebody has use for it.
  await it.quintet('pool', 'trim')
  await expect
    .poll(async () => (await it.json<PoolView>('pool')).waiting)
    .toEqual([expect.stringContaining('pool fill goes on')])
  await it.quintet('plan', 'check', 'work')
  await expect.poll(async () => readyIn(await it.json<PoolView>('pool'))).toBe(2)
  const { slots } = await it.json<PoolView>('pool')
  expect(slots.map(({ state, setup: done }) => [state, done])).toEqual([
    ['ready', true],
    ['ready', true],
  ])
  expect((await it.worktrees()).toSorted()).toEqual(slots.map(({ path }) => path).toSorted())
  expect(await it.quintet('run', 'work')).toMatchObject({ code: 0 })
  expect((await it.json<RunView>('status')).sessions.every(({ path }) => isSlot(path))).toBe(true)
})

test('the disk: no more is made than there is room for, and whoever asks is told', async () => {
  await using machine = await Machine.make()
  const it = await stage(machine, { pool: { disk: 1 } })
  await it.home.commit({ 'large.bin': 'x'.repeat(700 * 1024) })
  const filled = await it.quintet('pool', 'fill', 'work')
  expect(filled).toMatchObject({ code: 1, stdout: expect.stringContaining('1 workspace ready') })
  expect(filled.stdout).toMatch(/One more takes some 1 MB of the disk/)
  expect(await it.quintet('run', 'work')).toMatchObject({ code: 0 })
})

test('trim and clean: what is wanted stays until all of it is to go, and what somebody left in a slot is saved', async () => {
  await using machine = await Machine.make()
  const it = await stage(machine)
  expect((await it.quintet('pool')).stdout).toContain('→ run: quintet pool fill')
  expect((await it.quintet('pool', 'trim')).stdout).toBe('No workspaces stand ready.\n')
  expect(await it.quintet('pool', 'fill', '--slots', '0')).toMatchObject({ code: 2 })
  await it.quintet('pool', 'fill', '--slots', '2')
  const outcomes = async (...args: readonly string[]): Promise<string[]> =>
    (await it.json<CleanItem[]>(...args)).map(({ outcome }) => outcome)
  expect(await outcomes('pool', 'trim')).toEqual(['kept', 'kept'])
  expect(await outcomes('clean', '--dry-run')).toEqual(['kept', 'kept'])
  expect(await outcomes('clean')).toEqual(['kept', 'kept'])
  expect(await outcomes('pool', 'trim', '--all', '--dry-run')).toEqual(['removable', 'removable'])
  const [slot] = (await it.json<PoolView>('pool')).slots
  await writeFile(join(slot?.path ?? '', 'mine.txt'), 'mine\n')
  const items = await it.json<CleanItem[]>('pool', 'trim', '--all')
  expect(items.map(({ outcome }) => outcome)).toEqual(['removed', 'removed'])
  const backup = items.find((item) => item.backup !== undefined)?.backup ?? ''
  expect(await it.home.git('show', `${backup}:mine.txt`)).toBe('mine')
  await expectNothingLeft(it)
  expect(await it.json<PoolView>('pool')).toMatchObject({ slots: [], wants: [], underWay: 0 })
})

test('a session keeps its slot through a kill of the daemon and a reset', async () => {
  await using machine = await Machine.make()
  const plan = { pieces: { a: { steps: [ask('Go on?', 'yes'), ...work('a')] } } }
  const it = await stage(machine, {}, plan)
  await it.quintet('pool', 'fill', 'work')
  await it.quintet('run', 'work', '--detach')
  const show = async (): Promise<SessionView> => await it.json<SessionView>('session', 'show', 'a')
  await expect.poll(async () => (await show()).question !== null).toBe(true)
  const { path } = await show()
  expect(isSlot(path)).toBe(true)
  killNow(await it.home.daemon())
  const run = it.quintet('run', 'work')
  await expect.poll(async () => (await show()).question !== null).toBe(true)
  await it.quintet('answer', 'a', 'yes')
  expect(await run).toMatchObject({ code: 0 })
  expect((await show()).path).toBe(path)
  expect(await it.installs()).toBe(1)
})

test('worktrees of sessions that have landed are ready for the next ones, where that is wanted', async () => {
  await using machine = await Machine.make()
  const it = await stage(machine, { pool: { recycle: true } })
  await it.quintet('pool', 'fill', 'work')
  expect(await it.quintet('run', 'work')).toMatchObject({ code: 0 })
  const lived = (await it.json<RunView>('status')).sessions.map(({ path }) => path ?? '').toSorted()
  const cleaned = await it.json<CleanItem[]>('clean')
  expect(cleaned.map(({ outcome }) => outcome)).toEqual(['removed', 'removed', 'kept', 'kept'])
  expect(cleaned[0]?.reason).toContain('is a ready workspace again')
  const { slots } = await it.json<PoolView>('pool')
  expect(slots.map(({ path }) => path).toSorted()).toEqual(lived)
  expect(slots.every(({ state, kept }) => state === 'ready' && kept === null)).toBe(true)
  expect(await it.home.git('for-each-ref', '--format=%(refname)', 'refs/heads')).toBe('refs/heads/main')
  expect(await it.quintet('pool', 'trim', '--all')).toMatchObject({ code: 0 })
  await expectNothingLeft(it)
})

test('a run that begins while workspaces are made, of which nothing says that they are there sooner, does not wait', async () => {
  await using machine = await Machine.make()
  const hold = join(machine.path, 'hold')
  await writeFile(hold, '')
  // Slots are held up, sessions are not.
  const wait = `case "$PWD" in */pool/*) while [ -e '${hold}' ]; do sleep 0.05; done ;; esac`
  const it = await stage(machine, { setup: ['sh', '-c', wait] }, { pieces: { a: { steps: work('a') } } })
  const fill = it.home.call(['pool', 'fill', 'work'], { env: it.env })
  await fill.said('running sh')
  expect(await it.quintet('run', 'work')).toMatchObject({ code: 0 })
  expect(await it.json<SessionView>('session', 'show', 'a')).toMatchObject({ prepared: { fromPool: false } })
  await expect.poll(async () => await it.json<PoolView>('pool')).toMatchObject({ slots: [], underWay: 0 })
  expect((await fill.ended).code).toBe(1)
})

test('an interrupted fill says that it goes on, and what ends it', async () => {
  await using machine = await Machine.make()
  const hold = join(machine.path, 'hold')
  await writeFile(hold, '')
  const setup = ['sh', '-c', `while [ -e '${hold}' ]; do sleep 0.05; done`]
  const it = await stage(machine, { setup })
  const fill = it.home.call(['pool', 'fill', 'work'], { env: it.env })
  await fill.said('running sh')
  fill.signal('SIGINT')
  const { code, stderr } = await fill.ended
  expect(code).toBe(130)
  expect(stderr).toContain('→ run: quintet pool trim --all')
  expect(stderr).not.toContain('E_INTERNAL')
  expect(await it.quintet('pool', 'trim', '--all')).toMatchObject({ code: 0 })
  expect(await it.json<PoolView>('pool')).toMatchObject({ slots: [], wants: [], underWay: 0 })
  await expectNothingLeft(it)
})

test('a base that moves while the pool is filled: the wish is followed', async () => {
  await using machine = await Machine.make()
  const hold = join(machine.path, 'hold')
  await writeFile(hold, '')
  const setup = ['sh', '-c', `while [ -e '${hold}' ]; do sleep 0.05; done`]
  const it = await stage(machine, { setup }, { pieces: { a: { steps: work('a') } } })
  const fill = it.home.call(['pool', 'fill', 'work'], { env: it.env })
  await fill.said('running sh')
  const moved = await it.home.commit({ 'src/a/more.txt': 'more\n' })
  await rm(hold)
  expect((await fill.ended).code).toBe(0)
  const { slots } = await it.json<PoolView>('pool')
  expect(slots.map(({ base, state }) => [base, state])).toEqual([[moved, 'ready']])
})

test('so many are kept ready as the setting says, also after sessions have taken them', async () => {
  await using machine = await Machine.make()
  const it = await stage(machine, { pool: { slots: 2 } })
  expect(await it.quintet('pool', 'fill')).toMatchObject({ code: 0 })
  const before = (await it.json<PoolView>('pool')).slots.map(({ id }) => id)
  expect(await it.quintet('run', 'work')).toMatchObject({ code: 0 })
  expect((await it.json<RunView>('status')).sessions.every(({ path }) => isSlot(path))).toBe(true)
  await expect
    .poll(async () =>
      (await it.json<PoolView>('pool')).slots.map(({ id, state }) => [before.includes(id), state]),
    )
    .toEqual([
      [false, 'ready'],
      [false, 'ready'],
    ])
})

test('one person turns the pool off: whatever is committed, nothing is made, and what stands ready goes', async () => {
  await using machine = await Machine.make()
  const it = await stage(machine, { pool: { slots: 2 } })
  expect(await it.quintet('pool', 'fill')).toMatchObject({ code: 0 })
  const own = join(machine.env['XDG_CONFIG_HOME'] ?? '', 'quintet')
  await mkdir(own, { recursive: true })
  await writeFile(join(own, 'config.toml'), '[pool]\nslots = 0\n')
  await expect.poll(async () => await it.json<PoolView>('pool')).toMatchObject({ on: false, slots: [] })
  expect(await it.json('plan', 'check', 'work')).toMatchObject({ pool: { wanted: 0 } })
  expect(await it.quintet('pool', 'fill')).toMatchObject({ code: 3 })
  expect(await it.quintet('run', 'work')).toMatchObject({ code: 0 })
  expect((await it.json<RunView>('status')).sessions.some(({ path }) => isSlot(path))).toBe(false)
})

test('plans that want the same workspaces share them, and each is told of its own', async () => {
  await using machine = await Machine.make()
  const it = await stage(machine)
  expect(await it.quintet('pool', 'fill', '--slots', '3')).toMatchObject({ code: 0 })
  const { code, stderr } = await it.quintet('pool', 'fill', 'work')
  expect([code, stderr]).toEqual([0, '2 of 2 ready\n'])
})

test('a folder of the user that cannot be used ends the wait of a fill with what to do', async () => {
  await using machine = await Machine.make()
  const it = await stage(machine)
  const file = join(machine.path, 'file')
  await writeFile(file, '')
  const env = { ...it.env, XDG_STATE_HOME: file }
  const call = async (...args: readonly string[]) => await it.home.call(args, { env }).ended
  const { code, stderr } = await call('pool', 'fill', '--slots', '1')
  expect([code, stderr]).toEqual([1, expect.stringContaining('E_USER_STATE')])
  expect(stderr).toContain(`${file}/quintet`)
  expect(stderr).toContain('XDG_STATE_HOME')
  expect((await call('doctor')).stdout).toMatch(/fail {2}state: .*cannot be used/)
  expect(answerOf(await call('pool', '--json')).data).toMatchObject({
    failures: [{ code: 'E_USER_STATE', who: ['quintet pool fill'] }],
  })
})

test('a slot of which nothing can be read is named by every command, and none of them touches it', async () => {
  await using machine = await Machine.make()
  const it = await stage(machine)
  expect(await it.quintet('pool', 'fill', '--slots', '1')).toMatchObject({ code: 0 })
  const [slot] = (await it.json<PoolView>('pool')).slots
  await it.quintet('stop')
  const file = join(it.home.path, '.git/quintet/pool', `${slot?.id}.json`)
  await rm(file)
  await mkdir(file)
  expect((await it.quintet('pool')).stdout).toContain(file)
  for (const args of [['pool', 'trim', '--all'], ['clean']])
    expect(await it.json<CleanItem[]>(...args)).toMatchObject([
      { what: `ready workspace ${slot?.id}`, outcome: 'kept', reason: expect.stringContaining(file) },
    ])
  expect((await it.quintet('doctor')).stdout).toContain('1 workspace that no session is given')
  expect(existsSync(join(slot?.path ?? '', 'package.json'))).toBe(true)
  expect(await it.quintet('pool', 'fill', '--slots', '1')).toMatchObject({ code: 0 })
})
