// A session whose context degrades, from outside: what the daemon notices, what it shows, and what it does about it.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { HealthStats } from '../../src/health/stats.ts'
import type { RunView, SessionView } from '../../src/contract/view.ts'
import { answerOf, type Call, factsIn, factsOf, type Home, Machine } from '../support/cli.ts'
import { ask, planFiles, prompts, work } from '../support/scenario.ts'

const END = { endTurn: true } as const
const GO = { waitFor: 'src/a/go' }

/** A command that is told, with its output; red unless `exit` says otherwise. */
const told = (command: string, output: string, exit = 1) => ({
  call: { tool: 'Bash', kind: 'execute' as const, input: { command }, output, exit },
})
const RED = 'FAIL test/login.test.ts\nAssertionError: expected 401 to equal 200\n 1 failed, 3 passed'
const redRuns = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    told(`npm test -- --seed ${index}`, `${RED}\nTime: ${index}.2 s\n`),
  )
const types = (run: Call, prefix: string): string[] =>
  run.facts.flatMap(({ type }) => (type.startsWith(prefix) ? [type] : []))

async function go(home: Home): Promise<void> {
  const { path } = await home.json<SessionView>('session', 'show', 'a')
  await writeFile(join(path ?? '', GO.waitFor), '')
}

test('the same failure again and again: an alarm with its evidence, the turn is cut short, and the agent is told', async () => {
  await using machine = await Machine.make()
  const steps = [...redRuns(4), GO, ...work('a')]
  const home = await machine.repository(planFiles({ pieces: { a: { noted: true, steps } } }))
  const run = home.call(['run', 'work', '--json'])
  const { text } = await run.until('health.nudged')
  expect(text).toContain('expected # to equal #')
  expect(text).toContain('npm test -- --seed')
  await run.until('turn.started', ({ turn }) => turn === 2)
  const shown = await home.json<SessionView>('session', 'show', 'a')
  expect(shown.health).toMatchObject({
    rung: 'nudge',
    nudges: 1,
    alarms: [{ alarm: { symptom: 'repetitive errors', strength: 'strong', evidence: { count: 4 } } }],
  })
  expect((await home.quintet('session', 'show', 'a')).stdout).toContain('repetitive errors, strong')
  expect((await home.quintet('status')).stdout).toContain('nudge')
  const diagnosis = await home.quintet('diagnose', 'a')
  expect(diagnosis.stdout).toContain('x4: assertionerror: expected # to equal #')
  expect(diagnosis.stdout).toContain('Trouble since action 0, turn 1.')
  await go(home)
  expect((await run.ended).code).toBe(0)
  const [, second] = await prompts(home, 'a')
  expect(second).toContain('A look at the last actions of this session shows:')
  expect(types(run, 'health.reset')).toEqual([])
  expect(await home.json<HealthStats>('stats')).toMatchObject({
    outcomes: { landed: 1 },
    nudges: { count: 1, helped: 1 },
  })
})

test('a session that polls, reads in batches or sees its failures shrink is left alone', async () => {
  await using machine = await Machine.make()
  const poll = [
    ...Array.from({ length: 9 }, () => told('gh run view 17', 'status: running, still in progress', 0)),
    told('gh run view 17', 'status: completed', 0),
  ]
  const shrinking = [20, 16, 12, 8, 4, 2].map((count) =>
    told(
      'npm test',
      `FAIL case ${count}\nAssertionError: case ${count} is wrong\n ${count} failed, 9 passed`,
    ),
  )
  const steps = [...poll, ...shrinking, told('npm test', ' 29 passed', 0), ...work('a')]
  const home = await machine.repository(planFiles({ pieces: { a: { steps } } }))
  const run = await home.quintet('run', 'work', '--json')
  expect(run.code).toBe(0)
  const facts = factsIn(run.stdout)
  expect(factsOf(facts, 'health.alarm')).toEqual([])
  expect(factsOf(facts, 'turn.started')).toHaveLength(1)
})

