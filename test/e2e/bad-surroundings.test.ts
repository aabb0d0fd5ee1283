// What is in the way once a run has begun: names and places that are taken, a full disk, agents that go wrong, a locked
// index, an old git, a second daemon, a lost token. Each is said in one line, nothing is lost, and the run goes on when
// it is out of the way.
import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { SessionView } from '../../src/contract/view.ts'
import { factsIn, factsOf, type Home, Machine } from '../support/cli.ts'
import { expectRefusal } from '../support/refusal.ts'
import { ask, planFiles, work } from '../support/scenario.ts'

const exec = promisify(execFile)
const MISFIT = fileURLToPath(new URL('../fixtures/agents/misfit.mjs', import.meta.url))
const PLAN = planFiles({ pieces: { a: { steps: work('a') } } })

interface Stuck {
  readonly session: SessionView
  readonly code: string | undefined
}

/** Runs the plan until only the operator can move it; how the session of `a` then stands, and the code of its error. */
async function stuck(home: Home): Promise<Stuck> {
  const run = await home.quintet('run', 'work', '--no-wait', '--json')
  expect(run.code).toBe(6)
  const [failure] = factsOf(factsIn(run.stdout), 'session.failed').toReversed()
  const session = await home.json<SessionView>('session', 'show', 'a')
  expect(session.state).toBe('failed')
  expect(session.reason).toMatch(/^[^\n]+$/)
  const blocked = await home.quintet('blocked')
  expect(blocked.stdout).toContain(session.reason)
  expect(blocked.stdout).toContain('→ quintet session retry a')
  return { session, code: failure?.data.error?.code }
}

/** The obstacle is gone: the session is told to go on, and lands. */
async function expectGoesOn(home: Home): Promise<void> {
  expect(await home.quintet('session', 'retry', 'a', 'It is out of the way.')).toMatchObject({ code: 0 })
  expect(await home.quintet('run', 'work')).toMatchObject({ code: 0 })
  expect(await home.git('show', 'main:src/a/main.txt')).toBe('a 2')
}

test('a branch name that is taken: its commits stay, and the run goes on once it has another name', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(PLAN)
  await home.git('branch', 'quintet/work-1/a/work')
  const { session, code } = await stuck(home)
  expect([code, session.reason]).toEqual([
    'E_BRANCH_TAKEN',
    'The branch quintet/work-1/a/work exists already.',
  ])
  await home.git('branch', '--move', 'quintet/work-1/a/work', 'kept')
  await expectGoesOn(home)
})

test('a branch named quintet leaves no room for others, and is told so', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(PLAN)
  await home.git('branch', 'quintet')
  expect(await stuck(home)).toMatchObject({
    code: 'E_BRANCH_BLOCKED',
    session: { reason: expect.stringContaining('beside the branch quintet') },
  })
  await home.git('branch', '--move', 'quintet', 'kept')
  await expectGoesOn(home)
})

test('a path that is taken is not touched', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(PLAN)
  const path = `${home.path}.quintet/work-1/a`
  await mkdir(path, { recursive: true })
  await writeFile(join(path, 'precious.txt'), 'mine\n')
  expect(await stuck(home)).toMatchObject({
    code: 'E_PATH_TAKEN',
    session: { reason: expect.stringContaining(path) },
  })
  expect(await readFile(join(path, 'precious.txt'), 'utf8')).toBe('mine\n')
  await rm(path, { recursive: true })
  await expectGoesOn(home)
})

test('a port that another program has taken is passed over, and the doctor names it', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(
    planFiles({ pieces: { a: { steps: [ask('Go on?', 'yes'), ...work('a')] } } }),
  )
  const firstRun = home.call(['run', 'work', '--json'])
  const { ports: wanted } = await firstRun.until('workspace.ready')
  await home.quintet('stop')
  expect((await firstRun.ended).code).toBe(1)
  using _taken = await listening(wanted.first)
  const doctor = await home.quintet('doctor')
  expect(doctor.stdout).toMatch(
    new RegExp(
      `warn {2}ports: Port ${wanted.first} of session work-1/a is used by (?:the process ${process.pid}|another program)`,
    ),
  )

  expect(await home.quintet('session', 'abandon', 'a')).toMatchObject({ code: 0 })
  expect(await home.quintet('run', '--watch')).toMatchObject({ code: 1 })
  expect(await home.quintet('clean')).toMatchObject({ code: 0 })
  const secondRun = home.call(['run', 'work', '--json'])
  const { ports } = await secondRun.until('workspace.ready')
  const given = Array.from({ length: ports.count }, (_, index) => ports.first + index)
  expect(given).not.toContain(wanted.first)
  await secondRun.until('question.asked')
  await home.quintet('answer', 'a', 'yes')
  expect((await secondRun.ended).code).toBe(0)
})

async function listening(port: number): Promise<Disposable> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return { [Symbol.dispose]: () => void server.close() }
}

