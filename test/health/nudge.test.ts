import { expect, test } from 'vitest'
import type { Alarm } from '../../src/contract/health.ts'
import { nudgeText } from '../../src/health/nudge.ts'

const alarm = (family: string, tried: readonly string[], text = `${family} again.`): Alarm => ({
  a: 3,
  symptom: 'repetitive errors',
  rule: family === 'constraints' ? 'constraint' : `${family} rule`,
  family,
  strength: 'strong',
  evidence: { signature: null, count: 2, actions: [1, 2], turns: [1], text, tried: [...tried] },
})

test('only actions count as tried: what somebody said is never "not to be repeated"', () => {
  const operator = nudgeText([alarm('operator', ['No, use port 4711'])])
  expect(operator).not.toContain('Tried already')
  expect(operator).not.toContain('Do not repeat')
  expect(operator).toContain('What the operator says holds from now on.')
  const both = nudgeText([alarm('operator', ['No, use port 4711']), alarm('failure', ['npm test'])])
  expect(both).toContain('Tried already, without effect:\n- npm test\n')
  expect(both).not.toContain('- No, use port 4711')
  expect(nudgeText([alarm('narration', ['I will look again'])])).not.toContain('Tried already')
})

test('a constraint that was broken is stated word for word', () => {
  const text = nudgeText([
    alarm('constraints', ['npm install'], 'broke a constraint 2 times: Never run npm install.'),
  ])
  expect(text).toContain('These constraints hold:\n- Never run npm install\n')
})
