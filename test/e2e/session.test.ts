// A session on its way to evidence: what it is told, how often, and what the operator can do with it.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { CleanItem } from '../../src/contract/api.ts'
import type { RunView, SessionView } from '../../src/contract/view.ts'
import { answerOf, factsIn, factsOf, Machine } from '../support/cli.ts'
import { ask, planFiles, prompts, work } from '../support/scenario.ts'

const END = { endTurn: true } as const
const session = (piece: string): string => `work-1/session/${piece}`

test('a session that ends its turns without evidence is told what is missing twice, then waits; retry goes on', async () => {
  await using machine = await Machine.make()
  const [change, commit] = work('a')
  const steps = [change, END, END, END, commit].filter((step) => step !== undefined)
  const home = await machine.repository(
    planFiles({ limits: { reprompts: 2 }, pieces: { a: { noted: true, steps } } }),
  )

  const stuck = await home.quintet('run', 'work', '--no-wait', '--json')
  expect(stuck.code).toBe(6)
  expect(answerOf(stuck)).toMatchObject({
    data: {
      verdict: null,
      needs: [{ session: 'work-1/a', kind: 'waiting', command: 'quintet session retry a "<what to do>"' }],
    },
  })
  const turns = factsOf(factsIn(stuck.stdout), 'turn.started').map(({ data }) => data.prompt)
  expect(turns).toEqual(['first', 'missing', 'missing'])
  const [, second, third] = await prompts(home, 'a')
  expect(second).toContain('src/a/main.txt')
  expect(third).toContain('src/a/main.txt')
  expect((await home.quintet('blocked')).stdout).toContain('Still missing after 3 turns: 1 uncommitted file')
  expect(await home.quintet('answer', 'a', 'yes')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('(E_NO_QUESTION)'),
  })

  expect(await home.quintet('session', 'retry', 'a', 'Commit it, please.')).toMatchObject({ code: 0 })
  const landed = await home.quintet('run', 'work', '--json')
  expect([landed.code, landed.stderr]).toEqual([0, 'Run work-1 goes on.\n'])
  expect((await prompts(home, 'a'))[3]).toContain('Commit it, please.')
  expect(await home.git('show', 'main:src/a/main.txt')).toBe('a 2')
})

test('a changed file that the session has hidden from git status is no clean tree', async () => {
  await using machine = await Machine.make()
  const hide = { run: ['git', 'update-index', '--skip-worktree', 'src/a/main.txt'] }
  const show = { run: ['git', 'update-index', '--no-skip-worktree', 'src/a/main.txt'] }
  const write = { write: { path: 'src/a/main.txt', content: 'a 3\n' } }
  const steps = [...work('a'), hide, write, END, show, { commit: 'The rest' }]
  const home = await machine.repository(planFiles({ pieces: { a: { noted: true, steps } } }))
  expect(await home.quintet('run', 'work')).toMatchObject({ code: 0 })
  const [, second] = await prompts(home, 'a')
  expect(second).toContain('src/a/main.txt (changed, and hidden from git status by skip-worktree)')
  expect(await home.git('show', 'main:src/a/main.txt')).toBe('a 3')
})

test('a commit outside the scope is refused at the gate, and the owner is named', async () => {
  await using machine = await Machine.make()
  // Past every box and hook, through git's own index.
  const commit = (message: string) => ({
    run: ['git', '-c', 'core.hooksPath=/dev/null', 'commit', '--quiet', '--no-verify', '-m', message],
    expect: 0,
  })
  const index = (...words: string[]) => ({ run: ['git', 'update-index', ...words], expect: 0 })
  const blob = ['git', 'rev-parse', 'HEAD:src/b/main.txt'].join(' ')
  const add = `git update-index --add --cacheinfo 100644,$(${blob}),src/b/extra.txt`
  const foreign = [{ run: ['sh', '-c', add], expect: 0 }, commit('Help b'), END]
  const back = [index('--force-remove', 'src/b/extra.txt'), commit('Leave b alone')]
  const home = await machine.repository(
    planFiles({
      pieces: { a: { noted: true, steps: [...work('a'), ...foreign, ...back] }, b: { steps: work('b') } },
    }),
  )
  const run = await home.quintet('run', 'work', '--json')
  expect(run.code).toBe(0)
  const evidence = factsOf(factsIn(run.stdout), 'evidence.gathered').filter(
    ({ stream }) => stream === session('a'),
  )
  expect(evidence.map(({ data }) => data.outOfScope)).toEqual([[{ path: 'src/b/extra.txt', owner: 'b' }], []])
  const [, told] = await prompts(home, 'a')
  expect(told).toMatch(/src\/b\/extra\.txt.*\bb\b/)
  expect(await home.git('ls-tree', '-r', '--name-only', 'main', 'src/b')).toBe('src/b/main.txt')
})

