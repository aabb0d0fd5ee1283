// What can be read of the health of sessions, from outside: the diagnosis, the figures over all sessions, what is left when
// a trace cannot be written, and what goes with a session when it is cleaned.
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { CleanItem } from '../../src/contract/api.ts'
import type { SessionView } from '../../src/contract/view.ts'
import type { SessionDiagnosis } from '../../src/engine/health/diagnose.ts'
import type { HealthStats } from '../../src/health/stats.ts'
import { factsIn, factsOf, Machine } from '../support/cli.ts'
import { ask, planFiles, work } from '../support/scenario.ts'

const told = (command: string, output: string, exit = 1) => ({
  call: { tool: 'Bash', kind: 'execute' as const, input: { command }, output, exit },
})

test('diagnose shows what the daemon saw: its alarms, with brief and scope as demands, and the limits of the plan', async () => {
  await using machine = await Machine.make()
  const steps = [
    { usage: 50_000 },
    told('npm test', 'AssertionError: expected 401 to equal 200\n 1 failed'),
    told('npm install left-pad', 'added 1 package', 0),
    told('npm test', 'AssertionError: expected 401 to equal 200\n 1 failed'),
    ask('Go on?', 'yes'),
    ...work('a'),
  ]
  const brief = 'Do the a part. Never run `npm install`.'
  const health = { limit_percent: 40, limit_compactions: 3, nudge: 'ask' as const, reset: 'off' as const }
  const home = await machine.repository(planFiles({ health, pieces: { a: { brief, steps } } }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  const { diagnosis } = await home.json<{ diagnosis: SessionDiagnosis }>('diagnose', 'a')
  const logged = factsOf(run.facts, 'health.alarm').map(({ data }) => data.alarm)
  expect(logged.map(({ rule }) => rule)).toContain('constraint')
  expect(diagnosis.alarms).toEqual(logged)
  expect(diagnosis).toMatchObject({
    limits: { percent: 40, tokens: null, compactions: 3 },
    pollutedSince: { action: 1, turn: 1, overcome: false },
    unrecorded: null,
  })
  const { stdout } = await home.quintet('diagnose', 'a')
  expect(stdout).toMatch(/^1 {2}context: 25 % of 200,000 tokens \(provider.*limit 40 %, 3 compactions$/m)
  expect(stdout).toMatch(/^2 {2}the last 1 turn$/m)
  expect(stdout).toMatch(/^ {2}turn 1: 3 actions from 0 · 2 failed/m)
  expect(stdout).toMatch(/^ {2}x2: assertionerror/m)
  expect(stdout).toMatch(/^ {2}alarm at action 1, forgotten instructions, /m)
  expect(stdout).toMatch(/^Trouble since action 1, turn 1\.$/m)
  expect(stdout).toMatch(/^3 .* → quintet diagnose work-1\/a --fresh$/m)
  expect(stdout).toMatch(/^4 .* → quintet diagnose work-1\/a --probe$/m)
  await home.quintet('answer', 'a', 'yes')
  expect((await run.ended).code).toBe(0)

  // Now that it has landed there is nobody left to ask.
  const after = await home.quintet('diagnose', 'a')
  expect(after.stdout).toMatch(/^Trouble since action 1.*\. The work landed all the same\.$/m)
  expect(after.stdout).not.toContain('→')
})

test('stats: tokens that were told, and reasons by their kind', async () => {
  await using machine = await Machine.make()
  const steps = [{ usage: 9_000, output: 400 }, { usage: 12_500, output: 100 }, ...work('a')]
  const home = await machine.repository(
    planFiles({ pieces: { a: { steps }, b: { steps: [ask('Go on?')] } } }),
  )
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  await home.quintet('session', 'abandon', 'b', 'Not worth it after all.')
  const facts = factsIn((await run.ended).stdout)
  expect(factsOf(facts, 'usage.spent').map(({ data }) => data)).toEqual([
    { attempt: 1, turn: 1, output: 500, peak: 12_500 },
  ])
  const stats = await home.json<HealthStats>('stats')
  expect(stats).toMatchObject({
    outcomes: { landed: 1, abandoned: 1 },
    reasons: [{ reason: 'the operator ended it', count: 1, last: 'Not worth it after all.' }],
    perLanded: { output: 500 },
    tokens: { output: 500, largestContext: 12_500, told: 1, of: 2 },
  })
  const { stdout } = await home.quintet('stats')
  expect(stdout).toContain('  1x the operator ended it, the last: Not worth it after all.\n')
  expect(stdout).toMatch(
    /^for each landed piece: .*, 500 tokens put out, told by 1 of 2 sessions, largest context 12,500 tokens$/m,
  )
})

test('a trace that cannot be written: one notice, and the session goes on and is judged all the same', async () => {
  await using machine = await Machine.make()
  const loop = Array.from({ length: 4 }, (_, index) =>
    told(`npm test -- --seed ${index}`, 'AssertionError: expected 401 to equal 200\n 1 failed'),
  )
  const home = await machine.repository(planFiles({ pieces: { a: { steps: [...loop, ...work('a')] } } }))
  await mkdir(join(home.path, '.git/quintet'), { recursive: true })
  await writeFile(join(home.path, '.git/quintet/traces'), 'in the way')
  const run = await home.quintet('run', 'work', '--json')
  expect(run.code).toBe(0)
  const facts = factsIn(run.stdout)
  expect(factsOf(facts, 'health.unrecorded').map(({ data }) => data)).toEqual([
    { attempt: 1, why: expect.stringMatching(/^the trace of this attempt cannot be opened: /) },
  ])
  const alarms = factsOf(facts, 'health.alarm').map(({ data }) => data.alarm)
  expect(alarms).toMatchObject([{ symptom: 'repetitive errors', evidence: { actions: [0, 1, 2, 3] } }])
  const { stdout } = await home.quintet('diagnose', 'a')
  expect(stdout).toContain('2  turns: no trace of any\n  the trace of this attempt cannot be opened: ')
  expect(stdout).toContain('repetitive errors, strong')
  expect(
    (await home.quintet('log')).stdout.match(/the trace of this attempt cannot be opened/g),
  ).toHaveLength(1)
})

test('clean takes the traces and handoffs of a session along, and a dry run says so', async () => {
  await using machine = await Machine.make()
  const steps = [told('npm test', ' 3 passed', 0), ask('Go on?', 'yes'), ...work('a')]
  const stay = { steps: [ask('And now?')] }
  const home = await machine.repository(planFiles({ pieces: { a: { steps }, b: stay } }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked', (_, stream) => stream.endsWith('/a'))
  await run.until('question.asked', (_, stream) => stream.endsWith('/b'))
  await home.quintet('reset', 'a', 'Begin anew.')
  await run.until(
    'question.asked',
    ({ question }, stream) => stream.endsWith('/a') && question.startsWith('2.'),
  )
  await home.quintet('answer', 'a', 'yes')
  await run.until('session.landed')
  const has = (kind: string, piece: string): boolean =>
    existsSync(join(home.path, '.git/quintet', kind, 'work-1', piece))
  expect([has('traces', 'a'), has('handoffs', 'a'), has('traces', 'b')]).toEqual([true, true, true])
  const [seen] = await home.json<readonly CleanItem[]>('clean', '--dry-run')
  expect(seen?.proof?.join(' ')).toMatch(/Its traces and handoffs go with it \(\d files, \d+ kB\)/)
  expect(has('traces', 'a')).toBe(true)
  await home.quintet('clean')
  expect([has('traces', 'a'), has('handoffs', 'a')]).toEqual([false, false])
  // A session that is at work is kept, with all that was written down of it.
  expect(has('traces', 'b')).toBe(true)
  await home.quintet('session', 'abandon', 'b', 'Enough.')
  await run.ended
  await home.quintet('clean')
  expect(existsSync(join(home.path, '.git/quintet/traces'))).toBe(false)
  expect((await home.json<SessionView>('session', 'show', 'a')).state).toBe('landed')
})
