import { describe, expect, test } from 'vitest'
import { compareVersions, surprises, testedRange } from '../../../src/agents/measured/judge.ts'
import { PRESETS } from '../../../src/agents/presets.ts'
import type { MeasuredAgent } from '../../../src/contract/measured.ts'

const CODEX = PRESETS['codex'] ?? null
const found = (differs: Partial<MeasuredAgent> = {}): MeasuredAgent => ({
  name: 'codex',
  version: '2.6.0',
  resume: true,
  load: true,
  fork: true,
  tools: ['http'],
  session: {
    modes: ['read-only', 'agent'],
    mode: { wanted: 'read-only', actual: 'read-only' },
    window: null,
  },
  login: null,
  ...differs,
})

describe('a version', () => {
  const range = { from: '1.4.0', to: '1.10.2' }
  test.each([
    ['1.4.0', 'inside'],
    ['1.10', 'inside'],
    ['v1.9.9', 'inside'],
    ['1.10.2', 'inside'],
    ['1.10.3', 'newer'],
    ['2', 'newer'],
    ['1.3.99', 'older'],
    ['unknown', 'unknown'],
  ])('%s is %s', (version, side) => {
    expect(compareVersions(version, range)).toBe(side)
  })

  test('that was tried alone is named alone', () => {
    expect(testedRange({ from: '2.6.0', to: '2.6.0' })).toBe('2.6.0')
    expect(testedRange(range)).toBe('1.4.0 to 1.10.2')
  })
})

describe('surprises', () => {
  test('are none with what was tried', () => {
    expect(surprises(CODEX, found())).toEqual([])
  })

  test('are a version that was not tried, and what it can or cannot do', () => {
    expect(surprises(CODEX, found({ version: '2.7.0', fork: false, tools: ['http', 'sse'] }))).toEqual([
      'Tried with 2.6.0; this one is newer, so it may behave in other ways.',
      'It cannot fork, which the tried version could.',
      'It reaches tools by sse, which the tried version did not.',
    ])
    expect(surprises(CODEX, found({ version: 'unknown' }))).toEqual([
      'Tried with 2.6.0; this one tells no version that can be compared.',
    ])
  })

  test('are a mode that it did not take, also of an agent without a preset', () => {
    const session = { modes: ['auto'], mode: { wanted: 'default', actual: 'auto' }, window: null }
    const text = 'It was put into the mode default and is in the mode auto, so it may write without asking.'
    expect(surprises(null, found({ session }))).toEqual([text])
  })

  test('an agent that wants a login is no surprise', () => {
    expect(surprises(CODEX, found({ session: null, login: { said: 'no', offers: [] } }))).toEqual([])
  })
})
