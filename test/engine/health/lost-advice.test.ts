import { expect, test } from 'vitest'
import type { HealthPlan } from '../../../src/contract/plan.ts'
import { lostAdvice, lostNudge, withoutLostReset } from '../../../src/engine/health/lost-advice.ts'
import { storable } from '../../../src/engine/health/log.ts'
import { sessionWorkflowId } from '../../../src/engine/names.ts'
import type { PromptSpec } from '../../../src/engine/session/next.ts'
import { sessionSpec } from '../../../src/engine/session/spec.ts'
import { FIRST_RUNG, type Ladder } from '../../../src/health/ladder.ts'
import { piece, stage } from '../../support/services.ts'

const NAME = { run: 'work-1', piece: 'a' }
const STREAM = sessionWorkflowId(NAME)
const RESET: Ladder = { ...FIRST_RUNG, rung: 'reset', pending: 'reset' }
const END: Ladder = { ...FIRST_RUNG, rung: 'abandon', pending: 'abandon' }
const FIRST: PromptSpec = { kind: 'first', handoff: null }

interface Opened {
  readonly ladder: Ladder
  readonly health?: HealthPlan
  readonly prompt?: PromptSpec
  readonly attempt?: number
}

/** What a turn of `attempt` begins with, when attempt 1 had come to `ladder`. */
async function opened({ ladder, health = {}, prompt = FIRST, attempt = 1 }: Opened) {
  await using on = await stage()
  await on.run({ health, pieces: [piece('a')] })
  const session = sessionSpec(on.services, NAME)
  const at = { attempt: 1, turn: 1 }
  on.fact(STREAM, 'health.reset-due', { ...at, reason: 'stuck', why: 'Four runs, and edits in a circle.' })
  on.fact(STREAM, 'health.reset-due', { ...at, reason: 'utilisation', why: 'The context is 75 % full.' })
  on.fact(STREAM, 'health.proposed', { ...at, what: 'abandon', reasons: ['Three fixes.', 'In vain.'] })
  on.fact(STREAM, 'health.ladder', { ladder: storable(ladder) })
  return {
    lost: lostAdvice(on.services.store, { session, attempt, prompt }),
    pending: withoutLostReset(ladder, { session }).pending,
  }
}

test('a reset that was decided and not carried out is carried out when the turn is played again', async () => {
  const why = 'Four runs, and edits in a circle.'
  const reset = { kind: 'reset', cut: true, reason: 'stuck', why }
  expect((await opened({ ladder: RESET })).lost).toEqual(reset)
  expect((await opened({ ladder: RESET, prompt: { kind: 'news' } })).lost).toEqual(reset)
})

test.each([
  ['nothing is pending', { ladder: FIRST_RUNG }],
  ['it is for the operator to decide', { ladder: RESET, health: { reset: 'ask' } }],
  ['the operator has answered', { ladder: RESET, prompt: { kind: 'operator', text: 'Use port 4711.' } }],
  ['the conversation is another one', { ladder: RESET, attempt: 2 }],
] as const)('not where %s', async (_name, given: Opened) => {
  expect((await opened(given)).lost).toBeNull()
})

test('a reset left over from an attempt that is over is not pending; one that is proposed stays so', async () => {
  expect((await opened({ ladder: RESET, attempt: 2 })).pending).toBeNull()
  expect((await opened({ ladder: RESET, health: { reset: 'ask' } })).pending).toBe('reset')
  expect((await opened({ ladder: END })).pending).toBe('abandon')
})

test('an end by rule is carried out as well, and one that is only proposed is not', async () => {
  const end = { kind: 'abandon', cut: true, auto: true, why: 'Three fixes. In vain.' }
  expect((await opened({ ladder: END, health: { abandon: 'auto' } })).lost).toEqual(end)
  expect((await opened({ ladder: END })).lost).toBeNull()
})

test('a nudge is lost when neither the agent was told nor the turn ended', async () => {
  await using on = await stage()
  await on.run({ pieces: [piece('a')] })
  const session = sessionSpec(on.services, NAME)
  const lost = () => lostNudge(on.services.store, { session })
  const evidence = { signature: null, count: 3, actions: [0, 1, 2], turns: [1], text: 'Three runs.' }
  const alarm: Ladder['alarms'][number] = {
    a: 2,
    symptom: 'repetitive errors',
    rule: 'errorRecurs',
    family: 'failure',
    strength: 'strong',
    evidence,
  }
  const decided = (nudgedAt: number): void =>
    on.fact(STREAM, 'health.ladder', {
      ladder: storable({ ...FIRST_RUNG, rung: 'nudge', alarms: [alarm], nudges: 1, nudgedAt }),
    })
  expect(lost()).toBeNull()
  decided(2)
  expect(lost()).toContain('Three runs.')
  on.fact(STREAM, 'health.nudged', { attempt: 1, turn: 2, text: 'Look.', by: 'rule' })
  expect(lost()).toBeNull()
  decided(2)
  expect(lost()).toBeNull()
  decided(20)
  expect(lost()).toContain('Three runs.')
  const outcome = { kind: 'stopped', reason: 'cancelled' }
  on.fact(STREAM, 'turn.ended', { attempt: 1, turn: 2, outcome })
  expect(lost()).toBeNull()
})
