import { expect, test } from 'vitest'
import { integrateNow } from '../../src/engine/operator.ts'
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
