// Work that is done elsewhere joins a run by its branch, on the built command line: a bare repository as the remote, and a
// colleague who clones it, pushes, rewrites and deletes.
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { FactData } from '../../src/contract/facts.ts'
import type { Need, RunView, SessionView } from '../../src/contract/view.ts'
import { type Call, type Home, Machine } from '../support/cli.ts'
import { expectSaid } from '../support/first-page.ts'
import { ask, planFiles, type PlanScenario, work } from '../support/scenario.ts'
import { killNow } from '../support/processes.ts'

const TWO = { name: 'two', run: ['grep', '-q', 'a 2', 'src/a/main.txt'] }
const OUTSIDE = { agent: 'external', branch: 'origin/feature-a' }

interface Scene {
  readonly home: Home
  readonly origin: Home
  readonly colleague: Home
}

/** A repository, its remote, and a colleague's clone of that with the branch `feature-a` checked out. */
async function scene(machine: Machine, plan: PlanScenario): Promise<Scene> {
  const home = await machine.repository(planFiles(plan))
  const at = join(machine.path, 'work')
  await home.git('clone', '--quiet', '--bare', home.path, join(at, 'origin.git'))
  await home.git('remote', 'add', 'origin', `file://${join(at, 'origin.git')}`)
  await home.git('clone', '--quiet', `file://${join(at, 'origin.git')}`, join(at, 'colleague'))
  const colleague = machine.home(join(at, 'colleague'))
  await colleague.git('config', 'user.name', 'Colleague')
  await colleague.git('config', 'user.email', 'colleague@example.invalid')
  await colleague.git('switch', '--quiet', '--create', 'feature-a')
  return { home, colleague, origin: machine.home(join(at, 'origin.git')) }
}

async function push({ colleague }: Scene, files: Readonly<Record<string, string>>): Promise<string> {
  const commit = await colleague.commit(files)
  await colleague.git('push', '--quiet', '--force', 'origin', 'feature-a')
  return commit
}

const seen =
  (kind: FactData<'external.seen'>['kind'], commit?: string) =>
  (data: FactData<'external.seen'>): boolean =>
    data.kind === kind && (commit === undefined || data.tip === commit)

const because =
  (text: string) =>
  ({ reason }: { readonly reason: string }): boolean =>
    reason.includes(text)

async function session(home: Home, piece = 'a'): Promise<SessionView | undefined> {
  const sessions = await home.json<readonly SessionView[]>('session', 'list')
  return sessions.find((one) => one.piece === piece)
}

async function verdict(call: Call): Promise<string> {
  const { stdout, stderr } = await call.ended
  const { data }: { data: { verdict: string } } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
  return stderr.includes('error') ? stderr : data.verdict
}

