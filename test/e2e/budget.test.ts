// What may be spent, from outside: what reaches a limit waits for the operator, nothing is cut in the middle of a tool, and
// what was spent survives a crash and is counted once.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RunView, SessionView } from '../../src/contract/view.ts'
import type { HealthStats } from '../../src/health/stats.ts'
import { answerOf, factsIn, factsOf, Machine } from '../support/cli.ts'
import { expectSaid } from '../support/first-page.ts'
import { killNow } from '../support/processes.ts'
import { planFiles, work } from '../support/scenario.ts'

const END = { endTurn: true } as const
const call = (name: string) => ({ call: { tool: name, kind: 'execute' as const, output: name } })

test('a session that reaches its budget between two tools waits, says so, and goes on when more may be spent', async () => {
  await expectSaid('what has reached its budget waits, and is not killed')
  await using machine = await Machine.make()
  const steps = [
    { usage: 40_000, output: 100 },
    call('one'),
    { usage: 70_000, output: 100, cost: 0.25 },
    call('two'),
    { waitFor: 'src/a/go' },
    { usage: 80_000, output: 100 },
    call('three'),
    ...work('a'),
  ]
  const budget = { tokens: 100_000 }
  const home = await machine.repository(planFiles({ pieces: { a: { steps, budget } } }))
  const run = home.call(['run', 'work', '--json', '--no-wait'])
  expect((await run.ended).code).toBe(6)
  const shown = await home.json<SessionView>('session', 'show', 'a')
  expect(shown).toMatchObject({
    state: 'waiting',
    reason: 'The budget of the session is spent: 110,000 of 100,000 tokens.',
    paused: '+60k',
    spend: {
      tokens: 110_000,
      cost: 0.25,
      currency: 'USD',
      turns: 1,
      limits: { tokens: 100_000 },
      reached: [{ of: 'session', kind: 'tokens', spent: 110_000, limit: 100_000 }],
    },
  })
  // The second call came to its end, the third did not begin.
  const facts = factsIn((await home.quintet('log', '--json')).stdout)
  expect(factsOf(facts, 'turn.ended')).toMatchObject([
    { data: { outcome: { kind: 'stopped', reason: 'cancelled' } } },
  ])
  const view = await home.json<RunView>('status')
  expect(view.spend).toMatchObject({ tokens: 110_000, turns: 1 })
  expect(view.needs).toMatchObject([{ kind: 'budget', command: 'quintet session retry a --budget +60k' }])
  expect((await home.quintet('status')).stdout).toContain('quintet session retry a --budget +60k')
  expect((await home.quintet('session', 'show', 'a')).stdout).toContain('110,000 of 100,000 tokens, 0.25 USD')

  const refused = await home.quintet('session', 'retry', 'a', '--json')
  expect(refused.code).toBe(3)
  expect(refused.stdout).toContain('E_BUDGET_SPENT')
  expect((await home.quintet('session', 'retry', 'a', '--budget', '+5k', '--json')).stdout).toContain(
    'E_BUDGET_SPENT',
  )
  await writeFile(join(shown.path ?? '', 'src/a/go'), '')
  expect((await home.quintet('session', 'retry', 'a', '--budget', '+100k')).code).toBe(0)
  const rest = await home.quintet('run', 'work', '--json')
  expect(answerOf(rest).data).toMatchObject({ verdict: 'landed' })
  expect(await home.json<RunView>('status')).toMatchObject({
    spend: { tokens: 190_000, cost: 0.25, turns: 2 },
    sessions: [{ state: 'landed', spend: { tokens: 190_000, limits: { tokens: 200_000 } } }],
  })
  expect(await home.json<HealthStats>('stats')).toMatchObject({
    spent: { tokens: 190_000, cost: 0.25, currency: 'USD' },
  })
})

test('the budget of a run holds every session, and raising it once lets all of them go on', async () => {
  await using machine = await Machine.make()
  const steps = (id: string) => [{ usage: 60_000, output: 1 }, call('look'), END, ...work(id)]
  const files = planFiles(
    { pieces: { a: { steps: steps('a') }, b: { steps: steps('b') } }, budget: { run: { tokens: 100_000 } } },
    { config: { budget: { tokens: 1_000_000, run: { tokens: 5 } } } },
  )
  const home = await machine.repository(files)
  const run = home.call(['run', 'work', '--json', '--no-wait'])
  expect((await run.ended).code).toBe(6)
  const view = await home.json<RunView>('status')
  expect(view.spend).toMatchObject({ tokens: 120_000, limits: { tokens: 100_000 } })
  expect(view.sessions.map(({ state, paused }) => ({ state, paused: paused !== undefined }))).toEqual([
    { state: 'waiting', paused: true },
    { state: 'waiting', paused: true },
  ])
  expect(view.sessions[0]?.reason).toBe('The budget of the run is spent: 120,000 of 100,000 tokens.')
  expect(view.sessions[0]?.spend?.limits).toEqual({ tokens: 1_000_000 })
  expect((await home.quintet('session', 'retry', 'b', '--budget', '+1M')).code).toBe(0)
  expect(answerOf(await home.quintet('run', 'work', '--json')).data).toMatchObject({ verdict: 'landed' })
  expect((await home.json<RunView>('status')).spend?.limits).toEqual({ tokens: 1_100_000 })
})

test('what is finished lands although it has cost more than it may, and a word of the agent lands nothing', async () => {
  await using machine = await Machine.make()
  const files = planFiles({
    pieces: {
      a: { steps: [...work('a'), { usage: 90_000, output: 1 }], budget: { tokens: 10 } },
      b: {
        steps: [{ say: 'All done, everything is green.' }, END, ...work('b')],
        budget: { turns: 1 },
      },
    },
  })
  const home = await machine.repository(files)
  const run = home.call(['run', 'work', '--json'])
  await run.until('session.waiting', ({ spend }) => spend !== undefined)
  await run.until('integration.landed')
  const view = await home.json<RunView>('status')
  expect(view.sessions).toMatchObject([
    { piece: 'a', state: 'landed' },
    { piece: 'b', state: 'waiting', paused: '+1turns', spend: { turns: 1 } },
  ])
  expect((await home.quintet('session', 'abandon', 'b', 'Not worth more.')).code).toBe(0)
  expect(answerOf(await run.ended).data).toMatchObject({ verdict: 'partial' })
})

test('what was spent survives kill -9, and nothing is counted twice', async () => {
  await using machine = await Machine.make()
  const steps = [
    { usage: 50_000, output: 10, cost: 0.5 },
    call('one'),
    { waitFor: 'src/a/go' },
    { usage: 60_000, output: 10, cost: 0.75 },
    END,
    ...work('a'),
  ]
  const home = await machine.repository(planFiles({ pieces: { a: { steps, budget: { cost: 9 } } } }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('spend.counted', ({ cost }) => cost === 0.5)
  killNow(await home.daemon())
  const again = home.call(['run', 'work', '--json'])
  const { path } = await home.json<SessionView>('session', 'show', 'a')
  await writeFile(join(path ?? '', 'src/a/go'), '')
  expect((await again.ended).code).toBe(0)
  const { spend } = await home.json<SessionView>('session', 'show', 'a')
  // One call before the crash, one after it; the cost is that of the conversation, as it was told last.
  expect(spend).toMatchObject({ tokens: 110_000, cost: 0.75 })
})