test('permissions are answered by the scope: inside it once, outside of it never, and nobody is asked', async () => {
  await using machine = await Machine.make()
  const may = (path: string): { permission: { title: string; path: string } } => ({
    permission: { title: `Write ${path}`, path },
  })
  const foreign = [may('src/b/extra.txt'), { write: { path: 'src/b/extra.txt', content: 'not mine\n' } }]
  const home = await machine.repository(
    planFiles({
      pieces: { a: { steps: [...foreign, may('src/a/main.txt'), ...work('a')] }, b: { steps: work('b') } },
    }),
  )
  const run = await home.quintet('run', 'work', '--json')
  expect(run.code).toBe(0)
  expect(factsOf(factsIn(run.stdout), 'question.asked')).toEqual([])
  expect(factsOf(factsIn(run.stdout), 'turn.started')).toHaveLength(2)
  expect(await home.git('ls-tree', '-r', '--name-only', 'main', 'src')).toBe('src/a/main.txt\nsrc/b/main.txt')
  expect(await home.git('show', 'main:src/a/main.txt')).toBe('a 2')
})

test('a red check is told with its output, and does not count until it is green', async () => {
  await using machine = await Machine.make()
  const check = {
    name: 'is two',
    run: ['sh', '-c', 'echo "found: $(cat src/a/main.txt)"; grep -q 2 src/a/main.txt'],
  }
  const home = await machine.repository(
    planFiles({
      pieces: { a: { noted: true, checks: [check], steps: [...work('a', 'one\n'), END, ...work('a')] } },
    }),
  )
  const run = await home.quintet('run', 'work', '--json')
  expect(run.code).toBe(0)
  const evidence = factsOf(factsIn(run.stdout), 'evidence.gathered')
  expect(evidence.map(({ data }) => data.checks.map(({ name, green }) => [name, green]))).toEqual([
    [['is two', false]],
    [['is two', true]],
  ])
  const [, told] = await prompts(home, 'a')
  expect(told).toContain('is two')
  expect(told).toContain('found: one')
})

test('a session that says what it is blocked on waits for the operator, with everything else in place', async () => {
  await using machine = await Machine.make()
  const steps = [
    ...work('a'),
    { status: { blockedOn: ['the schema of b'] } },
    END,
    { status: { completed: ['all'] } },
  ]
  const home = await machine.repository(planFiles({ coordination: 'on', pieces: { a: { steps } } }))
  const stuck = await home.quintet('run', 'work', '--no-wait', '--json')
  expect(stuck.code).toBe(6)
  expect(answerOf(stuck)).toMatchObject({
    data: { needs: [{ kind: 'waiting', text: 'Blocked on: the schema of b' }] },
  })
  expect(await home.quintet('session', 'retry', 'a', 'b has it now.')).toMatchObject({ code: 0 })
  expect(await home.quintet('run', 'work')).toMatchObject({ code: 0 })
})

test('reset: the next attempt begins with a handoff, and keeps the commits', async () => {
  await using machine = await Machine.make()
  const steps = [
    { status: { completed: ['the first half'], inProgress: [], blockedOn: [] } },
    ...work('a'),
    ask('Go on?', 'yes', 'no'),
  ]
  const home = await machine.repository(
    planFiles({ coordination: 'on', pieces: { a: { noted: true, steps } } }),
  )
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  const reset = await home.quintet('session', 'reset', 'a', 'It goes in circles.')
  expect([reset.code, reset.stdout]).toEqual([0, 'Session work-1/a starts its next attempt.\n'])
  await run.until('question.asked', ({ question }) => question.startsWith('2.'))

  const [first = '', second = ''] = await prompts(home, 'a')
  expect(second).toContain(
    'An earlier conversation worked on this piece and was replaced: It goes in circles.',
  )
  expect(second).toContain('- "Change a" (commit ')
  expect(second).toContain('- src/a/main.txt')
  expect(second).toContain('the first half')
  expect(first).not.toContain('An earlier conversation')
  expect(await home.json<SessionView>('session', 'show', 'a')).toMatchObject({
    attempt: 2,
    turn: 2,
    state: 'waiting',
  })

  await home.quintet('answer', 'a', 'yes')
  expect((await run.ended).code).toBe(0)
  expect(await home.git('rev-list', '--count', '--no-merges', 'main')).toBe('2')
})

