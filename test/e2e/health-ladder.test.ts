// From a sign to an end, from outside: what the operator says always reaches the agent, resets come when their policies
// say so and never for one alarm, and nothing is tried a third time unchanged.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RunView, SessionView } from '../../src/contract/view.ts'
import { type Call, factsIn, factsOf, type Home, Machine } from '../support/cli.ts'
import { ask, planFiles, prompts, work } from '../support/scenario.ts'

const END = { endTurn: true } as const
const BLOCKED = { status: { blockedOn: ['a word'] } }

/** A command that is told, with its output; red unless `exit` says otherwise. */
const told = (command: string, output: string, exit = 1) => ({
  call: { tool: 'Bash', kind: 'execute' as const, input: { command }, output, exit },
})
const RED = 'FAIL test/login.test.ts\nAssertionError: expected 401 to equal 200\n 1 failed, 3 passed'
const edit = (from: string, to: string) => ({
  call: {
    tool: 'Edit',
    kind: 'edit' as const,
    input: { file_path: 'src/a/main.txt' },
    edits: [{ path: 'src/a/main.txt', old: from, new: to }],
  },
})
/** Edits that go back and forth, while the same failure comes again. */
const rounds = (count: number) =>
  Array.from({ length: count }, (_, n) => [
    n % 2 === 0 ? edit('one', 'two') : edit('two', 'one'),
    told(`npm test -- --seed ${n}`, `${RED}\nTime: ${n}.2 s\n`),
  ]).flat()
const fix = (n: number) => [
  edit(`${n}`, `${n + 1}`),
  told(
    'npm test',
    `FAIL a\nAssertionError: number ${String.fromCharCode(97 + n).repeat(5)} is wrong\n 1 failed`,
  ),
]
const words = ({ stdout }: { readonly stdout: string }): string => stdout
const types = (run: Call, prefix: string): string[] =>
  run.facts.flatMap(({ type }) => (type.startsWith(prefix) ? [type] : []))

/** The prompts of a piece once there are `count` of them: the file is written before the agent answers. */
async function promptsOf(home: Home, run: Call, count: number): Promise<string[]> {
  await run.until('question.asked', ({ question }) => question.startsWith(`${count}.`))
  return await prompts(home, 'a')
}

