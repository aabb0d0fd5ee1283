// What a session must not forget, from outside: what the operator demands, what compactions take, and what an attempt hands
// on to the next.
import { expect, test } from 'vitest'
import type { Handoff } from '../../src/contract/handoff.ts'
import type { SessionView } from '../../src/contract/view.ts'
import { factsOf, type Call, type Home, Machine } from '../support/cli.ts'
import { ask, planFiles, prompts, work } from '../support/scenario.ts'

const END = { endTurn: true } as const

/** A command that is told, with its output; red unless `exit` says otherwise. */
const told = (command: string, output = '', exit = 1) => ({
  call: { tool: 'Bash', kind: 'execute' as const, input: { command }, output, exit },
})
const RED = 'FAIL test/login.test.ts\nAssertionError: expected 401 to equal 200\n 1 failed, 3 passed'
const RULE = 'Never call the payment service from a test.'

async function handoffTo(home: Home, attempt: number): Promise<Handoff> {
  return JSON.parse(await home.read(`.git/quintet/handoffs/work-1/a/${attempt}.json`))
}

/** Resets the session, which waits for an answer, waits until its next attempt asks the same, and answers. */
async function resetOver(home: Home, run: Call): Promise<void> {
  const { question } = await run.until('question.asked')
  await home.quintet('reset', 'a', 'Begin anew.')
  await run.until('question.asked', (asked) => asked.question !== question)
  await home.quintet('answer', 'a', 'yes')
}

async function abandoned(home: Home, run: Call): Promise<void> {
  await home.quintet('session', 'abandon', 'a', 'Seen enough.')
  await run.ended
}