test('abandon: it is counted, its work is kept, and what was not committed is saved under a name', async () => {
  await using machine = await Machine.make()
  const left = { write: { path: 'src/a/new file.txt', content: 'not committed\n' } }
  const home = await machine.repository(
    planFiles({
      pieces: {
        a: { steps: [...work('a'), left, ask('Go on?', 'yes')] },
        b: { steps: work('b') },
        c: { depends_on: ['a'], steps: work('c') },
      },
    }),
  )
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  expect(await home.quintet('session', 'abandon', 'a', 'Not needed any more')).toMatchObject({ code: 0 })
  const ended = await run.ended
  expect(ended.code).toBe(1)
  expect(answerOf(ended)).toMatchObject({
    data: { verdict: 'partial', landed: ['b'], abandoned: ['a', 'c'] },
  })

  const { sessions } = await home.json<RunView>('status')
  expect(sessions.map(({ state, reason }) => [state, reason])).toEqual([
    ['abandoned', 'Not needed any more'],
    ['landed', null],
    ['abandoned', 'It depends on a, which was abandoned.'],
  ])
  const path = sessions[0]?.path ?? ''
  expect(existsSync(join(path, 'src/a/new file.txt'))).toBe(true)

  const cleaned = await home.json<readonly CleanItem[]>('clean')
  const backup = 'refs/quintet/backup/work-1/a/1'
  expect(cleaned.map(({ what, outcome }) => [what, outcome])).toEqual([
    ['session work-1/a', 'removed'],
    ['session work-1/b', 'removed'],
  ])
  expect(cleaned[0]).toMatchObject({
    backup,
    reason: expect.stringContaining('quintet/work-1/a/work has not landed'),
  })
  expect(existsSync(path)).toBe(false)
  expect(await home.git('show', `${backup}:src/a/new file.txt`)).toBe('not committed')
  expect(await home.git('show', 'quintet/work-1/a/work:src/a/main.txt')).toBe('a 2')
  expect(await home.git('branch', '--list', 'quintet/*', '--format=%(refname:short)')).toBe(
    'quintet/work-1/a/work',
  )
  expect(await home.git('show', 'main:src/a/main.txt')).toBe('a 1')
})

test('stop --run: every session that has not landed is abandoned, the daemon and the work stay', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(
    planFiles({
      pieces: {
        a: { steps: [...work('a'), ask('Go on?', 'yes')] },
        b: { depends_on: ['a'], steps: work('b') },
      },
    }),
  )
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  const stopped = await home.quintet('stop', '--run', 'work-1', '--reason', 'Wrong base')
  expect([stopped.code, stopped.stdout]).toEqual([0, 'Run work-1 is stopped; everything it made is kept.\n'])
  const ended = await run.ended
  expect(ended.code).toBe(1)
  expect(answerOf(ended)).toMatchObject({ data: { verdict: 'stopped', landed: [], abandoned: ['a', 'b'] } })
  expect(await run.until('run.stopped')).toEqual({ reason: 'Wrong base' })
  expect(await home.git('show', 'quintet/work-1/a/work:src/a/main.txt')).toBe('a 2')
  expect((await machine.processes()).length).toBe(1)
})

test('an agent that dies in the middle of a turn is resumed, and does nothing twice', async () => {
  await using machine = await Machine.make()
  const once = { run: ['sh', '-c', 'echo once >> src/a/log.txt'], expect: 0 }
  const home = await machine.repository(
    planFiles({ pieces: { a: { steps: [once, { die: 3 }, { commit: 'Log' }] } } }),
  )
  const run = await home.quintet('run', 'work', '--json')
  expect(run.code).toBe(0)
  const facts = factsIn(run.stdout)
  expect(factsOf(facts, 'session.lost').map(({ data }) => data.reason)).toEqual([
    expect.stringContaining('exit code 3'),
  ])
  expect(factsOf(facts, 'attempt.started').map(({ data }) => [data.attempt, data.how])).toEqual([
    [1, 'new'],
    [1, 'resumed'],
  ])
  expect(await home.git('show', 'main:src/a/log.txt')).toBe('once')
})

test('a question survives a daemon that is killed, and can be answered while none runs', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(
    planFiles({
      pieces: { a: { steps: [ask('Go on?', 'yes', 'no'), ...work('a', '{{answer.answer}}\n')] } },
    }),
  )
  expect(await home.quintet('run', 'work', '--detach')).toMatchObject({ code: 0 })
  const log = home.call(['log', '--follow', '--json'])
  const { question } = await log.until('question.asked')
  process.kill(await home.daemon(), 'SIGKILL')
  await log.said('The daemon went away.')

  const blocked = await home.quintet('blocked')
  expect([blocked.code, blocked.stdout]).toEqual([0, expect.stringContaining('Go on?')])
  expect(await home.quintet('status')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('No daemon is running'),
  })
  expect(await home.quintet('answer', 'a', 'yes', '--question', question)).toMatchObject({ code: 0 })
  expect((await log.ended).code).toBe(0)
  expect(await home.git('show', 'main:src/a/main.txt')).toBe('yes')
})
