// The promise of the first page: one command, five sessions, a green target, and nothing left.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { answerOf, factsIn, factsOf, Machine } from '../support/cli.ts'

const PIECES = ['auth', 'data', 'api', 'tests', 'docs']

test('demo: five sessions land, a decision is asked for and given, and nothing is left', async () => {
  await using machine = await Machine.make()
  const home = machine.home(machine.path)
  const demo = await home.quintet('demo', '--json')
  expect(demo.stderr).toContain('decide "')
  expect(demo.code).toBe(0)
  expect(answerOf(demo)).toEqual({
    schema: 1,
    ok: true,
    data: { verdict: 'landed', landed: PIECES, abandoned: [], leftovers: [] },
  })

  const facts = factsIn(demo.stdout)
  expect(factsOf(facts, 'decision.made')).toHaveLength(1)
  expect(factsOf(facts, 'question.answered').map(({ stream }) => stream)).toEqual(['demo-1/session/auth'])
  const missing = factsOf(facts, 'turn.started').filter(({ data }) => data.prompt === 'missing')
  expect(missing.map(({ stream }) => stream)).toEqual(['demo-1/session/tests'])
  const checks = factsOf(facts, 'integration.checked')
  expect(checks.length).toBeGreaterThan(0)
  expect(checks.every(({ data }) => data.green)).toBe(true)

  expect(await machine.processes()).toEqual([])
  expect(await readdir(machine.env['TMPDIR'] ?? '')).toEqual([])
})

test('demo --keep: the service, its history and its green tests stay; worktrees, branches, ports and state do not', async () => {
  await using machine = await Machine.make()
  const demo = await machine.home(machine.path).quintet('demo', '--dir', 'here')
  expect([demo.code, demo.stdout]).toEqual([
    0,
    expect.stringContaining('Verdict: landed. Landed on main: auth, data'),
  ])
  expect(demo.stdout).toContain('No worktree, branch, port or process is left.')

  const service = machine.home(join(machine.path, 'here', 'accounts'))
  expect(await readdir(join(machine.path, 'here'))).toEqual(['accounts'])
  expect(await service.git('worktree', 'list', '--porcelain')).not.toContain('quintet/')
  expect(await service.git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/main')
  expect(await service.git('status', '--porcelain')).toBe('')
  expect(await service.git('log', '--merges', '--format=%s')).toMatch(/auth/)
  expect(await service.json<unknown>('status')).toMatchObject({ verdict: 'landed', sessions: { length: 5 } })
  expect(await service.json<unknown>('clean')).toEqual([])
})