test('what the operator demands is checked from then on, and after a reset as well', async () => {
  await using machine = await Machine.make()
  const install = told('npm install left-pad', 'added 1 package', 0)
  const steps = [
    { status: { blockedOn: ['a word'] } },
    END,
    install,
    ask('Go on?', 'yes'),
    ...work('a'),
    install,
    END,
  ]
  const plan = { coordination: 'on' as const, health: { nudge: 'off' as const } }
  const home = await machine.repository(planFiles({ ...plan, pieces: { a: { steps } } }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('session.waiting')
  await home.quintet('session', 'retry', 'a', 'No, never run `npm install`.')
  const first = await run.until('health.alarm')
  expect(first.alarm).toMatchObject({ rule: 'constraint', symptom: 'forgotten instructions' })
  await resetOver(home, run)
  const second = await run.until('health.alarm', ({ attempt }) => attempt === 2)
  expect(second.alarm.evidence.text).toContain('never run `npm install`')
  await abandoned(home, run)
})

test('what the operator says in a nudge and in a reset is a word like any other: checked, and handed on', async () => {
  await using machine = await Machine.make()
  const install = told('npm install left-pad', 'added 1 package', 0)
  const steps = [
    { status: { blockedOn: ['a word'] } },
    END,
    install,
    ask('Go on?', 'yes'),
    ask('And now?', 'yes'),
    ...work('a'),
  ]
  const plan = { coordination: 'on' as const, health: { nudge: 'off' as const } }
  const home = await machine.repository(planFiles({ ...plan, pieces: { a: { noted: true, steps } } }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('session.waiting')
  const nudge = 'No, never run `npm install`. The port is 4711 MARKN.'
  await home.quintet('health', 'answer', 'a', 'nudge', nudge)
  const { alarm } = await run.until('health.alarm')
  expect(alarm).toMatchObject({ rule: 'constraint', symptom: 'forgotten instructions' })
  const { question } = await run.until('question.asked')
  const reset = 'The port is now 4712 MARKR, and never run `npm publish`.'
  await home.quintet('health', 'answer', 'a', 'reset', reset)
  const again = await run.until('question.asked', (asked) => asked.question !== question)
  const written = async (attempt: number) =>
    (await handoffTo(home, attempt)).operatorMessages.map(({ text }) => text)
  expect(await written(2)).toEqual([nudge])
  expect((await prompts(home, 'a')).join('\n')).toContain(`The operator says: ${reset}`)
  await home.quintet('answer', 'a', 'yes')
  const last = await run.until(
    'question.asked',
    (asked) => asked.question !== question && asked.question !== again.question,
  )
  await home.quintet('reset', 'a')
  await run.until('question.asked', (asked) => asked.question > last.question)
  expect(await written(3)).toEqual([nudge, reset])
  const { constraints } = await handoffTo(home, 3)
  expect(constraints.map(({ text }) => text).join('\n')).toMatch(/npm install[^]*npm publish/)
  await abandoned(home, run)
})

test('to act against a decision is inconsistent behaviour', async () => {
  await using machine = await Machine.make()
  const steps = [ask('Which one?', 'on'), END, told('pnpm add left-pad', '', 0), ...work('a')]
  const home = await machine.repository(
    planFiles({ health: { nudge: 'off' }, pieces: { a: { noted: true, steps } } }),
  )
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  await home.quintet('decide', 'Use npm instead of pnpm.')
  await home.quintet('answer', 'a', 'on')
  const { alarm } = await run.until('health.alarm')
  expect(alarm).toMatchObject({ rule: 'constraint', symptom: 'inconsistent behaviour' })
  expect(alarm.evidence.text).toContain('Use npm instead of pnpm.')
  expect((await run.ended).code).toBe(0)
})

test.each([
  ['announced', { compact: '' }],
  ['only seen by its context', { usage: 9_000 }],
])(
  'a compaction without a summary, %s: all is stated again before anything else, also when the work is done',
  async (_how, compacted) => {
    await using machine = await Machine.make()
    const brief = `Do the a part. ${RULE}`
    const steps = [{ usage: 120_000 }, ...work('a'), compacted, END]
    const home = await machine.repository(planFiles({ pieces: { a: { noted: true, brief, steps } } }))
    const run = home.call(['run', 'work', '--json'])
    const { lost, restated } = await run.until('health.compacted')
    expect(lost).toBeNull()
    expect(restated).toContain(`- ${RULE}`)
    expect((await run.ended).code).toBe(0)
    // The work was done: the prompt was forced.
    const [, second = ''] = await prompts(home, 'a')
    expect(second.trimStart()).toMatch(
      /^# Lost from this conversation\n\nThe context was compacted, and what was kept/,
    )
    expect(second).toContain(`- ${RULE}`)
    expect(second).toContain('- src/a/main.txt')
    const shown = await home.json<SessionView>('session', 'show', 'a')
    expect(shown.health?.compactions).toBe(1)
    expect(run.facts.filter(({ type }) => type === 'health.compacted')).toHaveLength(1)
    expect(shown.health?.reading?.sinceStated ?? 0).toBeLessThan(9_000)
  },
)

test.each([
  ['the scope and files are stated again: nothing is forced', 'Do the a part.', 1],
  ['a constraint is stated again: one turn is forced', `Do the a part. ${RULE}`, 2],
])('the work is done, every turn compacts, and %s', async (_what, brief, turns) => {
  await using machine = await Machine.make()
  const compacts = [{ usage: 120_000 }, { compact: 'The work is done.' }, END]
  const steps = [...work('a'), ...compacts, ...compacts, ...compacts, ...compacts]
  const home = await machine.repository(planFiles({ pieces: { a: { noted: true, brief, steps } } }))
  const run = home.call(['run', 'work', '--json'])
  expect((await run.until('health.compacted')).restated).toContain('- src/a/main.txt')
  expect((await run.ended).code).toBe(0)
  expect(run.facts.filter(({ type }) => type === 'turn.started')).toHaveLength(turns)
})

test('a compaction that loses nothing but what the operator wrote: it is stated again, and can be restored', async () => {
  await using machine = await Machine.make()
  const summary = 'Write only these paths: src/a/**. Changed src/a/main.txt.'
  const steps = [
    { status: { blockedOn: ['a word'] } },
    END,
    { usage: 120_000 },
    ...work('a'),
    { compact: summary },
    ask('Go on?', 'yes'),
    END,
  ]
  const home = await machine.repository(
    planFiles({ coordination: 'on', pieces: { a: { noted: true, steps } } }),
  )
  const run = home.call(['run', 'work', '--json'])
  await run.until('session.waiting')
  const words = 'The colour of the button comes from the theme MARKW.'
  await home.quintet('session', 'retry', 'a', words)
  const { lost, restated } = await run.until('health.compacted')
  expect(lost).toMatchObject({ constraints: [], decisions: [], files: [], messages: [words] })
  expect(restated).toContain(`What the operator wrote:\n- ${words}`)
  await run.until('question.asked')
  const restored = await home.quintet('diagnose', 'a', '--restore')
  expect(restored.stdout).toContain(`  ${words}`)
  await run.until('turn.started', ({ turn }) => turn === 3)
  await run.until('question.asked', ({ question }) => question.startsWith('3.'))
  expect((await prompts(home, 'a')).at(-1)).toContain(`- ${words}`)
  await abandoned(home, run)
})

test('a summary that keeps everything forces no prompt', async () => {
  await using machine = await Machine.make()
  const summary = `${RULE} Write only these paths: src/a/**. Changed src/a/main.txt.`
  const steps = [{ usage: 120_000 }, ...work('a'), { compact: summary }, END]
  const brief = `Do the a part. ${RULE}`
  const recalls = [
    { about: 'May you edit `src/a', answer: true },
    { about: 'May you edit `', answer: false },
    { about: '____', answer: 'payment' },
    { about: 'Which of these files were modified', answer: ['src/a/main.txt'] },
  ]
  const home = await machine.repository(planFiles({ pieces: { a: { noted: true, brief, recalls, steps } } }))
  const run = home.call(['run', 'work', '--json'])
  expect((await run.until('health.compacted')).restated).toBeNull()
  expect((await run.ended).code).toBe(0)
  expect(run.facts.filter(({ type }) => type === 'turn.started')).toHaveLength(1)
})

test('after a reset the stated check is run before the first prompt, and its gates close with the attempt', async () => {
  await using machine = await Machine.make()
  const steps = [
    { run: ['git', 'test'] },
    told('git test', 'git: test is not a git command'),
    { read: 'src/a/main.txt' },
    ask('Go on?', 'yes'),
    { read: 'src/a/main.txt' },
    ...work('a'),
    END,
  ]
  const home = await machine.repository(planFiles({ pieces: { a: { noted: true, steps } } }))
  const run = home.call(['run', 'work', '--json'])
  await resetOver(home, run)
  expect((await run.ended).code).toBe(0)
  const handoff = await handoffTo(home, 2)
  expect(handoff.firstCheck).toMatchObject({ same: true, run: { command: 'git test', exit: 1 } })
  const page = await home.read('.git/quintet/handoffs/work-1/a/2.md')
  expect(page).toContain('- `git test` was run before this prompt, on the worktree as it is: red')
  expect((await prompts(home, 'a'))[1]).toContain('`git test` was run before this prompt')
  // Four actions are no ten: the attempt is over, and nothing is open any more.
  const gates = factsOf(run.facts, 'health.gates').at(-1)?.data
  expect(gates?.gates.map(({ name, verdict }) => [name, verdict])).toEqual([
    ['constraints', 'failed'],
    ['edited files', 'failed'],
    ['state', 'failed'],
    ['re-reads', 'failed'],
    ['tried and failed', 'passed'],
    ['stated check first', 'passed'],
  ])
  expect(gates?.gates[3]?.note).toContain('src/a/main.txt')
  const shown = (await home.quintet('session', 'show', 'a')).stdout
  expect(shown).toContain('re-reads failed · tried and failed passed · stated check first passed')
})

test('the handoff holds what is known, and nothing for what is not', async () => {
  await using machine = await Machine.make()
  const steps = [
    { write: { path: 'src/a/new.txt', content: 'one\ntwo\n' } },
    { commit: 'A new file' },
    { write: { path: 'src/a/new.txt', content: 'one\ntwo\nthree\n' } },
    { write: { path: 'src/a/left.txt', content: 'left\n' } },
    ask('Go on?', 'yes'),
    ...work('a'),
  ]
  const home = await machine.repository(planFiles({ pieces: { a: { steps } } }))
  const run = home.call(['run', 'work', '--json'])
  await resetOver(home, run)
  const { environment, changes, meta, verification, questions, firstCheck, known } = await handoffTo(home, 2)
  expect(environment).toMatchObject({ install: null, servers: [] })
  expect(environment.versions).toEqual([expect.stringMatching(/^agent \S+ \d/)])
  expect(environment.ports).toContain(meta.port)
  expect(
    Object.fromEntries(changes.files.map(({ path, added, deleted }) => [path, [added, deleted]])),
  ).toEqual({
    'src/a/new.txt': [3, 0],
    'src/a/left.txt': [null, null],
  })
  expect(verification).toEqual({ probe: null, checkedAt: null, treeHashMatches: true })
  expect(questions).toEqual([{ text: 'Go on?', blockedOn: 'operator' }])
  expect([firstCheck, meta.model]).toEqual([null, null])
  expect(known).toEqual(['src/a/new.txt', 'src/a/left.txt'])
  await abandoned(home, run)
})

test('what failed before and is tried again after a reset raises an alarm that names it', async () => {
  await using machine = await Machine.make()
  const edit = (n: number) => ({
    call: {
      tool: 'Edit',
      kind: 'edit' as const,
      input: { file_path: `src/a/main${n}.txt` },
      edits: [{ path: `src/a/main${n}.txt`, old: 'one', new: 'two' }],
    },
  })
  const loop = Array.from({ length: 4 }, (_, n) => [edit(n), told(`npm test -- --seed ${n}`, RED)]).flat()
  const steps = [...loop, ask('Go on?', 'yes'), ...work('a')]
  const home = await machine.repository(planFiles({ health: { nudge: 'off' }, pieces: { a: { steps } } }))
  const run = home.call(['run', 'work', '--json'])
  await resetOver(home, run)
  const { alarm } = await run.until('health.alarm', ({ attempt }) => attempt === 2)
  expect(alarm).toMatchObject({
    rule: 'triedAgain',
    evidence: { signature: 'assertionerror: expected # to equal #' },
  })
  expect(alarm.evidence.text).toContain('an earlier attempt had tried without success')
  await abandoned(home, run)
})

test('files that a copy does not know to be changed are stated again', async () => {
  await using machine = await Machine.make()
  const [change, commit] = work('a')
  const steps = [
    { write: { path: 'src/a/other.txt', content: 'x\n' } },
    ...(change === undefined ? [] : [change]),
    ask('Go on?', 'yes'),
    END,
    ...(commit === undefined ? [] : [commit]),
  ]
  const files = {
    ...planFiles({ pieces: { a: { noted: true, recalls: [], steps } } }),
    'src/a/kept.txt': 'k\n',
  }
  const home = await machine.repository(files)
  const run = home.call(['run', 'work', '--json'])
  await resetOver(home, run)
  const gates = await run.until('health.gates')
  expect(gates.gates.find(({ name }) => name === 'edited files')).toMatchObject({ verdict: 'failed' })
  expect(gates.restated).toContain('- src/a/main.txt')
  expect((await run.ended).code).toBe(0)
  const third = (await prompts(home, 'a'))[2] ?? ''
  expect(third).toContain('These files were changed in this piece so far:')
  expect(third).toContain('- src/a/other.txt')
})
