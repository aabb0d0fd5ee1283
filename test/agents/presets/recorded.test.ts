import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PRESETS } from '../../../src/agents/presets.ts'
import { parseRecorded } from '../../../src/cli/conformance/record.ts'

const FILE = join(import.meta.dirname, '../../../docs/agents.results.json')
const recorded = parseRecorded(readFileSync(FILE, 'utf8'), FILE)

test('every preset was tried', () => {
  expect(Object.keys(recorded).toSorted()).toEqual(Object.keys(PRESETS).toSorted())
})

describe.each(Object.entries(PRESETS))('the preset %s says what was recorded', (name, preset) => {
  const { version = null, cases = {} } = recorded[name] ?? {}
  const found = (of: string) => cases[of] ?? { result: 'not tried', text: '' }

  test('of its version', () => {
    expect(version?.split(' ').at(-1)).toBe(preset.tested.to)
  })

  test('of its compaction', () => {
    const signs = { pass: ['event and summary', 'event', 'fall of the context'], absent: ['none seen'] }
    const { result } = found('compaction')
    expect(result === 'pass' || result === 'absent' ? signs[result] : ['untried']).toContain(
      preset.compaction,
    )
  })

  test('of its context', () => {
    expect(preset.usage.source === 'none').toBe(found('usage and reset').result === 'absent')
  })

  test('of going on after it was killed', () => {
    const how = preset.expects.resume ? 'resumed' : preset.expects.load ? 'loaded again' : 'anew'
    expect(found('kill -9 and resume').text).toContain(how)
  })

  test('of tools that a session names', () => {
    expect(preset.expects.tools.length > 0).toBe(found('tool call').result === 'pass')
  })
})