test.each([
  [
    'prints what is no protocol',
    'babble',
    'E_AGENT_PROTOCOL',
    'The agent prints what is no protocol message.',
  ],
  ['goes mad in the middle of a turn', 'mad', undefined, 'The agent prints what is no protocol message.'],
  ['ends at once', 'quit', 'E_AGENT_EXITED', 'no configuration found'],
  ['is not logged in', 'login', 'E_AGENT_AUTH', 'is not logged in'],
])(
  'an agent that %s: the session fails with what it said, and can be abandoned',
  async (_what, way, code, says) => {
    await using machine = await Machine.make()
    const config = { agents: { odd: { command: [process.execPath, MISFIT, way] } } }
    const home = await machine.repository(planFiles({ pieces: { a: { agent: 'odd' } } }, { config }))
    expect(await stuck(home)).toMatchObject({ code, session: { reason: expect.stringContaining(says) } })
    expect((await machine.processes()).length).toBe(1)
    expect(await home.quintet('session', 'abandon', 'a')).toMatchObject({ code: 0 })
    expect(await home.quintet('run', '--watch')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('ended: nothing'),
    })
    expect(await home.quintet('clean')).toMatchObject({ code: 0 })
    expect(await home.git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/main')
  },
)

test('an agent that ends after every turn and cannot be resumed is not asked for ever', async () => {
  await using machine = await Machine.make()
  const config = { agents: { odd: { command: [process.execPath, MISFIT, 'hasty'] } } }
  const home = await machine.repository(planFiles({ pieces: { a: { agent: 'odd' } } }, { config }))
  expect(await home.quintet('run', 'work', '--no-wait')).toMatchObject({ code: 6 })
  expect(await home.json<SessionView>('session', 'show', 'a')).toMatchObject({ state: 'waiting', attempt: 4 })
})

test('an agent whose program vanishes after the check: the session says so, and goes on when it is back', async () => {
  await using machine = await Machine.make()
  const program = join(machine.path, 'agent')
  const agent = fileURLToPath(new URL('../../dist/agents/scripted/main.js', import.meta.url))
  const text = `#!/bin/sh\nexec '${process.execPath}' '${agent}' --script .quintet/scripts/a.json\n`
  const install = async (): Promise<void> => {
    await writeFile(program, text)
    await chmod(program, 0o755)
  }
  await install()
  const gate = planFiles(
    { pieces: { a: { agent: 'own' } }, setup: ['rm', program] },
    { config: { agents: { own: { command: [program] } }, home_writes: ['.quintet-scripted/'] } },
  )
  const home = await machine.repository({ ...PLAN, ...gate })
  expect(await stuck(home)).toMatchObject({
    code: 'E_AGENT_MISSING',
    session: { reason: expect.stringContaining(program) },
  })
  await install()
  await expectGoesOn(home)
})

test('a set-up that fails is the state of the session; its words are kept, and it is run again', async () => {
  await using machine = await Machine.make()
  const licence = join(machine.path, 'licence')
  const setup = ['sh', '-c', `test -e ${licence} || { echo 'there is no licence' >&2; exit 4; }`]
  const home = await machine.repository(planFiles({ setup, pieces: { a: { steps: work('a') } } }))
  expect(await stuck(home)).toMatchObject({ code: 'E_SETUP_FAILED' })
  expect(await home.read('.git/quintet/logs/work-1/a/setup.log')).toContain('there is no licence')
  await writeFile(licence, '')
  await expectGoesOn(home)
})

test('a locked index of the checked-out target: nothing moves, and merge goes on when the lock is gone', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(PLAN)
  const lock = join(home.path, '.git/index.lock')
  await writeFile(lock, '')
  expect(await home.quintet('run', 'work', '--no-wait')).toMatchObject({ code: 6 })
  expect((await home.quintet('blocked')).stdout).toMatch(/index\.lock/)
  expect((await home.quintet('doctor')).stdout).toMatch(/warn {2}locks: The lock .*index\.lock/)
  expect(await home.git('show', 'main:src/a/main.txt')).toBe('a 1')
  await rm(lock)
  expect(await home.quintet('merge')).toMatchObject({ code: 0 })
  expect([await home.git('status', '--porcelain'), await home.read('src/a/main.txt')]).toEqual(['', 'a 2\n'])
})

test('a git that is too old is named, by the doctor as well', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(PLAN)
  const bin = join(machine.path, 'bin')
  const path = machine.env['PATH'] ?? ''
  await mkdir(bin)
  const script = `#!/bin/sh\nfor word in "$@"; do [ "$word" = version ] && { echo 'git version 2.37.9'; exit; }; done\nPATH='${path}' exec git "$@"\n`
  await writeFile(join(bin, 'git'), script, { mode: 0o755 })
  const env = { PATH: [bin, path].join(delimiter) }
  const refusal = { code: 'E_GIT_TOO_OLD', kind: 'environment', says: 'Git 2.37.9 is too old: 2.38' } as const
  await expectRefusal(home, ['run', 'work'], refusal, { env })
  const doctor = await home.call(['doctor'], { env }).ended
  expect([doctor.code, doctor.stdout]).toEqual([
    1,
    expect.stringContaining('fail  git: Git 2.37.9 is too old'),
  ])
  expect(await machine.processes()).toEqual([])
})

