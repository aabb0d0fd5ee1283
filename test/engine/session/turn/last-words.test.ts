import { expect, it } from 'vitest'
import { LastWords } from '../../../../src/engine/session/turn/last-words.ts'
import type { EffectContext, Fact } from '../../../../src/engine/port.ts'

function effectInto(facts: Fact[]): EffectContext {
  return {
    signal: new AbortController().signal,
    record: (fact) => facts.push(fact) > 0,
    watchSignals: () => undefined,
  }
}

const TOOL = { kind: 'tool', id: '1', title: 'ls', tool: 'execute', status: 'completed', paths: [] } as const

it('reads the report of the last message, not of an earlier one', () => {
  const facts: Fact[] = []
  const words = new LastWords()
  words.note({ kind: 'text', text: '## Completed\n- nothing yet\n' })
  words.note(TOOL)
  words.note({ kind: 'text', text: '## Completed\n- the table\n\n## Blocked' })
  words.note({ kind: 'text', text: ' On\n- a decision\n' })
  words.record(effectInto(facts), 3)
  expect(facts).toMatchObject([
    {
      type: 'status.read',
      key: 'status.read:words:3',
      data: { completed: ['the table'], blockedOn: ['a decision'] },
    },
  ])
})

it('makes no report of ordinary words', () => {
  const facts: Fact[] = []
  const words = new LastWords()
  words.note({ kind: 'text', text: 'All done, the tests pass.' })
  words.record(effectInto(facts), 1)
  expect(facts).toEqual([])
})

it('is bounded', () => {
  const facts: Fact[] = []
  const words = new LastWords()
  for (let n = 0; n < 100; n++) words.note({ kind: 'text', text: 'x'.repeat(1000) })
  words.note({ kind: 'text', text: '\n## Completed\n- it\n' })
  words.record(effectInto(facts), 1)
  expect(JSON.stringify(facts).length).toBeLessThan(20_000)
})