test('over the limit: warned at once, reset with a handoff at the end of the turn', async () => {
  await using machine = await Machine.make()
  const [change, commit] = work('a')
  const steps = [
    { usage: 150_000 },
    told('npm test', RED),
    { write: { path: 'src/a/half.txt', content: 'half\n' } },
    { commit: 'The first half' },
    change,
    END,
    commit,
  ].filter((step) => step !== undefined)
  const plan = { health: { limit_percent: 70 }, pieces: { a: { noted: true, steps } } }
  const home = await machine.repository(planFiles(plan))
  const run = home.call(['run', 'work', '--json'])
  const due = await run.until('health.reset-due')
  expect(due).toMatchObject({ reason: 'utilisation', why: 'The context is 75 % full; the limit is 70 %.' })
  const reset = await run.until('health.reset')
  expect(reset).toMatchObject({ attempt: 1, reason: 'utilisation' })
  await run.until('attempt.started', ({ attempt }) => attempt === 2)
  await run.until('turn.ended', ({ attempt }) => attempt === 2)
  const [, second = ''] = await prompts(home, 'a')
  expect(second).toContain(
    'An earlier conversation worked on this piece and was replaced: The context is 75 % full',
  )
  expect(second).toMatch(
    /`npm test` was run before this prompt.* At the end of the attempt before: 1 failing/,
  )
  expect(second).toContain('The first half')
  expect(second).toContain('src/a/half.txt')
  expect(second).toContain('src/a/main.txt')
  const page = second.slice(second.indexOf('An earlier conversation worked on this piece and was'))
  expect(page.indexOf('\n```')).toBeLessThanOrEqual(6_000)
  const json: { meta: object } = JSON.parse(await home.read('.git/quintet/handoffs/work-1/a/2.json'))
  expect(json.meta).toMatchObject({ reason: 'utilisation', attempt: 1, contextPercent: 75 })
  await home.quintet('session', 'abandon', 'a', 'Seen enough.')
  await run.ended
})

test('a compaction that drops a constraint: noticed, and stated again with the next prompt', async () => {
  await using machine = await Machine.make()
  const [change, commit] = work('a')
  const steps = [
    { read: 'src/a/main.txt' },
    change,
    { usage: 120_000 },
    { compact: 'The agent changed src/a/main.txt and has to commit it.' },
    END,
    commit,
  ].filter((step) => step !== undefined)
  const brief = 'Do the a part. Never call the payment service from a test.'
  const home = await machine.repository(planFiles({ pieces: { a: { noted: true, brief, steps } } }))
  const run = home.call(['run', 'work', '--json'])
  const { lost } = await run.until('health.compacted')
  expect(lost?.constraints).toContain('Never call the payment service from a test.')
  expect((await run.ended).code).toBe(0)
  const [, second = ''] = await prompts(home, 'a')
  expect(second).toContain('Constraints that hold:\n- ')
  expect(second).toContain('Never call the payment service from a test.')
})

const fix = (n: number) => [
  {
    call: {
      tool: 'Edit',
      kind: 'edit' as const,
      input: { file_path: 'src/a/main.txt' },
      edits: [{ path: 'src/a/main.txt', old: `${n}`, new: `${n + 1}` }],
    },
  },
  told(
    'npm test',
    `FAIL a\nAssertionError: number ${String.fromCharCode(97 + n).repeat(5)} is wrong\n 1 failed`,
  ),
]
/** Two fixes that change nothing, a question, and three more; then the turn is over. */
const VAIN = [...fix(0), ...fix(1), ask('Go on?', 'yes'), ...fix(2), ...fix(3), ...fix(4)]
const FIXES = [...VAIN, END, GO, ...work('a')]