describe('a branch of a remote', () => {
  test('is waited for, judged, sent back with words, and lands; it is only ever read', async () => {
    await expectSaid('A branch that somebody else works on joins the plan as a piece')
    await using machine = await Machine.make()
    const place = await scene(machine, {
      pieces: { a: { ...OUTSIDE, checks: [TWO] }, b: { steps: work('b') } },
    })
    const { home, colleague, origin } = place
    const run = home.call(['run', 'work', '--json'])
    await run.until('external.seen', seen('absent'))
    expect(await session(home)).toMatchObject({ state: 'working', agent: 'external' })
    expect((await home.quintet('session', 'done', 'a')).stderr).toContain('E_NOTHING_ARRIVED')

    const wrong = await push(place, { 'src/b/main.txt': 'mine\n' })
    await home.quintet('session', 'check', 'a')
    await run.until('session.waiting', because('out of scope'))
    const { needs } = await home.json<{ readonly needs: readonly Need[] }>('blocked')
    expect(needs[0]?.command).toContain('quintet scope grant a src/b/main.txt')
    const told = (await home.quintet('session', 'prompt', 'a')).stdout
    expect(told).toContain('Commit on `origin/feature-a`')
    expect(told).toContain('`src/b/main.txt`: owned by `b`')

    await colleague.git('reset', '--quiet', '--hard', 'main')
    const right = await push(place, { 'src/a/main.txt': 'a 1.5\n' })
    await home.quintet('session', 'check', 'a')
    const rewritten = await run.until('external.seen', seen('rewritten', right))
    expect(await home.git('rev-list', '--count', `${rewritten.backup}`, '--not', wrong)).toBe('1')
    await run.until('external.seen', seen('same', right))
    expect(await session(home)).toMatchObject({ state: 'working', checks: [] })

    await home.quintet('session', 'done', 'a')
    await run.until('session.waiting', because('check two is red'))
    expect((await home.quintet('session', 'prompt', 'a')).stdout).toContain('The check `two` is red')

    const done = await push(place, { 'src/a/main.txt': 'a 2\n' })
    await home.quintet('session', 'check', 'a')
    expect(await verdict(run)).toBe('landed')
    await home.git('merge-base', '--is-ancestor', done, 'main')
    await home.quintet('clean')
    expect(await origin.git('for-each-ref', '--format=%(refname) %(objectname)')).toContain(
      `refs/heads/feature-a ${done}`,
    )
    expect(await home.git('for-each-ref', 'refs/remotes', 'refs/heads/quintet')).toBe('')
    expect((await home.quintet('stats')).stdout).toContain('sessions: 2 landed, 0 abandoned')
  })

  test('that cannot be reached or is deleted is said to be, and goes on when it is there again', async () => {
    await using machine = await Machine.make()
    const place = await scene(machine, { pieces: { a: OUTSIDE } })
    const { home, colleague, origin } = place
    await rename(origin.path, `${origin.path}.away`)
    const run = home.call(['run', 'work', '--json'])
    await run.until('external.seen', seen('unreachable'))
    expect((await home.quintet('session', 'check', 'a')).stdout).toContain('cannot be looked at')
    await rename(`${origin.path}.away`, origin.path)
    const commit = await push(place, { 'src/a/main.txt': 'a 2\n' })
    await home.quintet('session', 'check', 'a')
    await run.until('external.seen', seen('moved', commit))
    await colleague.git('push', '--quiet', 'origin', ':feature-a')
    await home.quintet('session', 'check', 'a')
    await run.until('session.waiting', because('is gone'))
    await colleague.git('push', '--quiet', 'origin', 'feature-a')
    await home.quintet('session', 'check', 'a')
    await run.until('session.continued', ({ why }) => why.includes('there again'))
    await colleague.git('push', '--quiet', 'origin', ':feature-a')
    // What has arrived can be taken although its branch is gone.
    await home.quintet('session', 'done', 'a')
    expect(await verdict(run)).toBe('landed')
    await home.git('merge-base', '--is-ancestor', commit, 'main')
  })

  test('without commits of its own, without a common history, or rewritten to nothing asks or waits', async () => {
    await using machine = await Machine.make()
    const place = await scene(machine, { pieces: { a: OUTSIDE } })
    const { home, colleague } = place
    await colleague.git('push', '--quiet', 'origin', 'feature-a')
    const run = home.call(['run', 'work', '--json'])
    await run.until('external.seen', seen('empty'))
    await push(place, { 'src/a/main.txt': 'a 2\n' })
    await home.quintet('session', 'check', 'a')
    await run.until('external.seen', seen('moved'))
    await colleague.git('push', '--quiet', '--force', 'origin', 'main:feature-a')
    await home.quintet('session', 'check', 'a')
    await run.until('session.waiting', because('no commits of its own any more'))
    await colleague.git('switch', '--quiet', '--orphan', 'other')
    await colleague.git('commit', '--quiet', '--allow-empty', '--message', 'other')
    await colleague.git('push', '--quiet', '--force', 'origin', 'other:feature-a')
    await home.quintet('session', 'check', 'a')
    await run.until('session.waiting', because('no history in common'))
    await home.quintet('session', 'abandon', 'a', 'It came to nothing.')
    expect(await verdict(run)).toBe('nothing')
  })
})

