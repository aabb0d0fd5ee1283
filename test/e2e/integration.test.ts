// From finished branches to the target: what stops it, what is named, what is kept, and how it goes on.
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RunView } from '../../src/contract/view.ts'
import { answerOf, type Call, factsIn, factsOf, type Home, Machine } from '../support/cli.ts'
import { ask, GREEN, planFiles, work } from '../support/scenario.ts'

/** Waits in the session until the test has done what it wants to do meanwhile. */
const HOLD = ask('Go on?', 'yes')

/** The file that `moveTarget` leaves, for checks. They can read it, but neither write it nor move the target themselves. */
const MOVED = '"$(git rev-parse --git-common-dir)/moved"'

/** Moves the target while the union is checked. */
async function moveTarget(home: Home, run: Call): Promise<void> {
  await run.until('integration.merged')
  await home.git('commit', '--quiet', '--allow-empty', '--message=meanwhile')
  await writeFile(join(home.path, '.git/moved'), '')
}

/** Everything of the run is still there: both branches, both worktrees. */
async function expectAllKept(home: Home, pieces: readonly string[]): Promise<void> {
  const { sessions } = await home.json<RunView>('status')
  for (const { piece, path, branch } of sessions) {
    expect([piece, existsSync(join(path ?? '', '.git'))]).toEqual([piece, true])
    expect(await home.git('rev-parse', '--verify', branch)).toMatch(/^[0-9a-f]{40}$/)
  }
  expect(sessions.map(({ piece }) => piece)).toEqual(pieces)
}

test('two pieces that meet in one place: the first lands, the second stops the integration with the file named', async () => {
  await using machine = await Machine.make()
  // Files in src belong to a, folders to b; that a makes a file and b a folder of one name no pattern can tell.
  const home = await machine.repository(
    planFiles({
      integration: { land: 'together', checks: [GREEN] },
      pieces: {
        a: {
          include: ['/src/*'],
          exclude: ['/src/*/'],
          steps: [{ write: { path: 'src/hub', content: 'a\n' } }, { commit: 'A file' }],
        },
        b: {
          include: ['/src/hub/**', '/src/b/**'],
          steps: [{ write: { path: 'src/hub/b.txt', content: 'b\n' } }, { commit: 'A folder' }],
        },
      },
    }),
  )
  const stuck = await home.quintet('run', 'work', '--no-wait', '--json')
  expect(stuck.code).toBe(6)
  expect(answerOf(stuck)).toMatchObject({
    data: { landed: ['a'], needs: [{ kind: 'conflict', text: expect.stringContaining('src/hub') }] },
  })
  const status = await home.quintet('status')
  expect(status.stdout).toContain('src/hub')
  await expectAllKept(home, ['a', 'b'])
  expect(await home.git('show', 'quintet/work-1/b/work:src/hub/b.txt')).toBe('b')
  expect(await home.git('show', 'main:src/hub')).toBe('a')
})

