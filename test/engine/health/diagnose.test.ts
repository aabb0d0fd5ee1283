import { expect, test } from 'vitest'
import type { FactType } from '../../../src/contract/facts.ts'
import { diagnoseSession } from '../../../src/engine/health/diagnose.ts'
import { sessionWorkflowId } from '../../../src/engine/names.ts'
import { sessionSpec } from '../../../src/engine/session/spec.ts'
import { piece, stage, type Stage } from '../../support/services.ts'

const NAME = { run: 'work-1', piece: 'a' }
const STREAM = sessionWorkflowId(NAME)
const alarm = {
  a: 3,
  family: 'errors',
  symptom: 'repetitive errors',
  strength: 'strong',
  rule: 'errorRecurs',
  evidence: { signature: null, count: 4, actions: [0, 1, 2, 3], turns: [1], text: '4 runs, same failure' },
}

/** A session with one attempt that came into trouble. */
async function troubled(): Promise<Stage> {
  const on = await stage()
  await on.run({ pieces: [piece('a')] })
  on.fact(STREAM, 'session.preparing', { path: '/w', branch: 'b', base: 'c' })
  on.fact(STREAM, 'attempt.started', {
    attempt: 1,
    how: 'new',
    conversation: 'c',
    agent: 'scripted',
    version: '1',
    mode: { wanted: null, actual: null },
    boxed: false,
  })
  on.fact(STREAM, 'health.alarm', { attempt: 1, turn: 1, alarm })
  return on
}

async function diagnosed({ services }: Stage) {
  const { ended, pollutedSince } = (await diagnoseSession(services, sessionSpec(services, NAME))) ?? {}
  return { ended, overcome: pollutedSince?.overcome }
}

test('a session that can go on has not ended, and its trouble is not overcome', async () => {
  await using on = await troubled()
  expect(await diagnosed(on)).toEqual({ ended: null, overcome: false })
  on.services.store.claims.create({ id: STREAM, workflow: 'session', input: null })
  expect(await diagnosed(on)).toEqual({ ended: null, overcome: false })
})

test('work that landed has overcome the trouble on its way', async () => {
  await using on = await troubled()
  on.fact(STREAM, 'session.released', { outcome: 'removed' })
  on.fact(STREAM, 'session.landed', { commit: 'c' })
  expect(await diagnosed(on)).toEqual({ ended: 'landed', overcome: true })
})

test('an abandoned or a released session has ended, with its trouble', async () => {
  const ends: readonly (readonly [FactType, string])[] = [
    ['session.abandoned', 'abandoned'],
    ['session.released', 'closed'],
  ]
  for (const [type, ended] of ends) {
    await using on = await troubled()
    on.fact(STREAM, type, { outcome: 'removed', reason: 'r' })
    expect(await diagnosed(on)).toEqual({ ended, overcome: false })
  }
})
