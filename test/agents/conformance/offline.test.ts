import { expect, test } from 'vitest'
import { OFFLINE_AGENTS, offlineModel, offlineSetup } from '../../../src/agents/conformance/offline.ts'

const URL = 'http://127.0.0.1:4242'

test.each(OFFLINE_AGENTS)(
  '%s is told of the scripted model, by a variable or in a file, and of no other',
  (agent) => {
    const setup = offlineSetup(agent, URL)
    const told = JSON.stringify(setup)
    expect(told).toContain(URL)
    expect(told.match(/https?:\/\/[^"/\\]+/g)?.every((url) => url === URL)).toBe(true)
  },
)

test('an agent that nobody has led to a model has no setup', () => {
  expect(offlineSetup('somebody', URL)).toBeNull()
})

test('the limit at which codex compacts is the share that the cases go by', () => {
  const { window, compactsAt } = offlineModel('codex')
  expect(offlineSetup('codex', URL)?.files['.codex/config.toml']).toContain(
    `model_auto_compact_token_limit = ${Math.round(window * (compactsAt ?? 0))}\n`,
  )
})