describe('a branch of the repository itself', () => {
  test('counts every commit as complete, gets a path, and is opened again by the next commit', async () => {
    await using machine = await Machine.make()
    const place = await scene(machine, {
      integration: { land: 'together' },
      pieces: {
        a: { agent: 'external', branch: 'feature-a', done: 'commit', checks: [TWO] },
        b: { steps: [ask('Go on?', 'yes'), ...work('b')] },
      },
    })
    const { home } = place
    await home.git('worktree', 'add', '--quiet', '-b', 'feature-a', join(machine.path, 'work', 'other'))
    const other = machine.home(join(machine.path, 'work', 'other'))
    const first = await other.commit({ 'src/a/main.txt': 'a 2\n', 'docs/a.md': 'a\n' })
    const run = home.call(['run', 'work', '--json'])
    await run.until('session.waiting', because('out of scope'))
    await home.quintet('scope', 'grant', 'a', 'docs/a.md')
    await run.until('session.finished', ({ tip }) => tip === first)
    const second = await other.commit({ 'src/a/more.txt': 'more\n' })
    await home.quintet('session', 'check', 'a')
    await run.until('session.finished', ({ tip }) => tip === second)
    await home.quintet('answer', 'b', 'yes')
    expect(await verdict(run)).toBe('landed')
    await home.quintet('clean')
    expect(await home.git('rev-parse', 'feature-a')).toBe(second)
    expect(await other.git('status', '--porcelain')).toBe('')
  })

  test('what is handed to another piece is taken off, and the branch stays as it is', async () => {
    await using machine = await Machine.make()
    const place = await scene(machine, {
      pieces: {
        a: { agent: 'external', branch: 'feature-a', done: 'commit' },
        b: { steps: [ask('Go on?', 'yes'), ...work('b')] },
      },
    })
    const { home } = place
    await home.git('switch', '--quiet', '--create', 'feature-a')
    const commit = await home.commit({ 'src/a/main.txt': 'a 2\n', 'src/b/extra.txt': 'for b\n' })
    await home.git('switch', '--quiet', 'main')
    const run = home.call(['run', 'work', '--json'])
    await run.until('session.waiting', because('out of scope'))
    await run.until('question.asked')
    const handed = await home.quintet('scope', 'hand', 'a', 'src/b/extra.txt')
    expect(handed.code).toBe(0)
    await run.until('session.finished', ({ tip }) => tip !== commit)
    expect(await home.git('rev-parse', 'feature-a')).toBe(commit)
    await home.quintet('session', 'abandon', 'b', 'enough')
    expect(await verdict(run)).toBe('partial')
    expect(await home.git('ls-tree', '-r', '--name-only', 'main', 'src/b')).toBe('src/b/main.txt')
  })
})

test.each([
  ['while it waits for the branch', 'external.seen'],
  ['as the commits arrive', 'attempt.started'],
  ['while they are judged', 'evidence.gathered'],
  ['when it is finished', 'session.finished'],
] as const)('a daemon that is killed %s costs nothing', async (_when, type) => {
  await using machine = await Machine.make()
  const place = await scene(machine, {
    pieces: { a: { ...OUTSIDE, done: 'commit', checks: [TWO] } },
  })
  const { home } = place
  const run = home.call(['run', 'work', '--json'])
  const arrived = type === 'external.seen' ? null : await push(place, { 'src/a/main.txt': 'a 2\n' })
  await run.until(type)
  killNow(await home.daemon())
  if (arrived === null) await push(place, { 'src/a/main.txt': 'a 2\n' })
  expect(await verdict(run)).toBe('landed')
  const view = await home.json<RunView>('status')
  expect(view.sessions.map(({ state, attempt }) => ({ state, attempt }))).toEqual([
    { state: 'landed', attempt: 1 },
  ])
})

test('an external piece takes no place from those that are worked on here', async () => {
  await using machine = await Machine.make()
  const place = await scene(machine, {
    limits: { sessions: 1 },
    pieces: { a: OUTSIDE, b: { steps: work('b') }, c: { steps: work('c') } },
  })
  const { home } = place
  const run = home.call(['run', 'work', '--json'])
  await run.until('session.landed', (_data, stream) => stream.endsWith('/b'))
  await run.until('session.landed', (_data, stream) => stream.endsWith('/c'))
  expect(await session(home)).toMatchObject({ state: 'working' })
  await home.quintet('stop', '--run', 'work-1')
  await run.ended
})

test('what an agent has left beside the sessions is named, and goes when it is asked for', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(planFiles({ pieces: { a: { steps: work('a') } } }))
  const path = join(home.path, '.claude', 'worktrees', 'calm')
  await home.git('worktree', 'add', '--quiet', '-b', 'worktree-calm', path)
  // No process can have this id.
  await home.git('worktree', 'lock', '--reason', 'claude session calm (pid 99999999 start 1)', path)
  expect((await home.quintet('doctor')).stdout).toContain(`claude has left the worktree ${path}`)
  expect((await home.quintet('clean')).stdout).toContain('quintet clean --foreign removes it')
  expect((await home.quintet('clean', '--foreign', '--dry-run')).stdout).toContain('removable')
  expect((await home.quintet('clean', '--foreign')).stdout).toContain('removed')
  expect(await home.git('worktree', 'list')).not.toContain('calm')
  expect(await home.git('branch', '--list', 'worktree-*')).toBe('')
})
