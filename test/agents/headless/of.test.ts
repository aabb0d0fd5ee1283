import { expect, test } from 'vitest'
import { headlessOf } from '../../../src/agents/headless/of.ts'

test.each([
  [['claude-agent-acp'], 'claude'],
  [['npx', '-y', '@agentclientprotocol/claude-agent-acp@0.101.0'], 'claude'],
  [['node', '/opt/codex-acp.js'], 'codex'],
  [['gemini', '--acp'], null],
] as const)('%j', (command, agent) => {
  expect(headlessOf(command)).toBe(agent)
})
