import { expect, test } from 'vitest'
import { endAttempt } from '../../../src/engine/health/attempt-end.ts'
import { storable, storedLadder } from '../../../src/engine/health/log.ts'
import { sessionWorkflowId } from '../../../src/engine/names.ts'
import { sessionSpec } from '../../../src/engine/session/spec.ts'
import { FIRST_RUNG } from '../../../src/health/ladder.ts'
import { piece, stage } from '../../support/services.ts'

const NAME = { run: 'work-1', piece: 'a' }
const STREAM = sessionWorkflowId(NAME)

test('cut off between its two records, the end of an attempt still moves the ladder, and once', async () => {
  await using on = await stage()
  await on.run({ pieces: [piece('a')] })
  const session = sessionSpec(on.services, NAME)
  const ended = { attempt: 1, reason: 'phase', why: 'The phase is complete.', changed: true }
  on.fact(STREAM, 'health.ladder', {
    ladder: storable({ ...FIRST_RUNG, rung: 'reset', nudges: 1, pending: 'reset' }),
  })
  const { store } = on.services
  store.append({ stream: STREAM, type: 'health.reset', key: 'health.reset:1', data: ended })
  const workspace = { path: on.repository.path, branch: 'b', base: 'c', ports: { first: 0, count: 0 } }
  const end = () =>
    endAttempt(on.services, on.effect(STREAM), {
      session,
      workspace,
      ended: 1,
      why: 'The phase is complete.',
      reason: 'phase',
    })
  const after = { ...FIRST_RUNG, resets: 1 }
  await end()
  expect(storedLadder(store, STREAM)).toEqual(after)
  await end()
  expect(storedLadder(store, STREAM)).toEqual(after)
  expect([...store.events({ stream: STREAM, types: ['health.reset'] })]).toHaveLength(1)
})
