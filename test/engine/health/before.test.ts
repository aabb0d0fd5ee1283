import { expect, test } from 'vitest'
import type { HealthPlan } from '../../../src/contract/plan.ts'
import { AttemptHealth } from '../../../src/engine/health/attempt-health.ts'
import { resetBefore } from '../../../src/engine/health/before.ts'
import { healthPolicy } from '../../../src/engine/health/policy.ts'
import { sessionWorkflowId } from '../../../src/engine/names.ts'
import type { PromptSpec } from '../../../src/engine/session/next.ts'
import { sessionSpec } from '../../../src/engine/session/spec.ts'
import { buildLedger } from '../../../src/health/ledger/ledger.ts'
import { piece, stage } from '../../support/services.ts'

const MONDAY = Date.UTC(2026, 0, 5, 12)
const DAY = 24 * 60 * 60 * 1000
const STREAM = sessionWorkflowId({ run: 'work-1', piece: 'a' })
const TRANSLATE =
  'Translate every invoice template into Portuguese, keeping currency symbols, dates and footers exactly.'

/** What becomes of a prompt a day after the attempt began, and what is proposed. */
async function asked(health: HealthPlan, prompt: PromptSpec, times = 1) {
  await using on = await stage()
  await on.run({ health, pieces: [piece('a')] })
  const session = sessionSpec(on.services, { run: 'work-1', piece: 'a' })
  const judged = new AttemptHealth({
    agent: 'scripted',
    root: '/w',
    limits: healthPolicy({ health }).limits,
    ledger: buildLedger({ brief: 'Do it.', scope: { include: ['src/**'], exclude: [] } }),
    decisions: [],
  })
  judged.note({ t: 'user', text: 'Do it.', meta: true, ts: new Date(MONDAY).toISOString() })
  judged.note({ t: 'call', a: 0, id: 'c', tool: 'Bash', kind: 'exec', cmd: 'ls' })
  const workspace = { path: '/w', branch: 'b', base: 'c', ports: { first: 0, count: 0 } }
  const found = Array.from({ length: times }, (_, index) =>
    resetBefore(
      on.effect(STREAM),
      { session, workspace, attempt: 1, turn: index + 2, reprompt: 0, prompt },
      { followed: { health: judged, before: 0, probe: null }, now: MONDAY + DAY },
    ),
  )
  const proposed = [...on.services.store.events({ stream: STREAM, types: ['health.proposed'] })]
  return { due: found[0], proposed: proposed.map(({ data }) => data) }
}

const word: PromptSpec = { kind: 'operator', text: TRANSLATE }

test('a new day and another topic are a reset in place of the turn', async () => {
  expect(await asked({ reset_daily: '00:00' }, { kind: 'news' })).toMatchObject({
    due: { kind: 'reset', cut: true, reason: 'daily' },
    proposed: [],
  })
  expect(await asked({ reset_topic: true }, word)).toMatchObject({ due: { reason: 'topic' } })
  const unheard: PromptSpec = {
    kind: 'continue',
    why: 'gone',
    unheard: [{ kind: 'operator', text: TRANSLATE }],
  }
  expect(await asked({ reset_topic: true }, unheard)).toMatchObject({ due: { reason: 'topic' } })
  expect(await asked({ reset_topic: true }, { kind: 'first', handoff: 'x' })).toMatchObject({ due: null })
})

test('left to the operator they are proposed, a new day once, and the prompt goes its way', async () => {
  expect(await asked({ reset: 'ask', reset_daily: '00:00' }, { kind: 'news' }, 3)).toMatchObject({
    due: null,
    proposed: [{ what: 'reset', reasons: ['A new day has begun since the attempt started.'] }],
  })
  const topic = await asked({ reset: 'ask', reset_topic: true }, word, 2)
  expect(topic.due).toBeNull()
  expect(topic.proposed).toMatchObject([{ turn: 2 }, { turn: 3 }])
})

test('switched off, nothing comes of them', async () => {
  expect(await asked({ reset: 'off', reset_daily: '00:00', reset_topic: true }, word)).toEqual({
    due: null,
    proposed: [],
  })
})
