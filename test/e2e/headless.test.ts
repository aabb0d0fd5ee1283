// The headless program of an agent, where its conversation cannot be forked or has ended: who is asked is said, and what it
// uses is spent by the session.
import { mkdir, symlink } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { SessionView } from '../../src/contract/view.ts'
import { boxAvailable } from '../../src/process/box.ts'
import { answerOf, factsIn, factsOf, Machine } from '../support/cli.ts'
import { ask, planFiles, work } from '../support/scenario.ts'

const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url))
const AGENT = join(FIXTURES, 'e2e', 'claude-agent-acp.mjs')
const END = { endTurn: true } as const
/** What the played program tells of every call. */
const ONCE = { tokens: 2_230, cost: 0.5 }

/** A folder on the machine in which the program claude stands, before all others. */
async function withClaude(machine: Machine): Promise<Record<string, string>> {
  const folder = join(machine.path, 'bin')
  await mkdir(folder)
  await symlink(join(FIXTURES, 'headless', 'claude.mjs'), join(folder, 'claude'))
  return { PATH: [folder, machine.env['PATH'] ?? ''].join(delimiter) }
}

const STEPS = [
  { usage: 10_000, output: 10 },
  { call: { tool: 'look', kind: 'execute' as const, output: 'seen' } },
  ...work('a'),
]

function filesOf(steps: Parameters<typeof planFiles>[0]['pieces'][string]['steps'], turns = 0) {
  return planFiles(
    { pieces: { a: { steps: steps ?? [], noted: true, agent: 'claude', budget: { turns } } } },
    { config: { agents: { claude: { command: [process.execPath, AGENT, 'a'] } } } },
  )
}

test('handoff words come from a copy by the headless program; a reset keeps what was spent, and adds what that cost', async () => {
  await using machine = await Machine.make()
  const env = await withClaude(machine)
  const home = await machine.repository(filesOf([...STEPS, ask('Go on?', 'yes')]))
  const run = home.call(['run', 'work', '--json'], { env })
  await run.until('question.asked')
  expect((await home.quintet('reset', 'a', 'Begin anew.')).code).toBe(0)
  await run.until('spend.counted', ({ by }) => by === 'claude -p')
  await run.until('attempt.started', ({ attempt }) => attempt === 2)
  await run.until('question.asked', () => factsOf(run.facts, 'question.asked').length === 2)
  const handoff = await home.read('.git/quintet/handoffs/work-1/a/2.md')
  expect(handoff).toContain("The agent's own words, by claude -p (unverified)")
  expect(handoff).toContain('Asked as a copy of')
  expect((await home.quintet('log', 'a')).stdout).toContain('claude -p spent 2,230 tokens, 0.50 USD')
  await home.quintet('answer', 'a', 'yes')
  expect(answerOf(await run.ended)).toMatchObject({ data: { verdict: 'landed' } })
  const { spend } = await home.json<SessionView>('session', 'show', 'a')
  // Both attempts, and the copy between them.
  expect(spend).toMatchObject({ tokens: 20_000 + ONCE.tokens, cost: ONCE.cost, turns: 2 })
})

test('a conversation that has ended is probed by a copy; one that is at work is not', async () => {
  await using machine = await Machine.make()
  const env = await withClaude(machine)
  const home = await machine.repository(
    filesOf([...STEPS.slice(0, 2), ask('Go on?', 'yes'), END, ...work('a')], 1),
  )
  const run = home.call(['run', 'work', '--json', '--no-wait'], { env })
  await run.until('question.asked')
  const busy = await home.quintet('diagnose', 'a', '--probe', '--json')
  expect(answerOf(busy).error?.message).toContain('cannot fork a conversation, and is at work')
  await home.quintet('answer', 'a', 'yes')
  // It may have one turn, and waits for more.
  expect((await run.ended).code).toBe(6)
  await home.quintet('stop', '--force')
  const probed = answerOf(await home.call(['diagnose', 'a', '--probe', '--json'], { env }).ended)
  expect(probed).toMatchObject({ ok: true, data: { probe: { via: 'claude -p' } } })
  const log = factsIn((await home.quintet('log', '--json')).stdout)
  expect(factsOf(log, 'spend.counted').at(-1)?.data).toMatchObject({ ...ONCE, by: 'claude -p', ms: 0 })
})

const boxes = await boxAvailable()

test.skipIf(!boxes.available)(
  'a fresh look is played by the headless program where the conversation cannot fork',
  async () => {
    await using machine = await Machine.make()
    const env = await withClaude(machine)
    const home = await machine.repository(filesOf([...STEPS, ask('Go on?', 'yes')]))
    const run = home.call(['run', 'work', '--json'], { env })
    await run.until('question.asked')
    const found = await home.quintet('diagnose', 'a', '--fresh')
    expect(found.stdout).toContain('a fresh conversation at the same tree by claude -p, 2 actions')
    expect(await run.until('health.fresh')).toMatchObject({
      result: { via: 'claude -p', actions: { fresh: 2 } },
    })
    expect(await run.until('spend.counted', ({ by }) => by !== undefined)).toMatchObject({
      ...ONCE,
      by: 'claude -p',
    })
    await home.quintet('answer', 'a', 'yes')
    expect((await run.ended).code).toBe(0)
  },
)
