// Ways to run a plan: in the background, until stuck, anew, beside another run, as a rehearsal, with and without files
// to coordinate through.
import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RunView } from '../../src/contract/view.ts'
import { answerOf, factsIn, factsOf, Machine } from '../support/cli.ts'
import { ask, planFiles, prompts, work } from '../support/scenario.ts'

const HOLD = ask('Go on?', 'yes')

test('--detach returns, --no-wait leaves with 6, --fresh and an overlapping plan are refused while the run is alive', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository({
    ...planFiles({ pieces: { a: { steps: [HOLD, ...work('a')] } } }),
    ...planFiles({ pieces: { wide: { include: ['src/**'], steps: work('wide') } } }, { name: 'other' }),
  })
  const detached = await home.quintet('run', 'work', '--detach', '--json')
  expect([detached.code, answerOf(detached).data]).toEqual([0, { run: 'work-1', created: true }])
  expect(await home.quintet('run', 'work', '--no-wait')).toMatchObject({
    code: 6,
    stderr: expect.stringContaining('Run work-1 goes on.'),
  })

  for (const args of [['other'], ['work', '--fresh']]) {
    const refused = await home.quintet('run', ...args, '--json')
    expect(refused.code).toBe(3)
    expect(answerOf(refused)).toMatchObject({
      ok: false,
      error: { code: 'E_OVERLAP_RUN', message: expect.stringContaining('work-1/a') },
    })
    expect(refused.stderr).toContain('→ run: quintet session abandon work-1/a "<why>"')
  }

  expect(await home.quintet('stop', '--run', 'work')).toMatchObject({ code: 0 })
  expect((await home.quintet('run', '--watch', 'work-1')).code).toBe(1)
  expect(await home.quintet('run', 'other')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('Run other-1 has started.'),
  })
  const fresh = home.call(['run', 'work', '--fresh', '--json'])
  await fresh.until('question.asked')
  await home.quintet('answer', 'work-2/a', 'yes')
  expect(answerOf(await fresh.ended)).toMatchObject({ data: { run: 'work-2', verdict: 'landed' } })
})

test('an interrupt detaches; the run goes on without the terminal', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(planFiles({ pieces: { a: { steps: [HOLD, ...work('a')] } } }))
  const run = home.call(['run', 'work'])
  await run.said('needs the operator')
  run.signal('SIGINT')
  const left = await run.ended
  expect([left.code, left.stdout]).toEqual([130, ''])
  expect(left.stderr).toContain('Detached; run work-1 goes on.\n  → run: quintet run --watch work-1\n')
  const stream = home.call(['run', '--watch', 'work-1', '--json'])
  await stream.until('question.asked')
  stream.signal('SIGINT')
  const cut = await stream.ended
  expect(cut.code).toBe(130)
  expect(answerOf(cut)).toMatchObject({ ok: true, data: { run: 'work-1', verdict: null } })
  const watch = home.call(['status', '--watch'])
  await home.quintet('answer', '1', 'yes')
  expect((await watch.ended).code).toBe(0)
  expect(await home.json<RunView>('status')).toMatchObject({ verdict: 'landed' })
})

test('a rehearsal needs no agent, lands on a branch of its own and leaves the target alone', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(
    planFiles({ pieces: { a: { agent: 'claude' }, b: { agent: 'claude', depends_on: ['a'] } } }),
  )
  const before = await home.git('rev-parse', 'main')
  expect(await home.quintet('run', 'work')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('E_AGENT_PROGRAM'),
  })
  const rehearsed = await home.quintet('run', 'work', '--rehearse', '--json')
  expect(rehearsed.code).toBe(0)
  expect(answerOf(rehearsed)).toMatchObject({ data: { verdict: 'landed', landed: ['a', 'b'] } })
  expect(await home.git('rev-parse', 'main')).toBe(before)
  expect(await home.git('rev-list', '--count', '--no-merges', 'main..quintet-rehearsal/work-1')).toBe('2')
  expect(await home.quintet('clean')).toMatchObject({ code: 0 })
  expect(await home.git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/main')
})

