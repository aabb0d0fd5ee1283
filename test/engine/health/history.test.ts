import { expect, test } from 'vitest'
import type { Alarm } from '../../../src/contract/health.ts'
import type { FactData, FactType } from '../../../src/contract/facts.ts'
import { attemptBudget } from '../../../src/engine/health/budget.ts'
import { sessionRecord, sessionRecords } from '../../../src/engine/health/history.ts'
import { stage, type Stage } from '../../support/services.ts'

const STREAM = 'work-1/session/a'

function created(it: Stage, pieces: readonly string[], rehearsal = false): void {
  it.fact('work-1/run', 'run.created', {
    plan: 'work',
    goal: 'Do it.',
    base: { ref: 'main', commit: 'b'.repeat(40) },
    target: 'main',
    coordination: { on: false, why: '' },
    limit: 5,
    rehearsal,
    pieces: pieces.map((id, index) => ({
      number: index + 1,
      id,
      title: id,
      agent: 'scripted',
      dependsOn: [],
      include: [],
      exclude: [],
    })),
  })
}

function tell(it: Stage, stream = STREAM) {
  return <T extends FactType>(type: T, data: FactData<T>): void => it.fact(stream, type, data)
}

const alarm = (a: number, family = 'errors'): Alarm => ({
  a,
  symptom: 'repetitive errors',
  rule: 'errorRecurs',
  family,
  strength: 'strong',
  evidence: { signature: 'e', count: 4, actions: [a], turns: [1], text: 'Again.' },
})
const nudged = { attempt: 1, turn: 1, text: 'Look.', by: 'rule' as const }
const ended = (actions: number) => ({
  attempt: 1,
  turn: 1,
  outcome: { kind: 'stopped' as const, reason: 'end_turn' },
  actions,
})

/** A session that was nudged over an alarm at action 10, and then this. */
async function afterNudge(
  then: (say: ReturnType<typeof tell>) => void,
): Promise<readonly (boolean | null)[]> {
  await using it = await stage()
  const say = tell(it)
  say('turn.started', { attempt: 1, turn: 1, prompt: 'first' })
  say('health.alarm', { attempt: 1, turn: 1, alarm: alarm(10) })
  say('health.nudged', nudged)
  then(say)
  return sessionRecord(it.services.store, STREAM).nudges.map(({ helped }) => helped)
}

const best = (a: number) => ({ attempt: 1, turn: 1, a, failing: 0 })

test('a nudge has helped when a better state or the end came soon after it, without the same again', async () => {
  expect(await afterNudge(() => undefined)).toEqual([null])
  expect(await afterNudge((say) => say('health.best', best(30)))).toEqual([true])
  expect(await afterNudge((say) => say('health.best', best(51)))).toEqual([false])
  const again = (family: string) => (say: ReturnType<typeof tell>) => {
    say('health.alarm', { attempt: 1, turn: 1, alarm: alarm(20, family) })
    say('health.best', best(30))
  }
  expect(await afterNudge(again('errors'))).toEqual([false])
  expect(await afterNudge(again('edits'))).toEqual([true])
  const finished = (actions: number) => (say: ReturnType<typeof tell>) => {
    say('turn.ended', ended(actions))
    say('session.finished', { tip: 'c' })
  }
  expect(await afterNudge(finished(40))).toEqual([true])
  expect(await afterNudge(finished(80))).toEqual([false])
  expect(await afterNudge((say) => say('session.abandoned', { reason: 'No.' }))).toEqual([false])
})

test('tokens are added up over turns and attempts; a context is the largest that was told', async () => {
  await using it = await stage()
  created(it, ['a', 'b', 'c'])
  const say = tell(it)
  say('turn.started', { attempt: 1, turn: 1, prompt: 'first' })
  say('usage.reported', { used: 70_000, size: 200_000, source: 'provider' })
  say('usage.spent', { attempt: 1, turn: 1, output: 400, peak: 71_000 })
  say('usage.spent', { attempt: 2, turn: 2, output: 100, peak: 20_000 })
  say('usage.spent', { attempt: 2, turn: 3, output: null, peak: null })
  tell(it, 'work-1/session/b')('usage.reported', { used: 9, size: null, source: 'estimate' })
  expect(
    sessionRecords(it.services.store).map(({ output, largestContext }) => [output, largestContext]),
  ).toEqual([
    [500, 71_000],
    [null, 9],
    [null, null],
  ])
})

test('why sessions were discarded is told by kind', async () => {
  await using it = await stage()
  const proposal = (reasons: string[]) => ({ attempt: 1, turn: 1, what: 'abandon' as const, reasons })
  const cases: Record<string, (say: ReturnType<typeof tell>) => void> = {
    fixes: (say) => {
      say('health.proposed', proposal(['3 attempts at a fix since the reset, and none came further.']))
      say('session.abandoned', { reason: '3 attempts at a fix since the reset, and none came further.' })
    },
    correction: (say) => {
      say('health.proposed', proposal(['The operator had to repeat a correction 2 times.']))
      say('session.abandoned', { reason: 'The operator had to repeat a correction 2 times.' })
    },
    word: (say) => say('session.abandoned', { reason: 'A fix of another kind.' }),
    run: (say) => say('session.abandoned', { reason: 'All wrong.' }),
    dependency: (say) => say('session.abandoned', { reason: 'It depends on x, which was abandoned.' }),
    setup: (say) =>
      say('session.failed', {
        reason: 'npm ci failed.',
        error: { code: 'E_SETUP_FAILED', kind: 'environment', message: 'npm ci failed.', hints: [] },
      }),
    agent: (say) => say('session.failed', { reason: 'The agent was lost 3 times in a row: gone' }),
  }
  created(it, Object.keys(cases))
  it.fact('work-1/run', 'run.stopped', { reason: 'All wrong.' })
  for (const [id, say] of Object.entries(cases)) say(tell(it, `work-1/session/${id}`))
  expect(sessionRecords(it.services.store).map(({ discarded }) => discarded?.kind)).toEqual([
    'no better state after a reset',
    'a correction had to be repeated',
    'the operator ended it',
    'the run was stopped',
    'a dependency was abandoned',
    'set-up',
    'the agent',
  ])
})

test('rehearsals do not count', async () => {
  await using it = await stage()
  created(it, ['a'], true)
  tell(it)('session.landed', { commit: 'c' })
  expect(sessionRecords(it.services.store)).toEqual([])
})

test('the time of an attempt is measured by those that landed, once there are ten of them', async () => {
  await using it = await stage()
  const pieces = Array.from({ length: 10 }, (_, index) => `p${index}`)
  created(it, [...pieces, 'a'])
  const overrun = () => attemptBudget(it.services.store, STREAM, { attempt: 1, now: 1_000 }).overrun(61_000)
  const land = (piece: string): void => {
    const say = tell(it, `work-1/session/${piece}`)
    say('turn.started', { attempt: 1, turn: 1, prompt: 'first' })
    say('turn.ended', ended(1))
    say('session.landed', { commit: 'c' })
  }
  for (const piece of pieces.slice(1)) land(piece)
  expect(overrun()).toBeNull()
  land('p0')
  expect(overrun()).toMatchObject({ spentMs: 60_000, from: 10 })
  const budget = attemptBudget(it.services.store, STREAM, { attempt: 1, now: 1_000 })
  expect(budget.overrun(1_000)).toBeNull()
  expect(budget.overrun(61_000)).not.toBeNull()
  // Once is enough.
  expect(budget.overrun(62_000)).toBeNull()
})
