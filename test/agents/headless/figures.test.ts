import { expect, test } from 'vitest'
import { ClaudeTranscript } from '../../../src/agents/attached/claude-transcript.ts'
import { CodexRollout } from '../../../src/agents/attached/codex-rollout.ts'
import { readClaude } from '../../../src/agents/headless/claude.ts'
import { readCodex } from '../../../src/agents/headless/codex.ts'
import { costFigure, tokenCount } from '../../../src/contract/figures.ts'

const IMPOSSIBLE = [-1, 1.5, 1e300, 1_000_000_001, '7', null, {}] as const

test('figures have bounds', () => {
  for (const value of [...IMPOSSIBLE, Number.NaN, Infinity, undefined]) expect(tokenCount(value)).toBeNull()
  for (const value of [0, 7, 1_000_000_000]) expect(tokenCount(value)).toBe(value)
  for (const value of [-0.1, 1e300, 1_000_000.5, Number.NaN, Infinity, '1', null])
    expect(costFigure(value)).toBeNull()
  for (const value of [0, 0.25, 1_000_000]) expect(costFigure(value)).toBe(value)
})

test.each(IMPOSSIBLE)('a count of %j is not known, and the answer is', (bad) => {
  const result = {
    type: 'result',
    result: 'yes',
    total_cost_usd: -1,
    usage: { input_tokens: bad, output_tokens: 5 },
  }
  expect(readClaude(JSON.stringify(result))).toMatchObject({
    text: 'yes',
    usage: { tokens: 5, output: 5 },
    cost: null,
  })
  const completed = { type: 'turn.completed', usage: { input_tokens: bad, output_tokens: 5 } }
  expect(readCodex(JSON.stringify(completed)).usage).toBeNull()
  const message = { id: 'm', model: 'x', usage: { input_tokens: bad, output_tokens: 5 } }
  expect(new ClaudeTranscript().take(JSON.stringify({ type: 'assistant', message }))).toEqual([])
  const info = { last_token_usage: { total_tokens: bad }, total_token_usage: { total_tokens: 1 } }
  const payload = { type: 'token_count', info }
  expect(new CodexRollout().take(JSON.stringify({ type: 'event_msg', payload }))).toEqual([])
})