test('pieces that need nothing of each other get no session folder, and are told nothing of one', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(
    planFiles({
      pieces: {
        a: { noted: true, steps: [{ status: { completed: ['x'] } }, HOLD, ...work('a')] },
        b: { steps: work('b') },
      },
    }),
  )
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  const { coordination, sessions } = await home.json<RunView>('status')
  expect(coordination).toEqual({ on: false, why: expect.stringContaining('No piece depends on') })
  expect(existsSync(join(sessions[0]?.path ?? '', '.git'))).toBe(true)
  expect(existsSync(join(sessions[0]?.path ?? '', '.quintet/session'))).toBe(false)
  expect((await prompts(home, 'a'))[0]).not.toContain('.quintet/session')
  await home.quintet('decide', 'Use UTC.')
  expect(existsSync(join(sessions[0]?.path ?? '', '.quintet/session'))).toBe(false)
  await home.quintet('answer', 'a', 'yes')
  expect((await run.ended).code).toBe(0)
})

test('the session folder can be named otherwise; it never shows in a diff', async () => {
  await using machine = await Machine.make()
  const folder = '.claude/coordination'
  const own = { run: ['sh', '-c', `test "$QUINTET_STATUS_FILE" = "$PWD/${folder}/status.md"`], expect: 0 }
  const home = await machine.repository({
    ...planFiles(
      {
        pieces: {
          a: { noted: true, steps: [own, { status: { completed: ['half'] } }, HOLD, ...work('a')] },
          b: { depends_on: ['a'], steps: work('b') },
        },
      },
      { config: { coordination_folder: folder } },
    ),
    '.claude/settings.json': '{}\n',
  })
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  await run.until('status.read', ({ completed }) => completed.includes('half'))
  const [a] = (await home.json<RunView>('status')).sessions
  const path = a?.path ?? ''
  expect(existsSync(join(path, folder, 'decisions.md'))).toBe(true)
  expect(existsSync(join(path, '.quintet/session'))).toBe(false)
  expect(await home.git('-C', path, 'status', '--porcelain', '--untracked-files=all')).toBe('')
  expect((await prompts(home, 'a'))[0]).toContain(`${folder}/decisions.md`)
  await home.quintet('answer', 'a', 'yes')
  const ended = await run.ended
  expect(ended.code).toBe(0)
  expect(factsOf(factsIn(ended.stdout), 'evidence.gathered').map(({ data }) => data.inScope)).toEqual([
    ['src/a/main.txt'],
    ['src/b/main.txt'],
  ])
  expect(await home.git('ls-tree', '-r', '--name-only', 'main', '.claude')).toBe('.claude/settings.json')
})

test('set-up, agent and checks find the same ports and the environment file; worktrees may stand inside', async () => {
  await using machine = await Machine.make()
  const same = 'grep -q secret .env && test "$(cat .port)" = "$PORT" && test "$API_PORT" = "$((PORT + 1))"'
  const check = ['sh', '-c', same]
  const home = await machine.repository({
    ...planFiles(
      {
        setup: ['sh', '-c', 'echo "$PORT" > .port'],
        pieces: {
          a: {
            checks: [{ name: 'same', run: check }],
            steps: [{ run: check, expect: 0 }, HOLD, ...work('a')],
          },
        },
      },
      { config: { worktrees: '{repo}/.trees/{run}/{piece}', ports: { names: ['API_PORT'] } } },
    ),
    '.gitignore': '.env\n.port\n',
    '.worktreeinclude': '.env\n',
  })
  await writeFile(join(home.path, '.env'), 'KEY=secret\n')
  const run = home.call(['run', 'work', '--json'])
  const { path } = await run.until('workspace.ready')
  await run.until('question.asked')
  expect(path).toBe(join(home.path, '.trees/work-1/a'))
  expect(await home.git('status', '--porcelain')).toBe('')
  await home.quintet('answer', 'a', 'yes')
  expect((await run.ended).code).toBe(0)
  expect(await home.quintet('clean')).toMatchObject({ code: 0 })
  expect(await readdir(join(home.path, '.trees'))).toEqual([])
  expect(await home.read('.env')).toBe('KEY=secret\n')
})
