// The life of a run through the command line: from the configuration to a clean repository, one command after another.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { ignoring } from '../../src/contract/errors.ts'
import type { Need, RunView, SessionView } from '../../src/contract/view.ts'
import { answerOf, type CliResult, type Home, Machine } from '../support/cli.ts'
import type { CleanItem } from '../../src/contract/api.ts'
import { ask, GREEN, planFiles, prompts, work } from '../support/scenario.ts'

/** Plays until the status of `b` stands in the folder of this session. */
const seesStatusOfB = [
  'sh',
  '-c',
  'until grep -q half-way .quintet/session/status/b.md 2>/dev/null; do sleep 0.02; done',
]

const PLAN = planFiles({
  coordination: 'on',
  pieces: {
    a: {
      noted: true,
      steps: [{ run: seesStatusOfB, expect: 0 }, ask('Which way?', 'left', 'right'), ...work('a')],
    },
    b: {
      steps: [
        { status: { completed: ['half-way'], inProgress: ['the rest'], blockedOn: ['a decision'] } },
        { usage: 50_000 },
        { waitFor: '.quintet/session/go' },
        { status: { completed: ['half-way', 'the rest'] } },
        ...work('b'),
      ],
    },
    c: { noted: true, depends_on: ['a', 'b'], checks: [GREEN], steps: work('c') },
  },
})

async function worktreeText(home: Home, piece: string, file: string): Promise<string> {
  const sessions = await home.json<readonly SessionView[]>('session', 'list')
  const path = sessions.find((session) => session.piece === piece)?.path
  return readFile(join(path ?? '', '.quintet/session', file), 'utf8')
}

/** What every reading command answers, whether or not a daemon runs. */
async function readings(home: Home): Promise<readonly CliResult[]> {
  const commands = [
    'status',
    'log',
    'log a --last 3',
    'blocked',
    'session list',
    'session show a',
    'session prompt 1',
    'session log b',
    'plan list',
  ]
  const results: CliResult[] = []
  for (const command of commands) results.push(await home.quintet(...command.split(' ')))
  return results
}

test('from init to a clean repository', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository({ 'readme.md': 'A repository.\n' })
  expect(await home.quintet('plan', 'check', 'work')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('(E_PLAN_NOT_FOUND)'),
  })
  expect(await home.quintet('init')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Wrote .quintet/config.toml.'),
  })
  expect(await home.quintet('status')).toMatchObject({
    code: 0,
    stdout: 'No run yet.\n  → run: quintet plan list\n',
  })
  await home.git('rm', '--quiet', '-r', '--cached', '--ignore-unmatch', '.quintet')
  await home.commit(PLAN)

  const checked = await home.quintet('plan', 'check', 'work')
  expect([checked.code, checked.stdout]).toEqual([0, expect.stringMatching(/src\/a\/\*\*/)])
  const base = await home.git('rev-parse', 'main')

  const run = home.call(['run', 'work', '--json'])
  await run.until('status.read', ({ completed }) => completed.includes('half-way'))
  const { question } = await run.until('question.asked')

  const live = await readings(home)
  expect(live.map(({ code }) => code)).toEqual(live.map(() => 0))
  expect(live.map(({ stderr }) => stderr)).toEqual(live.map(() => ''))
  const view = await home.json<RunView>('status')
  expect(view).toMatchObject({ run: 'work-1', state: 'running', verdict: null, coordination: { on: true } })
  expect(view.sessions.map(({ piece, state }) => [piece, state])).toEqual([
    ['a', 'waiting'],
    ['b', 'working'],
    ['c', 'planned'],
  ])
  const [a, b] = view.sessions
  expect(b).toMatchObject({
    status: { completed: ['half-way'], blockedOn: ['a decision'] },
    context: { percent: 25 },
  })
  expect(a?.ports?.first).not.toBe(b?.ports?.first)
  expect((await home.json<{ needs: readonly Need[] }>('blocked')).needs).toMatchObject([
    { session: 'work-1/a', kind: 'question', command: 'quintet answer a <option>' },
  ])

  expect((await home.quintet('decide', 'Amounts are integers in cents.')).stdout).toBe(
    'Decision 1 is written for run work-1.\n',
  )
  for (const piece of ['a', 'b']) {
    expect(await worktreeText(home, piece, 'decisions.md')).toContain('Amounts are integers in cents.')
  }
  expect(await worktreeText(home, 'a', 'status/b.md')).toContain('half-way')
  expect(await home.git('-C', b?.path ?? '', 'status', '--porcelain')).toBe('')

  expect(await home.quintet('answer', 'a', 'left', '--question', question)).toMatchObject({ code: 0 })
  await run.until('session.finished', (_data, stream) => stream === 'work-1/session/a')
  expect(await home.quintet('merge')).toMatchObject({ code: 0 })
  expect(await home.git('show', 'main:src/a/main.txt')).toBe('a 2')
  expect(await home.read('src/a/main.txt')).toBe('a 2\n')

  await writeFile(join(b?.path ?? '', '.quintet/session/go'), '')
  const landed = await run.ended
  expect(landed.code).toBe(0)
  expect(answerOf(landed)).toMatchObject({ data: { verdict: 'landed', landed: ['a', 'b', 'c'], needs: [] } })
  expect((await prompts(home, 'a'))[0]).not.toContain('Amounts are integers')
  expect((await prompts(home, 'c'))[0]).toContain('Amounts are integers in cents.')
  expect(await home.git('status', '--porcelain')).toBe('')

  expect(await home.quintet('merge')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('(E_NOTHING_FINISHED)'),
  })
  expect(await home.quintet('decide', 'Too late.')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('(E_RUN_ENDED)'),
  })
  const refs = await home.git('for-each-ref')
  expect((await home.json<readonly CleanItem[]>('clean', '--dry-run'))[0]).toEqual({
    what: 'session work-1/a',
    outcome: 'removable',
    proof: [
      'The branch quintet/work-1/a/work is in main: all its commits are there.',
      'Everything in its worktree is committed.',
      expect.stringMatching(
        /^Its traces and handoffs go with it \(\d+ files?, \d+ kB\): they hold no work\.$/,
      ),
    ],
  })
  expect(await home.git('for-each-ref')).toBe(refs)
  expect(await home.quintet('clean')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('session work-1/a'),
  })
  expect(await home.quintet('clean')).toMatchObject({ code: 0, stdout: 'There is nothing to clean.\n' })
  expect(await home.git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/main')
  expect(await home.git('worktree', 'list')).not.toContain('work-1')
  expect(await readdir(dirname(home.path))).toEqual(['repo'])
  for (const folder of ['boxes', 'homes', 'guards', 'workspaces', 'traces', 'handoffs', 'trash'])
    expect((await ignoring(['ENOENT'], readdir(join(home.path, '.git/quintet', folder)))) ?? []).toEqual([])
  expect(await home.git('merge-base', '--is-ancestor', base, 'main')).toBe('')

  expect(await home.quintet('stop')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^The daemon has ended/),
  })
  expect(await home.quintet('stop')).toMatchObject({ code: 0, stdout: 'No daemon is running.\n' })
  expect(await machine.processes()).toEqual([])
  const still = await readings(home)
  expect(still.map(({ code }) => code)).toEqual(still.map(() => 0))
  expect(await machine.processes()).toEqual([])
})