test('a correction that has to be repeated reaches the agent, with the evidence beside it', async () => {
  await using machine = await Machine.make()
  const steps = [ask('Go on?', 'yes'), ...work('a')]
  const home = await machine.repository(planFiles({ pieces: { a: { noted: true, steps } } }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  await home.quintet(
    'session',
    'retry',
    'a',
    'No, that is wrong: I asked for port 4711 in the config. MARKONE',
  )
  await promptsOf(home, run, 2)
  await home.quintet(
    'session',
    'retry',
    'a',
    'No, that is wrong: I asked for port 4711 in the config. MARKTWO',
  )
  const [, , third = ''] = await promptsOf(home, run, 3)
  expect(third).toContain('MARKTWO')
  expect(third).toContain('A look at the last actions of this session shows:')
  expect(third).toContain('the operator had to say again')
  expect(third).not.toContain('Tried already')
  expect(types(run, 'turn.started')).toHaveLength(3)
  await home.quintet('answer', 'a', 'yes')
  expect((await run.ended).code).toBe(0)
  expect(types(run, 'health.reset')).toEqual([])
})

test('an end that is only proposed cuts nothing, and a word of the operator is worth more than it', async () => {
  await using machine = await Machine.make()
  const steps = [
    ...[0, 1].flatMap(fix),
    ask('Go on?', 'yes'),
    ...[2, 3, 4].flatMap(fix),
    { write: { path: 'src/a/after.txt', content: 'after the proposal\n' } },
    BLOCKED,
    END,
    ask('Heard?', 'yes'),
    { delete: 'src/a/after.txt' },
    ...work('a'),
    { status: {} },
  ]
  const plan = { coordination: 'on' as const, pieces: { a: { noted: true, steps } } }
  const home = await machine.repository(planFiles(plan))
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  await home.quintet('reset', 'a', 'Begin anew.')
  await run.until('question.asked', ({ question }) => question.startsWith('2.'))
  await home.quintet('answer', 'a', 'yes')
  expect(await run.until('health.proposed')).toMatchObject({ what: 'abandon' })
  expect(await run.until('session.waiting')).toMatchObject({ reason: 'Blocked on: a word' })
  const { path } = await home.json<SessionView>('session', 'show', 'a')
  expect(await readFile(join(path ?? '', 'src/a/after.txt'), 'utf8')).toBe('after the proposal\n')
  expect(words(await home.quintet('blocked'))).toContain('quintet health answer a abandon')
  // That it is not stuck is no answer to what it waits for.
  await home.quintet('health', 'answer', 'a', 'not-stuck')
  expect((await home.json<RunView>('status')).sessions[0]?.state).toBe('waiting')
  await home.quintet('session', 'retry', 'a', 'Use port 4711.')
  const heard = await promptsOf(home, run, 3)
  expect(heard.at(-1)).toContain('Use port 4711.')
  expect(heard.join('\n')).not.toContain('It is not stuck. Go on.')
  await home.quintet('answer', 'a', 'yes')
  expect((await run.ended).code).toBe(0)
})

test('a word while an end is proposed, and nothing else is in the way: the agent goes on with it', async () => {
  await using machine = await Machine.make()
  const steps = [
    ...[0, 1].flatMap(fix),
    ask('Go on?', 'yes'),
    ...[2, 3, 4].flatMap(fix),
    END,
    ask('Heard?', 'yes'),
    ...work('a'),
  ]
  const home = await machine.repository(planFiles({ pieces: { a: { noted: true, steps } } }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  await home.quintet('reset', 'a', 'Begin anew.')
  await run.until('question.asked', ({ question }) => question.startsWith('2.'))
  await home.quintet('answer', 'a', 'yes')
  expect(await run.until('session.waiting')).toMatchObject({
    reason: expect.stringContaining('To abandon it is proposed: 3 attempts at a fix'),
    health: true,
  })
  await home.quintet('session', 'retry', 'a', 'Use port 4711.')
  const heard = await promptsOf(home, run, 3)
  expect(heard.at(-1)).toContain('Use port 4711.')
  await home.quintet('answer', 'a', 'yes')
  expect((await run.ended).code).toBe(0)
})

test('a new day: the next prompt goes to a new attempt, and nothing of it is lost', async () => {
  await using machine = await Machine.make()
  const steps = [told('npm test', ' 3 passed', 0), ...work('a'), BLOCKED, END]
  const plan = { health: { reset_daily: '00:00' }, coordination: 'on' as const }
  const home = await machine.repository(planFiles({ ...plan, pieces: { a: { noted: true, steps } } }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('session.waiting')
  process.kill(await home.daemon(), 'SIGKILL')
  await run.said('The daemon went away')
  await yesterday(join(home.path, '.git/quintet/traces/work-1/a/1.jsonl'))
  expect(await home.quintet('session', 'retry', 'a', 'The word is 4711.')).toMatchObject({ code: 0 })
  expect(await run.until('health.reset')).toMatchObject({ attempt: 1, reason: 'daily' })
  expect((await run.ended).code).toBe(0)
  const heard = await prompts(home, 'a')
  expect(heard[1]).toContain('replaced: A new day has begun since the attempt started.')
  expect(heard[1]).toContain('The word is 4711.')
  expect(heard.filter((prompt) => prompt.includes('The word is 4711.'))).toHaveLength(1)
})

/** Dates a trace back by a day. */
async function yesterday(path: string): Promise<void> {
  const text = await readFile(path, 'utf8')
  const shifted = text.replaceAll(
    /"ts":"([^"]+)"/g,
    (_, ts: string) => `"ts":"${new Date(Date.parse(ts) - 24 * 60 * 60 * 1000).toISOString()}"`,
  )
  expect(shifted).not.toBe(text)
  await writeFile(path, shifted)
}

test('a phase that the plan names: reset when it is reported as complete, once', async () => {
  await using machine = await Machine.make()
  const [change, commit] = work('a')
  const steps = [
    told('npm test', ' 3 passed', 0),
    { status: { completed: ['Parser: all of it'] } },
    END,
    change,
    commit,
  ].filter((step) => step !== undefined)
  const a = { noted: true, phases: ['Parser', 'Messages'], steps }
  const home = await machine.repository(planFiles({ coordination: 'on', pieces: { a } }))
  const run = home.call(['run', 'work', '--json'])
  expect(await run.until('health.reset')).toMatchObject({
    attempt: 1,
    reason: 'phase',
    why: 'The phase "Parser" is complete.',
  })
  expect((await run.ended).code).toBe(0)
  expect(types(run, 'health.reset')).toEqual(['health.reset-due', 'health.reset'])
  const [first = '', second = ''] = await prompts(home, 'a')
  expect(first).toContain('1. Parser\n2. Messages')
  expect(second).toContain('replaced: The phase "Parser" is complete.')
})

test('reset "ask": over the limit it is proposed, the session goes on, and the answer carries it out', async () => {
  await using machine = await Machine.make()
  const steps = [{ usage: 150_000 }, told('npm test', RED), END, ask('Go on?', 'yes'), ...work('a')]
  const home = await machine.repository(
    planFiles({ health: { reset: 'ask' }, pieces: { a: { noted: true, steps } } }),
  )
  const run = home.call(['run', 'work', '--json'])
  expect(await run.until('health.proposed')).toMatchObject({ what: 'reset' })
  await run.until('question.asked')
  expect(types(run, 'attempt.started')).toHaveLength(1)
  const { health } = await home.json<SessionView>('session', 'show', 'a')
  expect(health?.proposed).toMatchObject({
    what: 'reset',
    reasons: ['The context is 75 % full; the limit is 70 %.'],
  })
  await home.quintet('health', 'answer', 'a', 'reset')
  expect(await run.until('health.reset')).toMatchObject({ reason: 'operator' })
  await run.until('attempt.started', ({ attempt }) => attempt === 2)
  await run.until('question.asked', ({ question }) => question.startsWith('4.'))
  await home.quintet('answer', 'a', 'yes')
  expect((await run.ended).code).toBe(0)
})

test('the same failure three times is a nudge that is sent, and what was done before it leads to no reset', async () => {
  await using machine = await Machine.make()
  const same = () => told('npm test', RED)
  const steps = [same(), same(), same(), edit('one', 'two'), same(), ask('Heard?', 'yes'), ...work('a')]
  const home = await machine.repository(planFiles({ pieces: { a: { noted: true, steps } } }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  const heard = await prompts(home, 'a')
  expect(heard).toHaveLength(2)
  expect(heard[1]).toContain('A look at the last actions of this session shows:')
  await home.quintet('answer', 'a', 'yes')
  expect((await run.ended).code).toBe(0)
  const families = factsOf(run.facts, 'health.alarm').map(({ data }) => data.alarm.family)
  expect(families).toEqual(expect.arrayContaining(['failure', 'repetition']))
  expect(factsOf(run.facts, 'health.nudged').map(({ data }) => data.turn)).toEqual([2])
  expect(types(run, 'health.reset')).toEqual([])
  expect(types(run, 'attempt.started')).toHaveLength(1)
})

test('reset "off": what would be ground for a reset leads to a nudge, and to nothing more', async () => {
  await using machine = await Machine.make()
  const steps = [...rounds(30), ...work('a')]
  const home = await machine.repository(planFiles({ health: { reset: 'off' }, pieces: { a: { steps } } }))
  const run = await home.quintet('run', 'work', '--json')
  expect(run.code).toBe(0)
  const facts = factsIn(run.stdout)
  const families = factsOf(facts, 'health.alarm').map(({ data }) => data.alarm.family)
  expect(new Set(families).size).toBeGreaterThan(1)
  expect(factsOf(facts, 'health.nudged').length).toBeGreaterThan(0)
  expect(factsOf(facts, 'health.reset')).toEqual([])
  expect(factsOf(facts, 'health.reset-due')).toEqual([])
})

test('one alarm over the limit is a nudge; the reset comes when the turn is over', async () => {
  await using machine = await Machine.make()
  const reds = Array.from({ length: 4 }, (_, n) => told(`npm test -- --seed ${n}`, RED))
  const steps = [{ usage: 150_000 }, ...reds, ask('Heard?', 'yes'), END, ...work('a')]
  const home = await machine.repository(planFiles({ pieces: { a: { noted: true, steps } } }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('health.nudged')
  await run.until('question.asked')
  expect(types(run, 'attempt.ended')).toEqual([])
  expect((await prompts(home, 'a')).at(-1)).toContain('A look at the last actions of this session shows:')
  await home.quintet('answer', 'a', 'yes')
  expect(await run.until('health.reset')).toMatchObject({ reason: 'utilisation' })
  await home.quintet('session', 'abandon', 'a', 'Seen enough.')
  await run.ended
})

test('resets that bring nothing: the operator is asked after the second, and is heard', async () => {
  await using machine = await Machine.make()
  const full = [{ usage: 150_000 }, told('ls', 'main.txt', 0), END]
  const steps = [...full, ask('Heard?', 'yes'), ...work('a')]
  const home = await machine.repository(planFiles({ pieces: { a: { noted: true, steps } } }))
  const run = home.call(['run', 'work', '--json'])
  const { reason, health } = await run.until('session.waiting')
  expect(reason).toMatch(/^2 resets in a row brought nothing new: The context is 75 % full/)
  expect(health).toBe(true)
  expect(types(run, 'health.reset').filter((type) => type === 'health.reset')).toHaveLength(2)
  await home.quintet('session', 'retry', 'a', 'Use port 4711.')
  await run.until('question.asked')
  expect((await prompts(home, 'a')).at(-1)).toContain('Use port 4711.')
  await home.quintet('answer', 'a', 'yes')
  expect((await run.ended).code).toBe(0)
})

test('an agent that could not be started: its first prompt and the word of the operator come together', async () => {
  await using machine = await Machine.make()
  const files = planFiles({ pieces: { a: { noted: true, steps: work('a') } } })
  const config = files['.quintet/config.toml'] ?? ''
  const broken = config.replace('noting-agent.mjs', 'missing-agent.mjs')
  expect(broken).not.toBe(config)
  const home = await machine.repository({ ...files, '.quintet/config.toml': broken })
  const run = home.call(['run', 'work', '--json'])
  await run.until('session.failed')
  await writeFile(join(home.path, '.quintet/config.toml'), config)
  await home.quintet('session', 'retry', 'a', 'Use port 4711.')
  await run.until('turn.ended', ({ outcome }) => outcome.kind === 'stopped')
  const [first = ''] = await prompts(home, 'a')
  expect(first).toContain('Do the a part.')
  expect(first).toContain('Use port 4711.')
  await home.quintet('session', 'abandon', 'a', 'Seen enough.')
  await run.ended
})

test('a piece that was abandoned twice as it stands is not begun a third time unless something is different', async () => {
  await using machine = await Machine.make()
  const steps = [ask('Go on?', 'yes'), ...work('a')]
  const home = await machine.repository(planFiles({ pieces: { a: { noted: true, steps } } }))
  for (const n of [1, 2]) {
    const run = home.call(['run', 'work', '--fresh', '--json'])
    await run.until('question.asked')
    await home.quintet('session', 'abandon', `work-${n}/a`, 'The service is down.')
    await run.ended
  }
  const refused = await home.quintet('run', 'work', '--fresh')
  expect(refused.code).not.toBe(0)
  expect(refused.stderr).toContain('The piece a was abandoned twice with this brief, scope and agent')
  expect(refused.stderr).toContain('quintet session retry work-2/a "<what has changed>"')
  const noted = await home.quintet('session', 'retry', 'work-2/a', 'The service is up again.')
  expect([noted.code, noted.stdout]).toEqual([
    0,
    'Session work-2/a was abandoned; the next session of its piece is told.\n',
  ])
  const run = home.call(['run', 'work', '--fresh', '--json'])
  await run.until('question.asked')
  const last = (await prompts(home, 'a')).at(-1)
  expect(last).toContain('An earlier session on this piece was abandoned: The service is down.')
  expect(last).toContain('- The service is up again.')
  await home.quintet('answer', 'a', 'yes')
  expect((await run.ended).code).toBe(0)
})