test('a second daemon is refused, also when both are started at once', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(
    planFiles({ pieces: { a: { steps: [ask('Go on?', 'yes'), ...work('a')] } } }),
  )
  const both = await Promise.all([
    home.quintet('run', 'work', '--detach'),
    home.quintet('run', 'work', '--detach'),
  ])
  expect(both.map(({ code }) => code)).toEqual([0, 0])
  expect(both.map(({ stderr }) => stderr).toSorted()).toEqual([
    'Run work-1 goes on.\n',
    'Run work-1 has started.\n',
  ])
  const watch = home.call(['run', '--watch', '--json'])
  await watch.until('question.asked')
  await expectRefusal(home, ['daemon'], { code: 'E_DAEMON_RUNNING', kind: 'precondition' })
  expect(await home.quintet('answer', 'a', 'yes')).toMatchObject({ code: 0 })
  expect((await watch.ended).code).toBe(0)
})

test('a token that is missing, or open to others: no word to the daemon, but it can be stopped', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(
    planFiles({ pieces: { a: { steps: [ask('Go on?', 'yes'), ...work('a')] } } }),
  )
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  const token = join(home.path, '.git/quintet/daemon.token')
  await chmod(token, 0o644)
  const refusal = { code: 'E_DAEMON_TOKEN', kind: 'environment' } as const
  await expectRefusal(home, ['answer', 'a', 'yes'], {
    ...refusal,
    says: 'can be read by others',
    helps: '→ run: chmod 600',
  })
  await rm(token)
  await expectRefusal(home, ['answer', 'a', 'yes'], { ...refusal, helps: '→ run: quintet stop --force' })
  expect(await home.quintet('status')).toMatchObject({ code: 0, stdout: expect.stringContaining('Go on?') })
  await expectRefusal(home, ['stop'], refusal)
  expect(await home.quintet('stop', '--force')).toMatchObject({ code: 0 })
  // Who watched is told that the daemon was stopped, and does not start another one.
  expect((await run.ended).code).toBe(1)
  expect(await home.quintet('answer', 'a', 'yes')).toMatchObject({ code: 0 })
  expect(await home.quintet('run', '--watch')).toMatchObject({ code: 0 })
})

/** Path of a small disk for the repositories of a machine; null when this user may not mount one. */
async function smallDisk(machine: Machine, size: string): Promise<string | null> {
  const path = join(machine.path, 'work')
  await mkdir(path)
  const mounted = await exec('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]).catch(() => null)
  if (mounted === null) return null
  machine.afterwards(async () => void (await exec('umount', ['--lazy', path])))
  return path
}

async function fill(path: string, mebibytes: number): Promise<string> {
  const filler = join(path, 'filler')
  await exec('dd', ['if=/dev/zero', `of=${filler}`, 'bs=64k', `count=${mebibytes * 16}`]).catch(() => null)
  return filler
}

test('a disk without any room: nothing starts', async ({ skip }) => {
  await using machine = await Machine.make()
  const disk = await smallDisk(machine, '8m')
  if (disk === null) return skip('only root can mount a small disk')
  const home = await machine.repository(PLAN)
  const filler = await fill(disk, 9)
  await expectRefusal(home, ['run', 'work'], {
    code: 'E_DISK_FULL',
    kind: 'environment',
    says: 'full',
    helps: '→ run: df -h',
  })
  await rm(filler)
  expect(await home.git('status', '--porcelain')).toBe('')
  expect(await home.quintet('plan', 'check', 'work')).toMatchObject({ code: 0 })
})

test('a disk without room for a worktree: the session says so, and goes on when there is room', async ({
  skip,
}) => {
  await using machine = await Machine.make()
  const disk = await smallDisk(machine, '120m')
  if (disk === null) return skip('only root can mount a small disk')
  const home = await machine.repository(PLAN)
  const filler = await fill(disk, 60)
  expect(await stuck(home)).toMatchObject({
    code: 'E_DISK_FULL',
    session: { reason: expect.stringMatching(/room|full|space|free/i) },
  })
  expect((await home.quintet('doctor')).stdout).toMatch(/fail {2}disk: Too little room/)
  await rm(filler)
  await expectGoesOn(home)
})

test('a disk that fills up under the daemon: it goes on, and writes to its log again once there is room', async ({
  skip,
}) => {
  await using machine = await Machine.make()
  const disk = await smallDisk(machine, '120m')
  if (disk === null) return skip('only root can mount a small disk')
  const home = await machine.repository(PLAN)
  expect(await home.quintet('pool', 'fill', '--slots', '1')).toMatchObject({ code: 0 })
  const daemon = await home.daemon()
  const filler = await fill(disk, 121)
  await home.quintet('pool', 'trim', '--all')
  expect(await home.quintet('pool')).toMatchObject({ code: 0 })
  await rm(filler)
  expect(await home.quintet('pool', 'trim', '--all')).toMatchObject({ code: 0 })
  expect(await home.daemon()).toBe(daemon)
  await writeFile(join(home.path, '.quintet/config.toml'), 'slots = [')
  await expect
    .poll(async () => {
      await home.quintet('pool')
      return await home.read('.git/quintet/logs/daemon.log')
    })
    .toContain('The configuration is left as it was')
})
