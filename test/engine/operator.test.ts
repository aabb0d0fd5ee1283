import { expect, test } from 'vitest'
import { answerQuestion, integrateNow } from '../../src/engine/operator.ts'
import { piece, stage } from '../support/services.ts'

test('the number of the next integration does not depend on how many rounds the earlier ones took', async () => {
  await using it = await stage()
  const { services } = it
  await it.run({ pieces: [piece('a')] })
  it.fact('work-1/session/a', 'session.finished', { tip: 'a'.repeat(40) })
  expect(integrateNow(services, 'work-1')).toEqual({ integration: 1 })
  services.store.claims.create({ id: 'work-1/integration/1', workflow: 'integration', input: {} })
  const started = { n: 1, target: 'main', tip: 'a'.repeat(40), pieces: ['a'] }
  for (let round = 1; round <= 3; round++) it.fact('work-1/integration/1', 'integration.started', started)
  expect(integrateNow(services, 'work-1')).toEqual({ integration: 2 })
})

test('a question is open until its turn, or its session, stands still; then the answer is refused with what helps', async () => {
  await using it = await stage()
  const { services } = it
  await it.run({ pieces: [piece('a')] })
  const name = { run: 'work-1', piece: 'a' }
  const asked = { question: '1.1.x', kind: 'question', text: 'Go on?', options: [], paths: [] }
  it.fact('work-1/session/a', 'turn.started', { attempt: 1, turn: 1, prompt: 'first' })
  it.fact('work-1/session/a', 'question.asked', asked)
  it.fact('work-1/session/a', 'session.failed', { reason: 'The program git cannot be started.' })
  expect(() => answerQuestion(services, name, { answer: 'yes' })).toThrow(
    expect.objectContaining({
      code: 'E_NO_QUESTION',
      message: 'The session work-1/a has failed and waits for no answer any more.',
      hints: [expect.objectContaining({ command: 'quintet session retry work-1/a "<what to do>"' })],
    }),
  )
  it.fact('work-1/session/a', 'session.continued', { why: 'retry: again' })
  expect(() => answerQuestion(services, name, { question: '1.1.x', answer: 'yes' })).toThrow(
    'The session work-1/a has no such open question.',
  )
  services.store.claims.create({ id: 'work-1/session/a', workflow: 'session', input: {} })
  it.fact('work-1/session/a', 'question.asked', { ...asked, question: '2.1.x' })
  expect(answerQuestion(services, name, { answer: 'yes' })).toEqual({ question: '2.1.x' })
})