test('after a reset that helps no more: to abandon is proposed, never done, and "not stuck" lets it go on', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(planFiles({ pieces: { a: { steps: FIXES } } }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  await home.quintet('reset', 'a', 'Begin anew.')
  await run.until('question.asked', ({ question }) => question.startsWith('2.'))
  await home.quintet('answer', 'a', 'yes')
  const { what, reasons } = await run.until('health.proposed')
  expect([what, reasons.join()]).toEqual([
    'abandon',
    expect.stringContaining('3 attempts at a fix since the reset'),
  ])
  await run.until('session.waiting')
  const view = await home.json<RunView>('status')
  expect(view.needs).toMatchObject([{ kind: 'health', command: 'quintet health answer a abandon' }])
  expect(view.sessions[0]?.state).toBe('waiting')
  expect((await home.quintet('blocked')).stdout).toContain('quintet health answer a not-stuck')
  expect(await home.quintet('health', 'answer', 'a', 'not-stuck')).toMatchObject({ code: 0 })
  await go(home)
  expect((await run.ended).code).toBe(0)
})

test('an end that is confirmed: abandoned with the reasons, and what was not committed is saved first', async () => {
  await using machine = await Machine.make()
  const left = { write: { path: 'src/a/left.txt', content: 'left\n' } }
  const home = await machine.repository(planFiles({ pieces: { a: { steps: [left, ask('Go on?', 'yes')] } } }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  expect(await home.quintet('health', 'answer', 'a', 'abandon', 'A wrong way.')).toMatchObject({ code: 0 })
  const { backup } = await run.until('health.saved')
  const ended = await run.ended
  expect(answerOf(ended)).toMatchObject({ data: { abandoned: ['a'] } })
  expect(await home.git('show', `${backup}:src/a/left.txt`)).toBe('left')
  expect((await home.json<readonly { backup?: string }[]>('clean'))[0]?.backup).toBe(backup)
})

test('two independent signs: reset with a handoff that lists what failed, and passes its gates', async () => {
  await using machine = await Machine.make()
  // Edits that go back and forth, while the same failure comes again.
  const edit = (from: string, to: string) => ({
    call: {
      tool: 'Edit',
      kind: 'edit' as const,
      input: { file_path: 'src/a/main.txt' },
      edits: [{ path: 'src/a/main.txt', old: from, new: to }],
    },
  })
  const rounds = redRuns(14).flatMap((run, index) => [
    index % 2 === 0 ? edit('one', 'two') : edit('two', 'one'),
    run,
  ])
  const steps = [...rounds, ask('Which way?', 'on'), ...work('a')]
  const recalls = [
    { about: 'May you edit `src/a', answer: true },
    { about: 'May you edit `', answer: false },
    { about: 'Which of these files were modified', answer: [] },
  ]
  const home = await machine.repository(planFiles({ pieces: { a: { noted: true, recalls, steps } } }))
  const run = home.call(['run', 'work', '--json'])
  // Both signs may come before the first nudge could be sent.
  await run.until('health.alarm')
  const { reason, changed } = await run.until('health.reset')
  expect([reason, changed]).toEqual(['stuck', true])
  await run.until('attempt.started', ({ attempt: n }) => n === 2)
  await run.until('health.alarm', ({ attempt: n }) => n === 2)
  const page = await home.read('.git/quintet/handoffs/work-1/a/2.md')
  expect(page).toContain('## Tried and failed: do not repeat')
  expect(page).toContain('expected # to equal #')
  await home.quintet('session', 'abandon', 'a', 'Seen enough.')
  await run.ended

  // Begun again, the piece is told what did not help.
  const again = home.call(['run', 'work', '--fresh', '--json'])
  await again.until('turn.started')
  await again.until('health.alarm')
  expect((await prompts(home, 'a')).join('\n')).toContain(
    'An earlier session on this piece was abandoned: Seen enough.',
  )
  await home.quintet('stop', '--run', 'work-2')
  await again.ended
})

test('a handoff is measured: the stated check first, nothing read again, and a copy asked what it knows', async () => {
  await using machine = await Machine.make()
  // There is no such command: it is red, and stays so.
  const check = { run: ['git', 'test'] }
  const steps = [
    check,
    ...work('a'),
    { status: { completed: ['Checkpoint: parser'] } },
    { usage: 9_000 },
    END,
    ask('On?', 'yes'),
  ]
  const recalls = [
    { about: 'Which of these files were modified', answer: ['src/a/main.txt'] },
    { about: 'May you edit `src/a', answer: true },
    { about: 'May you edit `', answer: false },
    { about: 'last test', answer: 'git test' },
    { about: 'test command', answer: 'git test' },
    { about: 'How many', answer: 1 },
    { about: 'Which port', answer: '$PORT' },
    { about: 'branch', answer: 'quintet/work-1/a/work' },
  ]
  const red = { name: 'two', run: ['git', 'test'] }
  const home = await machine.repository(
    planFiles({ coordination: 'on', pieces: { a: { recalls, checks: [red], steps } } }),
  )
  const run = home.call(['run', 'work', '--json'])
  expect(await run.until('health.reset')).toMatchObject({
    reason: 'phase',
    why: 'The phase "parser" is complete.',
  })
  const { probe } = await run.until('health.probed')
  const page = await home.read('.git/quintet/handoffs/work-1/a/2.md')
  expect(page).toContain('All of this in full: .quintet/session/handoff.json')
  const inside = '../repo.quintet/work-1/a/.quintet/session/handoff.json'
  expect(await home.read(inside)).toBe(await home.read('.git/quintet/handoffs/work-1/a/2.json'))
  const gates = await run.until('health.gates')
  expect(probe.items.filter(({ lost }) => lost).map(({ question, answer }) => [question, answer])).toEqual([])
  expect(gates.gates.filter(({ passed }) => passed === false)).toEqual([])
  await home.quintet('session', 'abandon', 'a', 'Seen enough.')
  await run.ended
})

test('probe and restore: what a copy of the conversation does not know any more is listed, and told again', async () => {
  await using machine = await Machine.make()
  const brief = 'Do the a part. Never call the payment service from a test.'
  const steps = [...work('a'), ask('Go on?', 'yes')]
  const recalls = [{ about: 'Which of these files were modified', answer: ['src/a/main.txt'] }]
  const home = await machine.repository(planFiles({ pieces: { a: { noted: true, brief, recalls, steps } } }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  const probed = await home.quintet('diagnose', 'a', '--probe')
  expect(probed.stdout).toContain('4  probe:')
  expect(probed.stdout).toContain('lost: Never call the payment service from a test.')
  expect(probed.stdout).toContain('constraint lost → quintet diagnose work-1/a --restore')
  const restored = await home.quintet('diagnose', 'a', '--restore')
  expect(restored.stdout).toContain('  Never call the payment service from a test.')
  await run.until('turn.started', ({ turn }) => turn === 2)
  await run.until('question.asked', ({ question }) => question.startsWith('2.'))
  const told = await prompts(home, 'a')
  expect(told.at(-1)).toContain('- Never call the payment service from a test.')
  await home.quintet('answer', 'a', 'yes')
  expect((await run.ended).code).toBe(0)
})

test('policy "ask": the alarm is shown with every answer to it, and nobody is interrupted; "not stuck" is remembered', async () => {
  await using machine = await Machine.make()
  const steps = [...redRuns(4), GO, ...work('a')]
  const home = await machine.repository(planFiles({ health: { nudge: 'ask' }, pieces: { a: { steps } } }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('health.proposed')
  const blocked = await home.quintet('blocked')
  expect(blocked.stdout).toContain('quintet health answer a nudge')
  expect(blocked.stdout).toContain('quintet health answer a not-stuck')
  expect(await home.quintet('health', 'answer', 'a', 'not-stuck')).toMatchObject({ code: 0 })
  expect((await home.json<RunView>('status')).needs).toEqual([])
  expect((await home.json<SessionView>('session', 'show', 'a')).health).toMatchObject({
    rung: 'ok',
    alarms: [],
  })
  await go(home)
  expect((await run.ended).code).toBe(0)
  expect(types(run, 'turn.started')).toHaveLength(1)
  expect(await run.until('health.answered')).toMatchObject({ answer: 'not-stuck', rules: { errorRecurs: 4 } })

  // The same again is not enough any more in this repository: it is seen, and nothing is proposed.
  const again = await home.quintet('run', 'work', '--fresh', '--no-wait', '--json')
  expect(factsOf(factsIn(again.stdout), 'health.alarm').map(({ data }) => data.alarm.rule)).toContain(
    'errorRecurs',
  )
  expect(factsOf(factsIn(again.stdout), 'health.proposed')).toEqual([])

  // It is shown, and can be taken back.
  const tolerated = async (): Promise<object> => await home.json<object>('health', 'tolerances')
  expect(await tolerated()).toMatchObject({ tolerances: [{ rule: 'errorRecurs', count: 5, said: 1 }] })
  const forget = ['health', 'tolerances', '--forget', 'errorRecurs']
  expect(await home.json<object>(...forget)).toEqual({ forgotten: ['errorRecurs'] })
  expect(await tolerated()).toEqual({ tolerances: [] })
})

test('a daemon that is killed in the middle of a loop knows of it when it comes back', async () => {
  await using machine = await Machine.make()
  const steps = [...redRuns(3), { usage: 5_000 }, GO, ...redRuns(2), { waitFor: 'src/a/more' }, ...work('a')]
  const home = await machine.repository(planFiles({ pieces: { a: { steps } } }))
  expect(await home.quintet('run', 'work', '--detach')).toMatchObject({ code: 0 })
  const log = home.call(['log', '--follow', '--json'])
  await log.until('usage.reported')
  process.kill(await home.daemon(), 'SIGKILL')
  await log.said('The daemon went away.')
  await go(home)
  const run = home.call(['run', 'work', '--json'])
  const { alarm } = await run.until('health.alarm')
  expect(alarm.evidence.actions).toEqual([0, 1, 2, 3])
  const { path } = await home.json<SessionView>('session', 'show', 'a')
  await writeFile(join(path ?? '', 'src/a/more'), '')
  expect((await run.ended).code).toBe(0)
})

test('fresh: a clean conversation at the same tree meets the same error, and nothing of it is left behind', async () => {
  await using machine = await Machine.make()
  const left = { write: { path: 'src/a/half.txt', content: 'half\n' } }
  const steps = [left, { run: ['git', 'test'] }, ask('Go on?', 'yes'), ...work('a')]
  const home = await machine.repository(planFiles({ pieces: { a: { steps } } }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  const found = await home.quintet('diagnose', 'a', '--fresh')
  expect([found.code, found.stderr]).toEqual([0, ''])
  expect(found.stdout).toContain('3  a fresh conversation at the same tree')
  expect(found.stdout).toContain('Verdict: task or environment.')
  expect(await home.git('branch', '--list', 'quintet/work-1/*')).toMatch(/^\W*quintet\/work-1\/a\/work$/)
  expect(await home.git('worktree', 'list')).not.toContain('fresh')
  await home.quintet('answer', 'a', 'yes')
  expect((await run.ended).code).toBe(0)
})

test('by rule, where the plan says so: a session that comes no further after a reset is abandoned', async () => {
  await using machine = await Machine.make()
  const plan = { health: { abandon: 'auto' as const }, pieces: { a: { steps: FIXES } } }
  const home = await machine.repository(planFiles(plan))
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  await home.quintet('reset', 'a', 'Begin anew.')
  await run.until('question.asked', ({ question }) => question.startsWith('2.'))
  await home.quintet('answer', 'a', 'yes')
  const { reason } = await run.until('session.abandoned')
  expect(reason).toContain('3 attempts at a fix since the reset')
  expect(answerOf(await run.ended)).toMatchObject({ data: { abandoned: ['a'] } })
  expect(await home.json<HealthStats>('stats')).toMatchObject({
    outcomes: { abandoned: 1 },
    discardRate: 1,
    band: 'too few',
    resets: { count: 1, helped: 0 },
  })
})

test('another topic: the operator is heard in a new attempt, with everything that was said', async () => {
  await using machine = await Machine.make()
  const steps = [told('npm test', ' 3 passed', 0), ...work('a'), { status: { blockedOn: ['a word'] } }, END]
  const plan = { health: { reset_topic: true }, coordination: 'on' as const }
  const home = await machine.repository(planFiles({ ...plan, pieces: { a: { noted: true, steps } } }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('session.waiting')
  const words =
    'Translate every invoice template into Portuguese, keeping currency symbols, dates and footers exactly.'
  expect(await home.quintet('session', 'retry', 'a', words)).toMatchObject({ code: 0 })
  expect(await run.until('health.reset')).toMatchObject({ attempt: 1, reason: 'topic' })
  expect((await run.ended).code).toBe(0)
  const heard = (await prompts(home, 'a')).find((prompt) => prompt.includes(words))
  expect(heard).toContain('An earlier conversation worked on this piece')
})