test('a target that was changed by hand in the same lines: nothing moves, and the conflict is named', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(planFiles({ pieces: { a: { steps: [HOLD, ...work('a')] } } }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  const mine = await home.commit({ 'src/a/main.txt': 'by hand\n' })
  await home.quintet('answer', 'a', 'yes')
  const { files } = await run.until('integration.conflicted')
  expect(files).toEqual(['src/a/main.txt'])
  expect((await home.quintet('run', 'work', '--no-wait')).code).toBe(6)
  run.signal('SIGINT')
  await run.ended
  expect(await home.git('rev-parse', 'main')).toBe(mine)
  expect(await home.git('status', '--porcelain')).toBe('')
  expect(await home.read('src/a/main.txt')).toBe('by hand\n')
  await expectAllKept(home, ['a'])
})

test('a check that names no tests is red on the union: what comes first lands, the other goes back until the operator helps', async () => {
  await using machine = await Machine.make()
  const check = { name: 'not both', run: ['sh', '-c', '! { test -e src/a/flag && test -e src/b/flag; }'] }
  const flag = (id: string): ReturnType<typeof work> => [
    { write: { path: `src/${id}/flag`, content: '' } },
    { commit: `Flag ${id}` },
  ]
  const home = await machine.repository(
    planFiles({
      integration: { land: 'together', checks: [check] },
      limits: { handbacks: 1 },
      pieces: {
        a: { checks: [check], steps: flag('a') },
        b: {
          checks: [check],
          steps: [
            ...flag('b'),
            { endTurn: true },
            { say: 'It is not me.' },
            { endTurn: true },
            { delete: 'src/b/flag' },
            ...work('b'),
          ],
        },
      },
    }),
  )
  const stuck = await home.quintet('run', 'work', '--no-wait', '--json')
  expect(stuck.code).toBe(6)
  expect(answerOf(stuck)).toMatchObject({
    data: { landed: ['a'], needs: [{ kind: 'red-check', text: expect.stringContaining('"not both"') }] },
  })
  expect(factsOf(factsIn(stuck.stdout), 'integration.handed-back')).toHaveLength(1)
  expect(await home.quintet('merge')).toMatchObject({ code: 6 })

  expect(await home.quintet('session', 'retry', 'b', 'Take the flag away.')).toMatchObject({ code: 0 })
  const landed = await home.quintet('run', 'work', '--json')
  expect(landed.code).toBe(0)
  expect(await home.git('ls-tree', '-r', '--name-only', 'main', 'src')).toBe(
    'src/a/flag\nsrc/a/main.txt\nsrc/b/main.txt',
  )
})

test('a target that moves while the union is checked: the union is built and checked anew', async () => {
  await using machine = await Machine.make()
  const move = `until test -e ${MOVED}; do sleep 0.02; done`
  const home = await machine.repository(
    planFiles({
      integration: { checks: [{ name: 'move', run: ['sh', '-c', move] }] },
      pieces: { a: { steps: work('a') } },
    }),
  )
  const call = home.call(['run', 'work', '--json'])
  await moveTarget(home, call)
  const run = await call.ended
  expect(run.code).toBe(0)
  const facts = factsIn(run.stdout)
  const [first, second, ...more] = factsOf(facts, 'integration.started').map(({ data }) => data.tip)
  expect([more, first === second]).toEqual([[], false])
  expect(factsOf(facts, 'integration.checked')).toHaveLength(2)
  const subjects = (await home.git('log', '--no-merges', '--format=%s', 'main')).split('\n')
  expect(subjects.toSorted()).toEqual(['Change a', 'first', 'meanwhile'])
  expect(await home.git('status', '--porcelain')).toBe('')
})

test('merge ends with the integration that it has asked for, however many rounds the one before took', async () => {
  await using machine = await Machine.make()
  const move = `mkdir "$HOME/.cache/first" || exit 1; until test -e ${MOVED}; do sleep 0.02; done`
  const home = await machine.repository(
    planFiles({
      integration: { checks: [{ name: 'move', run: ['sh', '-c', move] }] },
      pieces: { a: { steps: work('a') } },
    }),
  )
  const call = home.call(['run', 'work', '--no-wait', '--json'])
  await moveTarget(home, call)
  const stuck = await call.ended
  expect(stuck.code).toBe(6)
  expect(factsOf(factsIn(stuck.stdout), 'integration.started')).toHaveLength(2)
  const merged = await home.quintet('merge', '--json')
  expect(merged.code).toBe(6)
  expect(answerOf(merged)).toMatchObject({ data: { integration: { n: 2, state: 'stopped' } } })
})

test('a checked-out target with changes in the way is left alone; without them merge goes on', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(planFiles({ pieces: { a: { steps: [HOLD, ...work('a')] } } }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  await writeFile(join(home.path, 'src/a/main.txt'), 'half a thought\n')
  await writeFile(join(home.path, 'notes.txt'), 'mine\n')
  await home.quintet('answer', 'a', 'yes')
  const { reason } = await run.until('integration.stopped')
  expect(reason).toContain('src/a/main.txt')
  expect(await home.read('src/a/main.txt')).toBe('half a thought\n')
  expect(await home.git('show', 'main:src/a/main.txt')).toBe('a 1')
  const blocked = await home.quintet('blocked')
  expect(blocked.stdout).toContain('src/a/main.txt')
  expect(blocked.stdout).toContain('→ quintet merge')
  const clear = `git -C ${home.path} stash push --all -- src/a/main.txt`
  expect(blocked.stdout).toContain(`→ ${clear}\n`)

  const merged = await home.quintet('merge')
  expect(merged).toMatchObject({ code: 6, stdout: expect.stringContaining(`→ ${clear}\n`) })
  await home.git(...clear.split(' ').slice(1))
  expect(await home.quintet('merge')).toMatchObject({ code: 0 })
  expect((await run.ended).code).toBe(0)
  expect(await home.git('status', '--porcelain')).toBe('?? notes.txt')
  expect([await home.read('src/a/main.txt'), await home.read('notes.txt')]).toEqual(['a 2\n', 'mine\n'])
})

test('an untracked file in the way is named with the command that puts it aside, and then merge lands', async () => {
  await using machine = await Machine.make()
  const steps = [HOLD, { write: { path: 'src/a/new page.txt', content: 'a\n' } }, { commit: 'Add a page' }]
  const home = await machine.repository(planFiles({ pieces: { a: { steps } } }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  await writeFile(join(home.path, 'src/a/new page.txt'), 'mine\n')
  await home.quintet('answer', 'a', 'yes')
  await run.until('integration.stopped')
  const { needs } = await home.json<RunView>('status')
  const file = 'src/a/new page.txt'
  expect(needs).toMatchObject([
    {
      kind: 'target',
      text: expect.stringContaining(file),
      command: `git -C ${home.path} stash push --all -- '${file}'`,
      others: [{ command: 'quintet merge' }],
    },
  ])
  await home.git('-C', home.path, 'stash', 'push', '--all', '--', file)
  expect(await home.quintet('merge')).toMatchObject({ code: 0, stdout: expect.not.stringContaining('→') })
  expect((await run.ended).code).toBe(0)
  expect([await home.read(file), await home.git('show', `stash@{0}^3:${file}`)]).toEqual(['a\n', 'mine'])
})
